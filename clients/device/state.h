// What a TEE remembers: its security domains, their trusted applications, and
// one anonymous key (AIK) for each service provider.
//
// It also remembers the highest version that each TA ever had here, for as long
// as the device lives: deleting a TA is no way back to an older one.
//
// A value. Requests change a copy; the copy becomes the state once a StateStore
// has it on disk. All is kept apart by owner: what one TSM sees and touches
// doesn't depend on another's.
//
// Thread-safety: a value.
// Errors: INVALID_ARGUMENT for a text that isn't a state.
// Source: draft-ietf-teep-opentrustprotocol-03, "Security Domain Hierarchy and
// Ownership", "SP Anonymous Attestation Key".

#ifndef CLIENTS_DEVICE_STATE_H_
#define CLIENTS_DEVICE_STATE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/secret.h"
#include "libs/crypto/keys.h"

namespace otrp::device {

struct InstalledTa {
  std::string taid;
  std::string version;
  // Lower-case hex SHA-256 of the signed image as it came; also the name of
  // the blob that holds it.
  std::string image_sha256;
  int64_t image_bytes = 0;
  // Of the binary inside.
  std::string binary_sha256;
  // Empty: no personalization data.
  std::string pdata_sha256;
  int64_t pdata_bytes = 0;
};

struct SecurityDomain {
  // The TSM's id out of its certificate.
  std::string owner;
  std::string name;
  std::string spid;
  // DER certificates of those who may sign TAs.
  std::vector<std::string> spcerts;
  std::vector<InstalledTa> tas;

  InstalledTa* FindTa(absl::string_view taid);
};

// An AIK and whose it is: an spid means something to its TSM only.
struct Aik {
  std::string owner;
  std::string spid;
  crypto::PrivateKey key;
};

// The highest version of an SP's TA that this TEE ever held.
struct HighestVersion {
  std::string owner;
  std::string spid;
  std::string taid;
  // As ParseVersion() takes it.
  std::string version;
};

struct TeeState {
  std::vector<SecurityDomain> sds;
  std::vector<Aik> aiks;
  // No two of one owner, SP and TA.
  std::vector<HighestVersion> highest_versions;
  // Counts the changes of what an owner sees. A hash of its DSI is good for
  // one value.
  std::map<std::string, uint64_t> generations;

  // nullptr where there is none. Names are unique below an owner.
  SecurityDomain* FindSd(absl::string_view owner, absl::string_view name);
  bool AnotherOwnsSd(absl::string_view owner, absl::string_view name) const;
  const Aik* FindAik(absl::string_view owner, absl::string_view spid) const;
  void RemoveAik(absl::string_view owner, absl::string_view spid);
  // Deletes the AIK of an SP that has no SD any more.
  void DropUnusedAik(absl::string_view owner, absl::string_view spid);
  // False where a higher version than `version` was here; else that is
  // remembered.
  bool TakeVersion(absl::string_view owner, absl::string_view spid,
                   absl::string_view taid, absl::string_view version);
  // What was remembered for one SP is so for the other, too.
  void CopyVersions(absl::string_view owner, absl::string_view from_spid,
                    absl::string_view to_spid);
  uint64_t Generation(absl::string_view owner) const;
  void Changed(absl::string_view owner);

  size_t TaCount() const;
  int64_t BlobBytes() const;
  // Names of all blobs that the state refers to.
  std::set<std::string> BlobNames() const;
};

// Holds private keys.
SecretBytes SerializeState(const TeeState& state);
absl::StatusOr<TeeState> ParseState(absl::string_view text);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_STATE_H_
