// Which items of a list are taken.

#include "clients/otrpctl/selection.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp::ctl {
namespace {

using ::otrp::testing::IsOk;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// 2026-03-01 12:00 UTC.
const absl::Time kNow = absl::FromUnixSeconds(1772366400);

// Newest first, an hour apart: ids 0, 1, 2, ..
std::vector<json::Value> Items(int count) {
  std::vector<json::Value> items;
  for (int i = 0; i < count; ++i) {
    const auto item =
        json::Parse(absl::StrCat(R"({"id":)", i, R"(,"state":")",
                                 i % 2 == 0 ? "done" : "failed", R"(","at":")",
                                 absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ",
                                                  kNow - i * absl::Hours(1),
                                                  absl::UTCTimeZone()),
                                 R"(","of":[{"name":"a)", i,
                                 R"("},{"name":"b"}],"label":"OEM, Inc )", i,
                                 R"(","big":)", i > 2 ? "true" : "false", "}"),
                    json::kOurs);
    EXPECT_THAT(item, IsOk());
    items.push_back(*item);
  }
  return items;
}

ListShape Shape() {
  ListShape shape;
  shape.list = "items";
  shape.columns = {{"ID", "id"}};
  shape.time = "at";
  shape.newest_first = true;
  return shape;
}

struct Taken {
  std::vector<int64_t> ids;
  // How many were looked at.
  int seen = 0;
  Result result;
};

Taken Take(const std::map<std::string, std::string>& flags,
           ListShape shape = Shape()) {
  auto selection = Selection::From(cli::Args(flags, {}), shape, kNow);
  EXPECT_THAT(selection, IsOk());
  Taken taken;
  if (!selection.ok()) return taken;
  for (json::Value& item : Items(6)) {
    ++taken.seen;
    if (!selection->Take(std::move(item))) break;
  }
  taken.result = selection->ToResult();
  const json::Value* list = taken.result.value.Find("items");
  if (list == nullptr) return taken;
  for (const json::Value& item : list->items()) {
    taken.ids.push_back(item.Find("id")->as_integer());
  }
  return taken;
}

TEST(SelectionTest, WithoutFlagsAllOrAsManyAsTheListGives) {
  EXPECT_THAT(Take({}).ids, SizeIs(6));
  ListShape shape = Shape();
  shape.default_limit = 2;
  EXPECT_THAT(Take({}, shape).ids, ElementsAre(0, 1));
  EXPECT_THAT(Take({{"limit", "4"}}, shape).ids, SizeIs(4));
}

TEST(SelectionTest, ALimitEndsTheReading) {
  const Taken taken = Take({{"limit", "2"}});
  EXPECT_THAT(taken.ids, ElementsAre(0, 1));
  EXPECT_EQ(taken.seen, 2);
  // Of those that fit, not of those that were read.
  EXPECT_THAT(Take({{"limit", "2"}, {"filter", "state=failed"}}).ids,
              ElementsAre(1, 3));
}

TEST(SelectionTest, AsksForNoMoreThanItWants) {
  const auto size = [](const std::map<std::string, std::string>& flags) {
    return Selection::From(cli::Args(flags, {}), Shape(), kNow)->page_size();
  };
  EXPECT_EQ(size({}), 1000);
  EXPECT_EQ(size({{"limit", "7"}}), 7);
  EXPECT_EQ(size({{"limit", "5000"}}), 1000);
  EXPECT_EQ(size({{"limit", "7"}, {"filter", "a=b"}}), 1000);
}

TEST(SelectionTest, AFilterLooksAtWhatIsPrinted) {
  EXPECT_THAT(Take({{"filter", "state=done"}}).ids, ElementsAre(0, 2, 4));
  EXPECT_THAT(Take({{"filter", "state!=done"}}).ids, ElementsAre(1, 3, 5));
  EXPECT_THAT(Take({{"filter", "state=fa*"}}).ids, ElementsAre(1, 3, 5));
  EXPECT_THAT(Take({{"filter", "id=3"}}).ids, ElementsAre(3));
  EXPECT_THAT(Take({{"filter", "big=true"}}).ids, ElementsAre(3, 4, 5));
  EXPECT_THAT(Take({{"filter", "big=true,state=done"}}).ids, ElementsAre(4));
  EXPECT_THAT(Take({{"filter", "of.name=a2"}}).ids, ElementsAre(2));
  EXPECT_THAT(Take({{"filter", "of.name=b"}}).ids, SizeIs(6));
  EXPECT_THAT(Take({{"filter", "state=nothing"}}).ids, IsEmpty());
  // Names have commas.
  EXPECT_THAT(Take({{"filter", "label=OEM, Inc*,id=4"}}).ids, ElementsAre(4));
  EXPECT_THAT(Take({{"filter", "label=OEM, Inc"}}).ids, IsEmpty());
}

// An empty list would look as if there were none.
TEST(SelectionTest, AMistypedMemberIsTold) {
  const Taken taken = Take({{"filter", "statsu=done"}});
  EXPECT_THAT(taken.ids, IsEmpty());
  ASSERT_THAT(taken.result.notes, SizeIs(1));
  EXPECT_THAT(taken.result.notes[0],
              AllOf(HasSubstr("\"statsu\""), HasSubstr("state")));
  EXPECT_THAT(Take({{"filter", "of.x=1"}}).result.notes, IsEmpty());
}

TEST(SelectionTest, SinceIsATimeOrHowLongAgo) {
  EXPECT_THAT(Take({{"since", "2h"}}).ids, ElementsAre(0, 1, 2));
  EXPECT_THAT(Take({{"since", "90m"}}).ids, ElementsAre(0, 1));
  EXPECT_THAT(Take({{"since", "1d"}}).ids, SizeIs(6));
  EXPECT_THAT(Take({{"since", "2026-03-01"}}).ids, SizeIs(6));
  EXPECT_THAT(Take({{"since", "2026-03-01T11:00:00Z"}}).ids, ElementsAre(0, 1));
  // Nothing older is read where the newest come first.
  EXPECT_EQ(Take({{"since", "2h"}}).seen, 4);
  ListShape shape = Shape();
  shape.newest_first = false;
  EXPECT_EQ(Take({{"since", "2h"}}, shape).seen, 6);
}

TEST(SelectionTest, ACountIsOfAllThatFit) {
  ListShape shape = Shape();
  shape.default_limit = 2;
  const Taken taken = Take({{"count", ""}, {"filter", "state=failed"}}, shape);
  EXPECT_EQ(taken.result.value.Serialize(), R"({"count":3})");
}

TEST(SelectionTest, MistakesNameTheirFlag) {
  const struct {
    const char* flag;
    const char* value;
  } kRows[] = {
      {"limit", "0"},      {"limit", "-1"},     {"limit", "many"},
      {"since", "soon"},   {"since", "-2h"},    {"since", "2026-13-01"},
      {"filter", "state"}, {"filter", "=done"},
  };
  for (const auto& row : kRows) {
    const auto selection =
        Selection::From(cli::Args({{row.flag, row.value}}, {}), Shape(), kNow);
    EXPECT_EQ(ExitCode(selection.status()), 2) << row.value;
    EXPECT_THAT(std::string(selection.status().message()),
                HasSubstr(absl::StrCat("--", row.flag)));
  }
}

}  // namespace
}  // namespace otrp::ctl
