// The keys of signed results, for whoever has no credential.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "otrp/verifier/v1/results.grpc.pb.h"
#include "tests/rest/front.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace testing {
namespace {

using ::testing::HasSubstr;

constexpr char kPath[] = "/.well-known/jwks.json";

class Keys final : public verifier::v1::Results::Service {
 public:
  grpc::Status ListResultKeys(
      grpc::ServerContext*, const verifier::v1::ListResultKeysRequest*,
      verifier::v1::ListResultKeysResponse* response) override {
    response->set_jwks(R"({"keys":[]})");
    return grpc::Status::OK;
  }
};

TEST(JwksTest, EverybodyMayReadThemAndKeepThemForAWhile) {
  Keys keys;
  Front::Options options;
  options.verifier = {&keys};
  OTRP_ASSERT_OK_AND_ASSIGN(const auto front, Front::Start(options));
  OTRP_ASSERT_OK_AND_ASSIGN(const http::Response response,
                            front->NewClient("")->Get(front->Url(kPath), {}));
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.body, R"({"keys":[]})");
  EXPECT_EQ(response.header("Content-Type"), "application/jwk-set+json");
  EXPECT_THAT(response.header("Cache-Control"), HasSubstr("max-age=300"));
  EXPECT_NE(response.header("ETag"), "");
}

TEST(JwksTest, AVerifierThatIsAwayIsAProblemAndNoEmptySet) {
  OTRP_ASSERT_OK_AND_ASSIGN(const auto front, Front::Start({}));
  OTRP_ASSERT_OK_AND_ASSIGN(const http::Response response,
                            front->NewClient("")->Get(front->Url(kPath), {}));
  EXPECT_EQ(response.status, 501) << response.body;
  EXPECT_THAT(response.header("Content-Type"),
              HasSubstr("application/problem+json"));
}

}  // namespace
}  // namespace testing
}  // namespace otrp
