// CBOR as attestation has it (RFC 8949): read into values, and the few heads
// that a COSE signature is over.
//
// Strict: one item and nothing behind it, definite lengths, integers of 64 bits
// with a sign, keys of maps that are integers or text and stand there once,
// UTF-8 in text, no floats, no simple values but false, true and null. Limits
// come first: an announced length allocates nothing, and reading costs time in
// proportion to the octets. libcbor reads the heads; what they mean is here.
//
//   OTRP_ASSIGN_OR_RETURN(const cbor::Value claims, cbor::Parse(octets));
//   const cbor::Value* nonce = claims.Find(10);
//
// Thread-safety: values and functions without state.
// Errors: INVALID_ARGUMENT saying what is wrong and at which octet; never
// content.

#ifndef OTRP_LIBS_CBOR_CBOR_H_
#define OTRP_LIBS_CBOR_CBOR_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace cbor {

class Value {
 public:
  enum class Type { kInteger, kBytes, kText, kArray, kMap, kTag, kBool, kNull };
  using Member = std::pair<Value, Value>;

  Type type() const { return type_; }
  bool is(Type type) const { return type_ == type; }
  bool is_integer() const { return type_ == Type::kInteger; }
  bool is_bytes() const { return type_ == Type::kBytes; }
  bool is_text() const { return type_ == Type::kText; }
  bool is_array() const { return type_ == Type::kArray; }
  bool is_map() const { return type_ == Type::kMap; }
  // Of that number.
  bool is_tag(int64_t number) const {
    return type_ == Type::kTag && integer_ == number;
  }

  // The tag's number of a kTag; 0 or 1 of a kBool.
  int64_t integer() const { return integer_; }
  // Of kBytes and kText.
  const std::string& octets() const { return octets_; }
  // Of kArray, and the one item of a kTag.
  const std::vector<Value>& items() const { return items_; }
  // In the order of the octets.
  const std::vector<Member>& members() const { return members_; }
  // Null: this is no map, or has no such member.
  const Value* Find(int64_t key) const;

 private:
  friend class Builder;
  Type type_ = Type::kNull;
  int64_t integer_ = 0;
  std::string octets_;
  std::vector<Value> items_;
  std::vector<Member> members_;
};

// "an integer", "a byte string" .. for messages.
absl::string_view TypeName(Value::Type type);

struct Limits {
  size_t bytes = size_t{64} << 10;
  size_t depth = 16;
  // Items altogether.
  size_t values = 4096;
  // Members of one map: each new one is held against those before.
  size_t members = 128;
};

absl::StatusOr<Value> Parse(absl::string_view octets,
                            const Limits& limits = {});

// A definite-length item as deterministic encoding has it.
void AppendArrayHead(size_t items, std::string* out);
void AppendBytes(absl::string_view octets, std::string* out);
void AppendText(absl::string_view text, std::string* out);

}  // namespace cbor
}  // namespace otrp

#endif  // OTRP_LIBS_CBOR_CBOR_H_
