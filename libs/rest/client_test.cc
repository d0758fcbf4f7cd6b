// Every route, by the options alone: what the client writes is what the server
// reads.

#include "libs/rest/client.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "libs/rest/mounts.h"
#include "libs/rest/path.h"
#include "libs/rest/problem.h"
#include "libs/rest/transcoder.h"
#include "otrp/ca/v1/ca.pb.h"
#include "otrp/portal/v1/access.pb.h"
#include "otrp/portal/v1/portal.pb.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "otrp/verifier/v1/verifier.pb.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace rest {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::util::MessageDifferencer;
using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

std::unique_ptr<Message> New(const google::protobuf::Descriptor& type) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(&type)
          ->New());
}

// Sets every field, each to another value; of a oneof the `choice`-th.
void Fill(Message* message, int choice, int* counter) {
  const auto& type = *message->GetDescriptor();
  const auto& set = *message->GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    const auto* oneof = field->real_containing_oneof();
    if (oneof != nullptr &&
        field->index_in_oneof() != choice % oneof->field_count()) {
      continue;
    }
    const int n = ++*counter;
    const bool many = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        many ? set.AddInt32(message, field, -n)
             : set.SetInt32(message, field, -n);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        many ? set.AddInt64(message, field, (int64_t{1} << 62) + n)
             : set.SetInt64(message, field, (int64_t{1} << 62) + n);
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        many ? set.AddBool(message, field, true)
             : set.SetBool(message, field, true);
        break;
      case FieldDescriptor::CPPTYPE_ENUM: {
        const auto* value = field->enum_type()->value(1);
        many ? set.AddEnum(message, field, value)
             : set.SetEnum(message, field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        // Of text, what a URL must escape.
        const bool octets = field->type() == FieldDescriptor::TYPE_BYTES;
        const std::string text =
            octets ? absl::StrCat(std::string("\0\xff", 2), n)
                   : absl::StrCat("a/b:?&=#%+ \"\xc3\xa4..", n);
        many ? set.AddString(message, field, text)
             : set.SetString(message, field, text);
        break;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        Message* inner = many ? set.AddMessage(message, field)
                              : set.MutableMessage(message, field);
        if (IsWrittenAsText(*field->message_type())) {
          inner->GetReflection()->SetInt64(
              inner, inner->GetDescriptor()->FindFieldByName("seconds"), n);
        } else {
          Fill(inner, choice, counter);
        }
        break;
      }
      default: FAIL() << field->full_name() << " is of a kind without a value";
    }
  }
}

class ClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<RouteTable> table = NewRouteTable();
    ASSERT_THAT(table, IsOk());
    table_ = *std::move(table);
  }

  // As the front reads it.
  void ExpectSame(const ClientRequest& sent, const Message& request,
                  const Route* by) {
    const size_t mark = std::min(sent.target.find('?'), sent.target.size());
    const absl::StatusOr<Path> path = ParsePath(sent.target.substr(0, mark));
    ASSERT_THAT(path, IsOk()) << sent.target;
    const auto match = table_.Find(sent.method, *path);
    ASSERT_NE(match.route, nullptr) << sent.target;
    if (by != nullptr) {
      EXPECT_EQ(match.route, by);
    }
    EXPECT_EQ(sent.content_type, MediaTypeOf(match.route->body_kind));
    const std::unique_ptr<Message> read = New(*request.GetDescriptor());
    ASSERT_THAT(
        ReadRequest(*match.route, match.variables,
                    sent.target.substr(std::min(mark + 1, sent.target.size())),
                    sent.body, read.get()),
        IsOk())
        << sent.target << " " << sent.body;
    EXPECT_TRUE(MessageDifferencer::Equals(*read, request))
        << sent.target << "\n"
        << read->DebugString();
  }

  template <typename Request>
  absl::StatusOr<ClientRequest> Write(const char* service, const char* backend,
                                      const Request& request) {
    return WriteRequest(table_, backend,
                        *FindRpc(service, *Request::descriptor()), request);
  }

  RouteTable table_;
};

TEST_F(ClientTest, WhatIsWrittenByAnyRouteIsReadAsTheSameRequest) {
  for (const Route& route : table_.routes()) {
    SCOPED_TRACE(route.Name());
    for (int choice = 0; choice < 4; ++choice) {
      const std::unique_ptr<Message> request = New(*route.rpc->input_type());
      int counter = choice;
      Fill(request.get(), choice, &counter);
      const absl::StatusOr<ClientRequest> sent = WriteRequest(route, *request);
      ASSERT_THAT(sent, IsOk());
      ExpectSame(*sent, *request, &route);
    }
  }
}

TEST_F(ClientTest, WhatIsEmptyIsWrittenByARouteThatCanSayIt) {
  portal::v1::CreateInvitationRequest invite;
  invite.set_role("approver");
  OTRP_ASSERT_OK_AND_ASSIGN(
      ClientRequest sent, Write("otrp.portal.v1.Members", "sp_portal", invite));
  EXPECT_EQ(sent.target, "/v1/operators/invitations");
  ExpectSame(sent, invite, nullptr);
  invite.set_spid("acme");
  OTRP_ASSERT_OK_AND_ASSIGN(
      sent, Write("otrp.portal.v1.Members", "sp_portal", invite));
  EXPECT_EQ(sent.target, "/v1/service-providers/acme/invitations");
  ExpectSame(sent, invite, nullptr);
  // A choice that is made, of a value that is empty.
  portal::v1::UnassignRequest unassign;
  unassign.set_spid("acme");
  unassign.set_taid("t");
  unassign.mutable_target()->set_all_devices(false);
  OTRP_ASSERT_OK_AND_ASSIGN(
      sent, Write("otrp.portal.v1.Assignments", "sp_portal", unassign));
  ExpectSame(sent, unassign, nullptr);
}

TEST_F(ClientTest, OctetsAreHexInUrlsAndThemselvesInABodyOfOctets) {
  tsm::v1::GetDeviceRequest device;
  device.set_did(std::string("\0\xff", 2));
  OTRP_ASSERT_OK_AND_ASSIGN(const ClientRequest sent,
                            Write("otrp.tsm.v1.Devices", "tsm", device));
  EXPECT_EQ(sent.method, "GET");
  EXPECT_EQ(sent.target, "/v1/devices/00ff");
}

TEST_F(ClientTest, WhatNoUrlCanHoldIsRefusedByItsField) {
  portal::v1::GetServiceProviderRequest request;
  for (const char* bad : {"", ".", "..", "a\nb", "\xff"}) {
    request.set_spid(bad);
    EXPECT_THAT(Write("otrp.portal.v1.ServiceProviders", "sp_portal", request),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         ::testing::StartsWith("spid: ")))
        << bad;
  }
  request.set_spid(std::string(kMaxPathBytes, 'a'));
  EXPECT_THAT(Write("otrp.portal.v1.ServiceProviders", "sp_portal", request),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ClientTest, AnRpcWithoutARouteIsNamed) {
  EXPECT_THAT(Write("otrp.portal.v1.Authentication", "sp_portal",
                    portal::v1::AuthenticateRequest()),
              StatusIs(absl::StatusCode::kUnimplemented,
                       HasSubstr("Authentication.Authenticate")));
}

// FindRpc() takes the request's type for the RPC's name.
TEST_F(ClientTest, NoTwoRpcsOfAServiceTakeTheSameRequest) {
  size_t rpcs = 0;
  for (const Mount& mount : Mounts()) {
    for (int i = 0; i < mount.file->service_count(); ++i) {
      const auto& service = *mount.file->service(i);
      std::set<const google::protobuf::Descriptor*> requests;
      for (int n = 0; n < service.method_count(); ++n, ++rpcs) {
        const auto& rpc = *service.method(n);
        EXPECT_TRUE(requests.insert(rpc.input_type()).second)
            << rpc.full_name();
        EXPECT_EQ(FindRpc(service.full_name(), *rpc.input_type()), &rpc);
      }
    }
  }
  EXPECT_GT(rpcs, 60);
  EXPECT_EQ(FindRpc("otrp.ca.v1.Nothing",
                    *ca::v1::GetCertificateRequest::descriptor()),
            nullptr);
  EXPECT_EQ(FindRpc("otrp.tsm.v1.Devices",
                    *ca::v1::GetCertificateRequest::descriptor()),
            nullptr);
}

class AnswerTest : public ::testing::Test {
 protected:
  absl::Status Read(const http::Response& answer) {
    return ReadAnswer(answer,
                      *FindRpc("otrp.verifier.v1.PolicyAdmin",
                               *verifier::v1::SetPolicyRequest::descriptor()),
                      &response_);
  }
  absl::Status Read(int status, const std::string& type,
                    const std::string& body) {
    http::Response answer;
    answer.status = status;
    answer.headers = {{"Content-Type", type}, {"Location", "https://evil/"}};
    answer.body = body;
    return Read(answer);
  }
  // What the front makes of it, and the client of that.
  absl::Status Through(const absl::Status& status) {
    return Read(ProblemOf(status, verifier::v1::SetPolicyRequest::descriptor(),
                          "4bf9"));
  }

  verifier::v1::SetPolicyResponse response_;
};

TEST_F(AnswerTest, AnErrorComesBackAsTheServiceGaveIt) {
  for (const absl::StatusCode code :
       {absl::StatusCode::kInvalidArgument, absl::StatusCode::kNotFound,
        absl::StatusCode::kAlreadyExists, absl::StatusCode::kOutOfRange,
        absl::StatusCode::kPermissionDenied, absl::StatusCode::kUnauthenticated,
        absl::StatusCode::kFailedPrecondition, absl::StatusCode::kAborted,
        absl::StatusCode::kResourceExhausted,
        absl::StatusCode::kUnimplemented}) {
    for (const char* text :
         {"expected_version: is 7", "policy.tee_rules[3].min_version: must be",
          "nothing: of a field", "a: b: c", "no field"}) {
      EXPECT_EQ(Through(absl::Status(code, text)), absl::Status(code, text));
    }
  }
}

TEST_F(AnswerTest, AFailureIsToldAsByGrpcWithItsIdInTheLog) {
  EXPECT_EQ(Through(absl::InternalError("secret")),
            absl::InternalError("internal error; the log has it under trace "
                                "4bf9"));
  EXPECT_THAT(Through(absl::UnknownError("secret")),
              StatusIs(absl::StatusCode::kUnknown, HasSubstr("4bf9")));
  EXPECT_THAT(Through(absl::UnavailableError("secret")),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Through(absl::DeadlineExceededError("secret")),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(AnswerTest, WhatAnotherThanTheInterfaceAnswersIsNotBelieved) {
  struct Case {
    int status;
    absl::StatusCode code;
  };
  for (const Case& c : std::initializer_list<Case>{
           {301, absl::StatusCode::kFailedPrecondition},
           {308, absl::StatusCode::kFailedPrecondition},
           {401, absl::StatusCode::kUnauthenticated},
           {403, absl::StatusCode::kPermissionDenied},
           {404, absl::StatusCode::kUnknown},
           {429, absl::StatusCode::kUnavailable},
           {500, absl::StatusCode::kUnknown},
           {502, absl::StatusCode::kUnavailable},
           {504, absl::StatusCode::kDeadlineExceeded}}) {
    for (const char* type :
         {"text/html", "application/problem+json", "application/json"}) {
      EXPECT_THAT(Read(c.status, type, "<evil>"),
                  StatusIs(c.code, Not(HasSubstr("evil"))))
          << c.status << type;
    }
  }
  EXPECT_THAT(Read(200, "text/html", "{}"),
              StatusIs(absl::StatusCode::kUnknown));
  EXPECT_THAT(Read(200, "application/json", "{"),
              StatusIs(absl::StatusCode::kUnknown));
  EXPECT_THAT(Read(400, "application/problem+json", R"({"code":"OK"})"),
              StatusIs(absl::StatusCode::kUnknown));
  EXPECT_THAT(Read(400, "application/problem+json", "[]"),
              StatusIs(absl::StatusCode::kUnknown));
}

TEST_F(AnswerTest, AnAnswerOfANewerServerIsRead) {
  OTRP_EXPECT_OK(
      Read(200, "application/json", R"({"version":"7","newer":{"a":[1]}})"));
}

}  // namespace
}  // namespace rest
}  // namespace otrp
