// The CA's numbers, each with its reason.

#ifndef OTRP_SERVICES_CA_LIMITS_H_
#define OTRP_SERVICES_CA_LIMITS_H_

#include <cstddef>

#include "absl/time/time.h"

namespace otrp {
namespace ca {

// Of a PKCS#10 request; one with an RSA key of 8192 bits and names is below 3.
inline constexpr size_t kMaxCsrBytes = 16 << 10;
// A request that nobody has approved for so long is one that was forgotten.
inline constexpr absl::Duration kIssuanceRequestLife = absl::Hours(7 * 24);
inline constexpr size_t kMaxReasonBytes = 200;
// Certificates of one call of a batch: some 100 ms of signatures by RSA, so
// that other callers' waits stay short.
inline constexpr size_t kMaxBatch = 100;
// Of a list to learn from; half a million entries.
inline constexpr size_t kMaxCrlBytes = 16 << 20;
// Serials that the audit record of a reconciliation names.
inline constexpr size_t kMaxAuditedSerials = 100;
// Revocations out of an exported log in one call.
inline constexpr size_t kMaxLogged = 1000;
// ub-common-name (RFC 5280 appendix A.1).
inline constexpr size_t kMaxCommonNameCharacters = 64;
// Roots of one file, and usages that they are trusted for.
inline constexpr size_t kMaxAnchorsAtOnce = 100;
inline constexpr size_t kMaxAnchorEkus = 16;
// Names of one kind in a subjectAltName: chains travel in each device message.
inline constexpr size_t kMaxNames = 16;
// A DNS name's (RFC 1035), for URIs too.
inline constexpr size_t kMaxNameBytes = 255;
inline constexpr size_t kMaxRequestIdBytes = 128;
// Hex digits: 20 octets (RFC 5280 4.1.2.2).
inline constexpr size_t kMaxSerialDigits = 40;

// What may be asked for, and how long renewals of one may go on, where the
// flags say nothing else: a month of mornings, then somebody has to say again
// that it is still wanted.
inline constexpr absl::Duration kClientMaxLifetime = absl::Hours(30 * 24);
inline constexpr absl::Duration kClientRenewableFor = absl::Hours(30 * 24);
// Of what is asked for: twice what clocks may differ (kBackdate).
inline constexpr absl::Duration kMinLifetime = absl::Minutes(10);
// As long as client certificates ever lived, by whatever flag.
inline constexpr absl::Duration kLongestClientLife = absl::Hours(90 * 24);

// How soon is soon where nobody says; as far as any certificate goes.
inline constexpr absl::Duration kExpiryHorizon = absl::Hours(30 * 24);
inline constexpr absl::Duration kMaxExpiryHorizon = absl::Hours(20 * 365 * 24);

// Clocks of those who check may be a little behind ours: certificates, CRLs and
// OCSP responses are dated back by this.
inline constexpr absl::Duration kBackdate = absl::Minutes(5);

// A CRL's and an OCSP response's life. Verifiers pull CRLs every few seconds;
// the life only matters when the CA is away.
inline constexpr absl::Duration kCrlLifetime = absl::Hours(7 * 24);
inline constexpr absl::Duration kOcspLifetime = absl::Hours(24);
// Nobody can ask whether an OCSP signer is revoked, so it lives for days only;
// renewed at half of them, it ends after all that it signed.
inline constexpr absl::Duration kOcspSignerLifetime = absl::Hours(7 * 24);
// As the gateway takes them; some 200 certificates.
inline constexpr size_t kMaxOcspRequestBytes = 16 << 10;
// Questions of strangers that are looked up or signed at a time, and that wait
// for it: few of the connections to the database (8) and of the threads (64),
// so that revocations, CRLs and services' calls have theirs whatever comes in.
inline constexpr int kOcspAtOnce = 2;
inline constexpr int kOcspWaiting = 16;
// Then the answer is tryLater. A signature takes milliseconds.
inline constexpr absl::Duration kOcspWait = absl::Seconds(1);

// An intent that nobody has completed for so long is revoked: its caller's
// time-out is over, and so are the repetitions of callers that still wait.
inline constexpr absl::Duration kIntentPatience = absl::Minutes(10);
// How often they are looked at, and how many go in one transaction.
inline constexpr absl::Duration kIntentPeriod = absl::Minutes(1);
inline constexpr int kIntentBatch = 100;
// Certificates of earlier versions whose keys are noted in one transaction, and
// how often: a million takes an hour.
inline constexpr int kKeyNoteBatch = 500;
inline constexpr absl::Duration kKeyNotePeriod = absl::Seconds(2);
// How often a replica asks whether the authorities have changed: one row is
// read. So long it may issue from the generation before, never from a revoked
// one (storage/hold_issuing.h).
inline constexpr absl::Duration kAuthorityPeriod = absl::Seconds(2);
// Thirty years.
inline constexpr int kMaxAuthorityDays = 10950;
// What is counted and named before an authority is revoked: enough to be
// frightened by.
inline constexpr int kMaxLiveCount = 10000;
inline constexpr int kMaxLiveHolders = 20;

// How long ca_bootstrap waits for the database.
inline constexpr absl::Duration kDatabaseWait = absl::Seconds(30);
// Revocations within it share their lists' signatures: as long as whoever pulls
// lists waits three times over anyway.
inline constexpr absl::Duration kCrlWindow = absl::Seconds(1);
// Parts' lists that are looked for at a time.
inline constexpr int kCrlShardBatch = 64;
// How often CRLs and OCSP signers are looked at; they live for days.
inline constexpr absl::Duration kCrlPeriod = absl::Minutes(1);
inline constexpr absl::Duration kCrlRetry = absl::Seconds(1);
// How often the first end of each profile's certificates is looked for.
inline constexpr absl::Duration kEndsPeriod = absl::Minutes(1);
inline constexpr absl::Duration kPurgePeriod = absl::Minutes(10);
inline constexpr absl::Duration kPurgeBudget = absl::Seconds(5);

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_LIMITS_H_
