#include "services/ca/domain/crl_shard.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace otrp {
namespace ca {

std::string CrlShardOf(absl::string_view serial, int shards) {
  if (shards <= 1) return "";
  // Serials are random: any of their digits will do, and all of them need no
  // arithmetic of 160 bits.
  int part = 0;
  for (const char digit : serial) {
    const int value =
        absl::ascii_isdigit(static_cast<unsigned char>(digit))
            ? digit - '0'
            : absl::ascii_tolower(static_cast<unsigned char>(digit)) - 'a' + 10;
    part = (part * 16 + value) % shards;
  }
  return CrlShardName(shards, part);
}

std::string CrlShardName(int shards, int part) {
  return absl::StrCat(shards, "-", part);
}

bool IsCrlShard(absl::string_view name) {
  const std::pair<absl::string_view, absl::string_view> halves =
      absl::StrSplit(name, absl::MaxSplits('-', 1));
  int shards = 0;
  int part = 0;
  return absl::SimpleAtoi(halves.first, &shards) &&
         absl::SimpleAtoi(halves.second, &part) && shards > 1 &&
         shards <= kMaxCrlShards && part >= 0 && part < shards &&
         name == CrlShardName(shards, part);
}

}  // namespace ca
}  // namespace otrp
