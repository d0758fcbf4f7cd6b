// Reading and writing DER (X.690), for structures that BoringSSL has no code
// for (OCSP). Definite, minimal lengths only.
//
//   std::string name = der::Sequence({der::Oid("2.5.4.3"), der::Null()});
//   der::Reader reader(bytes);
//   OTRP_ASSIGN_OR_RETURN(der::Element outer, reader.Next(der::kSequence));
//
// Thread-safety: values without state.
// Errors: INVALID_ARGUMENT for octets that aren't DER or not what was expected.

#ifndef OTRP_LIBS_CRYPTO_DER_H_
#define OTRP_LIBS_CRYPTO_DER_H_

#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace otrp {
namespace crypto {
namespace der {

// Identifier octets; only the one-octet form exists here.
inline constexpr uint8_t kInteger = 0x02;
inline constexpr uint8_t kBitString = 0x03;
inline constexpr uint8_t kOctetString = 0x04;
inline constexpr uint8_t kNull = 0x05;
inline constexpr uint8_t kOid = 0x06;
inline constexpr uint8_t kEnumerated = 0x0a;
inline constexpr uint8_t kGeneralizedTime = 0x18;
inline constexpr uint8_t kSequence = 0x30;
// [n] of the context class; constructed ones are explicit wrappers.
constexpr uint8_t Context(int n) { return static_cast<uint8_t>(0x80 | n); }
constexpr uint8_t Explicit(int n) { return static_cast<uint8_t>(0xa0 | n); }

std::string Tlv(uint8_t tag, absl::string_view content);
std::string Sequence(std::initializer_list<absl::string_view> parts);
// Dotted numbers; the OID is a constant of ours and must be right.
std::string Oid(absl::string_view dotted);
std::string Null();
// Big-endian octets of a positive number.
std::string PositiveInteger(absl::string_view octets);
std::string OctetString(absl::string_view octets);
// Whole octets, no unused bits.
std::string BitString(absl::string_view octets);
std::string GeneralizedTime(absl::Time time);
std::string Enumerated(int value);

struct Element {
  uint8_t tag = 0;
  absl::string_view content;
  // With identifier and length.
  absl::string_view whole;
};

class Reader {
 public:
  explicit Reader(absl::string_view bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }
  // True when the next element has this tag.
  bool At(uint8_t tag) const {
    return !rest_.empty() && static_cast<uint8_t>(rest_[0]) == tag;
  }
  absl::StatusOr<Element> Next();
  absl::StatusOr<Element> Next(uint8_t tag);

 private:
  absl::string_view rest_;
};

// INVALID_ARGUMENT unless `bytes` is exactly one element and every constructed
// element in it is made of such elements.
absl::Status CheckStrict(absl::string_view bytes);

// True for dotted numbers that are an OID, of up to 128 octets as text.
bool IsOid(absl::string_view dotted);
// Dotted numbers of an OID's content.
absl::StatusOr<std::string> ReadOid(absl::string_view content);
// "YYYYMMDDHHMMSSZ".
absl::StatusOr<absl::Time> ReadGeneralizedTime(absl::string_view content);
// Content of an INTEGER that must be positive (or zero), minimal; lower-case
// hex without leading zeros.
absl::StatusOr<std::string> ReadPositiveHex(absl::string_view content);
// Content of a BIT STRING of whole octets.
absl::StatusOr<absl::string_view> ReadBitString(absl::string_view content);

}  // namespace der
}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_DER_H_
