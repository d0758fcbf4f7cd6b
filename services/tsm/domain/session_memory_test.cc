#include "services/tsm/domain/session_memory.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::StatusIs;

TEST(SessionMemoryTest, ComesBackAsItWas) {
  SessionMemory memory;
  memory.progress.es256 = true;
  memory.progress.switched = true;
  memory.queue = {std::string(32, '\0'), std::string(32, '\xff')};
  memory.progress.restarts = 2;
  memory.progress.requests = 17;
  memory.failed = true;
  memory.blocked = true;
  memory.outstanding = {{protocol::MessageKind::kInstallTa,
                         "InstallTA bank/\"x\"@1",
                         "bank.sd",
                         "bank",
                         "x",
                         "1",
                         {"aa", "bb"},
                         {"cc"}},
                        "dd",
                        "0badcafe",
                        42};
  OTRP_ASSERT_OK_AND_ASSIGN(SessionMemory again,
                            SessionMemory::Parse(memory.Serialize()));
  EXPECT_TRUE(again.progress.es256);
  EXPECT_TRUE(again.progress.switched);
  EXPECT_EQ(again.queue, memory.queue);
  EXPECT_EQ(again.progress.restarts, 2);
  EXPECT_EQ(again.progress.requests, 17);
  EXPECT_TRUE(again.failed);
  EXPECT_TRUE(again.blocked);
  EXPECT_TRUE(again.outstanding == memory.outstanding);
}

TEST(SessionMemoryTest, SaysSoWhenItIsDamaged) {
  const std::string good = SessionMemory().Serialize();
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("[]"),
        good.substr(0, good.size() - 1), good + "x"}) {
    EXPECT_THAT(SessionMemory::Parse(text),
                StatusIs(absl::StatusCode::kDataLoss))
        << text;
  }
}

}  // namespace
}  // namespace tsm
}  // namespace otrp
