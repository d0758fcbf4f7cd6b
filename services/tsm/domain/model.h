// The TSM's things as values: devices, what they have and shall have,
// sessions. Shared by handlers, domain and storage.
//
// What it is not: wire formats (libs/protocol) or table rows.
//
// Dids are 32 octets everywhere; fingerprints are lower-case hex SHA-256.
//
// Thread-safety: values.

#ifndef OTRP_SERVICES_TSM_DOMAIN_MODEL_H_
#define OTRP_SERVICES_TSM_DOMAIN_MODEL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/variant.h"
#include "libs/crypto/keys.h"
#include "libs/protocol/dialect.h"
#include "libs/service/channel.h"
#include "libs/service/device_conditions.h"

namespace otrp {
namespace tsm {

// --- Catalog ---------------------------------------------------------------

struct SpCertificate {
  std::string spid;
  std::string name;
  // DER.
  std::string certificate;
  std::string fingerprint;
};

struct Release {
  // Set by the store.
  int64_t id = 0;
  std::string spid;
  std::string taid;
  std::string version;
  // Each device's is asked for at the application's endpoint; there is neither
  // image nor data here.
  bool pull = false;
  std::string image;
  std::string personalization;
  // DER of the certificate that signed the image.
  std::string signer_certificate;
  std::string signer_fingerprint;
  service::Channel channel = service::Channel::kStable;
  // When the portal took it: it was signed by then. Unset: when it comes.
  absl::optional<absl::Time> pushed_at;
};

// A certificate that counts no more, for ever.
struct SpRevocation {
  std::string spid;
  std::string fingerprint;
  absl::Time at;
  // RFC 5280 5.3.1.
  int32_t reason = 0;
};

// A TA's image and data, as a device gets them.
struct ReleaseImage {
  std::string image;
  std::string personalization;

  size_t bytes() const { return image.size() + personalization.size(); }
};

// Where the versions of an application are asked for that are pulled.
struct PullEndpoint {
  std::string spid;
  std::string taid;
  // https; empty: there is none any more.
  std::string url;
  // Roots of its certificate; empty: the system's.
  std::string roots_pem;
  // Of the signatures of requests to it; may be empty.
  std::string key_id;
};

// What is asked for a release, and who may sign the answer.
struct PullTarget {
  PullEndpoint endpoint;
  std::string version;
  // DER: the release's signer's, and the SP's current one; none that is
  // revoked.
  std::vector<std::string> signer_certificates;
};

// What was answered for one device.
struct PulledTa {
  std::string did;
  int64_t release_id = 0;
  // The dialect and the key (SHA-256 of its SubjectPublicKeyInfo) that it was
  // made for.
  protocol::Dialect dialect = protocol::Dialect::kIetf03;
  std::string aik_sha256;
  // The JSON object.
  std::string encrypted_ta;
  absl::Time expires_at;
  // Of the certificate that signed the answer.
  std::string signer_fingerprint;
};

// One request to an endpoint, and what came of it.
struct PullAttempt {
  // Of those that are read; grows with time.
  int64_t id = 0;
  std::string version;
  std::string did;
  absl::Time at;
  // As telemetry::kPulls has it.
  std::string outcome;
  // For people; empty where it is "ok".
  std::string error;
  absl::Duration took;
};

// One device's own data for a TA.
struct Personalization {
  std::string spid;
  std::string taid;
  std::string did;
  // By DataSealer; empty: there is none any more.
  std::string sealed;
};

// Whom a TA is assigned to.
struct AllDevices {};
struct OneDevice {
  std::string did;
};
struct DeviceGroup {
  std::string name;
};
struct DevicesThat {
  service::DeviceConditions meet;
};
using Target = absl::variant<AllDevices, OneDevice, DeviceGroup, DevicesThat>;

struct Assignment {
  std::string spid;
  std::string taid;
  Target target;
  bool assigned = true;
  service::Channel channel = service::Channel::kStable;
};

// --- What a device has and shall have ---------------------------------------

// One TA that a device shall have.
struct DesiredTa {
  std::string spid;
  std::string taid;
  std::string version;
  int64_t release_id = 0;
  // Empty where the domain is not to have it.
  std::string signer_fingerprint;
  // The SP's current certificate; empty where it has none that is good.
  std::string current_fingerprint;
  // Who has the TA keeps it as it is, and nobody gets it.
  bool yanked = false;
  // Of Release.
  bool pull = false;
  // There is data of this device's own for it.
  bool personalized = false;
  // The certificate that signed it was revoked and leaves nothing of it: as
  // `yanked`.
  bool signer_revoked = false;
  // The assignment that decided, as WordOfTarget() writes its target.
  std::string target = "";

  // Nobody gets it.
  bool withheld() const { return yanked || signer_revoked; }

  friend bool operator==(const DesiredTa& a, const DesiredTa& b) {
    return a.spid == b.spid && a.taid == b.taid && a.version == b.version &&
           a.release_id == b.release_id &&
           a.signer_fingerprint == b.signer_fingerprint &&
           a.current_fingerprint == b.current_fingerprint &&
           a.yanked == b.yanked && a.pull == b.pull &&
           a.personalized == b.personalized &&
           a.signer_revoked == b.signer_revoked;
  }
};

// An assignment.
struct Rule {
  std::string spid;
  std::string taid;
  // As WordOfTarget() writes it.
  std::string target;
  service::Channel channel = service::Channel::kStable;
};

// Somebody has decided that devices aren't to have an application any more.
// Without one nothing is taken from a device.
struct Decision {
  enum class Kind {
    // An assignment was taken back: `target` is its.
    kUnassigned,
    // The application was withdrawn.
    kWithdrawn,
    // An operator took the device out of a group, or a label from it: `target`
    // is the mark.
    kMarkRemoved,
    // An assignment demands more than the device's evidence proves: `target` is
    // its.
    kProvesLess,
  };
  Kind kind = Kind::kUnassigned;
  std::string spid;
  std::string taid;
  std::string target;
  // Empty: not known, or nobody's of its own (kProvesLess).
  std::string actor;
  absl::Time at;
  // Of the catalogue; 0 for kProvesLess.
  int64_t version = 0;
};

// A group ("group:eu") or a label ("label:pilot=yes") that a device had until
// an operator took it away.
struct RemovedMark {
  std::string mark;
  std::string actor;
  absl::Time at;
  // Of the catalogue.
  int64_t version = 0;
};

struct InstalledTa {
  std::string taid;
  // Empty: not known.
  std::string version;
  // The catalogue's version that it was put there by, or that it was first seen
  // at; 0: before there were any.
  int64_t known_in = 0;
  // What the catalogue says of the certificate that signed this version: it is
  // known, and where its signature counts, its fingerprint. No part of what the
  // device has.
  bool signer_known = false;
  std::string signer_fingerprint = "";

  friend bool operator==(const InstalledTa& a, const InstalledTa& b) {
    return a.taid == b.taid && a.version == b.version;
  }
};

struct SecurityDomain {
  std::string sdname;
  std::string spid;
  // Fingerprints of the SP certificates that we put there.
  std::vector<std::string> spcerts;
  std::vector<InstalledTa> tas;
  // As InstalledTa's.
  int64_t known_in = 0;
  // What the catalogue says of `spcerts`: others took their places, or they
  // were revoked. No part of what the device has.
  std::vector<std::string> former_certs = {};
  std::vector<std::string> revoked_certs = {};

  friend bool operator==(const SecurityDomain& a, const SecurityDomain& b) {
    return a.sdname == b.sdname && a.spid == b.spid && a.spcerts == b.spcerts &&
           a.tas == b.tas;
  }
};

// What was on a device and isn't any more. Should it come back (a TEE that is
// restored, too), what was decided since is about it.
struct FormerContent {
  std::string sdname;
  // Empty: the domain.
  std::string taid;
  // As InstalledTa's.
  int64_t known_in = 0;
};

enum class TaskState {
  // Is tried again, after not_before.
  kWaiting,
  // Somebody has to look.
  kGivenUp,
};

// Something that failed on a device.
struct Task {
  // E.g. "InstallTA bank/wallet@1.0.0".
  std::string action;
  TaskState state = TaskState::kWaiting;
  int32_t attempts = 0;
  // Unset for what was given up.
  absl::optional<absl::Time> not_before;
  std::string last_error;
  // What the TEE said beside its code, or what of its answer couldn't be read;
  // printable.
  std::string detail;
};

struct AttestationReason {
  std::string code;
  std::string detail;
};

enum class Verdict { kAccepted, kRefused };

struct Device {
  std::string did;
  protocol::Dialect dialect = protocol::Dialect::kIetf03;
  // Unset where no key was ever accepted.
  absl::optional<crypto::KeyType> key_type;
  std::string tee_name;
  std::string tee_version;
  // DER.
  std::string tee_certificate;
  std::string tee_spki;
  bool signer_required = false;
  // Unset where none was ever given.
  absl::optional<Verdict> verdict;
  std::vector<AttestationReason> reasons;
  // The trust anchor's name that the TEE's chain ended at when it was last
  // accepted, and what the latest evidence was worth.
  std::string tee_vendor;
  service::AttestationTier tier = service::AttestationTier::kNone;
  // Service providers whose policy refuses it, in order.
  std::vector<std::string> refused_spids = {};
  absl::Time attested_at;
  absl::Time first_seen;
  absl::Time last_seen;
};

// The last proven state of a TEE.
struct TeeState {
  // {"dsi":{...}}, octet for octet.
  std::string dsi;
  // SHA-256 of it, 32 octets.
  std::string dsihash;
  // False: the TEE has changed since, and didn't show how.
  bool fresh = true;
  // What it says it has done since: names of actions.
  std::vector<std::string> claimed;
};

// What became of a service provider's things on a device.
struct Outcome {
  enum class Kind {
    // The device has this version, by what its TEE says.
    kInstalled,
    // It had it.
    kRemoved,
    // A task failed.
    kFailed,
    // Its evidence, which was believed, isn't any more.
    kRefused,
  };
  Kind kind = Kind::kInstalled;
  std::string did;
  std::string spid;
  // protocol::TaidKey(); empty where it isn't about one application.
  std::string taid;
  std::string version;
  // Of kFailed: "InstallTA".
  std::string action;
  // Task.last_error, or the first reason's.
  std::string code;
  // As Task's, or the first reason's.
  std::string detail;
  // Somebody has to look.
  bool given_up = false;

  friend bool operator==(const Outcome& a, const Outcome& b) {
    return a.kind == b.kind && a.did == b.did && a.spid == b.spid &&
           a.taid == b.taid && a.version == b.version && a.action == b.action &&
           a.code == b.code && a.detail == b.detail && a.given_up == b.given_up;
  }
};

// A device as operators see it.
struct DeviceDetails {
  Device device;
  std::vector<SecurityDomain> domains;
  std::vector<Task> tasks;
  std::vector<DesiredTa> desired;
  // Those that reach the device.
  std::vector<Decision> decisions;
  std::vector<std::string> groups;
  // "key=value".
  std::vector<std::string> labels;
};

// Ids of devices, both ends included; as it is here, all.
struct DidRange {
  std::string first = std::string(32, '\x00');
  std::string last = std::string(32, '\xff');
};

struct Group {
  std::string name;
  int64_t members = 0;
};

// --- The TSM's own keys -----------------------------------------------------

enum class IdentityState {
  // Is being certified.
  kNext,
  // Signs what is new.
  kCurrent,
  // Signs for the sessions that began with it, and reads what is encrypted to
  // it.
  kRetired,
};

// --- Sessions ---------------------------------------------------------------

enum class SessionState {
  kOpen,
  kDone,
  kRefused,
  kFailed,
  // Nothing failed, but something is left to do that waits or was given up.
  kBlocked,
  kExpired,
  // The device has begun a newer one.
  kSuperseded,
};

struct Session {
  std::string tid;
  SessionState state = SessionState::kOpen;
  protocol::Dialect dialect = protocol::Dialect::kIetf03;
  int64_t version = 0;
  // Of the outstanding request; empty: none is.
  std::string expected_rid;
  // domain/session_memory.h, serialised.
  std::string memory;
  // Every TEE that took part.
  std::vector<std::string> dids;
  // The TEE that the outstanding request went to; empty: none is.
  std::string current_did;
  absl::Time opened_at;
  absl::Time last_message_at;
  absl::Time expires_at;
};

enum class Direction { kToDevice, kFromDevice };

// kNone: of requests.
enum class MessageStatus { kNone, kPass, kFail, kRefused };

struct SessionMessage {
  int32_t n = 0;
  Direction direction = Direction::kToDevice;
  std::string name;
  std::string rid;
  MessageStatus status = MessageStatus::kNone;
  std::string error_code;
  // As Task's.
  std::string detail;
  absl::Time at;
  int64_t server_us = 0;
  std::string trace_id;
};

// The answer to a consumed message.
struct StoredReply {
  std::string message_sha256;
  // Empty: nothing was sent.
  std::string reply;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_MODEL_H_
