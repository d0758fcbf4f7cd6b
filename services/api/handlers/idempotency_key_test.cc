#include "services/api/handlers/idempotency_key.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace api {
namespace handlers {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::StartsWith;

http::Request With(const std::string& method,
                   const std::vector<std::string>& keys) {
  http::Request request;
  request.method = method;
  for (const std::string& key : keys) {
    request.headers.emplace_back("idempotency-key", key);
  }
  return request;
}

TEST(IdempotencyKeyTest, ItIsWhatTheClientSaysLetterByLetter) {
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    for (const std::string& key :
         {std::string("1"), std::string("\"8e03978e-40d5\""),
          std::string("a b~"), std::string(255, 'k')}) {
      OTRP_ASSERT_OK_AND_ASSIGN(const rpc::KeyOfCall of,
                                KeyOfRequest(With(method, {key}), true));
      EXPECT_EQ(of.key, key);
      EXPECT_FALSE(of.only_replay);
    }
  }
}

TEST(IdempotencyKeyTest, OfReadsThereIsNone) {
  for (const char* method : {"GET", "HEAD"}) {
    OTRP_ASSERT_OK_AND_ASSIGN(const rpc::KeyOfCall of,
                              KeyOfRequest(With(method, {"k"}), true));
    EXPECT_EQ(of.key, "");
  }
}

TEST(IdempotencyKeyTest, OddOnesAndTwoAreRefusedAndTheHeaderIsNamed) {
  for (const auto& keys : {std::vector<std::string>{""},
                           {std::string(256, 'k')},
                           {"a\tb"},
                           {"caf\xc3\xa9"},
                           {"a", "a"}}) {
    EXPECT_THAT(KeyOfRequest(With("POST", keys), true).status(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         StartsWith("Idempotency-Key: ")));
  }
}

TEST(IdempotencyKeyTest, WithoutACredentialItWouldBeEverybodys) {
  EXPECT_THAT(KeyOfRequest(With("POST", {"k"}), false).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("Idempotency-Key: ")));
}

}  // namespace
}  // namespace handlers
}  // namespace api
}  // namespace otrp
