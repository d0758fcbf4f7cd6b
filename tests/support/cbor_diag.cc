#include "tests/support/cbor_diag.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"

namespace otrp {
namespace testing {
namespace {

// Major types.
constexpr int kUnsigned = 0;
constexpr int kNegative = 1;
constexpr int kBytes = 2;
constexpr int kText = 3;
constexpr int kArray = 4;
constexpr int kMap = 5;
constexpr int kTag = 6;

std::string Head(int major, uint64_t value) {
  const auto first = [major](int info) {
    return std::string(1, static_cast<char>(major << 5 | info));
  };
  if (value < 24) return first(static_cast<int>(value));
  int octets = 1;
  int info = 24;
  while (octets < 8 && value >> (8 * octets) != 0) {
    octets *= 2;
    ++info;
  }
  std::string head = first(info);
  for (int i = octets - 1; i >= 0; --i) {
    head.push_back(static_cast<char>(value >> (8 * i)));
  }
  return head;
}

class Reader {
 public:
  explicit Reader(absl::string_view text) : text_(text) {}

  std::string Whole() {
    std::string item = Item();
    Skip();
    if (!text_.empty()) Fail("something follows");
    return item;
  }

 private:
  [[noreturn]] void Fail(const char* what) const {
    std::fprintf(stderr, "no diagnostic notation: %s, before \"%s\"\n", what,
                 std::string(text_.substr(0, 40)).c_str());
    std::abort();
  }

  void Skip() {
    for (;;) {
      text_ = absl::StripLeadingAsciiWhitespace(text_);
      if (!absl::StartsWith(text_, "/")) return;
      const size_t end = text_.find('/', 1);
      if (end == absl::string_view::npos) Fail("a comment has no end");
      text_.remove_prefix(end + 1);
    }
  }

  bool Take(absl::string_view token) {
    Skip();
    if (!absl::StartsWith(text_, token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }

  std::string Item() {
    if (Take("[")) return List(kArray, "]");
    if (Take("{")) return List(kMap, "}");
    if (Take("h'")) return Hex();
    if (Take("\"")) return Quoted();
    if (Take("<<")) {
      const std::string inner = Item();
      if (!Take(">>")) Fail("no >>");
      return Head(kBytes, inner.size()) + inner;
    }
    if (Take("true")) return "\xf5";
    if (Take("false")) return "\xf4";
    if (Take("null")) return "\xf6";
    return Number();
  }

  std::string List(int major, absl::string_view end) {
    std::string content;
    uint64_t count = 0;
    while (!Take(end)) {
      content += Item();
      if (major == kMap) {
        if (!Take(":")) Fail("no colon");
        content += Item();
      }
      ++count;
      if (!Take(",")) {
        if (!Take(end)) Fail("no end");
        break;
      }
    }
    return Head(major, count) + content;
  }

  std::string Hex() {
    const size_t end = text_.find('\'');
    if (end == absl::string_view::npos) Fail("h' has no end");
    std::string digits;
    for (char c : text_.substr(0, end)) {
      if (!absl::ascii_isspace(static_cast<unsigned char>(c))) {
        digits.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
      }
    }
    const auto octets = HexDecode(digits);
    if (!octets.ok()) Fail("no hex");
    text_.remove_prefix(end + 1);
    return Head(kBytes, octets->size()) + *octets;
  }

  std::string Quoted() {
    std::string content;
    while (!text_.empty() && text_[0] != '"') {
      if (text_[0] == '\\') text_.remove_prefix(1);
      content.push_back(text_[0]);
      text_.remove_prefix(1);
    }
    if (!Take("\"")) Fail("a text has no end");
    return Head(kText, content.size()) + content;
  }

  std::string Number() {
    const bool negative = Take("-");
    size_t length = 0;
    while (length < text_.size() &&
           absl::ascii_isdigit(static_cast<unsigned char>(text_[length]))) {
      ++length;
    }
    uint64_t value = 0;
    if (!absl::SimpleAtoi(text_.substr(0, length), &value)) Fail("no item");
    text_.remove_prefix(length);
    if (negative) return Head(kNegative, value - 1);
    if (absl::StartsWith(text_, "(")) {
      text_.remove_prefix(1);
      std::string tagged = Head(kTag, value) + Item();
      if (!Take(")")) Fail("no )");
      return tagged;
    }
    return Head(kUnsigned, value);
  }

  absl::string_view text_;
};

}  // namespace

std::string CborOf(absl::string_view diagnostic) {
  return Reader(diagnostic).Whole();
}

std::string Diag(absl::string_view octets) {
  return absl::StrCat("h'", HexEncode(octets), "'");
}

}  // namespace testing
}  // namespace otrp
