// Outcomes over a real connection and into a real database; the TSM's side:
// services/tsm/handlers/outcomes_test.cc.

#include "services/sp_portal/clients/outcome_client.h"

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::StatusIs;
using ::otrp::testing::TestTls;
using ::testing::ElementsAre;

const rpc::AuthzTable& Table() {
  static const auto* table =
      new rpc::AuthzTable({{"otrp.tsm.v1.Outcomes.TakeOutcomes",
                            rpc::Effect::kReads,
                            {rpc::Allow::Service("sp_portal")}}});
  return *table;
}

// Gives each batch until it is told that it was kept.
class Outcomes : public tsm::v1::Outcomes::Service {
 public:
  grpc::Status TakeOutcomes(grpc::ServerContext*,
                            const tsm::v1::TakeOutcomesRequest* request,
                            tsm::v1::TakeOutcomesResponse* response) override {
    kept.push_back(request->done_batch_id());
    if (!batches.empty() && request->done_batch_id() == Id()) {
      batches.pop_front();
      ++number;
    }
    if (lose_answers > 0) {
      --lose_answers;
      return {grpc::StatusCode::UNAVAILABLE, "lost"};
    }
    if (batches.empty()) return grpc::Status::OK;
    response->set_batch_id(Id());
    *response->add_outcomes() = batches.front();
    return grpc::Status::OK;
  }
  std::string Id() const {
    return absl::StrCat("00000000-0000-4000-8000-", 100000000000 + number);
  }

  std::deque<tsm::v1::Outcome> batches;
  int number = 0;
  int lose_answers = 0;
  std::vector<std::string> kept;
};

class OutcomeClientTest : public HandlersFixture {
 protected:
  void SetUp() override {
    AddBank();
    tls_ = *TestTls::Create();
    rpc::Server::Options options;
    options.listen = "127.0.0.1:0";
    options.guard = &tsm_guard_;
    options.tls_dir = *tls_->Issue("otrp://service/tsm");
    server_ = *rpc::Server::Start(options, {&outcomes_});
    client_ = std::make_unique<OutcomeClient>(
        *rpc::CreateChannel({absl::StrCat("127.0.0.1:", server_->port()), "tsm",
                             *tls_->Issue("otrp://service/sp_portal")}),
        rollouts_);
  }

  void Happens(tsm::v1::OutcomeKind kind) {
    tsm::v1::Outcome outcome;
    outcome.set_kind(kind);
    outcome.set_did(std::string(32, 'd'));
    outcome.set_spid("bank");
    outcome.set_taid("pay");
    outcome.set_version("1.0.0");
    outcomes_.batches.push_back(outcome);
  }

  // "devices failures" of the one version.
  std::string Shown() {
    const auto list = rollouts_.List({}, "", {}, 10);
    if (!list.ok() || list->size() != 1) return "?";
    return absl::StrCat(list->at(0).devices, " ", list->at(0).failures);
  }

  std::unique_ptr<TestTls> tls_;
  const rpc::Guard tsm_guard_{"tsm", Table(), rpc::Guard::AuditCheck::kEnforce};
  Outcomes outcomes_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<OutcomeClient> client_;
};

TEST_F(OutcomeClientTest, AllThatIsThereIsTakenAndSaidToBeKept) {
  Happens(tsm::v1::OUTCOME_KIND_INSTALLED);
  Happens(tsm::v1::OUTCOME_KIND_INSTALLED);
  Happens(tsm::v1::OUTCOME_KIND_FAILED);
  OTRP_ASSERT_OK(client_->TakeAll(clock_.Now()));
  EXPECT_EQ(Shown(), "2 1");
  EXPECT_EQ(outcomes_.kept.size(), 4u);
  EXPECT_EQ(outcomes_.kept.front(), "");
  EXPECT_TRUE(outcomes_.batches.empty());
}

TEST_F(OutcomeClientTest, WhatATsmGivesTwiceCountsOnce) {
  Happens(tsm::v1::OUTCOME_KIND_INSTALLED);
  Happens(tsm::v1::OUTCOME_KIND_INSTALLED);
  outcomes_.lose_answers = 1;
  EXPECT_THAT(client_->TakeAll(clock_.Now()),
              StatusIs(absl::StatusCode::kUnavailable));
  OTRP_ASSERT_OK(client_->TakeAll(clock_.Now()));
  EXPECT_EQ(Shown(), "2 0");
  // A portal that was restored from before: it knows the batch.
  outcomes_.number = 0;
  Happens(tsm::v1::OUTCOME_KIND_INSTALLED);
  OTRP_ASSERT_OK(client_->TakeAll(clock_.Now()));
  EXPECT_EQ(Shown(), "2 0");
}

TEST_F(OutcomeClientTest, AKindThatOnlyANewerTsmKnowsIsLeftOut) {
  Happens(static_cast<tsm::v1::OutcomeKind>(99));
  Happens(tsm::v1::OUTCOME_KIND_INSTALLED);
  OTRP_ASSERT_OK(client_->TakeAll(clock_.Now()));
  EXPECT_EQ(Shown(), "1 0");
}

TEST_F(OutcomeClientTest, ARoundHasAnEnd) {
  for (int i = 0; i < kOutcomeBatchesPerRound + 1; ++i) {
    Happens(tsm::v1::OUTCOME_KIND_INSTALLED);
  }
  OTRP_ASSERT_OK(client_->TakeAll(clock_.Now()));
  EXPECT_EQ(Shown(), absl::StrCat(kOutcomeBatchesPerRound, " 0"));
  OTRP_ASSERT_OK(client_->TakeAll(clock_.Now()));
  EXPECT_EQ(Shown(), absl::StrCat(kOutcomeBatchesPerRound + 1, " 0"));
}

}  // namespace
}  // namespace portal
}  // namespace otrp
