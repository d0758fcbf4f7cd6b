#include "services/tsm/messaging/first_request.h"

#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/protocol/dialect.h"
#include "libs/protocol/requests.h"
#include "services/tsm/messaging/own_keys.h"

namespace otrp {
namespace tsm {

absl::StatusOr<std::string> SignGetDeviceState(const std::string& dialect,
                                               const SigningIdentity& identity,
                                               const std::string& tid,
                                               const std::string& rid) {
  protocol::GetDeviceStateParams params;
  OTRP_ASSIGN_OR_RETURN(params.dialect, protocol::DialectFromName(dialect));
  params.tid = tid;
  params.rid = rid;
  params.ocsp_responses = identity.staples;
  params.supported_sigalgs = {"RS256", "ES256"};
  CountKeyOp("sign", identity.key_type);
  OTRP_ASSIGN_OR_RETURN(
      protocol::BuiltRequest built,
      protocol::BuildGetDeviceState(params, {identity.key, identity.chain}));
  return std::move(built.message);
}

RequestPool::Signer FirstRequestSigner(const SessionSecrets* secrets,
                                       const Clock* clock, Random* random) {
  return [secrets, clock, random](
             const std::string& dialect,
             const SigningIdentity& identity) -> absl::StatusOr<FirstRequest> {
    const std::shared_ptr<const SessionSecret> secret = secrets->Current();
    FirstRequest request;
    request.tid = protocol::NewTid(
        secret->bytes.view(), identity.key_type == crypto::KeyType::kEcP256,
        clock->Now(), *random);
    request.rid = protocol::FirstRid(secret->bytes.view(), request.tid);
    OTRP_ASSIGN_OR_RETURN(
        request.message,
        SignGetDeviceState(dialect, identity, request.tid, request.rid));
    return request;
  };
}

}  // namespace tsm
}  // namespace otrp
