// The commands of otrpctl, one list a file; command.h has the shape.

#ifndef CLIENTS_OTRPCTL_COMMANDS_H_
#define CLIENTS_OTRPCTL_COMMANDS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "clients/otrpctl/command.h"

namespace otrp::ctl {

// All commands, in the order of the help text.
absl::Span<const Command> Commands();

// The whole command line: Program().commands[i] is Commands()[i].
const cli::Program& Program();

// Runs the command of `call`, which has one. What a service says about a field
// of the request names the flag or word that the field came from.
absl::StatusOr<Result> RunCall(const cli::Call& call);

// Of --watch, which commands have that only read; 0 without it.
absl::StatusOr<absl::Duration> WatchPause(const cli::Args& args);

// commands_ca.cc: authorities, certificates.
std::vector<Command> CaCommands();
// commands_cert_verify.cc: what to think of a certificate.
std::vector<Command> CertVerifyCommands();
// commands_batch.cc: certificates for a production line.
std::vector<Command> BatchCommands();
// commands_requests.cc: certificates that need two people.
std::vector<Command> RequestCommands();
// commands_ca_audit.cc: whether what was issued is as it should be.
std::vector<Command> CaAuditCommands();
// commands_issuance.cc: what the CA issues to whom.
std::vector<Command> IssuanceCommands();
// commands_authorities.cc: generations of authorities.
std::vector<Command> AuthorityCommands();
std::vector<Command> CrlShardCommands();
std::vector<Command> RewrapCommands();
// commands_ceremony.cc: authorities from one reviewed file; no service is
// asked.
std::vector<Command> CeremonyCommands();
// commands_trust.cc: trust anchors and the verifier's policy.
std::vector<Command> TrustCommands();
// commands_revocation.cc: third parties' CRLs and OCSP responses.
std::vector<Command> RevocationCommands();
// commands_sources.cc: where such data is fetched from.
std::vector<Command> SourceCommands();
// commands_attest.cc: signed results about devices, and their keys.
std::vector<Command> AttestCommands();
// commands_endorsements.cc: which TEEs are known as good.
std::vector<Command> EndorsementCommands();
std::vector<Command> EvidenceCommands();
// commands_policy.cc: versions of the policy, and what one would change.
std::vector<Command> PolicyCommands();
// commands_policy_drafts.cc: policies by scope, from a draft to force and back.
std::vector<Command> PolicyDraftCommands();
// commands_sp.cc: service providers.
std::vector<Command> SpCommands();
// commands_assign.cc: which devices: entitlements, assignments.
std::vector<Command> AssignCommands();
// commands_access.cc: accounts, members, tokens.
std::vector<Command> AccessCommands();
// commands_publisher.cc: issuers of ID tokens, trusted publishers.
std::vector<Command> PublisherCommands();
// commands_tsm.cc: the TSM's own keys.
std::vector<Command> TsmCommands();
// commands_device.cc: devices, groups, sessions.
std::vector<Command> DeviceCommands();
// commands_fleet.cc: what devices would get, and the brake on removals.
std::vector<Command> FleetCommands();
// commands_audit.cc: the services' audit logs.
std::vector<Command> AuditCommands();
// commands_outbox.cc: what services have to tell each other.
std::vector<Command> OutboxCommands();
// commands_login.cc: logging in and out.
std::vector<Command> LoginCommands();
// commands_renew.cc: the caller's own certificate.
std::vector<Command> RenewCommands();
// commands_context.cc: where to call, by name.
std::vector<Command> ContextCommands();
// commands_local.cc: keys and image signing; no service is asked.
std::vector<Command> LocalCommands();
// commands_ta_push.cc: images on their way to the portal.
std::vector<Command> TaPushCommands();
// commands_pull.cc: applications that the TSM asks the service provider for.
std::vector<Command> PullCommands();
// commands_personalization.cc: data of single devices.
std::vector<Command> PersonalizationCommands();
// commands_release.cc: which version devices shall have.
std::vector<Command> ReleaseCommands();
// commands_review.cc: what becomes of a version after its upload.
std::vector<Command> ReviewCommands();
// commands_rollout.cc: how far versions have come.
std::vector<Command> RolloutCommands();
// commands_market.cc: authorities that compete.
std::vector<Command> MarketCommands();
// commands_usage.cc: what was used, and what it costs.
std::vector<Command> UsageCommands();
// commands_webhook.cc: service providers' endpoints for events.
std::vector<Command> WebhookCommands();
// commands_ta_check.cc: what the portal would say of an image.
std::vector<Command> TaCheckCommands();

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_COMMANDS_H_
