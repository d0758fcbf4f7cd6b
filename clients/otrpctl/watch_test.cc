#include "clients/otrpctl/watch.h"

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/json/json.h"

namespace otrp::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Result List(const std::vector<std::pair<std::string, std::string>>& items) {
  Result result;
  result.list = "things";
  result.columns = {{"ID", "id"}, {"STATE", "state"}};
  json::Value list = json::Value::Array();
  for (const auto& [id, state] : items) {
    json::Value item = json::Value::Object();
    item.Set("id", json::Value::String(id));
    item.Set("state", json::Value::String(state));
    list.Append(std::move(item));
  }
  result.value.Set("things", std::move(list));
  return result;
}

Result Object(const std::string& state) {
  Result result;
  result.value.Set("state", json::Value::String(state));
  return result;
}

// What comes of these answers, one after the other, until the last one ends it.
class WatchTest : public ::testing::Test {
 protected:
  int Run(std::vector<absl::StatusOr<Result>> answers, Format format,
          bool on_terminal = false) {
    answers.push_back(cli::UsageError("the end"));
    size_t next = 0;
    return Watch([&] { return answers[next++]; },
                 {format, absl::ZeroDuration(), on_terminal, out_, err_});
  }

  std::ostringstream out_;
  std::ostringstream err_;
};

TEST(NewsTest, OfAListOnlyWhatIsNewChangedOrGone) {
  const Result before = List({{"a", "1"}, {"b", "1"}, {"c", "1"}});
  EXPECT_FALSE(NewsOf(before, before).any);
  EXPECT_FALSE(NewsOf(before, List({{"c", "1"}, {"b", "1"}, {"a", "1"}})).any);
  const News news = NewsOf(before, List({{"a", "1"}, {"b", "2"}, {"d", "1"}}));
  EXPECT_TRUE(news.any);
  EXPECT_THAT(news.gone, ElementsAre("c"));
  EXPECT_EQ(news.result.value.Serialize(),
            R"({"things":[{"id":"b","state":"2"},{"id":"d","state":"1"}],)"
            R"("gone":["c"]})");
}

TEST(NewsTest, WhatALimitLeftOutIsNotGone) {
  const Result before = List({{"b", "1"}, {"a", "1"}});
  Result now = List({{"c", "1"}, {"b", "1"}});
  now.is_cut = true;
  EXPECT_THAT(NewsOf(before, now).gone, IsEmpty());
  EXPECT_TRUE(NewsOf(before, now).any);
}

TEST_F(WatchTest, WithoutATerminalChangedRowsArePrinted) {
  EXPECT_EQ(Run({List({{"a", "1"}, {"b", "1"}}), List({{"a", "1"}, {"b", "1"}}),
                 List({{"a", "2"}, {"b", "1"}}), List({{"a", "2"}})},
                Format::kTable),
            2);
  EXPECT_EQ(out_.str(),
            "ID  STATE\na   1\nb   1\n"
            "a  2\n"
            "gone: b\n");
}

TEST_F(WatchTest, JsonIsALineAChange) {
  Run({List({{"a", "1"}}), List({{"a", "1"}}), List({{"a", "2"}}), List({})},
      Format::kJson);
  EXPECT_EQ(out_.str(), R"({"things":[{"id":"a","state":"1"}]})"
                        "\n"
                        R"({"things":[{"id":"a","state":"2"}]})"
                        "\n"
                        R"({"things":[],"gone":["a"]})"
                        "\n");
}

TEST_F(WatchTest, WhatIsNoListIsPrintedWholeWhenItChanges) {
  Run({Object("x"), Object("x"), Object("y")}, Format::kJson);
  EXPECT_EQ(out_.str(), "{\"state\":\"x\"}\n{\"state\":\"y\"}\n");
}

TEST_F(WatchTest, ATerminalIsDrawnAnew) {
  Run({List({{"a", "1"}}), List({{"a", "1"}})}, Format::kTable,
      /*on_terminal=*/true);
  EXPECT_EQ(out_.str(),
            "\033[H\033[JID  STATE\na   1\n\033[H\033[JID  STATE\na   1\n");
}

TEST_F(WatchTest, AnErrorIsSaidOnceAndWhatComesAfterItIsShown) {
  const absl::Status away = absl::UnavailableError("away\x1b[2J");
  EXPECT_EQ(Run({Object("x"), away, away, Object("x"), away, Object("y")},
                Format::kJson),
            2);
  EXPECT_EQ(out_.str(), "{\"state\":\"x\"}\n{\"state\":\"y\"}\n");
  EXPECT_EQ(err_.str(),
            "otrpctl: away\\u001b[2J\notrpctl: away\\u001b[2J\n"
            "otrpctl: the end\n");
}

TEST_F(WatchTest, ATokenThatHasEndedEndsIt) {
  EXPECT_EQ(Run({Object("x"), absl::UnauthenticatedError("ended"), Object("y")},
                Format::kJson),
            4);
  EXPECT_THAT(out_.str(), Not(HasSubstr("y")));
}

TEST_F(WatchTest, ANoteIsSaidOnce) {
  Result noted = Object("x");
  noted.notes.push_back("soon");
  Run({noted, noted}, Format::kJson);
  EXPECT_EQ(err_.str(), "note: soon\notrpctl: the end\n");
}

}  // namespace
}  // namespace otrp::ctl
