#include "libs/http/forwarded.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace otrp {
namespace http {
namespace internal {
namespace {

// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80", quoted or
// not.
absl::optional<IpAddress> Node(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (absl::ConsumePrefix(&text, "\"") && !absl::ConsumeSuffix(&text, "\"")) {
    return absl::nullopt;
  }
  if (absl::ConsumePrefix(&text, "[")) {
    return IpAddress::Parse(text.substr(0, text.find(']')));
  }
  const size_t colon = text.find(':');
  if (colon != absl::string_view::npos && colon == text.rfind(':')) {
    text = text.substr(0, colon);
  }
  return IpAddress::Parse(text);
}

// The for= of an element of Forwarded; empty without one.
absl::string_view ForOf(absl::string_view element) {
  for (absl::string_view pair : absl::StrSplit(element, ';')) {
    pair = absl::StripAsciiWhitespace(pair);
    if (absl::StartsWithIgnoreCase(pair, "for=")) return pair.substr(4);
  }
  return "";
}

constexpr absl::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
// Version 1 is a line of up to 107 octets.
constexpr size_t kMaxLine = 107;
constexpr size_t kBinaryHead = 16;
// Addresses and some fields of a proxy's own; more is nobody's.
constexpr size_t kMaxBinary = 4096;

size_t BinaryLength(const std::string& read) {
  return static_cast<size_t>(static_cast<std::uint8_t>(read[14])) << 8 |
         static_cast<std::uint8_t>(read[15]);
}

}  // namespace

IpAddress ClientOf(const IpAddress& peer, const std::vector<Header>& headers,
                   absl::string_view name, const Networks& trusted) {
  const bool standard = absl::EqualsIgnoreCase(name, "Forwarded");
  IpAddress client = peer;
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (!absl::EqualsIgnoreCase(header->first, name)) continue;
    const std::vector<absl::string_view> elements =
        absl::StrSplit(header->second, ',');
    for (auto it = elements.rbegin(); it != elements.rend(); ++it) {
      if (!trusted.Contains(client)) return client;
      const auto before = Node(standard ? ForOf(*it) : *it);
      if (!before.has_value()) return client;
      client = *before;
    }
  }
  return client;
}

bool ProxyHeader::Take(absl::string_view octets) {
  read_.append(octets.data(), octets.size());
  wants_ = 0;
  if (read_.size() >= kSignature.size() &&
      absl::StartsWith(read_, kSignature)) {
    return TakeBinary();
  }
  return absl::StartsWith(read_, "PROXY ") && TakeLine();
}

bool ProxyHeader::TakeLine() {
  absl::string_view line = read_;
  if (!absl::ConsumeSuffix(&line, "\r\n")) {
    if (read_.size() >= kMaxLine) return false;
    // One more: the client's octets come right behind the line.
    wants_ = 1;
    return true;
  }
  // PROXY TCP4 source destination port port
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
  if (words[1] == "UNKNOWN") return true;
  if (words.size() != 6 || (words[1] != "TCP4" && words[1] != "TCP6")) {
    return false;
  }
  source_ = IpAddress::Parse(words[2]);
  return source_.has_value();
}

bool ProxyHeader::TakeBinary() {
  if (read_.size() < kBinaryHead) {
    wants_ = kBinaryHead - read_.size();
    return true;
  }
  const size_t length = BinaryLength(read_);
  if (length > kMaxBinary) return false;
  if (read_.size() < kBinaryHead + length) {
    wants_ = kBinaryHead + length - read_.size();
    return true;
  }
  const auto command = static_cast<std::uint8_t>(read_[12]);
  if (command == 0x20) return true;
  if (command != 0x21) return false;
  const int family = static_cast<std::uint8_t>(read_[13]) >> 4;
  IpAddress::Octets octets = {};
  if (family == 1 && length >= 12) {
    octets[10] = octets[11] = 0xff;
    std::copy_n(read_.begin() + kBinaryHead, 4, octets.begin() + 12);
  } else if (family == 2 && length >= 36) {
    std::copy_n(read_.begin() + kBinaryHead, 16, octets.begin());
  } else {
    // AF_UNSPEC or a UNIX socket.
    return family == 0 || family == 3;
  }
  source_ = IpAddress(octets);
  return true;
}

}  // namespace internal
}  // namespace http
}  // namespace otrp
