// Every route of the REST interface, called by every kind of caller through
// the front: the answer is what the services' tables say.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/rest/routes.h"
#include "libs/rest/transcoder.h"
#include "libs/rpc/authz_test_util.h"
#include "tests/rest/callers.h"
#include "tests/rest/front.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace {

using google::protobuf::FieldDescriptor;
using ::otrp::testing::Front;

// A value that the field takes, as paths have it.
std::string ValueOf(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_BYTES: return "00";
    case FieldDescriptor::TYPE_STRING: return "x";
    case FieldDescriptor::TYPE_ENUM: return field.enum_type()->value(1)->name();
    case FieldDescriptor::TYPE_BOOL: return "true";
    default: return "1";
  }
}

std::string TargetOf(const rest::Route& route) {
  std::string target;
  for (const rest::PathTemplate::Segment& segment : route.path.segments()) {
    absl::StrAppend(
        &target, "/",
        segment.is_variable
            ? ValueOf(*rest::FindField(*route.rpc->input_type(), segment.text))
            : segment.text);
  }
  if (!route.path.verb().empty()) {
    absl::StrAppend(&target, ":", route.path.verb());
  }
  return target;
}

absl::StatusOr<http::Response> CallRoute(Front& front, http::Client& client,
                                         const std::string& token,
                                         const rest::Route& route) {
  std::vector<http::Header> headers;
  if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
  std::string body;
  if (route.body_kind != rest::BodyKind::kNone) {
    headers.emplace_back("Content-Type",
                         std::string(rest::MediaTypeOf(route.body_kind)));
    body = route.body_kind == rest::BodyKind::kJson ? "{}" : "x";
  }
  return client.Send(route.method, front.Url(TargetOf(route)), headers, body);
}

std::vector<rpc::Identity> PeopleOfAllKinds() {
  std::vector<rpc::Identity> people;
  for (rpc::Identity& caller : rpc::CallersOfAllKinds()) {
    if (caller.kind == rpc::CallerKind::kService) continue;
    people.push_back(std::move(caller));
  }
  return people;
}

TEST(MatrixTest, EachRouteAnswersEachKindOfCallerAsTheTablesSay) {
  OTRP_ASSERT_OK_AND_ASSIGN(const auto front, Front::Start({}));
  int allowed = 0;
  int refused = 0;
  for (const rpc::Identity& caller : PeopleOfAllKinds()) {
    // Members come with tokens, the others with certificates.
    const bool has_token = !caller.agent.empty();
    const std::string token = has_token ? "good" : "";
    front->tokens.callers["good"] = caller;
    const auto client = front->NewClient(has_token ? "" : caller.ToString());
    ASSERT_NE(client, nullptr);
    for (const rest::Route& route : front->routes().routes()) {
      OTRP_ASSERT_OK_AND_ASSIGN(const http::Response response,
                                CallRoute(*front, *client, token, route));
      const bool may = testing::AuthzTables()
                           .at(route.backend)
                           ->Check(route.rpc->full_name(), caller)
                           .ok();
      EXPECT_EQ(response.status, may ? 501 : 403)
          << route.Name() << " by " << caller.ToString() << ": "
          << response.body;
      ++(may ? allowed : refused);
    }
  }
  EXPECT_GT(allowed, 200);
  EXPECT_GT(refused, 100);
  RecordProperty("allowed", allowed);
  RecordProperty("refused", refused);
}

TEST(MatrixTest, WithoutACredentialNoRouteReachesAService) {
  OTRP_ASSERT_OK_AND_ASSIGN(const auto front, Front::Start({}));
  const auto client = front->NewClient("");
  int tried = 0;
  for (const rest::Route& route : front->routes().routes()) {
    OTRP_ASSERT_OK_AND_ASSIGN(const http::Response response,
                              CallRoute(*front, *client, "", route));
    // Later on, too many tries.
    EXPECT_EQ(response.status, tried < api::kStrangersTriesAtOnce ? 401 : 429)
        << route.Name();
    ++tried;
  }
}

TEST(MatrixTest, EachRouteReachesItsOwnService) {
  for (const auto& [name, table] : testing::AuthzTables()) {
    Front::Options options;
    options.only = name;
    OTRP_ASSERT_OK_AND_ASSIGN(const auto front, Front::Start(options));
    const auto client = front->NewClient("otrp://operator/any");
    int reached = 0;
    for (const rest::Route& route : front->routes().routes()) {
      const bool may =
          table
              ->Check(route.rpc->full_name(), {rpc::CallerKind::kOperator, "a"})
              .ok();
      OTRP_ASSERT_OK_AND_ASSIGN(const http::Response response,
                                CallRoute(*front, *client, "", route));
      const bool wanted = route.backend == name && may;
      EXPECT_EQ(response.status == 501, wanted) << route.Name();
      reached += wanted ? 1 : 0;
    }
    EXPECT_GT(reached, 3) << name;
  }
}

}  // namespace
}  // namespace otrp
