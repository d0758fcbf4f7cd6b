#include "libs/rest/openapi.h"

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.pb.h"
#include "gtest/gtest.h"
#include "libs/json/json.h"
#include "libs/rest/comments.h"
#include "libs/rest/mounts.h"
#include "libs/rest/reference.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace rest {
namespace {

using ::otrp::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;

// A message M with a field page_size and this comment.
std::string SetOf(const std::string& comment) {
  google::protobuf::FileDescriptorSet set;
  auto* file = set.add_file();
  file->set_name("openapi_test.proto");
  auto* message = file->add_message_type();
  message->set_name("M");
  auto* field = message->add_field();
  field->set_name("page_size");
  field->set_number(1);
  field->set_type(google::protobuf::FieldDescriptorProto::TYPE_INT32);
  field->set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
  auto* location = file->mutable_source_code_info()->add_location();
  for (const int step : {4, 0}) location->add_path(step);
  for (const int place : {0, 0, 1}) location->add_span(place);
  location->set_leading_comments(comment);
  return set.SerializeAsString();
}

TEST(CommentsTest, ACommentIsParagraphsWithTheNamesOfJson) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      const Comments comments,
      Comments::Of({SetOf(" At most page_size\n of them.\n\n Or "
                          "no_such_name, Xpage_size.\n")}));
  EXPECT_EQ(comments.Find("M"),
            "At most pageSize of them.\n\nOr no_such_name, Xpage_size.");
  EXPECT_EQ(comments.Find("M.page_size"), "");
  EXPECT_EQ(comments.Find("N"), "");
}

TEST(CommentsTest, WhatIsNoDescriptorIsRefused) {
  EXPECT_FALSE(Comments::Of({"\x01nonsense"}).ok());
}

TEST(CommentsTest, ASentenceEndsNeitherAtEgNorInANumber) {
  EXPECT_EQ(FirstSentence("A version, e.g. \"1.0\" or e.g. more. Next."),
            "A version, e.g. \"1.0\" or e.g. more");
  EXPECT_EQ(FirstSentence("One line\n\nAnother. Third"), "One line");
  EXPECT_EQ(FirstSentence("Only one."), "Only one");
  EXPECT_EQ(FirstSentence(""), "");
}

TEST(OpenApiTest, EveryOperationHasItsOwnName) {
  OTRP_ASSERT_OK_AND_ASSIGN(const RouteTable routes, NewRouteTable());
  std::set<std::string> ids;
  for (const Route& route : routes.routes()) {
    EXPECT_TRUE(ids.insert(OperationId(route)).second) << route.Name();
  }
  for (const char* id : {"listDevices", "listSessionsByDid",
                         "listAuditEventsOfCa", "listApplicationsBySpid"}) {
    EXPECT_EQ(ids.count(id), 1) << id;
  }
}

TEST(OpenApiTest, WhatIsPrettyIsTheSameValue) {
  const char kText[] =
      R"({"a":[],"b":{},"c":[1,"x\"\n",{"d":null}],"e":{"f":true}})";
  const json::Value value = json::Parse(kText, json::kOurs).value();
  const std::string pretty = Pretty(value);
  EXPECT_THAT(pretty, HasSubstr("\n  \"a\": [],\n"));
  OTRP_ASSERT_OK_AND_ASSIGN(const json::Value again,
                            json::Parse(pretty, json::kOurs));
  EXPECT_EQ(again, value);
}

TEST(ReferenceTest, ThePolicyAllowsThePagesStyleAlone) {
  EXPECT_THAT(json::Parse(OpenApiDocument(), json::kOurs), IsOk());
  EXPECT_TRUE(absl::StartsWith(ReferencePage(), "<!DOCTYPE html>"));
  EXPECT_TRUE(absl::EndsWith(ReferencePage(), "</html>\n"));
  EXPECT_THAT(ReferencePolicy(), HasSubstr("default-src 'none'"));
  EXPECT_THAT(ReferencePolicy(), Not(HasSubstr("unsafe")));
  EXPECT_THAT(ReferencePolicy(),
              ::testing::ContainsRegex("'sha256-[A-Za-z0-9+/]{43}='"));
}

}  // namespace
}  // namespace rest
}  // namespace otrp
