// The TSM's numbers, each with its reason. Those that others share are in
// libs/base/limits.h.

#ifndef OTRP_SERVICES_TSM_LIMITS_H_
#define OTRP_SERVICES_TSM_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace otrp {
namespace tsm {

// An appraisal takes 1-2 ms. A device waits meanwhile, and asks again by
// itself; beyond this the verifier is as good as gone.
inline constexpr absl::Duration kAppraiseTimeout = absl::Seconds(3);

// Background calls: an RSA issuance under load takes tens of ms.
inline constexpr absl::Duration kCaTimeout = absl::Seconds(5);

// TA images and data that are kept in memory. A campaign ships one or two
// releases at a time, so this is many of them.
inline constexpr size_t kImageCacheBytes = size_t{128} << 20;

// SP certificates that are kept in memory, 1-2 KiB each.
inline constexpr size_t kCertificateCacheEntries = 4096;

// Requests signed ahead for the usual first contact (RSA), by dialect: 32
// signatures are 26 ms of work, and cover a burst until the pool is filled
// again.
inline constexpr size_t kPoolSize = 32;
// An ES256 signature costs a thirtieth of that: it can be made on the spot.
inline constexpr size_t kEcPoolSize = 4;

// Identities are looked at this often: one statement, which brings what another
// replica has made.
inline constexpr absl::Duration kIdentityPeriod = absl::Seconds(2);
// While something is missing.
inline constexpr absl::Duration kIdentityRetry = absl::Seconds(1);
// Staples are fetched again when less than half of their life is left, at
// most this often.
inline constexpr absl::Duration kStapleMinAge = absl::Minutes(1);

// A next key signs this long after its certificate and staples are stored: by
// then every replica reads what is encrypted to it.
inline constexpr absl::Duration kIdentitySettle = absl::Seconds(10);
// A retired key is kept for the sessions that began with it. Those are over
// within minutes as a rule; one that takes longer begins anew.
inline constexpr absl::Duration kKeepRetired = absl::Hours(24);
// The CA's lists of revoked TSM certificates: an unchanged one isn't sent
// again.
inline constexpr absl::Duration kOwnRevocationsPeriod = absl::Seconds(3);

// Audit records of refused messages, a second. Anyone can send such messages;
// beyond this only their number is recorded (with the next record).
inline constexpr int64_t kMaxRefusalAuditsPerSecond = 50;

// How long finished sessions can be listed.
inline constexpr absl::Duration kKeepSessions = absl::Hours(24 * 30);
// Ids of the portal's events, so that one that comes again is known. It comes
// again when the portal doesn't hear our answer, and after the portal's
// database was restored from a backup: older ones than this are hardly kept.
inline constexpr absl::Duration kKeepInbox = absl::Hours(24 * 90);
// What is over is marked or removed this often, and for so long a time at
// most of each kind: a second makes some 10,000 rows, so sessions may run out
// at 1,000/s. A stop waits for a round's end, so a round is short.
inline constexpr absl::Duration kPurgePeriod = absl::Seconds(5);
inline constexpr absl::Duration kPurgeBudget = absl::Seconds(1);

// Decisions to take something from a single device, for which it has to come
// here. One that is away for longer keeps what it has.
inline constexpr absl::Duration kKeepDecisions = absl::Hours(24 * 730);
// The brake looks at an hour.
inline constexpr absl::Duration kKeepLosses = absl::Hours(24);

// The catalogue in memory is looked at this often. No device waits for that:
// where a row of its own says that there is a newer one, that is read first.
inline constexpr absl::Duration kCataloguePeriod = absl::Seconds(1);
// Some 2 million releases or assignments to conditions. Beyond it the newest
// catalogue can't be read, and devices are answered "later".
inline constexpr size_t kMaxCatalogueBytes = size_t{1} << 30;

// How often a process asks whether removals are paused. It counts what it does
// itself meanwhile, so of n processes n times that many devices may lose
// something beyond the brake's limit.
inline constexpr absl::Duration kBrakePeriod = absl::Seconds(1);
// Not heard of for this long, removals wait.
inline constexpr absl::Duration kBrakeMaxAge = absl::Seconds(15);

// What operators may set and say of the brake.
inline constexpr int64_t kMaxBrakeDevices = 1000000;
inline constexpr size_t kMaxBrakeReasonBytes = 200;
inline constexpr int kMaxReleaseMinutes = 7 * 24 * 60;
inline constexpr int kUsualReleaseMinutes = 60;

// A session without a message for this long is over: as long as its tid would
// have lived.
inline constexpr absl::Duration kSessionIdle = absl::Minutes(10);

// Outcomes that the portal takes at once: 100 KB.
inline constexpr int kOutcomeBatch = 500;
// The portal keeps a batch within its database's time-outs; another replica
// gets it after this.
inline constexpr absl::Duration kOutcomeLease = absl::Seconds(30);
// A portal that was away for longer has lost what happened before.
inline constexpr absl::Duration kKeepOutcomes = absl::Hours(24 * 30);

// --- Pulled TAs

// One request to a service provider's endpoint, all of it: an image of 16 MiB
// at 30 Mbit/s. A stop of the process waits for those that are under way.
inline constexpr absl::Duration kPullTimeout = absl::Seconds(10);
// At the same time in all, and for one service provider: one that doesn't
// answer holds a quarter until its circuit opens. An answer may be 32 MiB.
inline constexpr int kPullsInAll = 8;
inline constexpr int kPullsPerSp = 2;
// Larger answers are checked one at a time: that takes some four times as much
// memory.
inline constexpr size_t kLargePullAnswer = size_t{1} << 20;
// Devices' TAs that are remembered as to be asked for, some 500 octets each.
// One more is asked for when its device comes again.
inline constexpr size_t kMaxPullsWaiting = 20000;
inline constexpr size_t kMaxPullsWaitingPerSp = 5000;
// After a failure for one device; doubles each time.
inline constexpr absl::Duration kPullFirstPause = absl::Seconds(2);
inline constexpr absl::Duration kPullLongestPause = absl::Minutes(5);
// So many failures in a row, of whatever devices, and an endpoint gets one
// request at a time, with pauses as above, until one succeeds.
inline constexpr int kPullCircuitFailures = 3;
// A device that doesn't come back for this long doesn't want it any more.
inline constexpr absl::Duration kPullWanted = absl::Hours(1);
// How long an answer waits for its device. The device is told to come again
// within minutes.
inline constexpr absl::Duration kKeepPulled = absl::Minutes(30);

// What came of requests to endpoints. A fleet of 100,000 that gets a version
// leaves some 20 MB.
inline constexpr size_t kMaxPullErrorBytes = 512;
inline constexpr absl::Duration kKeepPullLog = absl::Hours(7 * 24);

// Members in one request: 10,000 dids are 340 KB.
inline constexpr int kMaxGroupBatch = 10000;

// Labels of one device: all of them are read with it for each message.
inline constexpr size_t kMaxLabels = 32;

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_LIMITS_H_
