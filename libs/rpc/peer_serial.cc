#include "libs/rpc/peer_serial.h"

#include <cstdint>
#include <string>

#include "absl/strings/strip.h"

namespace otrp {
namespace rpc {
namespace {

constexpr absl::string_view kBegin = "-----BEGIN CERTIFICATE-----\n";
// Four octets for each of two headers, five for the version, two and twenty for
// the number.
constexpr size_t kDigits = 48;
constexpr size_t kOctets = kDigits / 4 * 3;

int ValueOf(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// The first octets of the certificate; false for what is no base64.
bool Decode(absl::string_view text, std::array<uint8_t, kOctets>* octets) {
  if (text.size() < kDigits) return false;
  for (size_t i = 0; i < kDigits / 4; ++i) {
    uint32_t group = 0;
    for (size_t j = 0; j < 4; ++j) {
      const int value = ValueOf(text[4 * i + j]);
      if (value < 0) return false;
      group = group << 6 | static_cast<uint32_t>(value);
    }
    (*octets)[3 * i] = static_cast<uint8_t>(group >> 16);
    (*octets)[3 * i + 1] = static_cast<uint8_t>(group >> 8);
    (*octets)[3 * i + 2] = static_cast<uint8_t>(group);
  }
  return true;
}

// Over a SEQUENCE's tag and length, of which a certificate has the long form;
// false for anything else.
bool SkipHeader(const std::array<uint8_t, kOctets>& octets, size_t* at) {
  if (octets[*at] != 0x30) return false;
  const uint8_t length = octets[*at + 1];
  if (length > 0x83) return false;
  *at += length < 0x80 ? 2 : 2 + (length & 0x7f);
  return true;
}

}  // namespace

PeerSerial PeerSerial::OfPem(absl::string_view pem) {
  PeerSerial serial;
  std::array<uint8_t, kOctets> der;
  if (!absl::ConsumePrefix(&pem, kBegin) || !Decode(pem, &der)) return serial;
  size_t at = 0;
  if (!SkipHeader(der, &at) || !SkipHeader(der, &at)) return serial;
  constexpr std::array<uint8_t, 3> kVersion = {0xa0, 0x03, 0x02};
  for (const uint8_t octet : kVersion) {
    if (der[at++] != octet) return serial;
  }
  // The version's length and value.
  at += 2;
  if (der[at++] != 0x02) return serial;
  const size_t size = der[at++];
  if (size == 0 || at + size > kOctets) return serial;
  constexpr absl::string_view kHex = "0123456789abcdef";
  for (size_t i = 0; i < size; ++i) {
    for (const int digit : {der[at + i] >> 4, der[at + i] & 0xf}) {
      if (serial.size_ == 0 && digit == 0) continue;
      if (serial.size_ == serial.digits_.size()) return PeerSerial();
      serial.digits_[serial.size_++] = kHex[static_cast<size_t>(digit)];
    }
  }
  return serial;
}

}  // namespace rpc
}  // namespace otrp
