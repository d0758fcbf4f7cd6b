// libs/pki against x509-limbo. Its cases are of TLS servers and clients, which
// our roles for HTTPS and mutual TLS stand for.

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/conformance/path.h"

namespace otrp {
namespace {

using testing::Conformance;

// Where a case says "now" it is meant to be valid whenever it is run. The day
// on which the vectors were collected, so that no test changes with the date.
absl::Time Now() { return testing::TimeOf("2026-11-23T00:00:00Z"); }

testing::Path PathOf(const json::Value& test) {
  testing::Path path;
  path.leaf = testing::PemBody(*test.GetString("peer_certificate"));
  path.intermediates = testing::PemBodies(test.Find("untrusted_intermediates"));
  path.anchors = testing::PemBodies(test.Find("trusted_certs"));
  path.crls = testing::PemBodies(test.Find("crls"));
  const auto time = test.GetString("validation_time");
  path.time = time.ok() ? testing::TimeOf(*time) : Now();
  path.role = *test.GetString("validation_kind") == "SERVER"
                  ? pki::Role::kWeb
                  : pki::Role::kClient;
  return path;
}

void RunFile(const std::string& name) {
  const std::string file = absl::StrCat("x509-limbo/", name, ".json");
  const auto vectors = testing::ReadVectors(file);
  ASSERT_TRUE(vectors.ok()) << vectors.status();
  Conformance conformance(file);
  for (const json::Value& test : vectors->Find("testcases")->items()) {
    testing::RecordPath(*test.GetString("id"),
                        *test.GetString("expected_result") == "SUCCESS",
                        PathOf(test), &conformance);
  }
  conformance.Finish();
}

TEST(X509LimboTest, Latest) {
  OTRP_REQUIRE_VECTORS();
  RunFile("limbo");
}

TEST(X509LimboTest, Published) {
  OTRP_REQUIRE_VECTORS();
  RunFile("limbo-2023-12-published");
}

}  // namespace
}  // namespace otrp
