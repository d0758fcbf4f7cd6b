#include "libs/rpc/time.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace otrp {
namespace rpc {
namespace {

TEST(TimeTest, ATimeComesBackToTheMicrosecond) {
  for (const int64_t micros : {int64_t{0}, int64_t{1}, int64_t{-1},
                               int64_t{-1000001}, int64_t{1790000000123456}}) {
    const absl::Time time = absl::FromUnixMicros(micros);
    EXPECT_EQ(FromProto(ToProto(time)), time) << micros;
  }
}

// A Timestamp's nanos count forward, before 1970 too.
TEST(TimeTest, NanosAreNeverNegative) {
  const auto proto = ToProto(absl::FromUnixMicros(-1));
  EXPECT_EQ(proto.seconds(), -1);
  EXPECT_EQ(proto.nanos(), 999999000);
}

}  // namespace
}  // namespace rpc
}  // namespace otrp
