#include "libs/cli/nearest.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace otrp {
namespace cli {
namespace {

// Changes of one character that are still a slip of the hand.
constexpr size_t kMaxDistance = 2;

// Levenshtein.
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1,
                         diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string DidYouMean(const std::string& word,
                       const std::vector<std::string>& known) {
  std::string best;
  size_t best_distance = kMaxDistance + 1;
  for (const std::string& candidate : known) {
    const size_t distance = Distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best.empty() ? std::string()
                      : absl::StrCat("; did you mean \"", best, "\"?");
}

}  // namespace cli
}  // namespace otrp
