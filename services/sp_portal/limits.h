// Numbers of the portal, each with its reason.

#ifndef OTRP_SERVICES_SP_PORTAL_LIMITS_H_
#define OTRP_SERVICES_SP_PORTAL_LIMITS_H_

#include <cstddef>

#include "absl/time/time.h"

namespace otrp {
namespace portal {

// A display name of a company, with room.
inline constexpr size_t kMaxNameCharacters = 200;
// RSA-8192 CSR with long names is under 4 KiB.
inline constexpr size_t kMaxCsrBytes = 16 * 1024;
// One may be held by a delivery that waits for an image.
inline constexpr int kMinDbConnections = 2;
// How long a call waits for the TSM before it answers delivered = false:
// longer than a TSM's restart would make consoles feel stuck.
inline constexpr absl::Duration kDeliveryWait = absl::Seconds(3);
// One delivery to the TSM, with an image of 16 MiB in it.
inline constexpr absl::Duration kDeliveryTimeout = absl::Seconds(10);
// AES-256.
inline constexpr size_t kKekBytes = 32;
// How often what has become of images is looked after: those that stand
// unsealed from before, and those that nothing refers to any more.
inline constexpr absl::Duration kImagesPeriod = absl::Seconds(5);
// In one round, which a stop waits for: 16 images of 64 MiB are removed in a
// second or two.
inline constexpr int kImagesPerRound = 16;
// The CA signs with a local key and commits twice.
inline constexpr absl::Duration kIssueTimeout = absl::Seconds(10);
// A rotation a month for eight years; a signature check tries them all.
inline constexpr int kMaxCertificatesPerSp = 100;

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_LIMITS_H_
