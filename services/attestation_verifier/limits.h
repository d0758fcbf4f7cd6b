// The verifier's numbers, each with its reason.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_LIMITS_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace otrp {
namespace verifier {

// Accepted appraisals wait this long for company, so that one transaction
// records many. A crash loses no more than that of the accepted ones.
inline constexpr absl::Duration kRecordDelay = absl::Milliseconds(200);
// Rows a transaction: a few hundred are as cheap as one.
inline constexpr size_t kRecordBatch = 500;
// Waiting rows, some 10 MB. With more, the database has been away for long;
// further accepted rows are counted as lost.
inline constexpr size_t kMaxWaitingRecords = 20000;

// Asking the CA, one call.
inline constexpr absl::Duration kCaTimeout = absl::Seconds(3);
// After a failed pull.
inline constexpr absl::Duration kPullRetry = absl::Seconds(1);

// Why a device was accepted or refused: three times as long as its session can
// be listed. The audit log keeps refusals for ever.
inline constexpr absl::Duration kKeepAppraisals = absl::Hours(24 * 90);
// Older ones are removed this often, for so long a time at most: some 10,000
// rows, so that 1,000 appraisals a second are kept up with. A stop waits for
// the run under way.
inline constexpr absl::Duration kPurgePeriod = absl::Seconds(5);
inline constexpr absl::Duration kPurgeBudget = absl::Seconds(1);

// CRLs and OCSP responses of third parties: some for each authority. Each costs
// the comparison of a name with every chain that is validated.
inline constexpr int64_t kMaxRevocationData = 200;
// A CRL of some 400,000 certificates.
inline constexpr size_t kMaxRevocationBytes = size_t{16} << 20;

// Sources of such data, and the answers that are kept of a responder.
inline constexpr int64_t kMaxSources = 50;
inline constexpr int kMaxAnswersOfSource = 100;
// They are looked at this often; one is read again after a quarter of what is
// left of its data, within these two; after a failure as soon as may be.
inline constexpr absl::Duration kSourceCheck = absl::Seconds(5);
inline constexpr absl::Duration kSourceRetry = absl::Minutes(1);
inline constexpr absl::Duration kSourcePeriod = absl::Hours(1);
// One answer, from name service to its last octet.
inline constexpr absl::Duration kSourceTimeout = absl::Seconds(20);
// Of an OCSP responder: answers have some 2 KiB.
inline constexpr size_t kMaxOcspBytes = size_t{64} << 10;
// Certificates that responders are to be asked about, and how many in one turn.
inline constexpr size_t kMaxWantedAnswers = 1000;
inline constexpr size_t kAnswersAtOnce = 50;
inline constexpr int kMaxStaleHours = 720;
inline constexpr size_t kMaxUrlBytes = 512;
// What a clock may be wrong by.
inline constexpr absl::Duration kClockDifference = absl::Minutes(5);

// The file of kept trust: every CRL and OCSP response of a large deployment.
inline constexpr size_t kMaxKeptTrustBytes = size_t{512} << 20;

// A signed result is valid for so long (--result_life): relying parties ask
// again, or whether it still holds.
inline constexpr absl::Duration kResultLife = absl::Hours(1);
inline constexpr absl::Duration kMinResultLife = absl::Minutes(1);
inline constexpr absl::Duration kMaxResultLife = absl::Hours(24);
// Of a result; ours have two.
inline constexpr size_t kMaxResultBytes = size_t{16} << 10;
// A result key signs for so long, having been shown for as long before.
inline constexpr absl::Duration kResultKeyLife = absl::Hours(24 * 30);
// And is shown afterwards: longer than any result lives, and than anybody
// keeps an old JWK Set.
inline constexpr absl::Duration kShowRetiredKey = absl::Hours(24 * 7);
// Other replicas' rotations are noticed after so long.
inline constexpr absl::Duration kResultKeysPeriod = absl::Seconds(30);
// EAT's limits of a nonce in JSON (RFC 9711 section 4.1).
inline constexpr size_t kMinNonceBytes = 8;
inline constexpr size_t kMaxNonceBytes = 88;

// Each service provider's is asked at each appraisal: some microseconds for all
// of them.
inline constexpr int64_t kMaxScopedPolicies = 1000;
// Recorded devices that a draft is tried on with all that is known of them.
inline constexpr int kSampledDevices = 1000;
// Why a draft was made.
inline constexpr size_t kMaxNoteBytes = 256;

// Each is one row in memory and in a map.
inline constexpr int64_t kMaxReferenceValues = 10000;
// As attest::Appraise() takes names and versions.
inline constexpr size_t kMaxTeeTextBytes = 128;
// Why one was withdrawn.
inline constexpr size_t kMaxReasonBytes = 256;
// Devices that are refused in one transaction, and withdrawals in one answer.
inline constexpr int kWithdrawalBatch = 1000;
// TEEs that are judged anew at a time.
inline constexpr int kTeesAtOnce = 1000;
// The TSM takes them within seconds.
inline constexpr absl::Duration kKeepWithdrawals = absl::Hours(24 * 30);
// A device that hasn't come for so long is forgotten here.
inline constexpr absl::Duration kKeepDevices = absl::Hours(24 * 365);

// Makers of devices, in each snapshot.
inline constexpr int64_t kMaxEvidenceAnchors = 1000;
inline constexpr size_t kMaxKeyIdBytes = 64;
// A token: PSA's and EATs have some hundred octets to a few thousand.
inline constexpr size_t kMaxTokenBytes = size_t{64} << 10;
inline constexpr size_t kMaxMediaTypeBytes = 256;
// A maker's file of reference values and keys: some thousand of them.
inline constexpr size_t kMaxCorimBytes = size_t{1} << 20;
// Leaves room for '-' and a number in a name of 64.
inline constexpr size_t kMaxImportNameBytes = 56;
// Evidence of an OTrP message with a DSI of some hundred TAs; larger isn't
// kept.
inline constexpr size_t kMaxKeptEvidenceBytes = size_t{256} << 10;
// Evidence that waits with records of accepted appraisals; with more, records
// are written without.
inline constexpr size_t kMaxWaitingEvidenceBytes = size_t{64} << 20;
// And in one statement.
inline constexpr size_t kRecordBatchBytes = size_t{8} << 20;

// Overdue devices are counted this often, and no further than so many: then it
// is a matter of the fleet, and not of single devices.
inline constexpr absl::Duration kOverduePeriod = absl::Seconds(30);
inline constexpr int kMaxCountedOverdue = 10000;

// SHA-256 of a TEE certificate.
inline constexpr size_t kDidBytes = 32;

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_LIMITS_H_
