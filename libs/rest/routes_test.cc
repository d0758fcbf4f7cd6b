#include "libs/rest/routes.h"

#include "gmock/gmock.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/descriptor.pb.h"
#include "gtest/gtest.h"
#include "libs/rest/mounts.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace rest {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class RoutesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<RouteTable> table = NewRouteTable();
    ASSERT_THAT(table, IsOk());
    table_ = *std::move(table);
  }

  RouteTable::Match Find(absl::string_view method, absl::string_view path) {
    const absl::StatusOr<Path> parsed = ParsePath(path);
    EXPECT_THAT(parsed, IsOk());
    return table_.Find(method, *parsed);
  }

  RouteTable table_;
};

TEST_F(RoutesTest, AMethodAndAPathFindTheirRpc) {
  const auto match = Find(
      "POST", "/v1/service-providers/acme/applications/t/versions/1.0:release");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.route->rpc->full_name(),
            "otrp.portal.v1.Applications.ReleaseVersion");
  EXPECT_EQ(match.route->backend, "sp_portal");
  EXPECT_EQ(match.route->body_kind, BodyKind::kJson);
  EXPECT_THAT(match.variables,
              ElementsAre(Pair("spid", "acme"), Pair("taid", "t"),
                          Pair("version", "1.0")));
}

TEST_F(RoutesTest, TheAuditLogOfEachServiceHasAPathOfItsOwn) {
  for (const auto& [under, backend] :
       {std::pair{"portal", "sp_portal"}, std::pair{"ca", "ca"},
        std::pair{"tsm", "tsm"},
        std::pair{"attestation", "attestation_verifier"}}) {
    const auto match =
        Find("GET", "/v1/" + std::string(under) + "/audit-events");
    ASSERT_NE(match.route, nullptr) << under;
    EXPECT_EQ(match.route->backend, backend);
  }
  EXPECT_EQ(Find("GET", "/v1/audit-events").route, nullptr);
}

TEST_F(RoutesTest, AKnownPathWithAnotherMethodTellsWhichItHas) {
  const auto match = Find("PATCH", "/v1/service-providers");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allow, "GET, HEAD, POST");
  EXPECT_EQ(Find("get", "/v1/devices").route, nullptr);
  EXPECT_EQ(Find("GET", "/v1/nothing").allow, "");
  EXPECT_EQ(Find("GET", "/v2/devices").allow, "");
  EXPECT_EQ(Find("POST", "/v1/devices/00:nothing").allow, "");
}

TEST_F(RoutesTest, HeadIsGet) {
  const auto match = Find("HEAD", "/v1/devices");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.route->method, "GET");
}

// A service with one RPC, in a pool of its own.
class OptionTest : public ::testing::Test {
 protected:
  absl::Status Add(const google::api::HttpRule& rule) {
    google::protobuf::FileDescriptorProto file;
    file.set_name("option_test.proto");
    auto* message = file.add_message_type();
    message->set_name("M");
    const auto field = [message](const char* name, auto type, auto label) {
      auto* added = message->add_field();
      added->set_name(name);
      added->set_number(message->field_size());
      added->set_type(type);
      added->set_label(label);
      if (type == google::protobuf::FieldDescriptorProto::TYPE_MESSAGE) {
        added->set_type_name(".M");
      }
    };
    using Field = google::protobuf::FieldDescriptorProto;
    field("text", Field::TYPE_STRING, Field::LABEL_OPTIONAL);
    field("list", Field::TYPE_STRING, Field::LABEL_REPEATED);
    field("inner", Field::TYPE_MESSAGE, Field::LABEL_OPTIONAL);
    field("octets", Field::TYPE_BYTES, Field::LABEL_OPTIONAL);
    auto* service = file.add_service();
    service->set_name("S");
    for (const char* name : {"A", "B"}) {
      auto* rpc = service->add_method();
      rpc->set_name(name);
      rpc->set_input_type(".M");
      rpc->set_output_type(".M");
      if (*name == 'B') rpc->set_server_streaming(streams_);
      *rpc->mutable_options()->MutableExtension(google::api::http) =
          *name == 'A' ? first_ : rule;
    }
    pools_.push_back(std::make_unique<google::protobuf::DescriptorPool>(
        google::protobuf::DescriptorPool::generated_pool()));
    const auto* built = pools_.back()->BuildFile(file);
    EXPECT_NE(built, nullptr);
    return table_.Add(*built->service(0), "b", "");
  }

  static google::api::HttpRule Post(const char* path, const char* body = "") {
    google::api::HttpRule rule;
    rule.set_post(path);
    rule.set_body(body);
    return rule;
  }

  google::api::HttpRule first_ = Post("/v1/a/{text}");
  bool streams_ = false;
  RouteTable table_;
  std::vector<std::unique_ptr<google::protobuf::DescriptorPool>> pools_;
};

TEST_F(OptionTest, AWrongOptionIsRefusedWithItsRpc) {
  const auto get_with_body = [] {
    google::api::HttpRule rule;
    rule.set_get("/v1/b");
    rule.set_body("*");
    return rule;
  };
  struct Case {
    google::api::HttpRule rule;
    const char* error;
  };
  for (const Case& c :
       std::vector<Case>{{Post("/v1/a/{inner.text}"), "collides with S.A"},
                         {Post("/v1/a/b"), "collides with S.A"},
                         {Post("/v1/b/{missing}"), "missing is no field"},
                         {Post("/v1/b/{text.more}"), "text.more is no field"},
                         {Post("/v1/b/{list}"), "list fits no path"},
                         {Post("/v1/b/{inner}"), "inner fits no path"},
                         {Post("/v1/b/{text}/{text}"), "text comes twice"},
                         {Post("/v1/b/**"), "no template"},
                         {Post("/v1/b", "missing"), "body is no field"},
                         {Post("/v1/b", "text"), "must be a message or bytes"},
                         {Post("/v1/b", "list"), "must be a message or bytes"},
                         {get_with_body(), "GET has no body"},
                         {google::api::HttpRule(), "of no kind"}}) {
    table_ = RouteTable();
    EXPECT_THAT(Add(c.rule), StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr(c.error)));
  }
  streams_ = true;
  table_ = RouteTable();
  EXPECT_THAT(Add(Post("/v1/b")), StatusIs(absl::StatusCode::kInvalidArgument,
                                           HasSubstr("S.B: it streams")));
}

TEST_F(OptionTest, ABodyIsAllOrOneMessageOrOctets) {
  auto rule = Post("/v1/b", "*");
  *rule.add_additional_bindings() = Post("/v1/c", "inner");
  *rule.add_additional_bindings() = Post("/v1/d/{text}", "octets");
  ASSERT_THAT(Add(rule), IsOk());
  ASSERT_EQ(table_.routes().size(), 4);
  EXPECT_EQ(table_.routes()[0].body_kind, BodyKind::kNone);
  EXPECT_EQ(table_.routes()[1].body_kind, BodyKind::kJson);
  EXPECT_EQ(table_.routes()[1].body_field, nullptr);
  EXPECT_EQ(table_.routes()[2].body_field->name(), "inner");
  EXPECT_EQ(table_.routes()[3].body_kind, BodyKind::kOctets);
  EXPECT_EQ(table_.routes()[3].binding, 2);
}

}  // namespace
}  // namespace rest
}  // namespace otrp
