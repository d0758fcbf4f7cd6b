#include "libs/http/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace otrp {
namespace http {
namespace {

constexpr int kV4Bits = 96;
constexpr std::array<std::uint8_t, 12> kV4Prefix = {0, 0, 0, 0, 0,    0,
                                                    0, 0, 0, 0, 0xff, 0xff};

}  // namespace

absl::optional<IpAddress> IpAddress::Parse(absl::string_view text) {
  const std::string terminated(text);
  Octets octets = {};
  if (inet_pton(AF_INET6, terminated.c_str(), octets.data()) == 1) {
    return IpAddress(octets);
  }
  std::copy(kV4Prefix.begin(), kV4Prefix.end(), octets.begin());
  if (inet_pton(AF_INET, terminated.c_str(), octets.data() + 12) == 1) {
    return IpAddress(octets);
  }
  return absl::nullopt;
}

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN] = {};
  if (is_v4()) {
    inet_ntop(AF_INET, octets_.data() + 12, text, sizeof(text));
  } else {
    inet_ntop(AF_INET6, octets_.data(), text, sizeof(text));
  }
  return text;
}

bool IpAddress::is_v4() const {
  return std::equal(kV4Prefix.begin(), kV4Prefix.end(), octets_.begin());
}

IpAddress IpAddress::Prefix(int bits) const {
  Octets octets = octets_;
  for (int i = 0; i < 16; ++i) {
    const int keep = std::clamp(bits - 8 * i, 0, 8);
    octets[static_cast<size_t>(i)] &= static_cast<std::uint8_t>(0xff00 >> keep);
  }
  return IpAddress(octets);
}

absl::StatusOr<Networks> Networks::Parse(absl::string_view text) {
  Networks networks;
  for (absl::string_view item :
       absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    item = absl::StripAsciiWhitespace(item);
    const size_t slash = item.find('/');
    const auto address = IpAddress::Parse(item.substr(0, slash));
    const int most = address.has_value() && address->is_v4() ? 32 : 128;
    int bits = most;
    if (!address.has_value() ||
        (slash != absl::string_view::npos &&
         (!absl::SimpleAtoi(item.substr(slash + 1), &bits) || bits < 0 ||
          bits > most))) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", item, "\" is no network like 10.0.0.0/8"));
    }
    if (most == 32) bits += kV4Bits;
    networks.networks_.push_back({address->Prefix(bits), bits});
  }
  return networks;
}

bool Networks::Contains(const IpAddress& address) const {
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const Network& network) {
                       return address.Prefix(network.bits) == network.prefix;
                     });
}

bool IsPublic(const IpAddress& address) {
  static const auto* const special = new Networks(*Networks::Parse(
      "0.0.0.0/8,10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,"
      "172.16.0.0/12,192.0.0.0/24,192.0.2.0/24,192.88.99.0/24,192.168.0.0/16,"
      "198.18.0.0/15,198.51.100.0/24,203.0.113.0/24,224.0.0.0/3,"
      "2001::/23,2001:db8::/32,2002::/16,3fff::/20"));
  // Of IPv6 what is given out for the Internet.
  static const auto* const unicast = new Networks(*Networks::Parse("2000::/3"));
  if (special->Contains(address)) return false;
  return address.is_v4() || unicast->Contains(address);
}

}  // namespace http
}  // namespace otrp
