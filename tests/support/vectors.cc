#include "tests/support/vectors.h"

#include <sys/stat.h>

#include <climits>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace testing {
namespace {

constexpr char kDifferences[] = "tests/conformance/differences.json";

bool IsDirectory(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

absl::StatusOr<std::string> ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat("no file ", path));
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

std::string VectorsRoot() {
  const char* named = std::getenv("OTRP_VECTORS");
  if (named != nullptr && IsDirectory(named)) return named;
  // The WORKSPACE file among the runfiles is a link into the checkout.
  char resolved[PATH_MAX];
  if (realpath("WORKSPACE", resolved) == nullptr) return "";
  std::string path = resolved;
  path.resize(path.rfind('/'));
  path += "/../shared/vectors";
  return IsDirectory(path) ? path : "";
}

absl::StatusOr<std::string> ReadVectorFile(absl::string_view path) {
  return ReadAll(absl::StrCat(VectorsRoot(), "/", path));
}

absl::StatusOr<json::Value> ReadVectors(absl::string_view path) {
  OTRP_ASSIGN_OR_RETURN(const std::string text, ReadVectorFile(path));
  return json::Parse(text, json::kOurs);
}

void SaySkipped() {
  std::cerr << "\n**** SKIPPED: the shared vectors are missing. Set "
               "OTRP_VECTORS to their folder.\n\n";
}

void Conformance::Record(absl::string_view test, absl::string_view expected,
                         Outcome outcome, absl::string_view comment) {
  const char* ours = "refused";
  switch (outcome) {
    case Outcome::kAccepted:
      ++accepted_;
      ours = "accepted";
      break;
    case Outcome::kRefused: ++refused_; break;
    case Outcome::kUnsupported:
      // To refuse what is invalid needs no excuse.
      ++(expected == "invalid" ? refused_ : unsupported_);
      return;
  }
  const bool accepted = outcome == Outcome::kAccepted;
  const bool agrees = expected == "acceptable" ||
                      (expected == "valid" && accepted) ||
                      (expected == "invalid" && !accepted);
  if (agrees) return;
  differences_[std::string(test)] = {std::string(expected), ours,
                                     std::string(comment)};
}

void Conformance::Finish() {
  std::cout << file_ << ": " << accepted_ << " accepted, " << refused_
            << " refused, " << unsupported_ << " unsupported, "
            << differences_.size() << " different from what is expected"
            << std::endl;
  EXPECT_GT(accepted_ + refused_ + unsupported_, 0) << file_ << " ran nothing";

  const absl::StatusOr<std::string> text = ReadAll(kDifferences);
  ASSERT_TRUE(text.ok()) << text.status();
  const absl::StatusOr<json::Value> pins = json::Parse(*text, json::kOurs);
  ASSERT_TRUE(pins.ok()) << kDifferences << ": " << pins.status();
  std::set<std::string> pinned;
  const json::Value* list = pins->Find(file_);
  if (list != nullptr) {
    for (const json::Value& item : list->items()) {
      const auto test = item.GetString("test");
      const auto ours = item.GetString("ours");
      const auto reason = item.GetString("reason");
      ASSERT_TRUE(test.ok() && ours.ok() && reason.ok() && !reason->empty())
          << kDifferences << ", " << file_ << ": needs test, ours and reason";
      const auto found = differences_.find(std::string(*test));
      EXPECT_TRUE(found != differences_.end() && found->second.ours == *ours)
          << kDifferences << ", " << file_ << " " << *test
          << " is no difference any more: take it out";
      pinned.insert(std::string(*test));
    }
  }
  for (const auto& [test, difference] : differences_) {
    EXPECT_TRUE(pinned.count(test) != 0)
        << file_ << " " << test << " (" << difference.comment << "): expected "
        << difference.expected << ", was " << difference.ours;
  }
}

}  // namespace testing
}  // namespace otrp
