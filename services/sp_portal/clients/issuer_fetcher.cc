#include "services/sp_portal/clients/issuer_fetcher.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/printable.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace {

constexpr char kDiscovery[] = "/.well-known/openid-configuration";

http::Client::Options ClientOptions(const IssuerFetcher::Options& options) {
  http::Client::Options out;
  out.timeout = kFetchTimeout;
  out.max_body_bytes = kMaxJwksBytes;
  out.ca_file = options.ca_file;
  out.public_only = !options.insecure;
  return out;
}

}  // namespace

IssuerFetcher::IssuerFetcher(PublisherStore& store, const Clock& clock,
                             Options options)
    : store_(store),
      clock_(clock),
      client_(ClientOptions(options)),
      task_({"issuers' keys", kFetchPeriod}, [this] { return FetchAll(); }) {}

void IssuerFetcher::Kick() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (clock_.Now() < last_kick_ + kMinFetchPause) return;
    last_kick_ = clock_.Now();
  }
  task_.Kick();
}

bool IssuerFetcher::FetchAndWait(absl::Duration timeout) {
  return task_.RunAndWait(timeout);
}

absl::Status IssuerFetcher::FetchAll() {
  OTRP_ASSIGN_OR_RETURN(const std::vector<Issuer> issuers,
                        store_.ListIssuers("", kMaxIssuers));
  for (const Issuer& issuer : issuers) {
    if (stop_) break;
    if (issuer.pinned) continue;
    const absl::StatusOr<std::string> jwks = Fetch(issuer.issuer);
    OTRP_RETURN_IF_ERROR(store_.NoteFetch(
        issuer.issuer, jwks.ok() ? *jwks : "",
        jwks.ok() ? "" : Printable(jwks.status().message(), kMaxNameCharacters),
        clock_.Now()));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> IssuerFetcher::Fetch(const std::string& issuer) {
  const absl::string_view base = absl::StripSuffix(issuer, "/");
  OTRP_ASSIGN_OR_RETURN(const std::string text,
                        Get(absl::StrCat(base, kDiscovery)));
  OTRP_ASSIGN_OR_RETURN(const json::Value metadata,
                        json::Parse(text, json::kStrangers));
  if (!metadata.is_object()) {
    return absl::InvalidArgumentError("its metadata is no object");
  }
  OTRP_ASSIGN_OR_RETURN(const absl::string_view named,
                        metadata.GetString("issuer"));
  if (named != issuer) {
    return absl::InvalidArgumentError("its metadata names another issuer");
  }
  OTRP_ASSIGN_OR_RETURN(const absl::string_view url,
                        metadata.GetString("jwks_uri"));
  OTRP_ASSIGN_OR_RETURN(std::string jwks, Get(std::string(url)));
  OTRP_RETURN_IF_ERROR(IssuerKeys::Parse(jwks).status());
  return jwks;
}

absl::StatusOr<std::string> IssuerFetcher::Get(const std::string& url) {
  OTRP_ASSIGN_OR_RETURN(const http::Response response, client_.Get(url));
  if (response.status != 200) {
    return absl::UnavailableError(
        absl::StrCat("GET answered ", response.status));
  }
  return response.body;
}

}  // namespace portal
}  // namespace otrp
