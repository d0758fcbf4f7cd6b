#include "services/gateway/handlers/media_type.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace otrp {
namespace gateway {
namespace {

constexpr char kOtrp[] = "application/otrp+json";

bool Accepted(const std::vector<std::string>& values) {
  http::Request request;
  for (const std::string& value : values) {
    request.headers.emplace_back("aCCept", value);
  }
  return Accepts(request, kOtrp);
}

TEST(MediaTypeTest, ComparesWithoutCaseAndParameters) {
  for (const char* same :
       {"application/otrp+json", "APPLICATION/Otrp+JSON",
        "application/otrp+json;charset=utf-8", " application/otrp+json ; x"}) {
    EXPECT_TRUE(IsMediaType(same, kOtrp)) << same;
  }
  for (const char* other : {"", "application/json", "application/otrp+jsonx",
                            "application/*", "*/*", ";application/otrp+json"}) {
    EXPECT_FALSE(IsMediaType(other, kOtrp)) << other;
  }
}

TEST(AcceptTest, NothingAskedIsAnythingAccepted) {
  EXPECT_TRUE(Accepted({}));
  EXPECT_TRUE(Accepted({""}));
  EXPECT_TRUE(Accepted({" , ,"}));
}

TEST(AcceptTest, RangesAdmit) {
  for (const char* good :
       {"application/otrp+json", "application/*", "*/*",
        "Application/OTRP+json", "text/html, application/otrp+json",
        "text/html;q=0.9,*/*;q=0.1", "application/otrp+json;q=0.001"}) {
    EXPECT_TRUE(Accepted({good})) << good;
  }
  EXPECT_TRUE(Accepted({"text/html", "application/*"}));
}

TEST(AcceptTest, OthersDoNot) {
  for (const char* bad :
       {"text/html", "application/json", "text/*", "application/otrp+json;q=0",
        "*/*;q=0", "application/otrp+json;q=zero", "*"}) {
    EXPECT_FALSE(Accepted({bad})) << bad;
  }
}

// RFC 9110 12.5.1: the most specific range decides, wherever it stands.
TEST(AcceptTest, TheMostSpecificRangeDecides) {
  EXPECT_FALSE(Accepted({"application/otrp+json;q=0, */*"}));
  EXPECT_FALSE(Accepted({"*/*, application/otrp+json;q=0"}));
  EXPECT_FALSE(Accepted({"*/*", "application/*;q=0"}));
  EXPECT_TRUE(Accepted({"application/*;q=0, application/otrp+json"}));
}

}  // namespace
}  // namespace gateway
}  // namespace otrp
