#include "libs/rest/reference.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "libs/base/base64.h"
#include "libs/crypto/hash.h"

namespace otrp {
namespace rest {
namespace {

constexpr char kDocument[] =
#include "libs/rest/openapi_json.inc"
    ;  // NOLINT: of the line before
constexpr char kPage[] =
#include "libs/rest/api_html.inc"
    ;  // NOLINT: of the line before

// What stands between the page's <style> and </style>.
absl::string_view Style(absl::string_view page) {
  constexpr absl::string_view kBegin = "<style>";
  const size_t begin = page.find(kBegin) + kBegin.size();
  return page.substr(begin, page.find("</style>", begin) - begin);
}

}  // namespace

absl::string_view OpenApiDocument() {
  return {kDocument, sizeof(kDocument) - 1};
}

absl::string_view ReferencePage() { return {kPage, sizeof(kPage) - 1}; }

std::string ReferencePolicy() {
  return absl::StrCat("default-src 'none'; style-src 'sha256-",
                      Base64Encode(crypto::Sha256(Style(ReferencePage()))),
                      "'; base-uri 'none'; form-action 'none'; "
                      "frame-ancestors 'none'");
}

}  // namespace rest
}  // namespace otrp
