#include "libs/base/made_part.h"

#include "absl/strings/str_cat.h"

namespace otrp {
namespace {

constexpr absl::string_view kBegin = "<!-- made by ./otrp docs -->\n";
constexpr absl::string_view kEnd = "<!-- end of what ./otrp docs makes -->\n";

}  // namespace

std::string WithMadePart(absl::string_view page, absl::string_view part) {
  const size_t begin = page.find(kBegin);
  const size_t end = page.find(kEnd);
  if (begin == page.npos || end == page.npos || end < begin) {
    return std::string(page);
  }
  return absl::StrCat(page.substr(0, begin + kBegin.size()), part,
                      page.substr(end));
}

}  // namespace otrp
