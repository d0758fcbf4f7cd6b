#include "libs/rpc/service.h"

#include <memory>

#include "gtest/gtest.h"
#include "otrp/common/v1/common.grpc.pb.h"

namespace otrp {
namespace rpc {
namespace {

namespace v1 = ::otrp::common::v1;

struct Env {
  const Guard& guard;
};

namespace handlers {

absl::Status ListAuditEvents(const CallContext&, Env&,
                             const v1::ListAuditEventsRequest&,
                             v1::ListAuditEventsResponse&) {
  return absl::OkStatus();
}

absl::Status VerifyAuditLog(const CallContext&, Env&,
                            const v1::VerifyAuditLogRequest&,
                            v1::VerifyAuditLogResponse&) {
  return absl::OkStatus();
}

}  // namespace handlers

class AuditLog final : public ServiceOf<v1::AuditLog, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(ListAuditEvents);
  OTRP_RPC(VerifyAuditLog);
  OTRP_LAST_RPC();
};

// OTRP_LAST_RPC compares with this count: it must be the generated code's.
TEST(ServiceTest, TheCompilerKnowsHowManyRpcsAServiceHas) {
  EXPECT_EQ(AuditLog::kRpcs, v1::ListAuditEventsRequest::descriptor()
                                 ->file()
                                 ->FindServiceByName("AuditLog")
                                 ->method_count());
  EXPECT_EQ(internal::RpcCount<v1::AuditLog::Service>::value, 0);
}

TEST(ServiceTest, NewServicesGivesThemAllInOrder) {
  const AuthzTable nothing({});
  const Guard guard("test", nothing);
  Env env{guard};
  const auto services = NewServices<AuditLog, AuditLog>(env);
  ASSERT_EQ(services.size(), 2u);
  for (const auto& service : services) {
    EXPECT_NE(dynamic_cast<AuditLog*>(service.get()), nullptr);
  }
}

}  // namespace
}  // namespace rpc
}  // namespace otrp
