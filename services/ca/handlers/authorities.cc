#include "services/ca/handlers/authorities.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "libs/base/status_macros.h"
#include "libs/pki/certificate.h"
#include "libs/pki/key_kind.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "services/ca/errors.h"
#include "services/ca/handlers/convert.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

// Of one that is loaded or retired.
absl::StatusOr<v1::Authority> ToProto(const AuthorityRecord& row,
                                      const AuthorityList& list) {
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate certificate,
                        pki::Certificate::FromDer(row.certificate_der));
  v1::Authority out;
  out.set_name(row.name);
  out.set_role(RoleToProto(row.role));
  out.set_is_root(row.is_root);
  out.set_certificate_der(row.certificate_der);
  out.set_issuer(row.issuer);
  *out.mutable_not_after() = rpc::ToProto(certificate.not_after());
  out.set_key_type(
      std::string(crypto::KeyTypeName(certificate.public_key().type())));
  out.set_line(row.line);
  out.set_generation(row.generation);
  out.set_state(std::string(AuthorityStateWord(row.state)));
  out.set_key_bits(certificate.public_key().bits());
  for (const CrossCertificate& crossed : list.crossed) {
    if (crossed.authority == row.name) {
      out.add_cross_certificates_der(crossed.certificate_der);
    }
  }
  AddTerms(row.terms, out);
  return out;
}

absl::StatusOr<v1::Authority> Current(Env& env, const std::string& name) {
  OTRP_ASSIGN_OR_RETURN(const AuthorityList list, env.store.ReadAuthorities());
  for (const AuthorityRecord& row : list.authorities) {
    if (row.name == name) return ToProto(row, list);
  }
  return errors::GenerationNotFound("generation", name);
}

template <typename Request>
std::string NameOf(const Request& request) {
  return GenerationName(request.line(), request.generation());
}

// Empty: none.
absl::StatusOr<absl::optional<pki::KeyKind>> KindOf(const std::string& word) {
  if (word.empty()) return absl::optional<pki::KeyKind>();
  const absl::optional<pki::KeyKind> kind = pki::KeyKindFromWord(word);
  if (!kind.has_value()) return errors::BadKeyKind();
  return kind;
}

}  // namespace

absl::Status ListGenerations(const rpc::CallContext&, Env& env,
                             const v1::ListGenerationsRequest& request,
                             v1::ListGenerationsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const AuthorityList list, env.store.ReadAuthorities());
  for (auto row = list.authorities.rbegin(); row != list.authorities.rend();
       ++row) {
    if (row->line != request.line()) continue;
    OTRP_ASSIGN_OR_RETURN(*response.add_generations(), ToProto(*row, list));
  }
  return response.generations().empty()
             ? errors::GenerationNotFound("line", request.line())
             : absl::OkStatus();
}

absl::Status GetGeneration(const rpc::CallContext&, Env& env,
                           const v1::GetGenerationRequest& request,
                           v1::GetGenerationResponse& response) {
  const std::string name = NameOf(request);
  OTRP_ASSIGN_OR_RETURN(*response.mutable_generation(), Current(env, name));
  const absl::Time now = env.clock.Now();
  OTRP_ASSIGN_OR_RETURN(const std::vector<LiveCount> counts,
                        env.store.CountLive(name, now, kMaxLiveCount));
  for (const LiveCount& count : counts) {
    v1::LiveCertificates& live = *response.add_live();
    live.set_profile(ProfileToProto(count.profile, count.own));
    live.set_count(count.count);
  }
  OTRP_ASSIGN_OR_RETURN(std::vector<std::string> holders,
                        env.store.LiveHolders(name, now, kMaxLiveHolders));
  for (std::string& holder : holders) {
    response.add_holders(std::move(holder));
  }
  return absl::OkStatus();
}

absl::Status PrepareGeneration(const rpc::CallContext& call, Env& env,
                               const v1::PrepareGenerationRequest& request,
                               v1::PrepareGenerationResponse& response) {
  if (request.lifetime_days() < 0 ||
      request.lifetime_days() > kMaxAuthorityDays) {
    return errors::BadLifetime();
  }
  Generations::Wish wish;
  wish.line = request.line();
  wish.lifetime = absl::Hours(24) * request.lifetime_days();
  OTRP_ASSIGN_OR_RETURN(wish.key, KindOf(request.key()));
  OTRP_ASSIGN_OR_RETURN(
      const AuthorityPtr made,
      env.generations.Prepare(wish, [&](const std::string& name) {
        return service::AuditOf(call, "authority.prepare", name);
      }));
  *response.mutable_generation() = ToProto(*made);
  return absl::OkStatus();
}

absl::Status ActivateGeneration(const rpc::CallContext& call, Env& env,
                                const v1::ActivateGenerationRequest& request,
                                v1::ActivateGenerationResponse& response) {
  OTRP_ASSIGN_OR_RETURN(
      const Generations::Change change,
      env.generations.Activate(NameOf(request), [&](const std::string& name) {
        return service::AuditOf(call, "authority.activate", name);
      }));
  call.Changed(change.changed);
  OTRP_ASSIGN_OR_RETURN(*response.mutable_generation(),
                        Current(env, NameOf(request)));
  return absl::OkStatus();
}

absl::Status RetireGeneration(const rpc::CallContext& call, Env& env,
                              const v1::RetireGenerationRequest& request,
                              v1::RetireGenerationResponse& response) {
  OTRP_ASSIGN_OR_RETURN(
      const Generations::Change change,
      env.generations.Retire(NameOf(request), [&](const std::string& name) {
        return service::AuditOf(call, "authority.retire", name);
      }));
  call.Changed(change.changed);
  OTRP_ASSIGN_OR_RETURN(*response.mutable_generation(),
                        Current(env, NameOf(request)));
  return absl::OkStatus();
}

absl::Status RevokeGeneration(const rpc::CallContext& call, Env& env,
                              const v1::RevokeGenerationRequest& request,
                              v1::RevokeGenerationResponse& response) {
  if (request.confirm_line() != request.line()) {
    return errors::NameNotConfirmed(request.line());
  }
  OTRP_ASSIGN_OR_RETURN(const RevocationReason reason,
                        FromProto(request.reason()));
  OTRP_ASSIGN_OR_RETURN(
      const Generations::Change change,
      env.generations.Revoke(
          NameOf(request), reason, [&](const std::string& name) {
            return service::AuditOf(
                call, "authority.revoke", name, store::kAuditOk,
                service::AuditDetails().Set(
                    "reason", v1::RevocationReason_Name(request.reason())));
          }));
  call.Changed(change.changed);
  OTRP_ASSIGN_OR_RETURN(
      const CertificateRecord certificate,
      env.store.GetCertificate(change.authority->certificate.serial()));
  if (certificate.revoked.has_value()) {
    *response.mutable_revoked_at() = rpc::ToProto(certificate.revoked->at);
  }
  *response.mutable_generation() = ToProto(*change.authority);
  return absl::OkStatus();
}

absl::Status CrossSignGeneration(const rpc::CallContext& call, Env& env,
                                 const v1::CrossSignGenerationRequest& request,
                                 v1::CrossSignGenerationResponse& response) {
  const std::string signer = GenerationName(request.line(), request.signer());
  OTRP_ASSIGN_OR_RETURN(
      Generations::Crossed crossed,
      env.generations.CrossSign(
          NameOf(request), signer, [&](const std::string& name) {
            return service::AuditOf(
                call, "authority.cross", name, store::kAuditOk,
                service::AuditDetails().Set("signer", signer));
          }));
  call.Changed(crossed.changed);
  response.set_certificate_der(std::move(crossed.certificate_der));
  *response.mutable_generation() = ToProto(*crossed.authority);
  return absl::OkStatus();
}

absl::Status RequestGeneration(const rpc::CallContext& call, Env& env,
                               const v1::RequestGenerationRequest& request,
                               v1::RequestGenerationResponse& response) {
  Generations::RequestWish wish;
  wish.line = request.line();
  OTRP_ASSIGN_OR_RETURN(wish.key, KindOf(request.key()));
  wish.common_name = request.common_name();
  wish.replace = request.replace();
  OTRP_ASSIGN_OR_RETURN(
      AuthorityRequest made,
      env.generations.Request(wish, [&](const std::string& line) {
        return service::AuditOf(call, "authority.request", line);
      }));
  response.set_csr_der(std::move(made.csr_der));
  return absl::OkStatus();
}

absl::Status ImportGeneration(const rpc::CallContext& call, Env& env,
                              const v1::ImportGenerationRequest& request,
                              v1::ImportGenerationResponse& response) {
  if (request.certificate_der().size() > kMaxCsrBytes ||
      request.private_key_der().size() > kMaxCsrBytes) {
    return errors::BadImport("must have up to 16 KiB");
  }
  Generations::ImportWish wish;
  wish.line = request.line();
  wish.certificate_der = request.certificate_der();
  wish.above_der.assign(request.above_der().begin(), request.above_der().end());
  wish.pkcs8 = request.private_key_der();
  OTRP_ASSIGN_OR_RETURN(
      const AuthorityPtr made,
      env.generations.Import(wish, [&](const std::string& name) {
        return service::AuditOf(call, "authority.import", name);
      }));
  *response.mutable_generation() = ToProto(*made);
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace ca
}  // namespace otrp
