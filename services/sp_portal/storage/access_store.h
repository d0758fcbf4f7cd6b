// Who may act for whom, in PostgreSQL (schema portal): registrations, the
// states of accounts, members, invitations, tokens, sessions of the console.
//
// Each mutation is one transaction that holds the change and its audit event,
// or nothing where the state is as wanted already. Changes of one tenant's
// access follow one another.
//
// Nothing of a secret is kept but SHA-256 over it.
//
// Thread-safety: thread-safe.
// Errors: the named ones of errors.h; UNAVAILABLE and UNKNOWN of
// libs/store/pool.h. After UNKNOWN a call that made a secret is to be made
// again with a new one; what the lost one may have left shows in the list.

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_ACCESS_STORE_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_ACCESS_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "services/sp_portal/domain/access.h"
#include "services/sp_portal/domain/model.h"

namespace otrp {
namespace portal {

// An operator's word on a registration.
struct Decision {
  std::string by;
  absl::Time at;
  // Of a rejection.
  std::string reason;
};

class AccessStore {
 public:
  // `pool` must outlive the store.
  explicit AccessStore(store::Pool& pool) : pool_(pool) {}

  // --- Registrations --------------------------------------------------------
  // RESOURCE_EXHAUSTED beyond kMaxPendingRegistrations and
  // kMaxRegistrationsPerHour.
  absl::Status Register(const Registration& registration,
                        const std::string& code_sha256,
                        const store::AuditEvent& audit);
  absl::StatusOr<Registration> GetRegistration(const std::string& id);
  // By seq, those after `after`; of one state where not empty.
  absl::StatusOr<std::vector<Registration>> ListRegistrations(
      const std::string& state, int64_t after, int limit);
  // The registration's code becomes that of `invitation`, of which id and
  // expires_at count. ALREADY_EXISTS for a spid in use.
  absl::StatusOr<Change> ApproveRegistration(const std::string& id,
                                             const Decision& decision,
                                             const Invitation& invitation,
                                             const store::AuditEvent& audit);
  absl::StatusOr<Change> RejectRegistration(const std::string& id,
                                            const Decision& decision,
                                            const store::AuditEvent& audit);

  // --- Accounts -------------------------------------------------------------
  // To kActive or kSuspended. FAILED_PRECONDITION for a closed one.
  absl::StatusOr<Change> SetState(const std::string& spid,
                                  const std::string& state,
                                  const std::string& reason,
                                  const store::AuditEvent& audit);
  // Revokes tokens and invitations. FAILED_PRECONDITION while an application
  // is released.
  absl::StatusOr<Change> Close(const std::string& spid,
                               const std::string& reason, absl::Time now,
                               const store::AuditEvent& audit);

  // --- Members --------------------------------------------------------------
  absl::Status CreateInvitation(const Invitation& invitation,
                                const std::string& code_sha256,
                                const store::AuditEvent& audit);
  // Open at `now`, by id.
  absl::StatusOr<std::vector<Invitation>> ListInvitations(
      const std::string& tenant, absl::Time now, const std::string& after,
      int limit);
  absl::Status RevokeInvitation(const std::string& tenant,
                                const std::string& id, absl::Time now,
                                const store::AuditEvent& audit);
  // The open one with this code; else why it can't be used.
  absl::StatusOr<Invitation> FindInvitation(const std::string& code_sha256,
                                            absl::Time now);
  // Uses it up: a member of its tenant and role called token.member, and the
  // member's first token. `token` is of that tenant and role.
  absl::Status AcceptInvitation(const std::string& id, const Token& token,
                                const std::string& token_sha256,
                                const store::AuditEvent& audit);
  // By name.
  absl::StatusOr<std::vector<Member>> ListMembers(const std::string& tenant,
                                                  const std::string& after,
                                                  int limit);
  // NOT_FOUND; FAILED_PRECONDITION for the last owner.
  absl::StatusOr<Change> SetMemberRole(const std::string& tenant,
                                       const std::string& name,
                                       const std::string& role,
                                       const store::AuditEvent& audit);
  absl::StatusOr<Member> GetMember(const std::string& tenant,
                                   const std::string& name);
  // His tokens are revoked.
  absl::Status RemoveMember(const std::string& tenant, const std::string& name,
                            absl::Time now, const store::AuditEvent& audit);

  // --- Tokens ---------------------------------------------------------------
  absl::Status CreateToken(const Token& token, const std::string& sha256,
                           const store::AuditEvent& audit);
  // By id; only those good at `now` unless `dead` too.
  absl::StatusOr<std::vector<Token>> ListTokens(const std::string& tenant,
                                                bool dead, absl::Time now,
                                                const std::string& after,
                                                int limit);
  absl::StatusOr<Token> GetToken(const std::string& tenant,
                                 const std::string& id);
  // The one that is good at `now` and calls as `agent` (AgentOf()): a member's
  // personal one, or one of its own name. Not a publisher's, which have one
  // name.
  absl::StatusOr<absl::optional<Token>> FindTokenOf(const std::string& tenant,
                                                    const std::string& agent,
                                                    absl::Time now);
  absl::StatusOr<Change> RevokeToken(const std::string& tenant,
                                     const std::string& id, absl::Time now,
                                     const store::AuditEvent& audit);
  // The token with this digest, good at `now`, with the role that it has now:
  // not more than its member's. BadToken() for every reason. Notes the use,
  // once in kTouchTokensEvery.
  absl::StatusOr<Token> UseToken(const std::string& sha256, absl::Time now);

  // --- Sessions of the console ----------------------------------------------
  struct SessionUse {
    std::string session_id;
    // What it stands for; expires_at and last_used_at are the session's.
    Token token;
  };

  // `session` is of a member's token; BadToken() where that is good no more.
  // Beyond kMaxLiveSessions of the token, the oldest ends.
  absl::Status BeginSession(const Session& session, const std::string& sha256,
                            const store::AuditEvent& audit);
  // As UseToken().
  absl::StatusOr<SessionUse> UseSession(const std::string& sha256,
                                        absl::Time now);
  // Good at `now`, by id.
  absl::StatusOr<std::vector<Session>> ListSessions(const std::string& tenant,
                                                    absl::Time now,
                                                    const std::string& after,
                                                    int limit);
  absl::StatusOr<Session> GetSession(const std::string& tenant,
                                     const std::string& id, absl::Time now);
  absl::StatusOr<Change> EndSession(const std::string& id, absl::Time now,
                                    const store::AuditEvent& audit);
  // How many that were over before `cutoff` were removed.
  absl::StatusOr<int64_t> PurgeSessions(absl::Time cutoff,
                                        absl::Duration budget);

 private:
  store::Pool& pool_;
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_ACCESS_STORE_H_
