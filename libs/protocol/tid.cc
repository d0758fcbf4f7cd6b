#include "libs/protocol/tid.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"

namespace otrp {
namespace protocol {
namespace {

// Layout. Six bits belong to the UUID itself (four of version, two of variant),
// which leaves 60 free bits in octets 0 to 7 and 62 in octets 8 to 15:
//   first 60   the alg bit, 57 random bits, the MAC's last two bits
//   last 62    the MAC's other bits
constexpr size_t kSize = 16;
constexpr uint64_t kMacLow62 = (uint64_t{1} << 62) - 1;

int64_t EpochOf(absl::Time now) {
  return (now - absl::UnixEpoch()) / kTidEpoch;
}

void PutBigEndian(uint64_t value, std::string* out) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>((value >> shift) & 0xff));
  }
}

uint64_t GetBigEndian(absl::string_view bytes) {
  uint64_t value = 0;
  for (char c : bytes.substr(0, 8)) {
    value = (value << 8) | static_cast<unsigned char>(c);
  }
  return value;
}

// The MAC over the 58 bits (alg and random), right-aligned in `head`.
uint64_t Mac(absl::string_view secret, int64_t epoch, uint64_t head) {
  std::string text = "tid";
  PutBigEndian(static_cast<uint64_t>(epoch), &text);
  PutBigEndian(head, &text);
  return GetBigEndian(crypto::HmacSha256(secret, text));
}

// The 60 free bits of octets 0..7: 48 before the version, 12 after it.
uint64_t SqueezeVersion(uint64_t word) {
  return ((word >> 16) << 12) | (word & 0xfff);
}

uint64_t SpreadVersion(uint64_t bits60) {
  return ((bits60 >> 12) << 16) | 0x4000 | (bits60 & 0xfff);
}

std::string UuidFromWords(uint64_t high, uint64_t low) {
  std::string bytes;
  bytes.reserve(kSize);
  PutBigEndian(high, &bytes);
  PutBigEndian(low, &bytes);
  return UuidFromBytes(bytes);
}

absl::StatusOr<std::string> UuidToBytes(absl::string_view uuid) {
  if (!IsUuid(uuid)) return absl::InvalidArgumentError("not a UUID");
  std::string hex;
  for (char c : uuid) {
    if (c != '-') hex.push_back(c);
  }
  return HexDecode(hex);
}

}  // namespace

std::string NewTid(absl::string_view session_secret, bool es256, absl::Time now,
                   Random& random) {
  const uint64_t noise = GetBigEndian(random.Bytes(8)) >> 7;  // 57 bits
  const uint64_t head = (uint64_t{es256 ? 1u : 0u} << 57) | noise;
  const uint64_t mac = Mac(session_secret, EpochOf(now), head);
  const uint64_t high = SpreadVersion((head << 2) | (mac & 3));
  const uint64_t low = (uint64_t{2} << 62) | ((mac >> 2) & kMacLow62);
  return UuidFromWords(high, low);
}

absl::StatusOr<TidInfo> CheckTid(absl::string_view session_secret,
                                 absl::string_view tid, absl::Time now) {
  const absl::Status refused = absl::InvalidArgumentError(
      "tid is not one of this service, or has expired");
  absl::StatusOr<std::string> bytes = UuidToBytes(tid);
  if (!bytes.ok()) return refused;
  const uint64_t high = GetBigEndian(*bytes);
  const uint64_t low = GetBigEndian(absl::string_view(*bytes).substr(8));
  // Ours are echoed byte for byte: another spelling is another tid.
  if (UuidFromWords(high, low) != tid) return refused;
  const uint64_t bits60 = SqueezeVersion(high);
  const uint64_t head = bits60 >> 2;
  std::string got;
  PutBigEndian(((low & kMacLow62) << 2) | (bits60 & 3), &got);
  const int64_t epoch = EpochOf(now);
  bool good = false;
  for (int back = -kTidEpochsBefore; back <= kTidEpochsAfter; ++back) {
    std::string want;
    PutBigEndian(Mac(session_secret, epoch - back, head), &want);
    good |= crypto::ConstantTimeEquals(got, want);
  }
  if (!good) return refused;
  TidInfo info;
  info.es256 = ((head >> 57) & 1) != 0;
  return info;
}

std::string FirstRid(absl::string_view session_secret, absl::string_view tid) {
  return UuidFromBytes(
      crypto::HmacSha256(session_secret, absl::StrCat("rid", tid))
          .substr(0, kSize));
}

SecretBytes DeriveCek(absl::string_view session_secret, absl::string_view tid,
                      absl::string_view rid, size_t size) {
  // The lengths keep (tid, rid) pairs apart that would read the same.
  return crypto::HkdfSha256(
      session_secret, "",
      absl::StrCat("cek", tid.size(), ":", tid, rid.size(), ":", rid), size);
}

}  // namespace protocol
}  // namespace otrp
