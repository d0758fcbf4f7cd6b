#include "services/tsm/handlers/identities.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "libs/base/status_macros.h"
#include "libs/pki/certificate.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/revoked_signer.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/errors.h"

namespace otrp {
namespace tsm {
namespace handlers {
namespace {

void SetTime(const absl::optional<absl::Time>& time,
             google::protobuf::Timestamp* (*add)(v1::TsmIdentity&),
             v1::TsmIdentity& out) {
  if (time.has_value()) *add(out) = rpc::ToProto(*time);
}

void ToProto(const StoredIdentity& identity, v1::TsmIdentity& out) {
  out.set_identity_id(identity.id);
  out.set_key_type(WordOf(identity.key_type));
  out.set_state(WordOf(identity.state));
  const auto chain = pki::ParsePemBundle(identity.chain_pem);
  if (chain.ok()) {
    out.set_serial(chain->front().serial());
    out.set_fingerprint(chain->front().Sha256Fingerprint());
  }
  *out.mutable_created_at() = rpc::ToProto(identity.created_at);
  SetTime(
      identity.not_after, [](auto& o) { return o.mutable_not_after(); }, out);
  SetTime(
      identity.staples_until, [](auto& o) { return o.mutable_staples_until(); },
      out);
  SetTime(
      identity.retired_at, [](auto& o) { return o.mutable_retired_at(); }, out);
  SetTime(
      identity.revoked_at, [](auto& o) { return o.mutable_revoked_at(); }, out);
  if (!identity.revoked_at.has_value()) return;
  out.set_revocation_reason("other");
  for (const service::RevocationRow& row : service::RevocationRows()) {
    if (row.reason == identity.revocation_reason) {
      out.set_revocation_reason(std::string(row.word));
    }
  }
}

absl::StatusOr<std::vector<crypto::KeyType>> TypesOf(const std::string& word) {
  if (word.empty()) {
    return std::vector<crypto::KeyType>{crypto::KeyType::kRsa,
                                        crypto::KeyType::kEcP256};
  }
  crypto::KeyType type = crypto::KeyType::kRsa;
  if (!FromWord(word, &type).ok()) return errors::BadKeyType();
  return std::vector<crypto::KeyType>{type};
}

}  // namespace

absl::Status ListIdentities(const rpc::CallContext&, Env& env,
                            const v1::ListIdentitiesRequest&,
                            v1::ListIdentitiesResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<StoredIdentity> all,
                        env.store.LoadIdentities());
  for (const StoredIdentity& identity : all) {
    ToProto(identity, *response.add_identities());
  }
  return absl::OkStatus();
}

absl::Status RotateIdentities(const rpc::CallContext& call, Env& env,
                              const v1::RotateIdentitiesRequest& request,
                              v1::RotateIdentitiesResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<crypto::KeyType> types,
                        TypesOf(request.key_type()));
  std::vector<NewIdentity> made;
  std::vector<std::string> ids;
  for (crypto::KeyType type : types) {
    OTRP_ASSIGN_OR_RETURN(NewIdentity identity,
                          env.identity_keys.MakeNext(type));
    ids.push_back(identity.id);
    made.push_back(std::move(identity));
  }
  OTRP_ASSIGN_OR_RETURN(const std::vector<std::string> added,
                        env.store.AddNextIdentities(
                            made, service::AuditOf(call, "identity.rotate",
                                                   absl::StrJoin(ids, " "))));
  // Else they are on their way already.
  call.Changed(!added.empty());
  OTRP_ASSIGN_OR_RETURN(const std::vector<StoredIdentity> all,
                        env.store.LoadIdentities());
  for (const StoredIdentity& identity : all) {
    if (identity.state == IdentityState::kNext) {
      ToProto(identity, *response.add_identities());
    }
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp
