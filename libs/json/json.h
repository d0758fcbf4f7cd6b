// Strict I-JSON (RFC 7493) values: reading what strangers send, writing what
// we send.
//
// What it is not: a serializer of C++ types, or lenient. Duplicate member
// names, NUL in strings, lone surrogates, malformed UTF-8, a byte order mark,
// depth and number of values beyond the limits and trailing octets are errors.
//
//   OTRP_ASSIGN_OR_RETURN(const json::Value root, json::Parse(text,
//   json::kStrangers)); OTRP_ASSIGN_OR_RETURN(absl::string_view tid,
//   root.GetString("tid"));
//
//   json::Value out = json::Value::Object();
//   out.Set("tid", json::Value::String(tid));
//   std::string text = out.Serialize();
//
// Why boost::json's event parser and a Value of our own: a stranger's text must
// not cost many times its size. 1 MiB of it takes 4 MiB at most and 10 ms
// (./otrp bench libs). simdjson, whose place it took, held 16 to 64 MiB and
// told no place of an error; nlohmann/json needs 50 times as long for a
// message. boost::json's own values have no int64 beside double, and its
// doubles may be one unit off: ours are strtod's.
//
// Thread-safety: a value; const methods may be called from several threads.
// Errors: INVALID_ARGUMENT naming the member or the offset, never quoting
// content.

#ifndef OTRP_LIBS_JSON_JSON_H_
#define OTRP_LIBS_JSON_JSON_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/limits.h"

namespace otrp {
namespace json {

class Value {
 public:
  enum class Kind {
    kNull,
    kBool,
    // A number without fraction or exponent that fits int64.
    kInteger,
    // Any other number.
    kNumber,
    kString,
    kArray,
    kObject
  };
  using Member = std::pair<std::string, Value>;

  // null.
  Value() = default;
  static Value Null() { return Value(); }
  static Value Bool(bool value);
  static Value Integer(int64_t value);
  static Value Number(double value);
  // UTF-8.
  static Value String(std::string value);
  static Value String(absl::string_view value) {
    return String(std::string(value));
  }
  static Value String(const char* value) { return String(std::string(value)); }
  static Value Array();
  static Value Array(std::vector<Value> items);
  static Value Object();
  // The names must differ.
  static Value Object(std::vector<Member> members);

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_bool() const { return kind() == Kind::kBool; }
  bool is_integer() const { return kind() == Kind::kInteger; }
  bool is_number() const { return is_integer() || kind() == Kind::kNumber; }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_array() const { return kind() == Kind::kArray; }
  bool is_object() const { return kind() == Kind::kObject; }

  // The zero value where the kind is another.
  bool as_bool() const;
  int64_t as_integer() const;
  double as_number() const;
  const std::string& as_string() const;

  // Items of an array; empty for other kinds.
  const std::vector<Value>& items() const;
  // Members of an object, in the order of the text; empty for other kinds.
  const std::vector<Member>& members() const;
  // Number of items or members.
  size_t size() const {
    return is_object() ? members().size() : items().size();
  }

  // Replaces a member or adds it at the end. A null becomes an object.
  Value& Set(absl::string_view name, Value value);
  // Adds a member at the end without looking whether the name is there: for
  // those who know. A null becomes an object.
  void AddNew(std::string name, Value value);
  // A null becomes an array.
  Value& Append(Value value);

  // Null where there is no such member, or this is no object.
  const Value* Find(absl::string_view name) const;
  Value* FindMutable(absl::string_view name);
  bool Has(absl::string_view name) const { return Find(name) != nullptr; }
  // True where there was one.
  bool Remove(absl::string_view name);

  // Members that must be there and of that kind. Views and pointers live as
  // long as this value is unchanged.
  absl::StatusOr<absl::string_view> GetString(absl::string_view name) const;
  absl::StatusOr<bool> GetBool(absl::string_view name) const;
  absl::StatusOr<int64_t> GetInteger(absl::string_view name) const;
  absl::StatusOr<const Value*> GetArray(absl::string_view name) const;
  absl::StatusOr<const Value*> GetObject(absl::string_view name) const;

  // Compact, members in order.
  std::string Serialize() const;

  friend bool operator==(const Value& a, const Value& b);
  friend bool operator!=(const Value& a, const Value& b) { return !(a == b); }

 private:
  // Owns a T apart from the value, which is small by that; null is an empty T.
  template <typename T>
  class Box {
   public:
    Box() = default;
    explicit Box(T value) : box_(std::make_unique<T>(std::move(value))) {}
    Box(const Box& other)
        : box_(other.box_ == nullptr ? nullptr
                                     : std::make_unique<T>(*other.box_)) {}
    Box(Box&&) noexcept = default;
    Box& operator=(const Box& other) { return *this = Box(other); }
    Box& operator=(Box&&) noexcept = default;

    const T& get() const {
      static const auto* const empty = new T();
      return box_ == nullptr ? *empty : *box_;
    }
    T& mutable_get() {
      if (box_ == nullptr) box_ = std::make_unique<T>();
      return *box_;
    }

   private:
    std::unique_ptr<T> box_;
  };
  using Items = Box<std::vector<Value>>;
  using Members = Box<std::vector<Member>>;
  // In the order of Kind.
  using Data = std::variant<std::monostate, bool, int64_t, double, std::string,
                            Items, Members>;

  explicit Value(Data data) : data_(std::move(data)) {}
  absl::StatusOr<const Value*> Get(absl::string_view name, Kind kind) const;
  void SerializeTo(std::string* out) const;

  Data data_;
};

// What a text may be at most; more is INVALID_ARGUMENT. There is no default:
// whoever reads says whose text it is.
struct Limits {
  // The outermost value has depth 1.
  int max_depth;
  // Values in all, members' values and items included.
  size_t max_values;
  // Of one object.
  size_t max_members;
};

// Anybody may have written it: messages of devices, what is signed or encrypted
// in them, files that users bring.
inline constexpr Limits kStrangers = {kMaxJsonDepth, kMaxJsonValues,
                                      kMaxJsonMembers};
// We wrote it ourselves: columns, our own files, what our processes tell each
// other.
inline constexpr Limits kOurs = {kMaxJsonDepth, size_t{1} << 22,
                                 size_t{1} << 20};

absl::StatusOr<Value> Parse(absl::string_view text, const Limits& limits);

// The octets of a member's value, exactly as they stand in the text of an
// object that Parse() took. NOT_FOUND without such a member.
absl::StatusOr<absl::string_view> RawMember(absl::string_view object_text,
                                            absl::string_view name);

}  // namespace json
}  // namespace otrp

#endif  // OTRP_LIBS_JSON_JSON_H_
