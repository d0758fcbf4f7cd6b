#include "libs/rest/path.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"
#include "libs/base/utf8.h"

namespace otrp {
namespace rest {
namespace {

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

// -1 for another character.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = absl::ascii_tolower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

absl::Status CheckDecoded(absl::string_view text) {
  for (const char c : text) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      return Bad("a control character stands in it");
    }
  }
  return IsUtf8(text) ? absl::OkStatus() : Bad("it isn't UTF-8");
}

// RFC 3986 section 2.3.
bool IsUnreserved(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

bool IsLiteral(absl::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (!IsUnreserved(c)) return false;
  }
  return true;
}

bool IsFieldPath(absl::string_view text) {
  for (const absl::string_view name : absl::StrSplit(text, '.')) {
    if (name.empty() || absl::ascii_isdigit(name[0])) return false;
    for (const char c : name) {
      if (!absl::ascii_isalnum(c) && c != '_') return false;
    }
  }
  return true;
}

// Cuts ":verb" off the end of a path's or template's last segment.
std::string CutVerb(absl::string_view* text) {
  const size_t slash = text->rfind('/');
  const size_t colon = text->rfind(':');
  if (colon == absl::string_view::npos || colon < slash) return "";
  std::string verb(text->substr(colon + 1));
  *text = text->substr(0, colon);
  return verb;
}

}  // namespace

absl::StatusOr<std::string> PercentDecode(absl::string_view text,
                                          Escapes escapes) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && escapes == Escapes::kQuery) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return Bad("a '%' needs two hex digits");
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  OTRP_RETURN_IF_ERROR(CheckDecoded(decoded));
  return decoded;
}

std::string PercentEncode(absl::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (IsUnreserved(c)) {
      encoded += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    encoded += {'%', kDigits[octet >> 4], kDigits[octet & 15]};
  }
  return encoded;
}

absl::StatusOr<Path> ParsePath(absl::string_view raw) {
  if (raw.size() > kMaxPathBytes) return Bad("the path is too long");
  Path path;
  const bool has_colon = raw.find(':') != absl::string_view::npos;
  path.verb = CutVerb(&raw);
  if (has_colon &&
      (!IsLiteral(path.verb) || raw.find(':') != absl::string_view::npos)) {
    return Bad("the path has a ':' that begins no verb; in a value it is %3A");
  }
  if (!absl::ConsumePrefix(&raw, "/")) {
    return Bad("the path must begin with a '/'");
  }
  for (const absl::string_view part : absl::StrSplit(raw, '/')) {
    absl::StatusOr<std::string> segment = PercentDecode(part, Escapes::kPath);
    if (!segment.ok()) {
      return Bad(absl::StrCat("the path: ", segment.status().message()));
    }
    if (segment->empty()) return Bad("the path has an empty segment");
    if (*segment == "." || *segment == "..") {
      return Bad("the path has a dot segment");
    }
    path.segments.push_back(*std::move(segment));
  }
  return path;
}

absl::StatusOr<PathTemplate> PathTemplate::Parse(absl::string_view text) {
  const absl::Status bad =
      Bad(absl::StrCat("\"", text, "\" is no template of ours"));
  PathTemplate parsed;
  const bool has_verb = text.find(':') != absl::string_view::npos;
  parsed.verb_ = CutVerb(&text);
  if (has_verb != IsLiteral(parsed.verb_)) return bad;
  if (text.find(':') != absl::string_view::npos) return bad;
  if (!absl::ConsumePrefix(&text, "/")) return bad;
  for (absl::string_view part : absl::StrSplit(text, '/')) {
    Segment segment;
    segment.is_variable = absl::ConsumePrefix(&part, "{");
    if (segment.is_variable && !absl::ConsumeSuffix(&part, "}")) return bad;
    segment.text = std::string(part);
    if (!(segment.is_variable ? IsFieldPath(part) : IsLiteral(part))) {
      return bad;
    }
    parsed.segments_.push_back(std::move(segment));
  }
  return parsed;
}

PathTemplate PathTemplate::Under(absl::string_view literal) const {
  PathTemplate under = *this;
  if (!literal.empty()) {
    under.segments_.insert(under.segments_.begin() + 1,
                           Segment{std::string(literal), false});
  }
  return under;
}

std::vector<std::string> PathTemplate::Variables() const {
  std::vector<std::string> fields;
  for (const Segment& segment : segments_) {
    if (segment.is_variable) fields.push_back(segment.text);
  }
  return fields;
}

bool PathTemplate::Matches(const Path& path) const {
  if (path.verb != verb_ || path.segments.size() != segments_.size()) {
    return false;
  }
  for (size_t i = 0; i < segments_.size(); ++i) {
    if (!segments_[i].is_variable && segments_[i].text != path.segments[i]) {
      return false;
    }
  }
  return true;
}

bool PathTemplate::Overlaps(const PathTemplate& other) const {
  if (other.verb_ != verb_ || other.segments_.size() != segments_.size()) {
    return false;
  }
  for (size_t i = 0; i < segments_.size(); ++i) {
    const Segment& a = segments_[i];
    const Segment& b = other.segments_[i];
    if (!a.is_variable && !b.is_variable && a.text != b.text) return false;
  }
  return true;
}

std::string PathTemplate::ToString() const {
  std::string text;
  for (const Segment& segment : segments_) {
    absl::StrAppend(&text, "/", segment.is_variable ? "{" : "", segment.text,
                    segment.is_variable ? "}" : "");
  }
  if (!verb_.empty()) absl::StrAppend(&text, ":", verb_);
  return text;
}

}  // namespace rest
}  // namespace otrp
