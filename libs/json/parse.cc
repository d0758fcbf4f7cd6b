// Parse(): a Value made of the events of boost::json's parser.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "boost/json/basic_parser_impl.hpp"
#include "libs/json/json.h"
// The library itself, compiled here.
#include "boost/json/src.hpp"

namespace otrp {
namespace json {
namespace {

using boost::system::error_code;

// Up to here, comparing each name with each is cheaper than sorting.
constexpr size_t kFewMembers = 16;

// Sorted, not hashed: a stranger who knows the hash could make names that all
// collide.
bool NamesDiffer(const std::vector<Value::Member>& members) {
  if (members.size() <= kFewMembers) {
    for (size_t i = 1; i < members.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (members[i].first == members[j].first) return false;
      }
    }
    return true;
  }
  std::vector<absl::string_view> names;
  names.reserve(members.size());
  for (const Value::Member& member : members) names.push_back(member.first);
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end();
}

// Takes the parser's events and adds the rules that the parser hasn't. An
// event gives false, and sets the error, to stop the parser.
class Builder {
 public:
  // What the parser asks for: our limit is one of values in all.
  static constexpr size_t max_object_size = static_cast<size_t>(-1);
  static constexpr size_t max_array_size = static_cast<size_t>(-1);
  static constexpr size_t max_key_size = static_cast<size_t>(-1);
  static constexpr size_t max_string_size = static_cast<size_t>(-1);

  explicit Builder(const Limits& limits)
      : left_(limits.max_values), max_members_(limits.max_members) {}

  Value TakeRoot() { return std::move(found_.back().second); }
  // Of the rules; empty where the parser itself found the fault.
  const std::string& problem() const { return problem_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& error) { return Open(true, error); }
  bool on_array_begin(error_code& error) { return Open(false, error); }

  bool on_object_end(size_t n, error_code& error) {
    if (n > max_members_) return Fail("too many members in one object", error);
    std::vector<Value::Member> members(std::make_move_iterator(FirstOfLevel()),
                                       std::make_move_iterator(found_.end()));
    if (!NamesDiffer(members)) {
      return Fail("a member's name stands twice in one object", error);
    }
    Close(Value::Object(std::move(members)));
    return true;
  }

  bool on_array_end(size_t n, error_code&) {
    std::vector<Value> items;
    items.reserve(n);
    for (auto it = FirstOfLevel(); it != found_.end(); ++it) {
      items.push_back(std::move(it->second));
    }
    Close(Value::Array(std::move(items)));
    return true;
  }

  bool on_string_part(boost::json::string_view part, size_t, error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool on_string(boost::json::string_view part, size_t, error_code& error) {
    text_.append(part.data(), part.size());
    if (absl::StrContains(text_, '\0')) {
      return Fail("a string has U+0000 in it", error);
    }
    return Add(Value::String(std::exchange(text_, {})), error);
  }

  bool on_key_part(boost::json::string_view part, size_t, error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool on_key(boost::json::string_view part, size_t, error_code& error) {
    text_.append(part.data(), part.size());
    if (absl::StrContains(text_, '\0')) {
      return Fail("a member's name has U+0000 in it", error);
    }
    // Its value comes next.
    found_.emplace_back(std::exchange(text_, {}), Value());
    return true;
  }

  bool on_number_part(boost::json::string_view part, error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool on_int64(int64_t value, boost::json::string_view, error_code& error) {
    text_.clear();
    return Add(Value::Integer(value), error);
  }

  // Only what doesn't fit int64.
  bool on_uint64(uint64_t value, boost::json::string_view, error_code& error) {
    text_.clear();
    return Add(Value::Number(static_cast<double>(value)), error);
  }

  // The parser's own value may be the neighbour of the nearest double.
  bool on_double(double, boost::json::string_view part, error_code& error) {
    text_.append(part.data(), part.size());
    const double value = std::strtod(text_.c_str(), nullptr);
    text_.clear();
    if (!std::isfinite(value)) {
      error = boost::json::error::exponent_overflow;
      return false;
    }
    return Add(Value::Number(value), error);
  }

  bool on_bool(bool value, error_code& error) {
    return Add(Value::Bool(value), error);
  }
  bool on_null(error_code& error) { return Add(Value::Null(), error); }
  // The parser takes no comments.
  bool on_comment_part(boost::json::string_view, error_code&) { return false; }
  bool on_comment(boost::json::string_view, error_code&) { return false; }

 private:
  bool Fail(const char* problem, error_code& error) {
    problem_ = problem;
    error = boost::json::error::syntax;
    return false;
  }

  bool Count(error_code& error) {
    if (left_ == 0) return Fail("too many values", error);
    --left_;
    return true;
  }

  bool Add(Value value, error_code& error) {
    if (!Count(error)) return false;
    Put(std::move(value));
    return true;
  }

  bool Open(bool is_object, error_code& error) {
    if (!Count(error)) return false;
    levels_.push_back({found_.size(), is_object});
    return true;
  }

  std::vector<Value::Member>::iterator FirstOfLevel() {
    return found_.begin() + static_cast<ptrdiff_t>(levels_.back().first);
  }

  void Close(Value value) {
    found_.resize(levels_.back().first);
    levels_.pop_back();
    Put(std::move(value));
  }

  void Put(Value value) {
    if (!levels_.empty() && levels_.back().is_object) {
      found_.back().second = std::move(value);
    } else {
      found_.emplace_back(std::string(), std::move(value));
    }
  }

  struct Level {
    // Index in found_ of what is in it.
    size_t first;
    bool is_object;
  };

  // Values that may still come.
  size_t left_;
  const size_t max_members_;
  // Of the string or number that is being read.
  std::string text_;
  // Of all open levels; names are empty in arrays. Containers get their
  // exact size when they close.
  std::vector<Value::Member> found_;
  std::vector<Level> levels_;
  std::string problem_;
};

absl::Status Malformed(absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("JSON: ", problem));
}

}  // namespace

absl::StatusOr<Value> Parse(absl::string_view text, const Limits& limits) {
  // RFC 8259 section 8.1: must not be there.
  if (absl::StartsWith(text, "\xef\xbb\xbf")) {
    return Malformed("starts with a byte order mark");
  }
  boost::json::parse_options rules;
  rules.max_depth = static_cast<size_t>(limits.max_depth);
  boost::json::basic_parser<Builder> parser(rules, limits);
  error_code error;
  const size_t end =
      parser.write_some(/*more=*/false, text.data(), text.size(), error);
  if (error == boost::json::error::too_deep) {
    return Malformed(absl::StrCat("nested deeper than ", limits.max_depth));
  }
  if (!parser.handler().problem().empty()) {
    return Malformed(
        absl::StrCat(parser.handler().problem(), ", at octet ", end + 1));
  }
  if (error || end < text.size()) {
    return Malformed(absl::StrCat("malformed at octet ", end + 1));
  }
  return parser.handler().TakeRoot();
}

}  // namespace json
}  // namespace otrp
