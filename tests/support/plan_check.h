// Finds statements that read a whole table which grows.
//
// While the tests of a store run, PostgreSQL notes every statement of the
// store with its parameters. When they have run, each is planned again on
// tables of 100,000 rows; a sequential scan of a table that grows fails the
// program. New statements are checked as soon as a test runs them.
//
//   const auto* const kPlans = PlanCheck::Add({"tsm",
//       "services/tsm/storage/migrations",
//       /*fill=*/R"sql(INSERT INTO device ... generate_series ...)sql",
//       /*growing=*/{"device", "session"},
//       /*allowed=*/{{"FROM rollout_group\n", "an operator's list"}}});
//
// Thread-safety: none needed.

#ifndef OTRP_TESTS_SUPPORT_PLAN_CHECK_H_
#define OTRP_TESTS_SUPPORT_PLAN_CHECK_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "libs/store/pool.h"

namespace otrp {
namespace testing {

class PlanCheck : public ::testing::Environment {
 public:
  struct Options {
    // As TestPostgres::Schema.
    std::string schema;
    std::string migrations_dir;
    // A script that fills the tables of `growing`; those that every service
    // has are filled already.
    std::string fill;
    std::set<std::string> growing;
    // Part of a statement that may read all, and why.
    std::vector<std::pair<std::string, std::string>> allowed;
  };

  // For the whole test program; before its first test.
  static ::testing::Environment* Add(Options options);

  void SetUp() override;
  void TearDown() override;

 private:
  explicit PlanCheck(Options options) : options_(std::move(options)) {}

  void Check(store::Tx& tx, const std::string& statement,
             const std::set<std::string>& parameters);
  bool Allowed(const std::string& statement) const;

  const Options options_;
};

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_SUPPORT_PLAN_CHECK_H_
