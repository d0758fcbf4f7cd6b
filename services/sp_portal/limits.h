// Numbers of the portal, each with its reason.

#ifndef OTRP_SERVICES_SP_PORTAL_LIMITS_H_
#define OTRP_SERVICES_SP_PORTAL_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace otrp {
namespace portal {

// A display name of a company, with room.
inline constexpr size_t kMaxNameCharacters = 200;
// A paragraph: what is wrong with a version, or what to use instead.
inline constexpr size_t kMaxRemarkCharacters = 500;
// RSA-8192 CSR with long names is under 4 KiB.
inline constexpr size_t kMaxCsrBytes = 16 * 1024;
// One may be held by a delivery that waits for an image.
inline constexpr int kMinDbConnections = 2;
// How long a call waits for the TSM before it answers delivered = false:
// longer than a TSM's restart would make consoles feel stuck.
inline constexpr absl::Duration kDeliveryWait = absl::Seconds(3);
// One delivery to the TSM, with an image of 16 MiB in it.
inline constexpr absl::Duration kDeliveryTimeout = absl::Seconds(10);
// An image as uploaded in chunks: what a service provider may want to keep, to
// be fetched by others than the TSM. Checking one takes some four times as much
// memory.
inline constexpr int64_t kMaxUploadBytes = int64_t{64} << 20;
// Of all chunks but the last; so an upload is at most 1024 rows.
inline constexpr int64_t kMinChunkBytes = int64_t{64} << 10;
// Of one service provider at a time: pipelines of several applications, and
// what aborted runs left behind.
inline constexpr int64_t kMaxOpenUploads = 16;
inline constexpr int64_t kMaxOpenUploadBytes = int64_t{512} << 20;
// An upload without a further octet, or completed, for this long is removed: a
// pipeline that failed in the evening is run again in the morning.
inline constexpr absl::Duration kKeepUploads = absl::Hours(24);
// For one's turn to have a large image checked, which takes about a second.
inline constexpr absl::Duration kLargeImageWait = absl::Seconds(5);
// Of one service provider, where the operator says nothing else: the product
// lines of a large bank, a release a week for ten years, and about a thousand
// images of full size.
inline constexpr int64_t kMaxApplicationsPerSp = 500;
inline constexpr int64_t kMaxVersionsPerApplication = 500;
inline constexpr int64_t kMaxImageBytesPerSp = int64_t{16} << 30;
// A statement lists the materials of a build; those of large ones have some
// hundred KiB.
inline constexpr size_t kMaxProvenanceBytes = size_t{1} << 20;
inline constexpr size_t kMaxPredicateTypeBytes = 256;
// Of thousands of packages. Parsed it may take twenty times as much.
inline constexpr size_t kMaxSbomBytes = size_t{4} << 20;
// Of a manifest: every kind of TEE that is sold, and more than any application
// has been seen to need.
inline constexpr size_t kMaxTeeKinds = 16;
inline constexpr size_t kMaxDependencies = 32;
inline constexpr size_t kMaxSchemaBytes = size_t{64} << 10;
// What is one device's own with a TA, keys and account numbers; of one service
// provider. More devices than that are what pull mode is for.
inline constexpr size_t kMaxOwnDataBytes = size_t{64} << 10;
inline constexpr int64_t kMaxPersonalizations = 20000;
inline constexpr int64_t kMaxPersonalizationBytesPerSp = int64_t{256} << 20;
// Of a pull endpoint: what browsers and proxies take of a URL; a company's
// root, its successor, and those of its test network.
inline constexpr absl::Duration kPullLogTimeout = absl::Seconds(5);
inline constexpr size_t kMaxPullUrlBytes = 2000;
inline constexpr size_t kMaxPullRootsBytes = size_t{64} << 10;
inline constexpr size_t kMaxPullRoots = 8;
// AES-256.
inline constexpr size_t kKekBytes = 32;
// How often what has become of images is looked after: those that stand
// unsealed from before, and those that nothing refers to any more.
inline constexpr absl::Duration kImagesPeriod = absl::Seconds(5);
// In one round, which a stop waits for: 16 images of 64 MiB are removed in a
// second or two.
inline constexpr int kImagesPerRound = 16;
// Of one service provider: systems that want to know, old and new ones.
inline constexpr int kMaxWebhooksPerSp = 16;
// What browsers and servers agree on.
inline constexpr size_t kMaxWebhookUrlBytes = 2000;
// HMAC-SHA256's own size.
inline constexpr size_t kWebhookSecretBytes = 32;
// A secret before stays good: the time to bring the new one to all receivers.
inline constexpr absl::Duration kDefaultSecretOverlap = absl::Hours(24);
inline constexpr absl::Duration kMaxSecretOverlap = absl::Hours(7 * 24);
// Of a delivery as a whole, as Standard Webhooks recommends (15 to 30 s); short
// enough for a stop, which waits for it.
inline constexpr absl::Duration kWebhookTimeout = absl::Seconds(15);
// Nobody else delivers to a webhook meanwhile: the time-out, and a database
// that is slow.
inline constexpr absl::Duration kWebhookLease = absl::Minutes(1);
// Only the status of an answer counts.
inline constexpr size_t kMaxWebhookAnswerBytes = size_t{64} << 10;
inline constexpr size_t kMaxWebhookErrorBytes = 300;
// They wait for endpoints nearly all the time.
inline constexpr int kWebhookThreads = 16;
// So that slow endpoints of one service provider leave threads for others.
inline constexpr int kMaxBusyWebhooksPerSp = 2;
inline constexpr absl::Duration kWebhookPeriod = absl::Seconds(1);
// A webhook that has failed for so long, and for so many attempts of one
// delivery, is disabled.
inline constexpr absl::Duration kFailingToDisable = absl::Hours(5 * 24);
inline constexpr int kAttemptsToDisable = 3;
// Of events and what came of them: support cases are older than a week.
inline constexpr absl::Duration kKeepWebhookEvents = absl::Hours(30 * 24);
// A stop waits for the run under way.
inline constexpr absl::Duration kWebhookPurgeBudget = absl::Seconds(1);
// Notices of certificates' expiry are counted in days.
inline constexpr absl::Duration kWebhookCarePeriod = absl::Minutes(1);
inline constexpr int kExpiryPerRound = 100;
// What is scraped four times a minute.
inline constexpr absl::Duration kBacklogPeriod = absl::Seconds(15);
// What is shown of devices is some seconds old.
inline constexpr absl::Duration kOutcomesPeriod = absl::Seconds(2);
// 10,000 outcomes, so that a stop waits for a second or two.
inline constexpr int kOutcomeBatchesPerRound = 20;
inline constexpr absl::Duration kTakeOutcomesTimeout = absl::Seconds(5);
// A batch comes again within a minute; after this it would be a new one.
inline constexpr absl::Duration kKeepOutcomeIds = absl::Hours(24 * 30);
inline constexpr absl::Duration kForgetOutcomesPeriod = absl::Hours(1);
// Webhooks are told how far a version is this often at most.
inline constexpr absl::Duration kProgressPause = absl::Seconds(15);
inline constexpr int kProgressPerRound = 100;
// Devices of an SP that webhooks are told of one by one, in a minute: what
// people can look after. When a whole fleet fails, the numbers tell.
inline constexpr int64_t kMaxDeviceNotices = 60;
// How often the CA is asked for what it has revoked, by number: an unchanged
// list isn't sent again.
inline constexpr absl::Duration kRevocationsPeriod = absl::Seconds(5);
// Of a list, compared with the certificates here in one statement.
inline constexpr size_t kSerialsAtOnce = 1000;
// The CA signs with a local key and commits twice.
inline constexpr absl::Duration kIssueTimeout = absl::Seconds(10);
// A rotation a month for eight years; a signature check tries them all.
inline constexpr int kMaxCertificatesPerSp = 100;

// --- Accounts, members and tokens
// --------------------------------------------

// A queue that people work through; each row is under 1 KiB.
inline constexpr int kMaxPendingRegistrations = 1000;
// Anybody may register: a flood leaves room for tomorrow's.
inline constexpr int kMaxRegistrationsPerHour = 100;
// For an operator who is asked twice a week, and some of slack.
inline constexpr absl::Duration kRegistrationCodeLife = absl::Hours(14 * 24);
inline constexpr absl::Duration kMinInvitationLife = absl::Hours(1);
inline constexpr absl::Duration kDefaultInvitationLife = absl::Hours(7 * 24);
inline constexpr absl::Duration kMaxInvitationLife = absl::Hours(14 * 24);

// What an operator grants by hand.
inline constexpr int kMaxEntitlements = 1000;
inline constexpr int kMaxOpenInvitations = 50;
inline constexpr int kMaxMembers = 200;
// Of an account: each program and each person with some.
inline constexpr int kMaxLiveTokens = 100;
inline constexpr size_t kMaxTokenTaids = 32;
inline constexpr absl::Duration kMinTokenLife = absl::Minutes(1);
// Of --token_max_life: five years, which nobody should want.
inline constexpr absl::Duration kMaxTokenLife = absl::Hours(5 * 365 * 24);
inline constexpr absl::Duration kDefaultTokenLife = absl::Hours(90 * 24);
// A member's first one, which gets it on with the console and the CLI.
inline constexpr absl::Duration kPersonalTokenLife = absl::Hours(30 * 24);
// A working day; then one signs in again.
inline constexpr absl::Duration kSessionLife = absl::Hours(12);
// Of a token: one's browsers, and those where one forgot to sign out.
inline constexpr int kMaxLiveSessions = 20;
// How long sessions that are over stay; that there were some, the audit log
// says for ever.
inline constexpr absl::Duration kKeepSessions = absl::Hours(30 * 24);
inline constexpr absl::Duration kSessionsPeriod = absl::Minutes(10);
// "Last used" is written this often at most: a write a minute and token.
inline constexpr absl::Duration kTouchTokensEvery = absl::Minutes(1);

// --- Trusted publishing

// The CIs of the world that matter, and a bank's own.
inline constexpr int kMaxIssuers = 50;
inline constexpr int kMaxPublishers = 20;
inline constexpr size_t kMaxPublisherClaims = 16;
// GitHub's, with all of its claims, are under 3 KiB.
inline constexpr size_t kMaxIdTokenBytes = 16 * 1024;
// Sixteen RSA-4096 keys with certificates in them.
inline constexpr size_t kMaxJwksBytes = 64 * 1024;
// A CI job's step that pushes and submits.
inline constexpr absl::Duration kExchangedTokenLife = absl::Minutes(15);
// Of an SP at a time: a hundred jobs a minute.
inline constexpr int kMaxExchangedTokens = 1500;
inline constexpr absl::Duration kExchangedPurgePeriod = absl::Hours(1);
// So long is an ID token remembered after the token that it was given for has
// expired: longer than any ID token is taken.
inline constexpr absl::Duration kKeepExchanged = absl::Hours(48);
// Keys are announced before they are used.
inline constexpr absl::Duration kFetchPeriod = absl::Minutes(5);
// Strangers make us fetch, with tokens of unknown keys, this often at most.
inline constexpr absl::Duration kMinFetchPause = absl::Seconds(20);
inline constexpr absl::Duration kFetchTimeout = absl::Seconds(5);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_LIMITS_H_
