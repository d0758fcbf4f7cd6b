// The Idempotency-Key of a request: an opaque name that the client chose for
// what it asks. A quoted one, as the draft has it, is another than one without
// quotes.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT names the header.
// Source: draft-ietf-httpapi-idempotency-key-header-07.

#ifndef OTRP_SERVICES_API_HANDLERS_IDEMPOTENCY_KEY_H_
#define OTRP_SERVICES_API_HANDLERS_IDEMPOTENCY_KEY_H_

#include "absl/status/statusor.h"
#include "libs/http/message.h"
#include "libs/rpc/idempotency.h"

namespace otrp {
namespace api {
namespace handlers {

// Empty where there is none, or where nothing is changed. `has_caller`: whether
// there is a credential; without one nothing tells whose key it is.
absl::StatusOr<rpc::KeyOfCall> KeyOfRequest(const http::Request& request,
                                            bool has_caller);

}  // namespace handlers
}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_HANDLERS_IDEMPOTENCY_KEY_H_
