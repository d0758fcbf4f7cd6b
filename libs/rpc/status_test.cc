#include "libs/rpc/status.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace otrp {
namespace rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(StatusTest, CodesAndMessagesSurviveTheWay) {
  for (const absl::Status& status :
       {absl::OkStatus(), absl::InvalidArgumentError("spid: bad"),
        absl::NotFoundError("no such sp"), absl::AlreadyExistsError("x"),
        absl::PermissionDeniedError("x"), absl::FailedPreconditionError("x"),
        absl::UnavailableError("later"), absl::ResourceExhaustedError("x"),
        absl::DeadlineExceededError("x"), absl::UnauthenticatedError("x")}) {
    EXPECT_EQ(FromGrpcStatus(ToGrpcStatus(status, "t")), status);
  }
}

TEST(StatusTest, OurInsidesStayInside) {
  for (const absl::Status& status : {absl::InternalError("password=hunter2"),
                                     absl::DataLossError("password=hunter2"),
                                     absl::UnknownError("password=hunter2")}) {
    const grpc::Status out = ToGrpcStatus(status, "trace-1");
    EXPECT_EQ(static_cast<int>(out.error_code()), status.raw_code());
    EXPECT_THAT(out.error_message(), Not(HasSubstr("hunter2")));
    EXPECT_THAT(out.error_message(), HasSubstr("trace-1"));
  }
}

TEST(StatusTest, LongMessagesAreCut) {
  const grpc::Status out =
      ToGrpcStatus(absl::InvalidArgumentError(std::string(5000, 'x')), "t");
  EXPECT_EQ(out.error_message().size(), size_t{kMaxStatusMessageBytes});
}

}  // namespace
}  // namespace rpc
}  // namespace otrp
