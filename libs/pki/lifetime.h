// How long certificates of a profile live at most.
//
// Thread-safety: a function without state.

#ifndef OTRP_LIBS_PKI_LIFETIME_H_
#define OTRP_LIBS_PKI_LIFETIME_H_

#include "absl/time/time.h"
#include "libs/pki/profile.h"

namespace otrp {
namespace pki {

// The profile's lifetime; for a client's, who may ask for more (services/ca),
// 90 days and the five minutes that a beginning is dated back.
inline absl::Duration LongestLife(const Profile& profile) {
  const absl::Duration clients = absl::Hours(90 * 24) + absl::Minutes(5);
  return profile.role == Role::kClient ? clients : profile.lifetime;
}

}  // namespace pki
}  // namespace otrp

#endif  // OTRP_LIBS_PKI_LIFETIME_H_
