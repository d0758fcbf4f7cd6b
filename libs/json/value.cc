#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/json/json.h"

namespace otrp {
namespace json {
namespace {

absl::string_view KindName(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kNull: return "null";
    case Value::Kind::kBool: return "a boolean";
    case Value::Kind::kInteger: return "an integer";
    case Value::Kind::kNumber: return "a number";
    case Value::Kind::kString: return "a string";
    case Value::Kind::kArray: return "an array";
    case Value::Kind::kObject: break;
  }
  return "an object";
}

#if defined(__SSE2__)
constexpr size_t kStep = 16;

// True where none of kStep octets needs an escape.
bool IsPlain(const char* text) {
  const __m128i octets =
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
  const __m128i control = _mm_set1_epi8(0x1f);
  const __m128i found =
      _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(octets, control), octets),
                   _mm_or_si128(_mm_cmpeq_epi8(octets, _mm_set1_epi8('"')),
                                _mm_cmpeq_epi8(octets, _mm_set1_epi8('\\'))));
  return _mm_movemask_epi8(found) == 0;
}
#else
constexpr size_t kStep = 8;

// Octets that need an escape are found by borrows that reach their high bit;
// one behind such an octet may be taken for one, which costs a closer look and
// nothing else.
bool IsPlain(const char* text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHigh = 0x80 * kOnes;
  uint64_t octets;
  std::memcpy(&octets, text, sizeof(octets));
  const uint64_t quote = octets ^ ('"' * kOnes);
  const uint64_t backslash = octets ^ ('\\' * kOnes);
  const uint64_t found = ((octets - 0x20 * kOnes) & ~octets) |
                         ((quote - kOnes) & ~quote) |
                         ((backslash - kOnes) & ~backslash);
  return (found & kHigh) == 0;
}
#endif

void AppendQuoted(absl::string_view text, std::string* out) {
  out->push_back('"');
  size_t done = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    // A string may be a TA image: many octets at a time.
    while (text.size() - i > kStep && IsPlain(text.data() + i)) i += kStep;
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    // Runs without escapes go in one piece.
    out->append(text.data() + done, i - done);
    done = i + 1;
    switch (c) {
      case '"': *out += "\\\""; break;
      case '\\': *out += "\\\\"; break;
      case '\n': *out += "\\n"; break;
      case '\r': *out += "\\r"; break;
      case '\t': *out += "\\t"; break;
      default: absl::StrAppendFormat(out, "\\u%04x", c);
    }
  }
  out->append(text.data() + done, text.size() - done);
  out->push_back('"');
}

// How long the text will be, without escapes: a string grown by doubling would
// copy a TA image several times.
size_t SizeHint(const Value& value) {
  constexpr size_t kPunctuation = 4;
  size_t size = 20 + value.as_string().size();
  for (const Value& item : value.items()) size += SizeHint(item);
  for (const Value::Member& member : value.members()) {
    size += kPunctuation + member.first.size() + SizeHint(member.second);
  }
  return size;
}

}  // namespace

Value Value::Bool(bool value) { return Value(Data(value)); }
Value Value::Integer(int64_t value) { return Value(Data(value)); }
Value Value::Number(double value) { return Value(Data(value)); }
Value Value::String(std::string value) { return Value(Data(std::move(value))); }
Value Value::Array() { return Value(Data(Items())); }
Value Value::Array(std::vector<Value> items) {
  return Value(Data(Items(std::move(items))));
}
Value Value::Object() { return Value(Data(Members())); }
Value Value::Object(std::vector<Member> members) {
  return Value(Data(Members(std::move(members))));
}

bool Value::as_bool() const {
  const bool* value = std::get_if<bool>(&data_);
  return value != nullptr && *value;
}

int64_t Value::as_integer() const {
  const int64_t* value = std::get_if<int64_t>(&data_);
  return value == nullptr ? 0 : *value;
}

double Value::as_number() const {
  if (is_integer()) return static_cast<double>(as_integer());
  const double* value = std::get_if<double>(&data_);
  return value == nullptr ? 0 : *value;
}

const std::string& Value::as_string() const {
  static const auto* const empty = new std::string();
  const auto* value = std::get_if<std::string>(&data_);
  return value == nullptr ? *empty : *value;
}

const std::vector<Value>& Value::items() const {
  static const auto* const none = new Items();
  const auto* value = std::get_if<Items>(&data_);
  return (value == nullptr ? *none : *value).get();
}

const std::vector<Value::Member>& Value::members() const {
  static const auto* const none = new Members();
  const auto* value = std::get_if<Members>(&data_);
  return (value == nullptr ? *none : *value).get();
}

Value& Value::Set(absl::string_view name, Value value) {
  if (Value* member = FindMutable(name); member != nullptr) {
    *member = std::move(value);
  } else {
    AddNew(std::string(name), std::move(value));
  }
  return *this;
}

void Value::AddNew(std::string name, Value value) {
  if (is_null()) data_ = Members();
  if (auto* members = std::get_if<Members>(&data_); members != nullptr) {
    members->mutable_get().emplace_back(std::move(name), std::move(value));
  }
}

Value& Value::Append(Value value) {
  if (is_null()) data_ = Items();
  if (auto* items = std::get_if<Items>(&data_); items != nullptr) {
    items->mutable_get().push_back(std::move(value));
  }
  return *this;
}

const Value* Value::Find(absl::string_view name) const {
  for (const Member& member : members()) {
    if (member.first == name) return &member.second;
  }
  return nullptr;
}

Value* Value::FindMutable(absl::string_view name) {
  return const_cast<Value*>(Find(name));
}

bool Value::Remove(absl::string_view name) {
  if (!Has(name)) return false;
  auto& members = std::get<Members>(data_).mutable_get();
  members.erase(
      std::find_if(members.begin(), members.end(),
                   [name](const Member& m) { return m.first == name; }));
  return true;
}

absl::StatusOr<const Value*> Value::Get(absl::string_view name,
                                        Kind kind) const {
  const Value* value = Find(name);
  if (value == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("member \"", name, "\" is missing"));
  }
  if (value->kind() != kind) {
    return absl::InvalidArgumentError(
        absl::StrCat("member \"", name, "\" must be ", KindName(kind)));
  }
  return value;
}

absl::StatusOr<absl::string_view> Value::GetString(
    absl::string_view name) const {
  absl::StatusOr<const Value*> value = Get(name, Kind::kString);
  if (!value.ok()) return value.status();
  return absl::string_view((*value)->as_string());
}

absl::StatusOr<bool> Value::GetBool(absl::string_view name) const {
  absl::StatusOr<const Value*> value = Get(name, Kind::kBool);
  if (!value.ok()) return value.status();
  return (*value)->as_bool();
}

absl::StatusOr<int64_t> Value::GetInteger(absl::string_view name) const {
  absl::StatusOr<const Value*> value = Get(name, Kind::kInteger);
  if (!value.ok()) return value.status();
  return (*value)->as_integer();
}

absl::StatusOr<const Value*> Value::GetArray(absl::string_view name) const {
  return Get(name, Kind::kArray);
}

absl::StatusOr<const Value*> Value::GetObject(absl::string_view name) const {
  return Get(name, Kind::kObject);
}

void Value::SerializeTo(std::string* out) const {
  bool first = true;
  switch (kind()) {
    case Kind::kNull: *out += "null"; return;
    case Kind::kBool: *out += as_bool() ? "true" : "false"; return;
    case Kind::kInteger: absl::StrAppend(out, as_integer()); return;
    case Kind::kNumber:
      // JSON has no infinity and no NaN.
      if (std::isfinite(as_number())) {
        const size_t start = out->size();
        absl::StrAppendFormat(out, "%.17g", as_number());
        // Else it would be read again as an integer, and -0 as 0.
        if (out->find_first_of(".e", start) == std::string::npos) *out += ".0";
      } else {
        *out += "null";
      }
      return;
    case Kind::kString: AppendQuoted(as_string(), out); return;
    case Kind::kArray:
      *out += '[';
      for (const Value& item : items()) {
        if (!first) *out += ',';
        first = false;
        item.SerializeTo(out);
      }
      *out += ']';
      return;
    case Kind::kObject:
      *out += '{';
      for (const Member& member : members()) {
        if (!first) *out += ',';
        first = false;
        AppendQuoted(member.first, out);
        *out += ':';
        member.second.SerializeTo(out);
      }
      *out += '}';
  }
}

std::string Value::Serialize() const {
  std::string out;
  out.reserve(SizeHint(*this));
  SerializeTo(&out);
  return out;
}

bool operator==(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Value::Kind::kNull: return true;
    case Value::Kind::kBool: return a.as_bool() == b.as_bool();
    case Value::Kind::kInteger: return a.as_integer() == b.as_integer();
    case Value::Kind::kNumber: return a.as_number() == b.as_number();
    case Value::Kind::kString: return a.as_string() == b.as_string();
    case Value::Kind::kArray: return a.items() == b.items();
    case Value::Kind::kObject: break;
  }
  // Order doesn't matter.
  if (a.size() != b.size()) return false;
  for (const Value::Member& member : a.members()) {
    const Value* other = b.Find(member.first);
    if (other == nullptr || *other != member.second) return false;
  }
  return true;
}

}  // namespace json
}  // namespace otrp
