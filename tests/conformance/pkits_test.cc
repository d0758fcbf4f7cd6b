// libs/pki against NIST's PKITS: whole paths with their CRLs. The certificates
// have no extended key usage, so that the role doesn't matter. Which policies
// a path is good for is left out: libs/pki doesn't tell them.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/conformance/path.h"

namespace otrp {
namespace {

using testing::Conformance;

constexpr char kFile[] = "pkits/pkits.json";

std::string ReadDer(absl::string_view folder, const json::Value& name,
                    absl::string_view suffix) {
  const auto der = testing::ReadVectorFile(
      absl::StrCat("pkits/", folder, "/", name.as_string(), suffix));
  EXPECT_TRUE(der.ok()) << der.status();
  return der.ok() ? *der : "";
}

// From the anchor down to the end entity.
testing::Path PathOf(const json::Value& test, absl::Time time) {
  const std::vector<json::Value>& names = test.Find("certs")->items();
  testing::Path path;
  path.anchors.push_back(ReadDer("certs", names.front(), ".crt"));
  for (size_t i = 1; i + 1 < names.size(); ++i) {
    path.intermediates.push_back(ReadDer("certs", names[i], ".crt"));
  }
  path.leaf = ReadDer("certs", names.back(), ".crt");
  for (const json::Value& name : test.Find("crls")->items()) {
    path.crls.push_back(ReadDer("crls", name, ".crl"));
  }
  path.time = time;
  return path;
}

TEST(PkitsTest, Paths) {
  OTRP_REQUIRE_VECTORS();
  const auto vectors = testing::ReadVectors(kFile);
  ASSERT_TRUE(vectors.ok()) << vectors.status();
  const absl::Time time =
      testing::TimeOf(*vectors->GetString("validation_time"));
  Conformance conformance(kFile);
  for (const json::Value& test : vectors->Find("tests")->items()) {
    testing::RecordPath(absl::StrCat(*test.GetString("test_number"), " ",
                                     *test.GetString("name")),
                        *test.GetBool("should_validate"), PathOf(test, time),
                        &conformance);
  }
  conformance.Finish();
}

}  // namespace
}  // namespace otrp
