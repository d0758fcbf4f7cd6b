#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/json/json.h"

namespace otrp {
namespace json {
namespace {

// Walks over a text that is known to be JSON.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  void SkipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' ||
                                  text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  bool Consume(char c) {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // The octets of a string with its quotes; empty where there is none.
  absl::string_view TakeStringToken() {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != '"') return "";
    const size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      at_ += text_[at_] == '\\' ? 2 : 1;
    }
    if (at_ >= text_.size()) return "";
    ++at_;
    return text_.substr(start, at_ - start);
  }

  // The octets of any value; empty where there is none.
  absl::string_view TakeValue() {
    SkipSpace();
    if (at_ >= text_.size()) return "";
    const size_t start = at_;
    if (text_[at_] == '"') return TakeStringToken();
    int depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        if (TakeStringToken().empty()) return "";
        continue;
      }
      if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        // A closing bracket of the surrounding object ends a bare value.
        if (depth == 0) break;
        if (--depth == 0) {
          ++at_;
          break;
        }
      } else if (depth == 0 && (c == ',' || c == ' ' || c == '\t' ||
                                c == '\n' || c == '\r')) {
        break;
      }
      ++at_;
    }
    return text_.substr(start, at_ - start);
  }

 private:
  absl::string_view text_;
  size_t at_ = 0;
};

absl::Status Malformed(absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("JSON: ", problem));
}

}  // namespace

absl::StatusOr<absl::string_view> RawMember(absl::string_view object_text,
                                            absl::string_view name) {
  Scanner scanner(object_text);
  if (!scanner.Consume('{')) return Malformed("must be an object");
  if (scanner.Consume('}')) {
    return absl::NotFoundError(absl::StrCat("member \"", name, "\""));
  }
  do {
    const absl::string_view token = scanner.TakeStringToken();
    if (token.empty() || !scanner.Consume(':')) return Malformed("malformed");
    const absl::string_view value = scanner.TakeValue();
    if (value.empty()) return Malformed("malformed");
    // Names may be written with escapes.
    if (absl::StrContains(token, '\\')) {
      absl::StatusOr<Value> decoded = Parse(token, kStrangers);
      if (!decoded.ok()) return decoded.status();
      if (decoded->as_string() == name) return value;
    } else if (token.substr(1, token.size() - 2) == name) {
      return value;
    }
  } while (scanner.Consume(','));
  return absl::NotFoundError(absl::StrCat("member \"", name, "\""));
}

}  // namespace json
}  // namespace otrp
