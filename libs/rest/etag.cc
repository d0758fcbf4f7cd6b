#include "libs/rest/etag.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/hex.h"
#include "libs/crypto/hash.h"

namespace otrp {
namespace rest {
namespace {

// Octets of the hash in a tag: 128 bits, as nobody gains by two answers of his
// own with one tag.
constexpr size_t kTagOctets = 16;

// Whether a list of entity tags has the one. What can't be read ends the list.
bool ListHas(absl::string_view list, absl::string_view etag, bool weak_counts) {
  while (true) {
    list = absl::StripLeadingAsciiWhitespace(list);
    const bool weak = absl::ConsumePrefix(&list, "W/");
    if (list.empty() || list[0] != '"') return false;
    const size_t end = list.find('"', 1);
    if (end == absl::string_view::npos) return false;
    if ((weak_counts || !weak) && list.substr(0, end + 1) == etag) return true;
    list = absl::StripLeadingAsciiWhitespace(list.substr(end + 1));
    if (!absl::ConsumePrefix(&list, ",")) return false;
  }
}

}  // namespace

std::string ETagOf(absl::string_view body) {
  return absl::StrCat(
      "\"", HexEncode(crypto::Sha256(body).substr(0, kTagOctets)), "\"");
}

bool IfNoneMatchHas(absl::string_view header, absl::string_view etag) {
  if (absl::StripAsciiWhitespace(header) == "*") return !etag.empty();
  return ListHas(header, etag, /*weak_counts=*/true);
}

bool IfMatchHolds(absl::string_view header, absl::string_view etag) {
  header = absl::StripAsciiWhitespace(header);
  if (header.empty()) return true;
  if (header == "*") return !etag.empty();
  return ListHas(header, etag, /*weak_counts=*/false);
}

void AddETag(const http::Request& request, http::Response* response) {
  if (response->status != 200 ||
      (request.method != "GET" && request.method != "HEAD")) {
    return;
  }
  const std::string etag = ETagOf(response->body);
  response->headers.emplace_back("ETag", etag);
  response->headers.emplace_back("Cache-Control", "private, no-cache");
  response->headers.emplace_back("Vary", "Accept, Authorization, Cookie");
  if (!IfNoneMatchHas(request.header("If-None-Match"), etag)) return;
  response->status = 304;
  response->body.clear();
}

}  // namespace rest
}  // namespace otrp
