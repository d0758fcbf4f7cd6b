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
  std::string image;
  std::string personalization;
  // DER of the certificate that signed the image.
  std::string signer_certificate;
  std::string signer_fingerprint;
};

// A TA's image and data, as a device gets them.
struct ReleaseImage {
  std::string image;
  std::string personalization;

  size_t bytes() const { return image.size() + personalization.size(); }
};

// "all", "did:<hex>" or "group:<name>".
struct Assignment {
  std::string spid;
  std::string taid;
  std::string target;
  bool assigned = true;
};

// --- What a device has and shall have ---------------------------------------

// One TA that a device shall have.
struct DesiredTa {
  std::string spid;
  std::string taid;
  std::string version;
  int64_t release_id = 0;
  std::string signer_fingerprint;
  // The SP's current certificate.
  std::string current_fingerprint;

  friend bool operator==(const DesiredTa& a, const DesiredTa& b) {
    return a.spid == b.spid && a.taid == b.taid && a.version == b.version &&
           a.release_id == b.release_id &&
           a.signer_fingerprint == b.signer_fingerprint &&
           a.current_fingerprint == b.current_fingerprint;
  }
};

struct InstalledTa {
  std::string taid;
  // Empty: not known.
  std::string version;

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

  friend bool operator==(const SecurityDomain& a, const SecurityDomain& b) {
    return a.sdname == b.sdname && a.spid == b.spid && a.spcerts == b.spcerts &&
           a.tas == b.tas;
  }
};

inline constexpr char kTaskWaiting[] = "waiting";
inline constexpr char kTaskGivenUp[] = "given-up";

// Something that failed on a device.
struct Task {
  // E.g. "InstallTA bank/wallet@1.0.0".
  std::string action;
  std::string state;
  int32_t attempts = 0;
  // Unset for what was given up.
  absl::optional<absl::Time> not_before;
  std::string last_error;
};

struct AttestationReason {
  std::string code;
  std::string detail;
};

inline constexpr char kVerdictAccepted[] = "accepted";
inline constexpr char kVerdictRefused[] = "refused";

struct Device {
  std::string did;
  // "ietf03" or "pei03".
  std::string dialect;
  // "RSA", "EC"; empty where no key was ever accepted.
  std::string key_type;
  std::string tee_name;
  std::string tee_version;
  // DER.
  std::string tee_certificate;
  std::string tee_spki;
  bool signer_required = false;
  std::string verdict;
  std::vector<AttestationReason> reasons;
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
};

// A device as operators see it.
struct DeviceDetails {
  Device device;
  std::vector<SecurityDomain> domains;
  std::vector<Task> tasks;
  std::vector<DesiredTa> desired;
  std::vector<std::string> groups;
};

struct Group {
  std::string name;
  int64_t members = 0;
};

// --- Sessions ---------------------------------------------------------------

inline constexpr char kSessionOpen[] = "open";
inline constexpr char kSessionDone[] = "done";
inline constexpr char kSessionRefused[] = "refused";
inline constexpr char kSessionFailed[] = "failed";
inline constexpr char kSessionExpired[] = "expired";

struct Session {
  std::string tid;
  std::string state;
  std::string dialect;
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

inline constexpr char kToDevice[] = "to-device";
inline constexpr char kFromDevice[] = "from-device";

struct SessionMessage {
  int32_t n = 0;
  std::string direction;
  std::string name;
  std::string rid;
  // "pass", "fail", "refused"; empty for requests.
  std::string status;
  std::string error_code;
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
