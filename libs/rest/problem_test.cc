#include "libs/rest/problem.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/json/json.h"
#include "libs/rest/transcoder.h"
#include "libs/rpc/field_error.h"
#include "otrp/ca/v1/ca.pb.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "otrp/verifier/v1/verifier.pb.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace rest {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Get(const http::Response& response, absl::string_view name) {
  const auto root = json::Parse(response.body, json::kStrangers);
  EXPECT_THAT(root, ::otrp::testing::IsOk());
  const json::Value* member = root->Find(name);
  return member == nullptr ? "(none)" : member->as_string();
}

TEST(ProblemTest, AFieldIsNamedAsJsonHasIt) {
  const http::Response response =
      ProblemOf(rpc::FieldMust("page_size", "be 0 to 1000"),
                ca::v1::ListCertificatesRequest::descriptor(), "4bf9");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.header("Content-Type"), "application/problem+json");
  EXPECT_EQ(response.body, R"({"type":"/problems/invalid-argument",)"
                           R"("title":"The request is wrong","status":400,)"
                           R"("detail":"pageSize: must be 0 to 1000",)"
                           R"("code":"INVALID_ARGUMENT","field":"pageSize",)"
                           R"("request_id":"4bf9"})");
}

TEST(ProblemTest, ANestedFieldKeepsItsPlace) {
  const auto& policy = *verifier::v1::SetPolicyRequest::descriptor();
  EXPECT_EQ(JsonPath("policy.tee_rules[3].min_version", policy),
            "policy.teeRules[3].minVersion");
  EXPECT_EQ(JsonPath("policy.other_thing", policy), "policy.other_thing");
  EXPECT_EQ(JsonPath("kind_of[1", policy), "kind_of[1");
  const http::Response response = ProblemOf(
      absl::NotFoundError("expected_version: there is none"), &policy, "");
  EXPECT_EQ(Get(response, "field"), "expectedVersion");
  EXPECT_EQ(Get(response, "detail"), "expectedVersion: there is none");
  EXPECT_EQ(Get(response, "request_id"), "(none)");
}

TEST(ProblemTest, AnErrorOfTheTranscoderKeepsItsMember) {
  const http::Response response =
      ProblemOf(MemberError("polcy", "is no member"), nullptr, "t");
  EXPECT_EQ(Get(response, "field"), "polcy");
}

TEST(ProblemTest, AnErrorWithoutAFieldNamesNone) {
  const auto* request = ca::v1::ListCertificatesRequest::descriptor();
  EXPECT_EQ(
      Get(ProblemOf(absl::AbortedError("other: x"), request, "t"), "field"),
      "(none)");
  EXPECT_EQ(
      Get(ProblemOf(absl::AbortedError("page_size: x"), nullptr, "t"), "field"),
      "(none)");
}

TEST(ProblemTest, WhatFailedInsideIsNotTold) {
  for (const absl::StatusCode code :
       {absl::StatusCode::kInternal, absl::StatusCode::kUnknown,
        absl::StatusCode::kDataLoss, absl::StatusCode::kUnavailable,
        absl::StatusCode::kCancelled, absl::StatusCode::kDeadlineExceeded,
        static_cast<absl::StatusCode>(99)}) {
    const http::Response response =
        ProblemOf(absl::Status(code, "page_size: secret 10.0.0.7"),
                  ca::v1::ListCertificatesRequest::descriptor(), "t");
    EXPECT_GE(response.status, 500);
    EXPECT_THAT(response.body, Not(HasSubstr("secret")));
    EXPECT_THAT(response.body, Not(HasSubstr("page")));
  }
}

TEST(ProblemTest, EveryCodeHasItsStatus) {
  struct Case {
    absl::StatusCode code;
    int status;
  };
  // As google.rpc.Code documents them, but for CANCELLED.
  for (const Case& c : std::initializer_list<Case>{
           {absl::StatusCode::kInvalidArgument, 400},
           {absl::StatusCode::kFailedPrecondition, 400},
           {absl::StatusCode::kOutOfRange, 400},
           {absl::StatusCode::kUnauthenticated, 401},
           {absl::StatusCode::kPermissionDenied, 403},
           {absl::StatusCode::kNotFound, 404},
           {absl::StatusCode::kAlreadyExists, 409},
           {absl::StatusCode::kAborted, 409},
           {absl::StatusCode::kResourceExhausted, 429},
           {absl::StatusCode::kInternal, 500},
           {absl::StatusCode::kUnknown, 500},
           {absl::StatusCode::kDataLoss, 500},
           {absl::StatusCode::kUnimplemented, 501},
           {absl::StatusCode::kUnavailable, 503},
           {absl::StatusCode::kCancelled, 503},
           {absl::StatusCode::kDeadlineExceeded, 504}}) {
    const http::Response response =
        ProblemOf(absl::Status(c.code, "x"), nullptr, "t");
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(Get(response, "code"), absl::StatusCodeToString(c.code));
  }
}

TEST(ProblemTest, WhoMayComeAgainIsToldWhen) {
  const auto retry = [](const absl::Status& status, absl::Duration after) {
    return std::string(
        ProblemOf(status, nullptr, "t", after).header("Retry-After"));
  };
  const absl::Status full = absl::ResourceExhaustedError("x");
  EXPECT_EQ(retry(full, absl::Milliseconds(1500)), "2");
  EXPECT_EQ(retry(full, absl::ZeroDuration()), "1");
  EXPECT_EQ(retry(absl::UnavailableError("x"), absl::Seconds(1)), "1");
  EXPECT_EQ(retry(absl::NotFoundError("x"), absl::Seconds(1)), "");
}

TEST(ProblemTest, ACallerWithoutAnIdentityIsToldHowToShowOne) {
  EXPECT_EQ(ProblemOf(absl::UnauthenticatedError("x"), nullptr, "t")
                .header("WWW-Authenticate"),
            "Bearer");
}

TEST(ProblemTest, ACallersTextMakesNeitherHeadersNorBrokenJson) {
  const http::Response response = ProblemOf(
      MemberError("a\r\nSet-Cookie: b=c\xff\"", "is \x1b[31m no member"),
      nullptr, "x\r\ny");
  for (const http::Header& header : response.headers) {
    EXPECT_THAT(header.second, Not(HasSubstr("Cookie")));
  }
  EXPECT_THAT(Get(response, "detail"), Not(HasSubstr("\n")));
  EXPECT_THAT(Get(response, "detail"), Not(HasSubstr("\x1b")));
}

TEST(ProblemTest, WhatHttpRefusesHasItsOwnKinds) {
  EXPECT_EQ(Get(HttpProblem(405, "this path takes GET", "t"), "type"),
            "/problems/method-not-allowed");
  EXPECT_EQ(Get(HttpProblem(404, "no such path", "t"), "type"),
            "/problems/not-found");
  EXPECT_EQ(HttpProblem(412, "x", "t").status, 412);
  EXPECT_EQ(HttpProblem(299, "x", "t").status, 500);
  std::set<std::string> types;
  for (const ProblemKind& kind : ProblemKinds()) {
    EXPECT_TRUE(types.insert(kind.type).second) << kind.type;
  }
}

}  // namespace
}  // namespace rest
}  // namespace otrp
