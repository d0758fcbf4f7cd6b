#include "services/ca/handlers/directory.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/rpc/time.h"
#include "services/ca/domain/crl_shard.h"
#include "services/ca/domain/order.h"
#include "services/ca/errors.h"
#include "services/ca/handlers/convert.h"

namespace otrp {
namespace ca {
namespace handlers {

absl::Status ListAuthorities(const rpc::CallContext& call, Env& env,
                             const v1::ListAuthoritiesRequest& request,
                             v1::ListAuthoritiesResponse& response) {
  for (const auto& [name, authority] : env.authorities.all()) {
    if (request.role() == common::v1::ROLE_UNSPECIFIED ||
        request.role() == RoleToProto(authority->role)) {
      v1::Authority& out = *response.add_authorities();
      out = ToProto(*authority);
      // Whose it is is a business of its own.
      if (call.caller().kind == rpc::CallerKind::kSp &&
          !Owns(call.caller(), authority->terms)) {
        out.clear_owner();
      }
    }
  }
  return absl::OkStatus();
}

absl::Status GetCrl(const rpc::CallContext&, Env& env,
                    const v1::GetCrlRequest& request,
                    v1::GetCrlResponse& response) {
  if (!request.shard().empty() && !IsCrlShard(request.shard())) {
    return errors::CrlShardNotFound(request.shard());
  }
  absl::StatusOr<CrlRecord> crl =
      request.shard().empty()
          ? env.store.GetCrl(request.authority())
          : env.store.GetShardCrl(request.authority(), request.shard());
  if (absl::IsNotFound(crl.status()) && !request.shard().empty()) {
    return errors::CrlShardNotFound(request.shard());
  }
  if (!crl.ok()) {
    return errors::NameNotFound(crl.status(),
                                errors::AuthorityNotFound(request.authority()));
  }
  response.set_number(crl->number);
  if (crl->number != request.known_number()) {
    response.set_crl_der(std::move(crl->der));
  }
  *response.mutable_this_update() = rpc::ToProto(crl->this_update);
  *response.mutable_next_update() = rpc::ToProto(crl->next_update);
  return absl::OkStatus();
}

absl::Status GetOcspResponse(const rpc::CallContext& call, Env& env,
                             const v1::GetOcspResponseRequest& request,
                             v1::GetOcspResponseResponse& response) {
  // The gateway asks for the whole world.
  const bool strange = call.caller().kind == rpc::CallerKind::kService &&
                       call.caller().name == "gateway";
  OTRP_ASSIGN_OR_RETURN(
      OcspAnswer answer,
      env.ocsp.Answer(request.request_der(),
                      strange ? OcspResponder::Asker::kStranger
                              : OcspResponder::Asker::kKnown));
  response.set_response_der(std::move(answer.der));
  if (answer.next_update == absl::InfinitePast()) return absl::OkStatus();
  *response.mutable_this_update() = rpc::ToProto(answer.this_update);
  *response.mutable_next_update() = rpc::ToProto(answer.next_update);
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace ca
}  // namespace otrp
