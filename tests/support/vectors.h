// The shared conformance vectors: finding them, reading them, and holding what
// we do against what they expect.
//
// The vectors stand outside of this repository. They are looked for in
// $OTRP_VECTORS, else in shared/vectors beside the checkout. Where they are
// missing, a test says so loudly and is skipped:
//
//   TEST(X, Y) {
//     OTRP_REQUIRE_VECTORS();
//     ...
//   }
//
// A test of such a target sets needs_vectors = True, has
// data = ["//:WORKSPACE", "differences.json"], and stands in
// tests/conformance.
//
// Where we differ from what a vector expects, tests/conformance/
// differences.json says so, test by test, with a reason. A difference that
// isn't listed is a failure, and so is one that is listed and is none.
//
// Thread-safety: none.

#ifndef OTRP_TESTS_SUPPORT_VECTORS_H_
#define OTRP_TESTS_SUPPORT_VECTORS_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "libs/json/json.h"

namespace otrp {
namespace testing {

// Empty where there are none.
std::string VectorsRoot();

// `path` is relative to the root, "wycheproof/hmac_sha256_test.json".
absl::StatusOr<std::string> ReadVectorFile(absl::string_view path);
absl::StatusOr<json::Value> ReadVectors(absl::string_view path);

void SaySkipped();

#define OTRP_REQUIRE_VECTORS()                                   \
  do {                                                           \
    if (::otrp::testing::VectorsRoot().empty()) {                \
      ::otrp::testing::SaySkipped();                             \
      GTEST_SKIP() << "SKIPPED: the shared vectors are missing"; \
    }                                                            \
  } while (false)

enum class Outcome {
  kAccepted,
  kRefused,
  // Refused, because it uses an algorithm or a form that we don't have on
  // purpose. Only for what the vector calls valid or acceptable.
  kUnsupported
};

// One file of vectors.
class Conformance {
 public:
  explicit Conformance(absl::string_view file) : file_(file) {}

  // `expected` as Wycheproof writes it: "valid", "invalid" or "acceptable".
  void Record(absl::string_view test, absl::string_view expected,
              Outcome outcome, absl::string_view comment = "");

  // Prints the counts and fails for each difference that isn't pinned.
  void Finish();

 private:
  struct Difference {
    std::string expected;
    std::string ours;
    std::string comment;
  };

  std::string file_;
  int accepted_ = 0;
  int refused_ = 0;
  int unsupported_ = 0;
  std::map<std::string, Difference> differences_;
};

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_SUPPORT_VECTORS_H_
