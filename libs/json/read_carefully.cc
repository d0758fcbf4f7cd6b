#include <exception>
#include <limits>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/json/read.h"
#include "nlohmann/json.hpp"

namespace otrp {
namespace json {
namespace {

using Nlohmann = nlohmann::json;

// Builds a Value from the parser's events and adds what the parser doesn't
// refuse by itself.
class Builder {
 public:
  explicit Builder(int max_depth) : max_depth_(max_depth) {}

  Value TakeRoot() { return std::move(root_); }
  const std::string& problem() const { return problem_; }

  // Events; false stops the parser.
  bool null() { return Add(Value::Null()); }
  bool boolean(bool value) { return Add(Value::Bool(value)); }
  bool number_integer(Nlohmann::number_integer_t value) {
    return Add(Value::Integer(value));
  }
  bool number_unsigned(Nlohmann::number_unsigned_t value) {
    if (value > static_cast<Nlohmann::number_unsigned_t>(
                    std::numeric_limits<int64_t>::max())) {
      return Add(Value::Number(static_cast<double>(value)));
    }
    return Add(Value::Integer(static_cast<int64_t>(value)));
  }
  bool number_float(Nlohmann::number_float_t value, const Nlohmann::string_t&) {
    return Add(Value::Number(value));
  }
  bool string(Nlohmann::string_t& value) {
    if (value.find('\0') != std::string::npos) {
      return Fail("a string has U+0000 in it");
    }
    return Add(Value::String(std::move(value)));
  }
  bool binary(Nlohmann::binary_t&) { return Fail("isn't JSON text"); }
  bool start_object(size_t) { return Open(Value::Object()); }
  bool end_object() { return Close(); }
  bool start_array(size_t) { return Open(Value::Array()); }
  bool end_array() { return Close(); }
  bool key(Nlohmann::string_t& name) {
    if (name.find('\0') != std::string::npos) {
      return Fail("a member's name has U+0000 in it");
    }
    if (!open_.back().names.insert(name).second) {
      return Fail("a member's name stands twice in one object");
    }
    open_.back().name = std::move(name);
    return true;
  }
  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception&) {
    // The parser's own text quotes the input.
    return Fail(absl::StrCat("malformed at octet ", position));
  }

 private:
  struct Level {
    Value value;
    // Of the member that comes next.
    std::string name;
    std::unordered_set<std::string> names;
  };

  bool Fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return false;
  }

  bool Add(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Level& level = open_.back();
    if (level.value.is_array()) {
      level.value.Append(std::move(value));
    } else {
      // Not Set(): its search for the name would make this quadratic.
      level.value.AddNew(std::move(level.name), std::move(value));
    }
    return true;
  }

  bool Open(Value value) {
    if (static_cast<int>(open_.size()) >= max_depth_) {
      return Fail(absl::StrCat("nested deeper than ", max_depth_));
    }
    open_.emplace_back();
    open_.back().value = std::move(value);
    return true;
  }

  bool Close() {
    Value value = std::move(open_.back().value);
    open_.pop_back();
    return Add(std::move(value));
  }

  const int max_depth_;
  Value root_;
  std::vector<Level> open_;
  std::string problem_;
};

}  // namespace

absl::StatusOr<Value> ReadCarefully(absl::string_view text, int max_depth) {
  Builder builder(max_depth);
  bool done = false;
  try {
    done = Nlohmann::sax_parse(text.begin(), text.end(), &builder,
                               Nlohmann::input_format_t::json,
                               /*strict=*/true);
  } catch (const std::exception&) {
    // Memory, as a rule; the events don't throw.
    return Malformed("can't be read");
  }
  if (!done) {
    return Malformed(builder.problem().empty() ? "malformed"
                                               : builder.problem());
  }
  return builder.TakeRoot();
}

}  // namespace json
}  // namespace otrp
