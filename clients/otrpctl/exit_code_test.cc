// What a script learns from the exit code, and an operator from the message,
// when a service refuses or isn't there.

#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "clients/otrpctl/command.h"
#include "clients/otrpctl/connections.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "libs/rpc/status.h"
#include "otrp/tsm/v1/tsm.grpc.pb.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp::ctl {
namespace {

using ::otrp::testing::TestTls;
using ::testing::AllOf;
using ::testing::HasSubstr;

int CodeOf(grpc::StatusCode code) {
  return ExitCode(rpc::FromGrpcStatus(grpc::Status(code, "x")));
}

TEST(ExitCodeTest, EveryGrpcStatusHasOne) {
  const struct {
    grpc::StatusCode status;
    int exit_code;
  } kRows[] = {
      {grpc::StatusCode::OK, 0},
      {grpc::StatusCode::CANCELLED, 1},
      {grpc::StatusCode::UNKNOWN, 1},
      // A service's: the call was well formed as far as the command line knew.
      {grpc::StatusCode::INVALID_ARGUMENT, 1},
      {grpc::StatusCode::DEADLINE_EXCEEDED, 5},
      {grpc::StatusCode::NOT_FOUND, 3},
      {grpc::StatusCode::ALREADY_EXISTS, 1},
      {grpc::StatusCode::PERMISSION_DENIED, 4},
      {grpc::StatusCode::UNAUTHENTICATED, 4},
      // A full quota: who tries again on 5 would do so for ever.
      {grpc::StatusCode::RESOURCE_EXHAUSTED, 1},
      {grpc::StatusCode::FAILED_PRECONDITION, 1},
      {grpc::StatusCode::ABORTED, 1},
      {grpc::StatusCode::OUT_OF_RANGE, 1},
      {grpc::StatusCode::UNIMPLEMENTED, 1},
      {grpc::StatusCode::INTERNAL, 1},
      {grpc::StatusCode::UNAVAILABLE, 5},
      {grpc::StatusCode::DATA_LOSS, 1},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(CodeOf(row.status), row.exit_code) << row.status;
  }
}

TEST(ExitCodeTest, AUsageErrorIsTheCallersOwnMistake) {
  const absl::Status ours = cli::UsageError("--x is wrong");
  EXPECT_TRUE(cli::IsUsageError(ours));
  EXPECT_EQ(ours.message(), "--x is wrong");
  EXPECT_EQ(ExitCode(ours), 2);
  const absl::Status theirs = absl::InvalidArgumentError("x is wrong");
  EXPECT_FALSE(cli::IsUsageError(theirs));
  EXPECT_EQ(ExitCode(theirs), 1);
}

class ConnectionsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, TestTls::Create());
    OTRP_ASSERT_OK_AND_ASSIGN(dir_, tls_->Issue("otrp://operator/alice"));
  }

  static absl::Status Ask(Connections& connections) {
    return connections
        .Call<tsm::v1::Devices>(Service::kTsm,
                                &tsm::v1::Devices::Stub::GetDevice,
                                tsm::v1::GetDeviceRequest())
        .status();
  }

  std::unique_ptr<TestTls> tls_;
  std::string dir_;
};

TEST_F(ConnectionsTest, AServiceThatIsntThereIsNamedWithItsAddress) {
  // Nobody listens on the discard port of a test machine's loopback.
  Connections connections(
      {{"tsm-addr", "127.0.0.1:9"}, {"tls-dir", dir_}, {"timeout", "5"}});
  const absl::Status status = Ask(connections);
  EXPECT_EQ(ExitCode(status), 5) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("tsm at 127.0.0.1:9"), HasSubstr("otrp status")));
}

TEST_F(ConnectionsTest, TheAddressComesFromTheEnvironmentUnlessGiven) {
  ::setenv("OTRP_TSM_ADDR", "127.0.0.1:1", 1);
  Connections by_environment({{"tls-dir", dir_}, {"timeout", "5"}});
  EXPECT_THAT(std::string(Ask(by_environment).message()),
              HasSubstr("127.0.0.1:1 "));
  Connections by_flag(
      {{"tsm-addr", "127.0.0.1:9"}, {"tls-dir", dir_}, {"timeout", "5"}});
  EXPECT_THAT(std::string(Ask(by_flag).message()), HasSubstr("127.0.0.1:9 "));
  ::unsetenv("OTRP_TSM_ADDR");
}

TEST_F(ConnectionsTest, AFolderWithoutCertificatesIsAUsageError) {
  const std::string missing = absl::StrCat(::testing::TempDir(), "/no-tls");
  Connections connections({{"tls-dir", missing}});
  const absl::Status status = Ask(connections);
  EXPECT_EQ(ExitCode(status), 2) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(missing), HasSubstr("--tls-dir"),
                    HasSubstr("OTRP_TLS_DIR"), HasSubstr("cert.pem")));
}

}  // namespace
}  // namespace otrp::ctl
