#include "services/gateway/handlers/pki.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "google/protobuf/timestamp.pb.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/crypto/hash.h"
#include "libs/http/problem.h"
#include "libs/rpc/channel.h"
#include "services/gateway/handlers/media_type.h"
#include "services/gateway/handlers/ocsp_cache.h"
#include "services/gateway/limits.h"

namespace otrp {
namespace gateway {
namespace handlers {
namespace {

using DirectoryStub = ca::v1::AuthorityDirectory::StubInterface;
using RevocationStub = ca::v1::RevocationStatus::StubInterface;

constexpr char kOcspRequestType[] = "application/ocsp-request";
constexpr char kOcspResponseType[] = "application/ocsp-response";

rpc::CallOptions Options() {
  rpc::CallOptions options;
  options.timeout = kPkiTimeout;
  return options;
}

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

// RFC 9110 5.6.7.
std::string HttpDate(absl::Time time) {
  return absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", time,
                          absl::UTCTimeZone());
}

// "tee-ca" of "/pki/crl/tee-ca.crl"; empty for anything else.
std::string AuthorityName(absl::string_view path, absl::string_view prefix,
                          absl::string_view suffix) {
  if (!absl::ConsumePrefix(&path, prefix) ||
      !absl::ConsumeSuffix(&path, suffix)) {
    return "";
  }
  for (unsigned char c : path) {
    if (!absl::ascii_isalnum(c) && c != '-' && c != '_' && c != '.') return "";
  }
  return std::string(path);
}

http::Response NoAuthority() {
  return http::Problem(404, "there is no authority of this name");
}

bool HasTag(absl::string_view if_none_match, absl::string_view tag) {
  for (absl::string_view item : absl::StrSplit(if_none_match, ',')) {
    item = absl::StripAsciiWhitespace(item);
    absl::ConsumePrefix(&item, "W/");
    if (item == tag || item == "*") return true;
  }
  return false;
}

// RFC 9110 5.6.7: one form is written, three are read.
absl::optional<absl::Time> ParseHttpDate(absl::string_view text) {
  for (const char* form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
        "%a %b %e %H:%M:%S %Y"}) {
    absl::Time time;
    std::string ignored;
    if (absl::ParseTime(form, text, absl::UTCTimeZone(), &time, &ignored)) {
      return time;
    }
  }
  return absl::nullopt;
}

// Whether the client has this content already (RFC 9110 13.1: the date is for
// who doesn't know the tag).
bool HasIt(const http::Request& request, absl::string_view tag,
           absl::optional<absl::Time> modified) {
  if (request.has_header("If-None-Match")) {
    return HasTag(request.header("If-None-Match"), tag);
  }
  const auto since = ParseHttpDate(request.header("If-Modified-Since"));
  return since.has_value() && modified.has_value() &&
         absl::ToUnixSeconds(*modified) <= absl::ToUnixSeconds(*since);
}

std::string TagOf(absl::string_view content) {
  return absl::StrCat("\"", HexEncode(crypto::Sha256(content)).substr(0, 32),
                      "\"");
}

// A file that caches may keep for `max_age`; `tag` is its ETag.
http::Response File(const http::Request& request, absl::string_view type,
                    std::string content, const std::string& tag,
                    absl::Duration max_age,
                    absl::optional<absl::Time> modified) {
  http::Response response;
  response.headers = {
      {"Content-Type", std::string(type)},
      {"ETag", tag},
      {"Cache-Control",
       absl::StrCat("public, no-transform, must-revalidate, max-age=",
                    absl::ToInt64Seconds(max_age))},
      {"X-Content-Type-Options", "nosniff"}};
  if (modified.has_value()) {
    response.headers.emplace_back("Last-Modified", HttpDate(*modified));
  }
  if (HasIt(request, tag, modified)) {
    response.status = 304;
  } else {
    response.body = std::move(content);
  }
  return response;
}

http::Response File(const http::Request& request, absl::string_view type,
                    std::string content, absl::Duration max_age,
                    absl::optional<absl::Time> modified) {
  const std::string tag = TagOf(content);
  return File(request, type, std::move(content), tag, max_age, modified);
}

absl::Duration AgeUntil(absl::Time next_update, const Clock& clock) {
  return std::max(absl::ZeroDuration(),
                  std::min(kPkiMaxAge, next_update - clock.Now()));
}

// The base64 in the path of an OCSP request (RFC 6960 A.1). Who joins a URL
// that ends in a slash with it has one slash more; and no request in base64
// begins with one.
absl::string_view OcspRequestIn(absl::string_view path) {
  absl::ConsumePrefix(&path, kOcspPath);
  while (absl::ConsumePrefix(&path, "/")) {
  }
  return path;
}

// Percent-decoding (RFC 3986 2.1). '+' stays: it is base64's.
absl::optional<std::string> PercentDecode(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return absl::nullopt;
    const absl::StatusOr<std::string> octet =
        HexDecode(absl::AsciiStrToLower(text.substr(i + 1, 2)));
    if (!octet.ok()) return absl::nullopt;
    out += *octet;
    i += 2;
  }
  return out;
}

// What isn't about a certificate that was issued: nobody may keep it.
http::Response Unkept(std::string der) {
  http::Response response;
  response.headers = {{"Content-Type", kOcspResponseType},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"}};
  response.body = std::move(der);
  return response;
}

http::Response Kept(const Env& env, const http::Request& request,
                    const OcspAnswer& answer) {
  // HTTP's caches know nothing of what was posted.
  if (request.method == "POST") return Unkept(answer.der);
  return File(request, kOcspResponseType, answer.der, answer.tag,
              AgeUntil(answer.next_update, env.clock), answer.this_update);
}

// Answers from what is kept, at once, or when the CA has.
void AnswerOcsp(const Env& env, std::string request_der, http::Request request,
                http::Respond respond) {
  std::string key = OcspCache::KeyOf(request_der);
  if (!key.empty()) {
    if (const auto kept = env.ocsp->Find(key)) {
      return std::move(respond)(Kept(env, request, *kept));
    }
  }
  ca::v1::GetOcspResponseRequest ask;
  ask.set_request_der(std::move(request_der));
  request.body.clear();
  // What gRPC calls back must be copyable.
  auto held = std::make_shared<http::Respond>(std::move(respond));
  rpc::CallAsync(*env.revocation->async(),
                 &RevocationStub::async_interface::GetOcspResponse,
                 std::move(ask), Options(),
                 [&env, request = std::move(request), key = std::move(key),
                  held](absl::StatusOr<ca::v1::GetOcspResponseResponse> said) {
                   if (!said.ok()) {
                     return std::move(*held)(http::ProblemOf(said.status()));
                   }
                   if (!said->has_next_update()) {
                     return std::move(*held)(
                         Unkept(std::move(*said->mutable_response_der())));
                   }
                   auto answer = std::make_shared<OcspAnswer>();
                   answer->der = std::move(*said->mutable_response_der());
                   answer->this_update = TimeOf(said->this_update());
                   answer->next_update = TimeOf(said->next_update());
                   answer->tag = TagOf(answer->der);
                   if (!key.empty()) env.ocsp->Keep(key, answer);
                   std::move (*held)(Kept(env, request, *answer));
                 });
}

}  // namespace

http::Response GetCrl(const Env& env, const http::Request& request) {
  ca::v1::GetCrlRequest ask;
  // "/pki/crl/tee-ca.crl", or "/pki/crl/tee-ca/16-3.crl" of a part.
  const size_t slash = request.path.rfind('/');
  const std::string folder = request.path.substr(0, slash);
  if (absl::StartsWith(folder, kCrlPrefix)) {
    ask.set_authority(AuthorityName(folder, kCrlPrefix, ""));
    ask.set_shard(AuthorityName(request.path, folder + "/", ".crl"));
    if (ask.shard().empty()) return NoAuthority();
  } else {
    ask.set_authority(AuthorityName(request.path, kCrlPrefix, ".crl"));
  }
  if (ask.authority().empty()) return NoAuthority();
  absl::StatusOr<ca::v1::GetCrlResponse> crl =
      rpc::Call<ca::v1::GetCrlResponse>(
          *env.revocation, &RevocationStub::GetCrl, ask, Options());
  if (absl::IsNotFound(crl.status())) return NoAuthority();
  if (!crl.ok()) return http::ProblemOf(crl.status());
  return File(request, "application/pkix-crl",
              std::move(*crl->mutable_crl_der()),
              AgeUntil(TimeOf(crl->next_update()), env.clock),
              TimeOf(crl->this_update()));
}

http::Response GetIssuer(const Env& env, const http::Request& request) {
  const std::string name = AuthorityName(request.path, kIssuerPrefix, ".cer");
  if (name.empty()) return NoAuthority();
  absl::StatusOr<ca::v1::ListAuthoritiesResponse> all =
      rpc::Call<ca::v1::ListAuthoritiesResponse>(
          *env.directory, &DirectoryStub::ListAuthorities,
          ca::v1::ListAuthoritiesRequest(), Options());
  if (!all.ok()) return http::ProblemOf(all.status());
  for (ca::v1::Authority& authority : *all->mutable_authorities()) {
    if (authority.name() != name) continue;
    return File(request, "application/pkix-cert",
                std::move(*authority.mutable_certificate_der()), kIssuerMaxAge,
                absl::nullopt);
  }
  return NoAuthority();
}

void PostOcsp(const Env& env, http::Request request, http::Respond respond) {
  if (!IsMediaType(request.header("Content-Type"), kOcspRequestType)) {
    http::Response response = http::Problem(
        415, absl::StrCat("Content-Type must be ", kOcspRequestType));
    response.headers.emplace_back("Accept", kOcspRequestType);
    return std::move(respond)(std::move(response));
  }
  if (request.body.size() > kMaxOcspRequestBytes) {
    return std::move(respond)(
        http::Problem(413, "too large for an OCSP request"));
  }
  std::string der = std::move(request.body);
  AnswerOcsp(env, std::move(der), std::move(request), std::move(respond));
}

void GetOcsp(const Env& env, http::Request request, http::Respond respond) {
  const absl::string_view encoded = OcspRequestIn(request.path);
  if (encoded.size() > kMaxOcspPathBytes) {
    return std::move(respond)(
        http::Problem(414, "use POST for an OCSP request of this size"));
  }
  const absl::optional<std::string> text = PercentDecode(encoded);
  absl::StatusOr<std::string> der =
      text.has_value() ? Base64DecodeAny(*text)
                       : absl::InvalidArgumentError("percent-encoding");
  if (!der.ok() || der->empty()) {
    return std::move(respond)(http::Problem(
        400, "the path must end in the base64 of an OCSP request"));
  }
  AnswerOcsp(env, *std::move(der), std::move(request), std::move(respond));
}

}  // namespace handlers
}  // namespace gateway
}  // namespace otrp
