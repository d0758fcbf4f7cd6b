#include "services/tsm/identity/data_sealer.h"

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/crypto/aead.h"

namespace otrp {
namespace tsm {
namespace {

// Names have no slash.
std::string ContextOf(const DataOwner& owner) {
  return absl::StrCat("otrp tsm personalization ", owner.spid, "/", owner.taid,
                      "/", HexEncode(owner.did));
}

}  // namespace

absl::StatusOr<std::string> DataSealer::Seal(const DataOwner& owner,
                                             absl::string_view data) const {
  return crypto::AesGcmSeal(kek_.view(), data, ContextOf(owner), random_);
}

absl::StatusOr<SecretBytes> DataSealer::Open(const DataOwner& owner,
                                             absl::string_view sealed) const {
  absl::StatusOr<SecretBytes> data =
      crypto::AesGcmOpen(kek_.view(), sealed, ContextOf(owner));
  if (data.ok()) return data;
  return absl::DataLossError(
      "sealed personalization data doesn't open: is --kek_file the one that it "
      "was sealed with?");
}

}  // namespace tsm
}  // namespace otrp
