// libs/json against JSONTestSuite: a y_ file is JSON, an n_ file isn't, and an
// i_ file may be either, as long as its reading is settled. Ours is that of
// I-JSON (RFC 7493): the i_ files that it refuses are pinned, the others are
// read.

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/json/json.h"
#include "tests/support/vectors.h"

namespace otrp {
namespace {

using testing::Conformance;
using testing::Outcome;

constexpr char kFolder[] = "jsontestsuite/test_parsing";

std::vector<std::string> FileNames() {
  std::vector<std::string> names;
  std::error_code error;
  const std::string folder = absl::StrCat(testing::VectorsRoot(), "/", kFolder);
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    names.push_back(entry.path().filename().string());
  }
  EXPECT_FALSE(error) << folder << ": " << error.message();
  // A folder has no order of its own; what is printed should have one.
  std::sort(names.begin(), names.end());
  return names;
}

Outcome Read(const std::string& name) {
  const auto text = testing::ReadVectorFile(absl::StrCat(kFolder, "/", name));
  EXPECT_TRUE(text.ok()) << text.status();
  if (!text.ok()) return Outcome::kRefused;
  const auto value = json::Parse(*text, json::kStrangers);
  if (!value.ok()) {
    EXPECT_EQ(value.status().code(), absl::StatusCode::kInvalidArgument)
        << name << ": " << value.status();
    return Outcome::kRefused;
  }
  // What we read, we must be able to write so that it is read again.
  const std::string written = value->Serialize();
  const auto again = json::Parse(written, json::kStrangers);
  EXPECT_TRUE(again.ok() && *again == *value)
      << name << " is written as " << written;
  return Outcome::kAccepted;
}

void RunKind(const std::string& prefix, const std::string& expected) {
  Conformance conformance(absl::StrCat(kFolder, "/", prefix));
  for (const std::string& name : FileNames()) {
    if (absl::StartsWith(name, prefix)) {
      conformance.Record(name, expected, Read(name));
    }
  }
  conformance.Finish();
}

TEST(JsonSuiteTest, MustBeAccepted) {
  OTRP_REQUIRE_VECTORS();
  RunKind("y_", "valid");
}

TEST(JsonSuiteTest, MustBeRefused) {
  OTRP_REQUIRE_VECTORS();
  RunKind("n_", "invalid");
}

// Recorded as valid, not as acceptable, so that a change of our mind shows.
TEST(JsonSuiteTest, LeftToTheParser) {
  OTRP_REQUIRE_VECTORS();
  RunKind("i_", "valid");
}

TEST(JsonSuiteTest, EveryFileIsOfAKnownKind) {
  OTRP_REQUIRE_VECTORS();
  for (const std::string& name : FileNames()) {
    EXPECT_TRUE(absl::StartsWith(name, "y_") || absl::StartsWith(name, "n_") ||
                absl::StartsWith(name, "i_"))
        << name;
  }
}

}  // namespace
}  // namespace otrp
