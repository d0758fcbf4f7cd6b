// How the requests of the pool (identity/request_pool.h) are made: the first
// message of a session, which depends on no device and leaves no trace.
//
// Thread-safety: the signer is thread-safe. Errors: libs/protocol's.

#ifndef OTRP_SERVICES_TSM_MESSAGING_FIRST_REQUEST_H_
#define OTRP_SERVICES_TSM_MESSAGING_FIRST_REQUEST_H_

#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/protocol/tid.h"
#include "services/tsm/identity/request_pool.h"
#include "services/tsm/identity/session_secrets.h"

namespace otrp {
namespace tsm {

// A tid is good for its own epoch and two more, so what is signed ahead within
// one epoch leaves a device at least ten minutes.
inline constexpr absl::Duration kFirstRequestEpoch = protocol::kTidEpoch;

// All must outlive the signer.
RequestPool::Signer FirstRequestSigner(const SessionSecrets* secrets,
                                       const Clock* clock, Random* random);

// A GetDeviceStateRequest with these ids.
absl::StatusOr<std::string> SignGetDeviceState(const std::string& dialect,
                                               const SigningIdentity& identity,
                                               const std::string& tid,
                                               const std::string& rid);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_MESSAGING_FIRST_REQUEST_H_
