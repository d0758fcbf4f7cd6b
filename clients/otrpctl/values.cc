#include "clients/otrpctl/values.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "libs/base/hex.h"
#include "libs/cli/cli.h"

namespace otrp::ctl {
namespace {

template <typename T>
using Names = std::vector<std::pair<std::string, T>>;

const Names<common::v1::Role>& Roles() {
  static const auto* names =
      new Names<common::v1::Role>{{"tsm", common::v1::ROLE_TSM},
                                  {"tee", common::v1::ROLE_TEE},
                                  {"tfw", common::v1::ROLE_TFW},
                                  {"sp", common::v1::ROLE_SP},
                                  {"service", common::v1::ROLE_SERVICE},
                                  {"operator", common::v1::ROLE_OPERATOR}};
  return *names;
}

// The proto's: PROFILE_TSM is "tsm".
const Names<ca::v1::Profile>& Profiles() {
  static const auto* names = [] {
    auto* all = new Names<ca::v1::Profile>();
    const auto* values = ca::v1::Profile_descriptor();
    // The first says that none is given.
    for (int i = 1; i < values->value_count(); ++i) {
      const std::string& name = values->value(i)->name();
      all->emplace_back(
          absl::AsciiStrToLower(absl::StripPrefix(name, "PROFILE_")),
          static_cast<ca::v1::Profile>(values->value(i)->number()));
    }
    return all;
  }();
  return *names;
}

// As RFC 5280 section 5.3.1 spells them.
const Names<ca::v1::RevocationReason>& Reasons() {
  static const auto* names = new Names<ca::v1::RevocationReason>{
      {"unspecified", ca::v1::REVOCATION_REASON_UNSPECIFIED},
      {"keyCompromise", ca::v1::REVOCATION_REASON_KEY_COMPROMISE},
      {"affiliationChanged", ca::v1::REVOCATION_REASON_AFFILIATION_CHANGED},
      {"superseded", ca::v1::REVOCATION_REASON_SUPERSEDED},
      {"cessationOfOperation",
       ca::v1::REVOCATION_REASON_CESSATION_OF_OPERATION},
      {"privilegeWithdrawn", ca::v1::REVOCATION_REASON_PRIVILEGE_WITHDRAWN}};
  return *names;
}

// RFC 5280 4.2.1.12; "any" is anyExtendedKeyUsage.
constexpr std::pair<absl::string_view, absl::string_view> kUsages[] = {
    {"any", "2.5.29.37.0"},
    {"serverAuth", "1.3.6.1.5.5.7.3.1"},
    {"clientAuth", "1.3.6.1.5.5.7.3.2"},
    {"codeSigning", "1.3.6.1.5.5.7.3.3"},
    {"emailProtection", "1.3.6.1.5.5.7.3.4"},
    {"timeStamping", "1.3.6.1.5.5.7.3.8"},
};

template <typename T>
absl::StatusOr<T> FromName(const Names<T>& names, absl::string_view flag,
                           absl::string_view word) {
  const auto plain = [](absl::string_view name) {
    return absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"-", ""}});
  };
  std::vector<std::string> known;
  for (const auto& [name, value] : names) {
    if (plain(name) == plain(word)) return value;
    known.push_back(name);
  }
  return cli::UsageError(absl::StrCat("--", flag, " ", word,
                                      " is unknown: one of ",
                                      absl::StrJoin(known, ", ")));
}

template <typename T>
std::string ToName(const Names<T>& names, T value) {
  for (const auto& [name, known] : names) {
    if (known == value) return name;
  }
  return absl::StrCat("unknown-", static_cast<int>(value));
}

}  // namespace

json::Value Time(const google::protobuf::Timestamp& time, bool is_set) {
  if (!is_set) return json::Value::Null();
  const absl::Time at =
      absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
  return json::Value::String(
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", at, absl::UTCTimeZone()));
}

json::Value Strings(const std::vector<std::string>& strings) {
  json::Value array = json::Value::Array();
  for (const std::string& s : strings) array.Append(json::Value::String(s));
  return array;
}

absl::StatusOr<std::string> ParseDid(absl::string_view word) {
  if (word.size() == 64) {
    absl::StatusOr<std::string> did = HexDecode(absl::AsciiStrToLower(word));
    if (did.ok()) return did;
  }
  return cli::UsageError(absl::StrCat(
      "\"", word, "\" is not a device id: it has 64 hex digits (the SHA-256 ",
      "of the TEE certificate; otrpctl device list shows them)"));
}

absl::StatusOr<common::v1::Role> ParseRole(absl::string_view word) {
  return FromName(Roles(), "role", word);
}
std::string RoleName(common::v1::Role role) { return ToName(Roles(), role); }

std::vector<std::string> ParseUsages(absl::string_view words) {
  std::vector<std::string> oids;
  for (absl::string_view word : absl::StrSplit(words, ',')) {
    std::string oid(word);
    for (const auto& [name, known] : kUsages) {
      if (absl::EqualsIgnoreCase(name, word)) oid = std::string(known);
    }
    oids.push_back(std::move(oid));
  }
  return oids;
}

std::string UsageName(absl::string_view oid) {
  for (const auto& [name, known] : kUsages) {
    if (known == oid) return std::string(name);
  }
  return std::string(oid);
}

absl::StatusOr<ca::v1::Profile> ParseProfile(absl::string_view word) {
  return FromName(Profiles(), "profile", word);
}
std::string ProfileWords(absl::string_view separator) {
  std::vector<std::string> words;
  for (const auto& [word, profile] : Profiles()) words.push_back(word);
  return absl::StrJoin(words, separator);
}
std::string IssuedProfileWords(absl::string_view separator) {
  std::vector<std::string> words;
  for (const auto& [word, profile] : Profiles()) {
    if (profile != ca::v1::PROFILE_AUTHORITY &&
        profile != ca::v1::PROFILE_OCSP && profile != ca::v1::PROFILE_WEB) {
      words.push_back(word);
    }
  }
  return absl::StrJoin(words, separator);
}
std::string ProfileName(ca::v1::Profile profile) {
  return ToName(Profiles(), profile);
}

absl::StatusOr<ca::v1::RevocationReason> ParseReason(absl::string_view word) {
  return FromName(Reasons(), "reason", word);
}
std::string ReasonName(ca::v1::RevocationReason reason) {
  return ToName(Reasons(), reason);
}
cli::Flag RevocationReasonFlag() {
  return {"reason",
          "unspecified|keyCompromise|affiliationChanged|superseded|"
          "cessationOfOperation|privilegeWithdrawn",
          true,
          "unspecified, keyCompromise, affiliationChanged, superseded, "
          "cessationOfOperation or privilegeWithdrawn",
          "reason"};
}

absl::StatusOr<int64_t> ParseDays(absl::string_view flag,
                                  const std::string& word) {
  absl::Duration life;
  int64_t days = 0;
  if (!word.empty() && word.back() == 'd' &&
      absl::SimpleAtoi(word.substr(0, word.size() - 1), &days) && days > 0 &&
      days < 36500) {
    return days * 24 * 3600;
  }
  if (absl::ParseDuration(word, &life) && life >= absl::Seconds(1) &&
      life < absl::Hours(24 * 36500)) {
    return absl::ToInt64Seconds(life);
  }
  return cli::UsageError(
      absl::StrCat("--", flag, " ", word,
                   " can't be: it takes a time such as 90d, 12h or 30m"));
}

absl::StatusOr<int64_t> LifeOf(const cli::Args& args) {
  if (!args.Has("life")) return 0;
  return ParseDays("life", args.Get("life"));
}

cli::Flag LifeFlag(const std::string& help) {
  return {"life", "TIME", false, help, "lifetime_seconds"};
}

}  // namespace otrp::ctl
