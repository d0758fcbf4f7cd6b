#include "services/sp_portal/clients/ca_client.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "otrp/ca/v1/ca.grpc.pb.h"
#include "services/sp_portal/limits.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::TestTls;

const rpc::AuthzTable& Table() {
  static const auto* table =
      new rpc::AuthzTable({{"otrp.ca.v1.CertificateAuthority.IssueCertificate",
                            rpc::Effect::kMutates,
                            {rpc::Allow::Service("sp_portal")}}});
  return *table;
}

class Authority : public ca::v1::CertificateAuthority::Service {
 public:
  grpc::Status IssueCertificate(
      grpc::ServerContext* context, const ca::v1::IssueCertificateRequest*,
      ca::v1::IssueCertificateResponse* response) override {
    deadline = absl::FromChrono(context->deadline());
    response->add_chain_der("leaf");
    return grpc::Status::OK;
  }

  absl::Time deadline;
};

TEST(CaClientTest, NothingIsIssuedForSomebodyWhoGaveUp) {
  OTRP_ASSERT_OK_AND_ASSIGN(auto tls, TestTls::Create());
  const rpc::Guard guard("ca", Table(), rpc::Guard::AuditCheck::kEnforce);
  Authority authority;
  rpc::Server::Options options;
  options.listen = "127.0.0.1:0";
  options.guard = &guard;
  OTRP_ASSERT_OK_AND_ASSIGN(options.tls_dir, tls->Issue("otrp://service/ca"));
  OTRP_ASSERT_OK_AND_ASSIGN(auto server,
                            rpc::Server::Start(options, {&authority}));
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string portal_dir,
                            tls->Issue("otrp://service/sp_portal"));
  OTRP_ASSERT_OK_AND_ASSIGN(
      auto channel,
      rpc::CreateChannel(
          {absl::StrCat("127.0.0.1:", server->port()), "ca", portal_dir}));
  const std::unique_ptr<CaClient> client = NewGrpcCaClient(channel);
  const auto issue = [&](absl::Duration left) {
    const rpc::CallContext call({rpc::CallerKind::kSp, "bank"},
                                "otrp.portal.v1.ServiceProviders.Enroll", "",
                                absl::Now() + left);
    return client->IssueSpCertificate("bank", "csr", "id", call).status();
  };
  // Less than its own patience.
  OTRP_ASSERT_OK(issue(kIssueTimeout / 2));
  EXPECT_LT(authority.deadline, absl::Now() + kIssueTimeout * 0.6);
  // More than that.
  OTRP_ASSERT_OK(issue(10 * kIssueTimeout));
  EXPECT_LT(authority.deadline, absl::Now() + kIssueTimeout * 1.1);
}

}  // namespace
}  // namespace portal
}  // namespace otrp
