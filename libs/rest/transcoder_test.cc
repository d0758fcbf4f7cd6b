#include "libs/rest/transcoder.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "libs/base/limits.h"
#include "libs/json/json.h"
#include "libs/rest/mounts.h"
#include "otrp/ca/v1/ca.pb.h"
#include "otrp/common/v1/common.pb.h"
#include "otrp/portal/v1/portal.pb.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "otrp/verifier/v1/verifier.pb.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace rest {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const char kVersion[] =
    "/v1/service-providers/acme/applications/t/versions/1.0";
const char kAssignments[] =
    "/v1/service-providers/acme/applications/t/assignments";
const char kPolicy[] = "/v1/attestation/policy";

class TranscoderTest : public ::testing::Test {
 protected:
  // `target` with its query.
  template <typename Request>
  absl::StatusOr<Request> Read(absl::string_view method,
                               absl::string_view target,
                               absl::string_view body = "") {
    static const RouteTable* const table =
        new RouteTable(NewRouteTable().value());
    const size_t mark = std::min(target.find('?'), target.size());
    const Path path = ParsePath(target.substr(0, mark)).value();
    const auto match = table->Find(method, path);
    if (match.route == nullptr) return absl::NotFoundError(target);
    EXPECT_EQ(match.route->rpc->input_type(), Request::descriptor());
    Request request;
    const absl::Status status = ReadRequest(
        *match.route, match.variables,
        target.substr(std::min(mark + 1, target.size())), body, &request);
    if (!status.ok()) return status;
    return request;
  }

  absl::StatusOr<verifier::v1::SetPolicyRequest> ReadPolicy(
      absl::string_view body) {
    return Read<verifier::v1::SetPolicyRequest>("PUT", kPolicy, body);
  }
  absl::StatusOr<ca::v1::ListCertificatesRequest> List(
      absl::string_view query) {
    return Read<ca::v1::ListCertificatesRequest>(
        "GET", absl::StrCat("/v1/certificates?", query));
  }
};

// Holds both in the text and as the member.
MATCHER_P2(IsFault, member, what, "") {
  const absl::Status& status = otrp::testing::internal::GetStatus(arg);
  *result_listener << status.ToString() << " of " << MemberOf(status);
  return status.code() == absl::StatusCode::kInvalidArgument &&
         MemberOf(status) == member &&
         ::testing::Value(std::string(status.message()),
                          StartsWith(absl::StrCat(member, ": "))) &&
         ::testing::Value(std::string(status.message()), HasSubstr(what));
}

TEST_F(TranscoderTest, PathAndBodyMakeOneRequest) {
  const absl::StatusOr<portal::v1::PushImageRequest> read =
      Read<portal::v1::PushImageRequest>(
          "PUT", kVersion, R"({"image":"AAEC","personalizationData":"_-8",
                               "format":"jws"})");
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->spid(), "acme");
  EXPECT_EQ(read->taid(), "t");
  EXPECT_EQ(read->version(), "1.0");
  EXPECT_EQ(read->image(), std::string("\0\1\2", 3));
  EXPECT_EQ(read->personalization_data(), "\xff\xef");
  EXPECT_EQ(read->format(), "jws");
}

TEST_F(TranscoderTest, ValuesOfPathsAreDecodedOnce) {
  const auto read = Read<portal::v1::GetServiceProviderRequest>(
      "GET", "/v1/service-providers/a%2Fb%22%7D%5c+%25");
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->spid(), "a/b\"}\\+%");
}

TEST_F(TranscoderTest, OctetsOfPathsAndQueriesAreLowerCaseHex) {
  const auto read =
      Read<tsm::v1::GetDeviceRequest>("GET", "/v1/devices/00ff10");
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->did(), std::string("\x00\xff\x10", 3));
  for (const char* bad : {"00FF", "0", "zz", "AAEC", "0x00"}) {
    EXPECT_THAT(Read<tsm::v1::GetDeviceRequest>(
                    "GET", absl::StrCat("/v1/devices/", bad)),
                IsFault("did", "lower-case hex"))
        << bad;
  }
}

TEST_F(TranscoderTest, QueriesHaveEveryKindOfValue) {
  const auto list = List("pageSize=7&page_token=a+b%26c&profile=PROFILE_TEE&");
  ASSERT_THAT(list, IsOk());
  EXPECT_EQ(list->page_size(), 7);
  EXPECT_EQ(list->page_token(), "a b&c");
  EXPECT_EQ(list->profile(), ca::v1::PROFILE_TEE);
  const auto nested = Read<portal::v1::UnassignRequest>(
      "DELETE", absl::StrCat(kAssignments, "?target.did=0102"));
  ASSERT_THAT(nested, IsOk());
  EXPECT_EQ(nested->target().did(), "\1\2");
  const auto boolean = Read<portal::v1::UnassignRequest>(
      "DELETE", absl::StrCat(kAssignments, "?target.allDevices=true"));
  ASSERT_THAT(boolean, IsOk());
  EXPECT_TRUE(boolean->target().all_devices());
}

TEST_F(TranscoderTest, AWrongParameterIsNamed) {
  EXPECT_THAT(List("pageSiz=1"), IsFault("pageSiz", "no parameter"));
  EXPECT_THAT(List("pageSize=1&page_size=1"),
              IsFault("pageSize", "given twice"));
  EXPECT_THAT(List("page_size=x"), IsFault("pageSize", "32 bits"));
  EXPECT_THAT(List("pageSize=4294967296"), IsFault("pageSize", "32 bits"));
  EXPECT_THAT(List("pageSize="), IsFault("pageSize", "32 bits"));
  EXPECT_THAT(List("profile=tee"), IsFault("profile", "PROFILE_TEE"));
  EXPECT_THAT(List("profile=2"), IsFault("profile", "PROFILE_TEE"));
  EXPECT_THAT(List("pageSize.x=1"), IsFault("pageSize.x", "no parameter"));
  EXPECT_THAT(List("=1"), IsFault("", "no parameter"));
  const auto unassign = [this](absl::string_view query) {
    return Read<portal::v1::UnassignRequest>(
        "DELETE", absl::StrCat(kAssignments, "?", query));
  };
  EXPECT_THAT(unassign("target=x"), IsFault("target", "its members"));
  EXPECT_THAT(unassign("target.allDevices=1"),
              IsFault("target.allDevices", "true or false"));
  EXPECT_THAT(unassign("target.did=00&target.group=g"),
              IsFault("target.group", "excludes another"));
  EXPECT_THAT(unassign("spid=other"), IsFault("spid", "in the path"));
  EXPECT_THAT(Read<portal::v1::CreateServiceProviderRequest>(
                  "POST", "/v1/service-providers?spid=x", "{}"),
              IsFault("spid", "into the body"));
}

TEST_F(TranscoderTest, AHostileQueryIsRefused) {
  for (const char* bad : {"page_token=%", "page_token=%00", "page_token=%ff",
                          "%=1", "page_token=%0d%0aX-Evil:%201"}) {
    EXPECT_THAT(List(bad), StatusIs(absl::StatusCode::kInvalidArgument,
                                    StartsWith("the query: ")))
        << bad;
  }
  std::string many;
  for (size_t i = 0; i <= kMaxQueryParameters; ++i) many += "&";
  EXPECT_THAT(List(many), StatusIs(absl::StatusCode::kInvalidArgument,
                                   HasSubstr("more than 128")));
}

TEST_F(TranscoderTest, WhatStandsInThePathIsNotInTheBody) {
  for (const char* body : {R"({"spid":"other"})", R"({"spid":"acme"})"}) {
    EXPECT_THAT(Read<portal::v1::PushImageRequest>("PUT", kVersion, body),
                IsFault("spid", "in the path"));
  }
  EXPECT_THAT(
      Read<portal::v1::PushImageRequest>("PUT", kVersion, R"({"spid":null})"),
      IsOk());
}

TEST_F(TranscoderTest, ABodyBelongsToRequestsThatHaveOne) {
  EXPECT_THAT(
      Read<portal::v1::UnassignRequest>("DELETE", kAssignments, "{}"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no body")));
  // None is an empty one.
  EXPECT_THAT(
      Read<verifier::v1::RefreshRequest>("POST", "/v1/attestation:refresh"),
      IsOk());
}

TEST_F(TranscoderTest, AnUnknownMemberIsNamed) {
  EXPECT_THAT(ReadPolicy(R"({"polcy":{}})"), IsFault("polcy", "no member"));
  EXPECT_THAT(ReadPolicy(R"({"policy":{"teeRules":[{},{"nam":"x"}]}})"),
              IsFault("policy.teeRules[1].nam", "no member"));
  // Neither a field's number nor another case is its name.
  EXPECT_THAT(ReadPolicy(R"({"1":{}})"), IsFault("1", "no member"));
  EXPECT_THAT(ReadPolicy(R"({"Policy":{}})"), IsFault("Policy", "no member"));
  EXPECT_THAT(ReadPolicy(R"({"a\r\nSet-Cookie: x":1})"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       ::testing::Not(HasSubstr("\n"))));
}

TEST_F(TranscoderTest, AWrongValueIsNamedWhereverItStands) {
  struct Case {
    const char* body;
    const char* member;
    const char* what;
  };
  for (const Case& c : std::vector<Case>{
           {R"({"policy":1})", "policy", "an object"},
           {R"({"policy":[]})", "policy", "an object"},
           {R"({"policy":{"teeRules":{}}})", "policy.teeRules", "an array"},
           {R"({"policy":{"teeRules":[1]}})", "policy.teeRules[0]",
            "an object"},
           {R"({"policy":{"teeRules":[null]}})", "policy.teeRules[0]",
            "an object"},
           {R"({"policy":{"teeRules":[{},{"name":5}]}})",
            "policy.teeRules[1].name", "a string"},
           {R"({"policy":{"teeRules":[{},{},{"deny":"true"}]}})",
            "policy.teeRules[2].deny", "true or false"},
           {R"({"policy":{"undatedCrlDays":1.5}})", "policy.undatedCrlDays",
            "32 bits"},
           {R"({"policy":{"undatedCrlDays":2147483648}})",
            "policy.undatedCrlDays", "32 bits"},
           {R"({"policy":{"undatedCrlDays":"x"}})", "policy.undatedCrlDays",
            "32 bits"},
           {R"({"expectedVersion":"9223372036854775808"})", "expectedVersion",
            "64 bits"},
           {R"({"expectedVersion":true})", "expectedVersion", "64 bits"},
           {R"({"expected_version":1,"expectedVersion":2})", "expectedVersion",
            "twice"}}) {
    EXPECT_THAT(ReadPolicy(c.body), IsFault(c.member, c.what)) << c.body;
  }
  const auto issue = [this](absl::string_view body) {
    return Read<ca::v1::IssueCertificateRequest>("POST", "/v1/certificates",
                                                 body);
  };
  EXPECT_THAT(issue(R"({"csrDer":"*"})"), IsFault("csrDer", "base64"));
  EXPECT_THAT(issue(R"({"profile":"TEE"})"), IsFault("profile", "PROFILE_"));
  EXPECT_THAT(issue(R"({"profile":2})"), IsFault("profile", "PROFILE_"));
  EXPECT_THAT(issue(R"({"sanUris":["a",2]})"),
              IsFault("sanUris[1]", "a string"));
  EXPECT_THAT(Read<tsm::v1::AddGroupMembersRequest>(
                  "POST", "/v1/groups/g/members",
                  R"({"dids":["AA==","AA==","!","AA==","!"]})"),
              IsFault("dids[2]", "base64"));
}

TEST_F(TranscoderTest, ALongValueAtFaultIsNamedToo) {
  const std::string digits(5000, '1'), octets(5000, 'A');
  EXPECT_THAT(ReadPolicy("{\"expectedVersion\":\"" + digits + "\"}"),
              IsFault("expectedVersion", "64 bits"));
  EXPECT_THAT(
      Read<ca::v1::IssueCertificateRequest>("POST", "/v1/certificates",
                                            "{\"csrDer\":\"" + octets + "!\"}"),
      IsFault("csrDer", "base64"));
}

TEST_F(TranscoderTest, NumbersAndTimesAreThoseOfProto3) {
  const auto number = ReadPolicy(R"({"expectedVersion":7})");
  ASSERT_THAT(number, IsOk());
  EXPECT_EQ(number->expected_version(), 7);
  const auto text = ReadPolicy(R"({"expectedVersion":"9223372036854775807"})");
  ASSERT_THAT(text, IsOk());
  EXPECT_EQ(text->expected_version(), 9223372036854775807);
}

TEST_F(TranscoderTest, ABodyThatIsNoGoodJsonIsRefused) {
  std::string deep, wide = "{\"sanUris\":[";
  for (int i = 0; i < kMaxJsonDepth; ++i) deep += "{\"policy\":";
  for (size_t i = 0; i < kMaxJsonValues; ++i) wide += "\"\",";
  for (const std::string& bad :
       {std::string("{"),
        std::string("[]"),
        std::string("null"),
        std::string("\"{}\""),
        std::string("{}{}"),
        std::string("{},"),
        std::string("{'policy':{}}"),
        std::string("{policy:{}}"),
        std::string("{\"policy\":{},}"),
        std::string("{/**/}"),
        std::string("\xef\xbb\xbf{}"),
        std::string("{\"policy\":{},\"policy\":{}}"),
        std::string("{\"expectedVersion\":01}"),
        std::string("{\"expectedVersion\":NaN}"),
        std::string("{\"expectedVersion\":1e999}"),
        std::string("{\"policy\":{\"teeRules\":[{\"name\":\"\xff\"}]}}"),
        std::string("{\"policy\":{\"teeRules\":[{\"name\":\"\\ud800\"}]}}"),
        std::string("{\"policy\":{\"teeRules\":[{\"name\":\"\\u0000\"}]}}"),
        std::string("{\0}", 3),
        deep,
        wide + "\"\"]}"}) {
    // Not for what is in it: it isn't looked at.
    EXPECT_THAT(ReadPolicy(bad), StatusIs(absl::StatusCode::kInvalidArgument,
                                          StartsWith("the body")))
        << bad.substr(0, 100);
  }
}

TEST_F(TranscoderTest, ALargeBodyIsRefusedBeforeItIsParsed) {
  EXPECT_THAT(
      ReadPolicy(std::string(kMaxJsonBytes + 1, '{')),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("too large")));
}

TEST_F(TranscoderTest, TheLargestImageFits) {
  std::string body = R"({"image":")";
  body.append(kMaxTaImageBytes * 4 / 3 / 4 * 4, 'A');
  body += R"("})";
  const auto read = Read<portal::v1::PushImageRequest>("PUT", kVersion, body);
  ASSERT_THAT(read, IsOk());
  EXPECT_GT(read->image().size(), kMaxTaImageBytes - 4);
}

TEST_F(TranscoderTest, AnAnswerHasAllOfItsMembers) {
  tsm::v1::GetDeviceResponse response;
  tsm::v1::Device& device = *response.mutable_device();
  device.set_did("\xff\xee");
  device.set_dialect(tsm::v1::DIALECT_IETF03);
  device.mutable_first_seen()->set_seconds(1);
  device.set_tee_name("</script>\n\xc3\xa4");
  const absl::StatusOr<std::string> text = WriteResponse(response);
  ASSERT_THAT(text, IsOk());
  OTRP_ASSERT_OK_AND_ASSIGN(const json::Value root,
                            json::Parse(*text, json::kStrangers));
  OTRP_ASSERT_OK_AND_ASSIGN(const json::Value* got, root.GetObject("device"));
  EXPECT_THAT(got->GetString("did"), IsOkAndHolds("/+4="));
  EXPECT_THAT(got->GetString("dialect"), IsOkAndHolds("DIALECT_IETF03"));
  EXPECT_THAT(got->GetString("firstSeen"),
              IsOkAndHolds("1970-01-01T00:00:01Z"));
  EXPECT_THAT(got->GetString("teeName"), IsOkAndHolds("</script>\n\xc3\xa4"));
  EXPECT_TRUE(got->Has("tasks"));
  EXPECT_FALSE(got->Has("lastSeen"));
  EXPECT_THAT(*text, ::testing::Not(HasSubstr("<")));
  common::v1::VerifyAuditLogResponse empty;
  EXPECT_THAT(WriteResponse(empty),
              IsOkAndHolds(R"({"intact":false,"sealedEvents":"0",)"
                           R"("seals":"0","unsealedEvents":"0",)"
                           R"("faults":[],"nextAfterSeal":"0",)"
                           R"("epochs":[]})"));
}

TEST_F(TranscoderTest, AMediaTypeMayHaveItsCharset) {
  for (const char* good :
       {"application/json", "Application/JSON ; charset=UTF-8",
        "application/json;charset=\"utf-8\""}) {
    EXPECT_TRUE(IsMediaType(good, "application/json")) << good;
  }
  for (const char* bad :
       {"", "text/plain", "application/json-seq", "application/jsonx",
        "application/json; charset=utf-16", "application/json, text/plain",
        "application/x-www-form-urlencoded", "application/json; a=b"}) {
    EXPECT_FALSE(IsMediaType(bad, "application/json")) << bad;
  }
}

}  // namespace
}  // namespace rest
}  // namespace otrp
