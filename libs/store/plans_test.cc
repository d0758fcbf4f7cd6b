// What every statement of a test beside it is planned on when the test has
// run: the tables that all services have.

#include "tests/support/plan_check.h"

namespace otrp {
namespace store {
namespace {

const auto* const kPlans = testing::PlanCheck::Add(
    {"portal",
     "",
     /*fill=*/"",
     {},
     {{"starts_with(action",
       "an operator looks for events of a kind; an index "
       "of kinds would cost every step of every device"},
      {"SELECT count(*) FROM outbox", "asked by a test alone"}}});

}  // namespace
}  // namespace store
}  // namespace otrp
