#include "libs/rest/path.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace rest {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

PathTemplate Template(absl::string_view text) {
  absl::StatusOr<PathTemplate> parsed = PathTemplate::Parse(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed.ok() ? *std::move(parsed) : PathTemplate();
}

TEST(PathTest, ADecodedSlashStaysInsideItsSegment) {
  OTRP_ASSERT_OK_AND_ASSIGN(const Path path,
                            ParsePath("/v1/service-providers/a%2Fb%2f..%2fc"));
  EXPECT_THAT(path.segments,
              ElementsAre("v1", "service-providers", "a/b/../c"));
  EXPECT_FALSE(Template("/v1/service-providers/{spid}/b").Matches(path));
  EXPECT_TRUE(Template("/v1/service-providers/{spid}").Matches(path));
}

TEST(PathTest, AnEscapedColonIsAValueAndARawOneBeginsAVerb) {
  OTRP_ASSERT_OK_AND_ASSIGN(const Path verb, ParsePath("/v1/x/1.0:release"));
  EXPECT_EQ(verb.verb, "release");
  EXPECT_THAT(verb.segments, ElementsAre("v1", "x", "1.0"));
  OTRP_ASSERT_OK_AND_ASSIGN(const Path value, ParsePath("/v1/x/1.0%3Arelease"));
  EXPECT_EQ(value.verb, "");
  EXPECT_THAT(value.segments, ElementsAre("v1", "x", "1.0:release"));
  for (const char* bad :
       {"/v1/x:y/z", "/v1/x:", "/v1/a:b:release", "/v1/:release",
        "/v1/x:rel%65ase", "/v1:x/y:release"}) {
    EXPECT_THAT(ParsePath(bad), StatusIs(absl::StatusCode::kInvalidArgument))
        << bad;
  }
}

TEST(PathTest, TricksWithPathsAreRefused) {
  for (const char* bad : {"",           "v1",
                          "/",          "//v1",
                          "/v1//x",     "/v1/",
                          "/v1/.",      "/v1/..",
                          "/v1/../x",   "/v1/%2e%2E/x",
                          "/v1/%2e",    "/v1/%",
                          "/v1/%4",     "/v1/%zz",
                          "/v1/%00",    "/v1/a%0d%0aSet-Cookie%3A%20x",
                          "/v1/%7f",    "/v1/%ff",
                          "/v1/%c0%af", "/v1/%ed%a0%80",
                          "/v1/\xff"}) {
    const absl::StatusOr<Path> path = ParsePath(bad);
    EXPECT_THAT(path, StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
  // Decoded once: what is left is a value.
  OTRP_ASSERT_OK_AND_ASSIGN(const Path twice, ParsePath("/v1/%252e%252e"));
  EXPECT_THAT(twice.segments, ElementsAre("v1", "%2e%2e"));
}

TEST(PathTest, ALongPathIsRefusedBeforeItIsRead) {
  EXPECT_THAT(
      ParsePath("/" + std::string(kMaxPathBytes, 'a')),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("too long")));
  EXPECT_THAT(ParsePath("/" + std::string(kMaxPathBytes - 1, 'a')),
              ::otrp::testing::IsOk());
}

TEST(PathTest, AnErrorDoesNotRepeatThePath) {
  const absl::StatusOr<Path> path = ParsePath("/v1/secret%zz");
  EXPECT_THAT(path.status().message(), Not(HasSubstr("secret")));
}

TEST(PathTest, APlusIsASpaceInQueriesOnly) {
  EXPECT_THAT(PercentDecode("a+b%2B", Escapes::kQuery), IsOkAndHolds("a b+"));
  EXPECT_THAT(PercentDecode("a+b%2B", Escapes::kPath), IsOkAndHolds("a+b+"));
}

TEST(PathTest, WhatIsEncodedComesBack) {
  const std::string text = "a/b:c%d+e f\xc3\xa4~";
  EXPECT_EQ(PercentEncode(text), "a%2Fb%3Ac%25d%2Be%20f%C3%A4~");
  EXPECT_THAT(PercentDecode(PercentEncode(text), Escapes::kPath),
              IsOkAndHolds(text));
  EXPECT_THAT(PercentDecode(PercentEncode(text), Escapes::kQuery),
              IsOkAndHolds(text));
}

TEST(PathTemplateTest, ItIsWhatTheOptionsHave) {
  const char kText[] = "/v1/service-providers/{spid}/x/{target.did}:release";
  const PathTemplate parsed = Template(kText);
  EXPECT_EQ(parsed.ToString(), kText);
  EXPECT_THAT(parsed.Variables(), ElementsAre("spid", "target.did"));
  EXPECT_EQ(parsed.Under("ca").ToString(),
            "/v1/ca/service-providers/{spid}/x/{target.did}:release");
  EXPECT_EQ(parsed.Under("").ToString(), kText);
  for (const char* bad :
       {"", "v1", "/", "/v1/", "/v1//x", "/v1/*", "/v1/**", "/v1/{}", "/v1/{a",
        "/v1/a}", "/v1/{a=*}", "/v1/{a..b}", "/v1/{.a}", "/v1/{1a}",
        "/v1/x:", "/v1/x:y:z", "/v1/x:y/z", "/v1/a b", "/v1/%41"}) {
    EXPECT_FALSE(PathTemplate::Parse(bad).ok()) << bad;
  }
}

TEST(PathTemplateTest, TwoOverlapWhereOnePathFitsBoth) {
  const PathTemplate variable = Template("/v1/a/{x}/c");
  EXPECT_TRUE(variable.Overlaps(Template("/v1/a/b/c")));
  EXPECT_TRUE(variable.Overlaps(Template("/v1/{a}/b/{c}")));
  EXPECT_FALSE(variable.Overlaps(Template("/v1/a/{x}/d")));
  EXPECT_FALSE(variable.Overlaps(Template("/v1/a/{x}")));
  EXPECT_FALSE(variable.Overlaps(Template("/v1/a/{x}/c:go")));
}

}  // namespace
}  // namespace rest
}  // namespace otrp
