// The images that OP-TEE loads: signed headers ("HSTO"), one after the other.
// Each subkey's header brings the key that signs the next; the last header is
// the application's, in the clear or encrypted.
//
// What a signature covers: of a subkey its header and its key; of an
// application its header, its UUID and version, and the binary. An encrypted
// one's digest is over the binary in the clear, which only a device with the
// key for it can compute: then the signature says that the signer made a digest
// for this header, and nothing here says that it is this content's.
//
// Inside libs/protocol only; others see a TaImage (ta_image.h).
//
// Thread-safety: a value and functions without state.
// Errors: INVALID_ARGUMENT saying what is wrong with the image; UNIMPLEMENTED
// for algorithms that we don't check.
// Source: OP-TEE's core/include/signed_hdr.h for the layout,
// core/kernel/ree_fs_ta.c for what is checked; docs/ta-image.md.

#ifndef OTRP_LIBS_PROTOCOL_OPTEE_IMAGE_H_
#define OTRP_LIBS_PROTOCOL_OPTEE_IMAGE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/crypto/keys.h"

namespace otrp {
namespace protocol {

inline constexpr absl::string_view kOpteeMagic("HSTO", 4);

struct OpteeImage {
  struct Signature {
    // RSASSA-PSS, else PKCS#1 version 1.5.
    bool is_pss = false;
    std::string digest;
    std::string octets;
  };
  struct Subkey {
    // Upper case.
    std::string uuid;
    crypto::PublicKey key;
  };

  // The top one first. signatures[i + 1] is by subkeys[i].
  std::vector<Subkey> subkeys;
  // One more than subkeys; the last is the application's.
  std::vector<Signature> signatures;
  // Upper case; empty for a legacy image, which has none.
  std::string uuid;
  // A number; empty for a legacy image.
  std::string version;
  bool encrypted = false;
  // Of an encrypted one the ciphertext.
  std::string binary;
};

// All that needs no key of the SP: sizes, digests, the UUIDs below subkeys.
absl::StatusOr<OpteeImage> ParseOpteeImage(absl::string_view image);

// Whether the application is signed by `key`, or by a subkey that `key` has
// signed, at any depth. Where `key` is itself one of the subkeys, what is above
// it isn't looked at: that is for the device, which has the root's key.
absl::Status CheckOpteeSignatures(const OpteeImage& image,
                                  const crypto::PublicKey& key);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_OPTEE_IMAGE_H_
