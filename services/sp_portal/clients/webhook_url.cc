#include "services/sp_portal/clients/webhook_url.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "libs/http/ip_address.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace {

// "host:port" of "https://host:port/path".
absl::string_view Authority(absl::string_view url) {
  if (!absl::ConsumePrefix(&url, "https://")) {
    absl::ConsumePrefix(&url, "http://");
  }
  return url.substr(0, url.find_first_of("/?"));
}

// Without the port, and the brackets of IPv6.
absl::string_view Host(absl::string_view authority) {
  if (absl::ConsumePrefix(&authority, "[")) {
    return authority.substr(0, authority.find(']'));
  }
  return authority.substr(0, authority.find(':'));
}

bool IsVisible(char c) { return absl::ascii_isgraph(c); }

}  // namespace

absl::Status CheckWebhookUrl(absl::string_view url, bool any_host) {
  absl::string_view rest = url;
  const bool secure = absl::ConsumePrefix(&rest, "https://");
  const bool plain = !secure && absl::ConsumePrefix(&rest, "http://");
  const absl::string_view authority = Authority(url);
  const absl::string_view host = Host(authority);
  if (url.size() > kMaxWebhookUrlBytes || !(secure || (plain && any_host)) ||
      !std::all_of(url.begin(), url.end(), IsVisible) ||
      url.find('#') != absl::string_view::npos ||
      authority.find('@') != absl::string_view::npos || host.empty()) {
    return errors::BadWebhookUrl();
  }
  const absl::optional<http::IpAddress> address = http::IpAddress::Parse(host);
  if (!any_host && address.has_value() && !http::IsPublic(*address)) {
    return errors::PrivateWebhookUrl();
  }
  return absl::OkStatus();
}

std::string HostOf(absl::string_view url) {
  return std::string(Authority(url));
}

}  // namespace portal
}  // namespace otrp
