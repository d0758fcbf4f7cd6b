#include "libs/crypto/der.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/internal.h"

namespace otrp {
namespace crypto {
namespace der {
namespace {

constexpr int kMaxDepth = 32;
constexpr size_t kMaxOidText = 128;

absl::Status NotDer(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("DER: ", what));
}

void AppendBase128(uint64_t value, std::string* out) {
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>(value & 0x7f));
    value >>= 7;
  } while (value != 0);
  for (size_t i = 0; i + 1 < digits.size(); ++i) digits[i] |= '\x80';
  out->append(digits);
}

absl::Status CheckLevel(absl::string_view bytes, int depth) {
  if (depth > kMaxDepth) return NotDer("nested too deeply");
  Reader reader(bytes);
  while (!reader.empty()) {
    OTRP_ASSIGN_OR_RETURN(const Element element, reader.Next());
    if ((element.tag & 0x20) != 0) {
      OTRP_RETURN_IF_ERROR(CheckLevel(element.content, depth + 1));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string Tlv(uint8_t tag, absl::string_view content) {
  std::string out(1, static_cast<char>(tag));
  const size_t n = content.size();
  if (n < 0x80) {
    out.push_back(static_cast<char>(n));
  } else {
    std::string length;
    for (size_t rest = n; rest != 0; rest >>= 8) {
      length.insert(length.begin(), static_cast<char>(rest & 0xff));
    }
    out.push_back(static_cast<char>(0x80 | length.size()));
    out.append(length);
  }
  out.append(content.data(), content.size());
  return out;
}

std::string Sequence(std::initializer_list<absl::string_view> parts) {
  std::string content;
  for (absl::string_view part : parts) {
    content.append(part.data(), part.size());
  }
  return Tlv(kSequence, content);
}

std::string Oid(absl::string_view dotted) {
  std::vector<uint64_t> arcs;
  for (absl::string_view part : absl::StrSplit(dotted, '.')) {
    uint64_t arc = 0;
    if (!absl::SimpleAtoi(part, &arc)) arc = 0;
    arcs.push_back(arc);
  }
  std::string content;
  if (arcs.size() >= 2) AppendBase128(arcs[0] * 40 + arcs[1], &content);
  for (size_t i = 2; i < arcs.size(); ++i) AppendBase128(arcs[i], &content);
  return Tlv(kOid, content);
}

std::string Null() { return Tlv(kNull, ""); }

std::string PositiveInteger(absl::string_view octets) {
  while (octets.size() > 1 && octets[0] == '\0') octets.remove_prefix(1);
  std::string content(octets);
  if (content.empty() || (static_cast<uint8_t>(content[0]) & 0x80) != 0) {
    content.insert(content.begin(), '\0');
  }
  return Tlv(kInteger, content);
}

std::string OctetString(absl::string_view octets) {
  return Tlv(kOctetString, octets);
}

std::string BitString(absl::string_view octets) {
  return Tlv(kBitString, absl::StrCat(absl::string_view("\0", 1), octets));
}

std::string GeneralizedTime(absl::Time time) {
  return Tlv(kGeneralizedTime,
             absl::FormatTime("%Y%m%d%H%M%SZ", time, absl::UTCTimeZone()));
}

std::string Enumerated(int value) {
  return Tlv(kEnumerated, std::string(1, static_cast<char>(value)));
}

absl::StatusOr<Element> Reader::Next() {
  CBS cbs = internal::ToCbs(rest_);
  CBS whole;
  unsigned tag = 0;
  size_t header = 0;
  // Refuses indefinite and non-minimal lengths.
  if (!CBS_get_any_asn1_element(&cbs, &whole, &tag, &header)) {
    return NotDer("an element is cut off or has a length that isn't minimal");
  }
  Element element;
  element.tag = static_cast<uint8_t>(rest_[0]);
  if ((element.tag & 0x1f) == 0x1f) return NotDer("a tag is too high");
  element.whole = rest_.substr(0, CBS_len(&whole));
  element.content = element.whole.substr(header);
  rest_.remove_prefix(element.whole.size());
  return element;
}

absl::StatusOr<Element> Reader::Next(uint8_t tag) {
  if (!At(tag)) return NotDer("an element is missing or of another type");
  return Next();
}

absl::Status CheckStrict(absl::string_view bytes) {
  Reader reader(bytes);
  OTRP_ASSIGN_OR_RETURN(const Element outer, reader.Next());
  if (!reader.empty()) return NotDer("octets after the end");
  if ((outer.tag & 0x20) == 0) return absl::OkStatus();
  return CheckLevel(outer.content, 1);
}

bool IsOid(absl::string_view dotted) {
  if (dotted.size() > kMaxOidText) return false;
  std::vector<uint64_t> arcs;
  for (absl::string_view part : absl::StrSplit(dotted, '.')) {
    uint64_t arc = 0;
    if (part.find_first_not_of("0123456789") != absl::string_view::npos ||
        !absl::SimpleAtoi(part, &arc) || absl::StrCat(arc) != part) {
      return false;
    }
    arcs.push_back(arc);
  }
  return arcs.size() >= 2 && arcs[0] <= 2 && (arcs[0] == 2 || arcs[1] < 40) &&
         arcs[1] <= UINT32_MAX;
}

absl::StatusOr<std::string> ReadOid(absl::string_view content) {
  if (content.empty() || (static_cast<uint8_t>(content.back()) & 0x80) != 0) {
    return NotDer("an object identifier is cut off");
  }
  std::vector<std::string> parts;
  uint64_t arc = 0;
  bool first = true;
  bool start = true;
  for (char c : content) {
    const auto octet = static_cast<uint8_t>(c);
    if ((start && octet == 0x80) || arc > (UINT64_MAX >> 7)) {
      return NotDer("an object identifier is wrong");
    }
    arc = (arc << 7) | (octet & 0x7f);
    start = (octet & 0x80) == 0;
    if (!start) continue;
    if (first) {
      const uint64_t top = arc < 80 ? arc / 40 : 2;
      parts.push_back(absl::StrCat(top));
      parts.push_back(absl::StrCat(arc - top * 40));
      first = false;
    } else {
      parts.push_back(absl::StrCat(arc));
    }
    arc = 0;
  }
  std::string dotted;
  for (const std::string& part : parts) {
    absl::StrAppend(&dotted, dotted.empty() ? "" : ".", part);
  }
  return dotted;
}

absl::StatusOr<absl::Time> ReadGeneralizedTime(absl::string_view content) {
  if (content.size() != 15 || content.back() != 'Z' ||
      content.find_first_not_of("0123456789") != 14) {
    return NotDer("a time isn't YYYYMMDDHHMMSSZ");
  }
  const auto number = [&](size_t at, size_t digits) {
    int value = 0;
    for (char c : content.substr(at, digits)) value = 10 * value + (c - '0');
    return value;
  };
  const absl::CivilSecond second(number(0, 4), number(4, 2), number(6, 2),
                                 number(8, 2), number(10, 2), number(12, 2));
  // CivilSecond carries over what is too large: the 32nd becomes the 1st.
  if (absl::FormatCivilTime(second) !=
      absl::StrCat(content.substr(0, 4), "-", content.substr(4, 2), "-",
                   content.substr(6, 2), "T", content.substr(8, 2), ":",
                   content.substr(10, 2), ":", content.substr(12, 2))) {
    return NotDer("a time doesn't exist");
  }
  return absl::FromCivil(second, absl::UTCTimeZone());
}

absl::StatusOr<std::string> ReadPositiveHex(absl::string_view content) {
  if (content.empty()) return NotDer("a number is empty");
  if ((static_cast<uint8_t>(content[0]) & 0x80) != 0) {
    return NotDer("a number is negative");
  }
  if (content.size() > 1 && content[0] == '\0' &&
      (static_cast<uint8_t>(content[1]) & 0x80) == 0) {
    return NotDer("a number isn't minimal");
  }
  std::string hex = absl::BytesToHexString(content);
  const size_t start = hex.find_first_not_of('0');
  return start == std::string::npos ? std::string("0") : hex.substr(start);
}

absl::StatusOr<absl::string_view> ReadBitString(absl::string_view content) {
  if (content.empty() || content[0] != '\0') {
    return NotDer("a bit string isn't made of whole octets");
  }
  return content.substr(1);
}

}  // namespace der
}  // namespace crypto
}  // namespace otrp
