#include "libs/service/caller_revocations.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/identity.h"

namespace otrp {
namespace service {
namespace {

// A revoked caller's last call comes so long after the revocation.
constexpr absl::Duration kPeriod = absl::Seconds(3);
constexpr absl::Duration kRetry = absl::Seconds(1);
constexpr size_t kMaxSerialDigits = 40;
// Some ten thousand names; a file of more is a mistake.
constexpr size_t kMaxFileBytes = size_t{1} << 20;
constexpr absl::string_view kIdentity = "otrp://";

// Of a member or token too: otrp://sp/bank/member/alice.
bool IsCaller(absl::string_view name) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(name.substr(kIdentity.size()), '/');
  if (parts.size() != 2 && parts.size() != 4) return false;
  return rpc::ParseKind(parts[0]).has_value() &&
         std::all_of(parts.begin() + 1, parts.end(), rpc::IsIdentityName);
}

// As the view has it; empty for what is neither.
std::string NameOf(absl::string_view line) {
  if (absl::StartsWith(line, kIdentity)) {
    return IsCaller(line) ? std::string(line) : "";
  }
  const bool serial = std::all_of(line.begin(), line.end(), [](char c) {
    return absl::ascii_isxdigit(static_cast<unsigned char>(c));
  });
  while (line.size() > 1 && line[0] == '0') line.remove_prefix(1);
  return serial && line.size() <= kMaxSerialDigits ? absl::AsciiStrToLower(line)
                                                   : "";
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadDeniedCallers(
    const std::string& path) {
  std::vector<std::string> names;
  if (path.empty()) return names;
  OTRP_ASSIGN_OR_RETURN(const std::string text,
                        ReadWholeFile(path, kMaxFileBytes));
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    names.push_back(NameOf(line));
    if (names.back().empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ": line ", number,
          " must be a serial (hex) or an identity (otrp://operator/NAME)"));
    }
  }
  return names;
}

CallerRevocations::CallerRevocations(CrlSource source,
                                     RevocationOptions options,
                                     const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      pull_(std::move(source), common::v1::ROLE_SERVICE, "callers", clock),
      task_({"callers' revocations", kPeriod, kRetry},
            [this] { return Run(); }) {}

absl::Status CallerRevocations::Run() {
  const auto denied = ReadDeniedCallers(options_.denied_callers_file);
  // What can't be read any more takes nothing back.
  if (denied.ok()) view_.SetDenied(*denied);
  const absl::Status pulled = pull_.Run([this](const pki::Crl& crl) {
    std::vector<std::string> serials;
    serials.reserve(crl.size());
    for (const pki::RevokedEntry& entry : crl.revoked()) {
      serials.push_back(entry.serial);
    }
    view_.Add(serials);
    return absl::OkStatus();
  });
  pulled_ = pulled_ || pulled.ok();
  const bool stale =
      !pulled_ || clock_.Now() - pull_.freshness() > options_.max_age;
  view_.SetStale(options_.refuse_people_when_stale && stale);
  return denied.ok() ? pulled : denied.status();
}

}  // namespace service
}  // namespace otrp
