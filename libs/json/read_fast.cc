#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "libs/json/read.h"
#include "simdjson.h"

namespace otrp {
namespace json {
namespace {

namespace dom = simdjson::dom;

// A parser keeps its buffers, about nine times the longest text it has read,
// one a thread. Longer texts (a TA image is one) get a parser of their own.
constexpr size_t kKeptBytes = size_t{64} << 10;

// Up to here, comparing each name with each is cheaper than a set.
constexpr size_t kFewMembers = 16;

bool HasNul(absl::string_view text) {
  return text.find('\0') != absl::string_view::npos;
}

bool NamesDiffer(const std::vector<Value::Member>& members) {
  if (members.size() <= kFewMembers) {
    for (size_t i = 1; i < members.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (members[i].first == members[j].first) return false;
      }
    }
    return true;
  }
  std::unordered_set<absl::string_view, absl::Hash<absl::string_view>> names;
  for (const Value::Member& member : members) {
    if (!names.insert(member.first).second) return false;
  }
  return true;
}

// False where the value breaks a rule that simdjson doesn't have. depth: levels
// that may still be opened.
bool Convert(dom::element element, int depth, Value* out);

bool ConvertString(dom::element element, Value* out) {
  const std::string_view text = element.get_string().value_unsafe();
  if (HasNul({text.data(), text.size()})) return false;
  *out = Value::String(std::string(text));
  return true;
}

bool ConvertArray(dom::array array, int depth, Value* out) {
  std::vector<Value> items;
  items.reserve(array.size());
  for (dom::element element : array) {
    items.emplace_back();
    if (!Convert(element, depth, &items.back())) return false;
  }
  *out = Value::Array(std::move(items));
  return true;
}

bool ConvertObject(dom::object object, int depth, Value* out) {
  std::vector<Value::Member> members;
  members.reserve(object.size());
  for (dom::key_value_pair field : object) {
    if (HasNul({field.key.data(), field.key.size()})) return false;
    members.emplace_back(std::string(field.key), Value());
    if (!Convert(field.value, depth, &members.back().second)) return false;
  }
  if (!NamesDiffer(members)) return false;
  *out = Value::Object(std::move(members));
  return true;
}

bool Convert(dom::element element, int depth, Value* out) {
  switch (element.type()) {
    case dom::element_type::NULL_VALUE: *out = Value::Null(); return true;
    case dom::element_type::BOOL:
      *out = Value::Bool(element.get_bool().value_unsafe());
      return true;
    case dom::element_type::INT64:
      *out = Value::Integer(element.get_int64().value_unsafe());
      return true;
    case dom::element_type::UINT64:
      // Only what doesn't fit int64 comes as this type.
      *out = Value::Number(
          static_cast<double>(element.get_uint64().value_unsafe()));
      return true;
    case dom::element_type::DOUBLE:
      *out = Value::Number(element.get_double().value_unsafe());
      return true;
    case dom::element_type::STRING: return ConvertString(element, out);
    case dom::element_type::ARRAY:
      return depth > 0 &&
             ConvertArray(element.get_array().value_unsafe(), depth - 1, out);
    case dom::element_type::OBJECT:
      return depth > 0 &&
             ConvertObject(element.get_object().value_unsafe(), depth - 1, out);
  }
  return false;
}

absl::optional<Value> ReadWith(dom::parser& parser, absl::string_view text,
                               int max_depth) {
  dom::element root;
  if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) {
    return absl::nullopt;
  }
  Value value;
  if (!Convert(root, max_depth, &value)) return absl::nullopt;
  return value;
}

}  // namespace

absl::optional<Value> ReadFast(absl::string_view text, int max_depth) {
  if (text.size() <= kKeptBytes) {
    thread_local dom::parser parser(kKeptBytes);
    return ReadWith(parser, text, max_depth);
  }
  dom::parser parser;
  return ReadWith(parser, text, max_depth);
}

}  // namespace json
}  // namespace otrp
