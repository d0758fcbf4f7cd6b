#include "libs/rest/etag.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace otrp {
namespace rest {
namespace {

http::Response Answer(const std::string& method, const std::string& header,
                      int status = 200) {
  http::Request request;
  request.method = method;
  if (!header.empty()) request.headers = {{"If-None-Match", header}};
  http::Response response;
  response.status = status;
  response.body = "{}";
  AddETag(request, &response);
  return response;
}

TEST(ETagTest, TheSameAnswerAgainIsNotSent) {
  const std::string etag(Answer("GET", "").header("ETag"));
  EXPECT_EQ(etag, "\"44136fa355b3678a1146ad16f7e8649e\"");
  for (const std::string& header :
       {etag, "W/" + etag, "\"x\", " + etag, "\"x\",W/" + etag + " , \"y\"",
        std::string("*")}) {
    const http::Response again = Answer("GET", header);
    EXPECT_EQ(again.status, 304) << header;
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(again.header("ETag"), etag);
  }
}

TEST(ETagTest, AnotherTagOrNoTagGetsTheAnswer) {
  const std::string etag = ETagOf("{}");
  for (const std::string& header :
       {std::string("\"x\""), etag.substr(1), etag.substr(0, 10), "x, " + etag,
        "\"x\" " + etag, std::string("\""), std::string("W/")}) {
    EXPECT_EQ(Answer("GET", header).status, 200) << header;
  }
}

TEST(ETagTest, OnlyWhatWasReadHasATag) {
  EXPECT_EQ(Answer("POST", "*").status, 200);
  EXPECT_EQ(Answer("POST", "").header("ETag"), "");
  EXPECT_EQ(Answer("GET", "*", 404).status, 404);
  EXPECT_EQ(Answer("GET", "", 404).header("ETag"), "");
}

TEST(ETagTest, AnAnswerIsForItsCallerAlone) {
  const http::Response response = Answer("GET", "");
  EXPECT_EQ(response.header("Cache-Control"), "private, no-cache");
  EXPECT_EQ(response.header("Vary"), "Accept, Authorization, Cookie");
}

TEST(ETagTest, IfMatchHoldsForTheSameTagOnly) {
  const std::string etag = ETagOf("{}");
  EXPECT_TRUE(IfMatchHolds("", etag));
  EXPECT_TRUE(IfMatchHolds(etag, etag));
  EXPECT_TRUE(IfMatchHolds("\"x\", " + etag, etag));
  EXPECT_TRUE(IfMatchHolds("*", etag));
  EXPECT_FALSE(IfMatchHolds("*", ""));
  EXPECT_FALSE(IfMatchHolds("\"x\"", etag));
  // A weak tag says nothing of octets.
  EXPECT_FALSE(IfMatchHolds("W/" + etag, etag));
}

}  // namespace
}  // namespace rest
}  // namespace otrp
