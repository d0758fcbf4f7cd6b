#include "services/sp_portal/storage/blob_seal.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/aead.h"

namespace otrp {
namespace portal {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr char kMark[] = "portal.kek";

std::string KeyContext(absl::string_view id) {
  return absl::StrCat("portal.blob.", id);
}

std::string ValueContext(absl::string_view place) {
  return absl::StrCat("portal.value.", place);
}

std::string ChunkContext(int64_t at, int64_t bytes) {
  return absl::StrCat("portal.chunk.", at, ".", bytes);
}

}  // namespace

BlobSeal::BlobSeal(SecretBytes kek, Random& random)
    : kek_(std::move(kek)), random_(random) {}

absl::StatusOr<SealedBlob> BlobSeal::Seal(absl::string_view octets) const {
  OTRP_ASSIGN_OR_RETURN(SealedBlob blob, NewBlob());
  OTRP_ASSIGN_OR_RETURN(const SecretBytes key,
                        OpenKey(blob.id, blob.sealed_key));
  for (size_t at = 0; at < octets.size(); at += kBlobChunkBytes) {
    OTRP_ASSIGN_OR_RETURN(SealedChunk chunk,
                          SealChunk(key, static_cast<int64_t>(at),
                                    octets.substr(at, kBlobChunkBytes)));
    blob.chunks.push_back(std::move(chunk));
  }
  return blob;
}

absl::StatusOr<SealedBlob> BlobSeal::NewBlob() const {
  SealedBlob blob;
  // As PostgreSQL writes it.
  blob.id = absl::AsciiStrToLower(NewUuid(random_));
  SecretBytes key = SecretBytes::OfSize(kKeyBytes);
  random_.Fill(key.data(), key.size());
  OTRP_ASSIGN_OR_RETURN(blob.sealed_key,
                        crypto::AesGcmSeal(kek_.view(), key.view(),
                                           KeyContext(blob.id), random_));
  return blob;
}

absl::StatusOr<SecretBytes> BlobSeal::OpenKey(
    const std::string& id, absl::string_view sealed_key) const {
  absl::StatusOr<SecretBytes> key =
      crypto::AesGcmOpen(kek_.view(), sealed_key, KeyContext(id));
  if (key.ok()) return key;
  return absl::DataLossError(
      absl::StrCat("the key of blob ", id,
                   " doesn't open: is --kek_file the one that it was sealed "
                   "with?"));
}

absl::StatusOr<SealedChunk> BlobSeal::SealChunk(
    const SecretBytes& key, int64_t at, absl::string_view octets) const {
  SealedChunk chunk;
  chunk.at = at;
  chunk.bytes = static_cast<int64_t>(octets.size());
  OTRP_ASSIGN_OR_RETURN(
      chunk.sealed, crypto::AesGcmSeal(key.view(), octets,
                                       ChunkContext(at, chunk.bytes), random_));
  return chunk;
}

absl::StatusOr<SecretBytes> BlobSeal::OpenChunk(const SecretBytes& key,
                                                const SealedChunk& chunk) {
  absl::StatusOr<SecretBytes> octets = crypto::AesGcmOpen(
      key.view(), chunk.sealed, ChunkContext(chunk.at, chunk.bytes));
  if (octets.ok()) return octets;
  return absl::DataLossError(
      absl::StrCat("the chunk at ", chunk.at, " isn't what was stored there"));
}

absl::StatusOr<std::string> BlobSeal::SealValue(
    absl::string_view place, absl::string_view octets) const {
  return crypto::AesGcmSeal(kek_.view(), octets, ValueContext(place), random_);
}

absl::StatusOr<SecretBytes> BlobSeal::OpenValue(
    absl::string_view place, absl::string_view sealed) const {
  absl::StatusOr<SecretBytes> octets =
      crypto::AesGcmOpen(kek_.view(), sealed, ValueContext(place));
  if (octets.ok()) return octets;
  return absl::DataLossError(
      absl::StrCat("the secret of ", place,
                   " doesn't open: is --kek_file the one that it was sealed "
                   "with?"));
}

absl::StatusOr<std::string> BlobSeal::SealMark() const {
  return crypto::AesGcmSeal(kek_.view(), kMark, kMark, random_);
}

bool BlobSeal::OpensMark(absl::string_view sealed) const {
  return crypto::AesGcmOpen(kek_.view(), sealed, kMark).ok();
}

}  // namespace portal
}  // namespace otrp
