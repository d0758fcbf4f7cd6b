#include "services/gateway/handlers/media_type.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace otrp {
namespace gateway {
namespace {

// Without parameters and white space.
absl::string_view Essence(absl::string_view value) {
  return absl::StripAsciiWhitespace(value.substr(0, value.find(';')));
}

// The weight of a range; 1 where none is given, 0 for one that is no number.
double Quality(absl::string_view range) {
  const std::vector<absl::string_view> parts = absl::StrSplit(range, ';');
  for (size_t i = 1; i < parts.size(); ++i) {
    absl::string_view part = absl::StripAsciiWhitespace(parts[i]);
    if (!absl::StartsWithIgnoreCase(part, "q=")) continue;
    part.remove_prefix(2);
    double q = 0;
    return absl::SimpleAtod(part, &q) ? q : 0;
  }
  return 1;
}

// 3: the type itself, 2: type/*, 1: */*, 0: another one.
int Specificity(absl::string_view range, absl::string_view type) {
  if (absl::EqualsIgnoreCase(range, type)) return 3;
  if (range == "*/*") return 1;
  const absl::string_view major = type.substr(0, type.find('/'));
  return absl::EqualsIgnoreCase(range, absl::StrCat(major, "/*")) ? 2 : 0;
}

}  // namespace

bool IsMediaType(absl::string_view content_type, absl::string_view type) {
  return absl::EqualsIgnoreCase(Essence(content_type), type);
}

bool Accepts(const http::Request& request, absl::string_view type) {
  bool asked = false;
  int best = 0;
  double quality = 0;
  for (const http::Header& header : request.headers) {
    if (!absl::EqualsIgnoreCase(header.first, "Accept")) continue;
    for (absl::string_view range : absl::StrSplit(header.second, ',')) {
      const absl::string_view essence = Essence(range);
      // Lists may have empty elements (RFC 9110 5.6.1).
      if (essence.empty()) continue;
      asked = true;
      const int specificity = Specificity(essence, type);
      if (specificity < best || specificity == 0) continue;
      best = specificity;
      quality = Quality(range);
    }
  }
  return !asked || quality > 0;
}

}  // namespace gateway
}  // namespace otrp
