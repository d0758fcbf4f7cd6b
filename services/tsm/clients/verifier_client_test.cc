#include "services/tsm/clients/verifier_client.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "services/tsm/limits.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::TestTls;

const rpc::AuthzTable& Table() {
  static const auto* table =
      new rpc::AuthzTable({{"otrp.verifier.v1.Appraiser.Appraise",
                            rpc::Effect::kReads,
                            {rpc::Allow::Service("tsm")}}});
  return *table;
}

class Appraiser : public verifier::v1::Appraiser::Service {
 public:
  grpc::Status Appraise(grpc::ServerContext* context,
                        const verifier::v1::AppraiseRequest*,
                        verifier::v1::AppraiseResponse*) override {
    deadline = absl::FromChrono(context->deadline());
    return grpc::Status::OK;
  }

  absl::Time deadline;
};

TEST(VerifierClientTest, NothingIsAppraisedForAGatewayThatGaveUp) {
  OTRP_ASSERT_OK_AND_ASSIGN(auto tls, TestTls::Create());
  const rpc::Guard guard("attestation_verifier", Table(),
                         rpc::Guard::AuditCheck::kEnforce);
  Appraiser appraiser;
  rpc::Server::Options options;
  options.listen = "127.0.0.1:0";
  options.guard = &guard;
  OTRP_ASSERT_OK_AND_ASSIGN(options.tls_dir,
                            tls->Issue("otrp://service/attestation_verifier"));
  OTRP_ASSERT_OK_AND_ASSIGN(auto server,
                            rpc::Server::Start(options, {&appraiser}));
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string tsm_dir,
                            tls->Issue("otrp://service/tsm"));
  OTRP_ASSERT_OK_AND_ASSIGN(
      auto channel,
      rpc::CreateChannel({absl::StrCat("127.0.0.1:", server->port()),
                          "attestation_verifier", tsm_dir}));
  GrpcVerifierClient client(channel);
  const auto appraise = [&](absl::Duration left) {
    const rpc::CallContext call({rpc::CallerKind::kService, "gateway"},
                                "otrp.tsm.v1.DeviceMessaging.Advance", "",
                                absl::Now() + left);
    return client.Appraise({}, call).status();
  };
  // Less than its own patience.
  OTRP_ASSERT_OK(appraise(kAppraiseTimeout / 2));
  EXPECT_LT(appraiser.deadline, absl::Now() + kAppraiseTimeout * 0.6);
  // More than that.
  OTRP_ASSERT_OK(appraise(10 * kAppraiseTimeout));
  EXPECT_LT(appraiser.deadline, absl::Now() + kAppraiseTimeout * 1.1);
}

}  // namespace
}  // namespace tsm
}  // namespace otrp
