// The portal's things as values: service providers, their applications, who
// gets them. Shared by handlers, domain and storage.
//
// Fingerprints and digests are 32 octets (SHA-256), certificates DER.
//
// Thread-safety: values.

#ifndef OTRP_SERVICES_SP_PORTAL_DOMAIN_MODEL_H_
#define OTRP_SERVICES_SP_PORTAL_DOMAIN_MODEL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/variant.h"
#include "libs/protocol/ta_image.h"
#include "libs/service/channel.h"
#include "libs/service/device_conditions.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {

struct Revocation {
  absl::Time at;
  // RFC 5280 5.3.1.
  int reason = 0;
};
// "keyCompromise", as RFC 5280 5.3.1 names it; "other" for unknown ones.
absl::string_view ReasonWord(int reason);

struct SpCertificate {
  // Of the DER.
  std::string fingerprint;
  // Lower-case hex.
  std::string serial;
  std::string der;
  // The leaf's issuer first, root last.
  std::vector<std::string> issuers;
  absl::Time not_after;
  absl::Time enrolled_at;
  // The newest that isn't revoked: the one that security domains get.
  bool current = false;
  // For ever.
  absl::optional<Revocation> revoked;
};

// A certificate by the names that a CRL and the portal have for it.
struct SerialOfSp {
  std::string spid;
  std::string serial;
};

struct Sp {
  std::string spid;
  std::string name;
  absl::Time created_at;
  // kActive, kSuspended or kClosed (access.h).
  std::string state;
  // Newest first.
  std::vector<SpCertificate> certificates;
};

// Whose things a list shows.
struct Visible {
  // Empty: everybody's.
  std::string spid;
  // Only what these applications have; all where empty.
  std::vector<std::string> taids;
  // Those of them that are UUIDs, in lower case: the same in either case.
  std::vector<std::string> uuids;
};

// Where a version stands between its upload and its release.
enum class ReviewState { kDraft, kSubmitted, kApproved, kRejected };

// "draft", as the database and the audit log write it.
std::string WordOf(ReviewState state);
absl::optional<ReviewState> ReviewStateOf(absl::string_view word);

struct AppVersion {
  std::string spid;
  std::string taid;
  // As the SP wrote it.
  std::string version;
  protocol::TaImageFormat format = protocol::TaImageFormat::kJws;
  std::string image_sha256;
  int64_t image_bytes = 0;
  std::string pdata_sha256;
  std::string signer_fingerprint;
  absl::Time pushed_at;
  // Who pushed it; empty for those from before it was kept.
  std::string pushed_by;
  ReviewState review_state = ReviewState::kDraft;
  // What to use instead; empty: it isn't deprecated.
  std::string deprecation;
  // Why no further device gets it; empty: it isn't yanked.
  std::string yank_reason;
  // Nothing: its octets are there.
  absl::optional<absl::Time> deleted_at;
  // It has no image here: image_sha256 is empty, image_bytes 0.
  bool pull = false;
  // Of those that are read: its signer's certificate.
  absl::optional<Revocation> signer_revoked;
  // A serialized otrp.portal.v1.Manifest, or empty; for those that are added.
  // Of those that are read, its SHA-256; PortalStore::GetManifest has it.
  std::string manifest;
  std::string manifest_sha256;
  // Of those that PortalStore::GetVersion read, as Sp::state.
  std::string sp_state;
};

// Where an application's images are asked for.
struct PullEndpoint {
  std::string spid;
  std::string taid;
  // https; empty in events: there is none any more.
  std::string url;
  // Empty: the system's.
  std::string roots_pem;
  std::string key_id;
  absl::Time changed_at;
};

// What one device gets with a TA; the octets are the blob's.
struct Personalization {
  std::string spid;
  std::string taid;
  // 32 octets.
  std::string did;
  std::string blob_id;
  int64_t bytes = 0;
  std::string sha256;
  absl::Time put_at;
};

// How much one service provider may keep.
struct Quotas {
  int64_t applications = kMaxApplicationsPerSp;
  // Of each application.
  int64_t versions = kMaxVersionsPerApplication;
  // Of all images, also where several have the same.
  int64_t image_bytes = kMaxImageBytesPerSp;
};

// What was attached to a version.
enum class EvidenceKind { kProvenance, kSbom };
// "provenance", "sbom".
std::string WordOf(EvidenceKind kind);

struct Evidence {
  EvidenceKind kind = EvidenceKind::kProvenance;
  // Where the document is, its SHA-256 and its octets.
  std::string blob_id;
  std::string sha256;
  int64_t bytes = 0;
  // The statement's predicateType, or "spdx-2.3".
  std::string format;
  // Nothing for what isn't signed.
  absl::optional<std::string> signer_fingerprint;
  absl::Time attached_at;
};

// A version's passage through the reviewers' queue.
struct Review {
  // Set by the store.
  int64_t id = 0;
  std::string spid;
  std::string taid;
  std::string version;
  ReviewState state = ReviewState::kSubmitted;
  std::string submitted_by;
  absl::Time submitted_at;
  // Empty while it waits.
  std::string reviewed_by;
  absl::optional<absl::Time> reviewed_at;
  std::string reason;
  // The automatic checks that it has passed.
  std::vector<std::string> checks;
};

// An image on its way in chunks.
struct Upload {
  // UUID in lower case.
  std::string id;
  std::string spid;
  std::string taid;
  std::string version;
  protocol::TaImageFormat format = protocol::TaImageFormat::kJws;
  // Octets of the image, and how many of them have come.
  int64_t size = 0;
  int64_t received = 0;
  std::string sha256;
  // Where they are; empty once the version has them.
  std::string blob_id;
  absl::Time created_at;
  absl::Time expires_at;

  bool completed() const { return blob_id.empty(); }
};

struct Image {
  std::string image;
  std::string personalization_data;
};

struct App {
  std::string spid;
  std::string taid;
  // Of "stable" and of "beta"; empty when nothing is released there.
  std::string released_version;
  std::string beta_version;
  bool withdrawn = false;
  // Ascending.
  std::vector<AppVersion> versions;
};

// --- Who gets an application
// --------------------------------------------------

struct AllDevices {
  friend bool operator==(AllDevices, AllDevices) { return true; }
};

struct OneDevice {
  // 32 octets.
  std::string did;
  friend bool operator==(const OneDevice& a, const OneDevice& b) {
    return a.did == b.did;
  }
};

struct DeviceGroup {
  std::string name;
  friend bool operator==(const DeviceGroup& a, const DeviceGroup& b) {
    return a.name == b.name;
  }
};

// Those of which the conditions hold; never a group alone.
struct DevicesThat {
  service::DeviceConditions meet;
  friend bool operator==(const DevicesThat& a, const DevicesThat& b) {
    return a.meet == b.meet;
  }
};

using Target = absl::variant<AllDevices, OneDevice, DeviceGroup, DevicesThat>;

// Whether all devices of `target` are among those of `granted`, whatever
// devices there are.
bool Covers(const Target& granted, const Target& target);

// A target as the database and the audit log write it: "all" and "", "did" and
// lower-case hex, "group" and its name, "devices" and the conditions' text.
struct TargetWords {
  std::string kind;
  std::string target;
};
TargetWords WordsOf(const Target& target);
// Nothing for words that WordsOf() doesn't write.
absl::optional<Target> TargetOf(const TargetWords& words);

// What an SP may assign to.
struct Entitlement {
  std::string id;
  std::string spid;
  Target target;
  // Identity URI.
  std::string granted_by;
  absl::Time granted_at;
};

// The entitlement as it is, and whether it was made just now.
struct Granted {
  Entitlement entitlement;
  bool changed = false;
};
struct Revoked {
  bool changed = false;
  // To its target, still there.
  int64_t assignments_left = 0;
};

struct Assignment {
  // Set by the store.
  int64_t id = 0;
  std::string spid;
  std::string taid;
  Target target;
  absl::Time assigned_at;
  service::Channel channel = service::Channel::kStable;
};

// What a mutation did.
struct Change {
  // False: it was so before; nothing was written.
  bool changed = false;
  // Outbox message to wait for; 0: none is on its way.
  int64_t message = 0;
};

// Of an application.
struct Deleted {
  // False: it was deleted before.
  bool changed = false;
  int32_t versions = 0;
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_DOMAIN_MODEL_H_
