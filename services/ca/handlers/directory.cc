#include "services/ca/handlers/directory.h"

#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "services/ca/handlers/convert.h"

namespace otrp {
namespace ca {

absl::Status ListAuthorities(const rpc::CallContext&, Env& env,
                             const v1::ListAuthoritiesRequest& request,
                             v1::ListAuthoritiesResponse& response) {
  for (const auto& [name, authority] : env.authorities.all()) {
    const common::v1::Role role = RoleFromName(authority.role);
    if (request.role() != common::v1::ROLE_UNSPECIFIED &&
        request.role() != role) {
      continue;
    }
    v1::Authority* out = response.add_authorities();
    out->set_name(name);
    out->set_role(role);
    out->set_is_root(authority.is_root);
    out->set_certificate_der(authority.certificate.der());
    out->set_issuer(authority.issuer);
    FillTimestamp(authority.certificate.not_after(), out->mutable_not_after());
    out->set_key_type(std::string(crypto::KeyTypeName(authority.key.type())));
  }
  return absl::OkStatus();
}

absl::Status GetCrl(const rpc::CallContext&, Env& env,
                    const v1::GetCrlRequest& request,
                    v1::GetCrlResponse& response) {
  OTRP_ASSIGN_OR_RETURN(CrlRow crl, env.store.GetCrl(request.authority()));
  response.set_crl_der(std::move(crl.der));
  FillTimestamp(crl.this_update, response.mutable_this_update());
  FillTimestamp(crl.next_update, response.mutable_next_update());
  return absl::OkStatus();
}

absl::Status GetOcspResponse(const rpc::CallContext&, Env& env,
                             const v1::GetOcspResponseRequest& request,
                             v1::GetOcspResponseResponse& response) {
  OTRP_ASSIGN_OR_RETURN(OcspAnswer answer,
                        env.revocation.AnswerOcsp(request.request_der()));
  response.set_response_der(std::move(answer.der));
  if (answer.next_update == absl::InfinitePast()) return absl::OkStatus();
  FillTimestamp(answer.this_update, response.mutable_this_update());
  FillTimestamp(answer.next_update, response.mutable_next_update());
  return absl::OkStatus();
}

}  // namespace ca
}  // namespace otrp
