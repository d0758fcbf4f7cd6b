#include "libs/crypto/pem.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/base64.h"
#include "libs/base/secret.h"

namespace otrp {
namespace crypto {
namespace {

// 64 characters of base64.
constexpr size_t kOctetsPerLine = 48;

absl::Status BlockError(size_t number, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("PEM block ", number, ": ", what));
}

// The label of "-----<word> LABEL-----"; empty when the line isn't that.
absl::string_view LabelOf(absl::string_view line, absl::string_view word) {
  if (!absl::ConsumePrefix(&line, "-----") ||
      !absl::ConsumePrefix(&line, word) || !absl::ConsumePrefix(&line, " ") ||
      !absl::ConsumeSuffix(&line, "-----")) {
    return {};
  }
  return line;
}

// The next line without its end and trailing blanks; false at the end.
bool NextLine(absl::string_view* text, absl::string_view* line) {
  if (text->empty()) return false;
  const size_t end = text->find('\n');
  *line = absl::StripTrailingAsciiWhitespace(text->substr(0, end));
  text->remove_prefix(end == absl::string_view::npos ? text->size() : end + 1);
  return true;
}

}  // namespace

std::string PemEncode(absl::string_view label, absl::string_view der) {
  std::string out;
  // In one piece, so that growing leaves no copies of a private key behind.
  out.reserve(der.size() / 3 * 4 + der.size() / kOctetsPerLine +
              2 * label.size() + 64);
  absl::StrAppend(&out, "-----BEGIN ", label, "-----\n");
  for (size_t i = 0; i < der.size(); i += kOctetsPerLine) {
    Base64EncodeAppend(der.substr(i, kOctetsPerLine), &out);
    out += '\n';
  }
  absl::StrAppend(&out, "-----END ", label, "-----\n");
  return out;
}

absl::StatusOr<std::vector<PemBlock>> PemDecode(absl::string_view text) {
  std::vector<PemBlock> blocks;
  absl::string_view line;
  while (NextLine(&text, &line)) {
    const size_t number = blocks.size() + 1;
    if (absl::StartsWith(line, "-----END ")) {
      return BlockError(number, "an END line without its BEGIN line");
    }
    if (!absl::StartsWith(line, "-----BEGIN ")) continue;
    const absl::string_view label = LabelOf(line, "BEGIN");
    if (label.empty()) return BlockError(number, "malformed BEGIN line");

    std::string base64;
    // At most what is left; spares the copies that growing would leave.
    base64.reserve(text.size());
    bool ended = false;
    while (!ended && NextLine(&text, &line)) {
      if (absl::StartsWith(line, "-----")) {
        if (LabelOf(line, "END") != label) {
          return BlockError(number, "its END line has another label");
        }
        ended = true;
      } else if (absl::StrContains(line, ':')) {
        return BlockError(
            number, "has headers; give an unencrypted block without them");
      } else {
        base64.append(line.data(), line.size());
      }
    }
    if (!ended) return BlockError(number, "has no END line");
    absl::StatusOr<std::string> der = Base64Decode(base64);
    Wipe(&base64);  // perhaps a private key
    if (!der.ok() || der->empty()) {
      return BlockError(number, "its content is not base64");
    }
    blocks.push_back({std::string(label), *std::move(der)});
  }
  return blocks;
}

}  // namespace crypto
}  // namespace otrp
