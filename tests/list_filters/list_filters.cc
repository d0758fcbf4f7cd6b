// Asks every list RPC of a running suite for every filter that its request has,
// and holds each answer against the list without the filter.
//
// The filters are read out of the protos: one without a row of kCases fails,
// so does one that leaves out too much, or nothing.
//
// Environment: OTRP_CA_ADDR and so on, OTRP_TLS_DIR (an operator's), as
// otrpctl's. list_filters_test.py makes the rows and starts it.

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/dynamic_message.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/codegen/client_unary_call.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "gtest/gtest.h"
#include "libs/rpc/channel.h"
#include "otrp/ca/v1/authorities.pb.h"
#include "otrp/ca/v1/ca.pb.h"
#include "otrp/ca/v1/issuance.pb.h"
#include "otrp/ca/v1/tsm_ids.pb.h"
#include "otrp/common/v1/common.pb.h"
#include "otrp/common/v1/outbox.pb.h"
#include "otrp/common/v1/usage.pb.h"
#include "otrp/portal/v1/access.pb.h"
#include "otrp/portal/v1/console_sessions.pb.h"
#include "otrp/portal/v1/entitlements.pb.h"
#include "otrp/portal/v1/personalizations.pb.h"
#include "otrp/portal/v1/pipeline.pb.h"
#include "otrp/portal/v1/portal.pb.h"
#include "otrp/portal/v1/publishers.pb.h"
#include "otrp/portal/v1/pull.pb.h"
#include "otrp/portal/v1/rollouts.pb.h"
#include "otrp/portal/v1/uploads.pb.h"
#include "otrp/portal/v1/webhooks.pb.h"
#include "otrp/tsm/v1/identities.pb.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "otrp/verifier/v1/evidence.pb.h"
#include "otrp/verifier/v1/policies.pb.h"
#include "otrp/verifier/v1/policy_drafts.pb.h"
#include "otrp/verifier/v1/reference_values.pb.h"
#include "otrp/verifier/v1/results.pb.h"
#include "otrp/verifier/v1/revocation_sources.pb.h"
#include "otrp/verifier/v1/verifier.pb.h"

namespace otrp {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageLite;
using google::protobuf::MethodDescriptor;
using google::protobuf::Reflection;

// How a filter's value is seen in a row.
enum class Fit {
  // The row's member, or one of them, is the value.
  kSame,
  // It begins with the value: with all of it up to its first dot.
  kBeginsWith,
  // Its hex digits begin with the value.
  kHexBeginsWith,
};

struct Case {
  const char* filter;
  // Of a row.
  const char* member;
  Fit fit;
};

constexpr Case kCases[] = {
    {"otrp.ca.v1.ListCertificatesRequest.profile", "profile", Fit::kSame},
    {"otrp.ca.v1.ListAuthoritiesRequest.role", "role", Fit::kSame},
    {"otrp.ca.v1.ListTrustAnchorsRequest.role", "role", Fit::kSame},
    {"otrp.ca.v1.ListTsmIdsRequest.holder", "holder", Fit::kSame},
    {"otrp.ca.v1.ListIssuanceRequestsRequest.state", "state", Fit::kSame},
    {"otrp.common.v1.ListAuditEventsRequest.subject", "subject", Fit::kSame},
    {"otrp.common.v1.ListAuditEventsRequest.action_prefix", "action",
     Fit::kBeginsWith},
    {"otrp.portal.v1.ListApplicationsRequest.spid", "spid", Fit::kSame},
    {"otrp.portal.v1.ListAssignmentsRequest.spid", "spid", Fit::kSame},
    {"otrp.portal.v1.ListReviewsRequest.spid", "spid", Fit::kSame},
    {"otrp.portal.v1.ListReviewsRequest.state", "state", Fit::kSame},
    {"otrp.portal.v1.ListRolloutsRequest.spid", "spid", Fit::kSame},
    {"otrp.portal.v1.ListRolloutsRequest.taid", "taid", Fit::kSame},
    {"otrp.portal.v1.ListUploadsRequest.spid", "spid", Fit::kSame},
    {"otrp.portal.v1.ListRegistrationsRequest.state", "state", Fit::kSame},
    {"otrp.portal.v1.ListWebhooksRequest.spid", "spid", Fit::kSame},
    {"otrp.portal.v1.ListWebhookDeliveriesRequest.spid", "spid", Fit::kSame},
    {"otrp.portal.v1.ListWebhookDeliveriesRequest.webhook_id", "webhook_id",
     Fit::kSame},
    {"otrp.portal.v1.ListWebhookDeliveriesRequest.state", "state", Fit::kSame},
    {"otrp.tsm.v1.ListDevicesRequest.group", "groups", Fit::kSame},
    {"otrp.tsm.v1.ListDevicesRequest.did_prefix", "did", Fit::kHexBeginsWith},
    {"otrp.tsm.v1.ListDevicesRequest.label", "labels", Fit::kSame},
    {"otrp.tsm.v1.ListSessionsRequest.did", "dids", Fit::kSame},
    {"otrp.verifier.v1.ListAppraisalsRequest.did", "did", Fit::kSame},
};

constexpr size_t kDidDigits = 5;
// Of each filter; more tell nothing new.
constexpr size_t kValues = 8;

struct Service {
  std::string name;
  const char* address;
  // What it serves, beside the audit log.
  std::vector<const FileDescriptor*> files;
};

std::vector<Service> Services() {
  return {
      {"ca",
       "OTRP_CA_ADDR",
       {ca::v1::Certificate::descriptor()->file(),
        ca::v1::LiveCertificates::descriptor()->file(),
        ca::v1::TsmId::descriptor()->file(),
        ca::v1::IssuanceRequest::descriptor()->file(),
        common::v1::UsageEvent::descriptor()->file()}},
      {"tsm",
       "OTRP_TSM_ADDR",
       {tsm::v1::Device::descriptor()->file(),
        tsm::v1::TsmIdentity::descriptor()->file(),
        common::v1::UsageEvent::descriptor()->file()}},
      {"attestation_verifier",
       "OTRP_VERIFIER_ADDR",
       {verifier::v1::Policy::descriptor()->file(),
        verifier::v1::EvidenceKey::descriptor()->file(),
        verifier::v1::PolicyVersion::descriptor()->file(),
        verifier::v1::PolicyDraft::descriptor()->file(),
        verifier::v1::ReferenceValue::descriptor()->file(),
        verifier::v1::ResultKey::descriptor()->file(),
        common::v1::UsageEvent::descriptor()->file()}},
      {"sp_portal",
       "OTRP_PORTAL_ADDR",
       {portal::v1::Application::descriptor()->file(),
        common::v1::OutboxMessage::descriptor()->file(),
        portal::v1::Review::descriptor()->file(),
        portal::v1::Upload::descriptor()->file(),
        portal::v1::ConsoleSession::descriptor()->file(),
        portal::v1::Entitlement::descriptor()->file(),
        portal::v1::Personalization::descriptor()->file(),
        portal::v1::Principal::descriptor()->file(),
        portal::v1::Publisher::descriptor()->file(),
        portal::v1::PullEndpoint::descriptor()->file(),
        portal::v1::Rollout::descriptor()->file(),
        portal::v1::Webhook::descriptor()->file()}},
  };
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool IsPaging(const FieldDescriptor& field) {
  return field.name() == "page_size" || field.name() == "page_token";
}

// One list RPC at one service.
struct List {
  const Service* service;
  const MethodDescriptor* method;
};

std::vector<List> Lists(const std::vector<Service>& services) {
  std::vector<List> lists;
  for (const Service& service : services) {
    std::vector<const FileDescriptor*> files = service.files;
    files.push_back(common::v1::AuditEvent::descriptor()->file());
    for (const FileDescriptor* file : files) {
      for (int i = 0; i < file->service_count(); ++i) {
        for (int j = 0; j < file->service(i)->method_count(); ++j) {
          const MethodDescriptor* method = file->service(i)->method(j);
          if (absl::StartsWith(method->name(), "List")) {
            lists.push_back({&service, method});
          }
        }
      }
    }
  }
  return lists;
}

const Case* FindCase(const FieldDescriptor& filter) {
  for (const Case& row : kCases) {
    if (filter.full_name() == row.filter) return &row;
  }
  return nullptr;
}

// Says whose list it is, as a part of its path: without it, it is another's.
bool IsOwner(const MethodDescriptor& method, const FieldDescriptor& field) {
  const std::string path =
      method.options().GetExtension(google::api::http).get();
  return absl::StrContains(path, absl::StrCat("{", field.name(), "}"));
}

// Lets more in instead of less.
bool Widens(const FieldDescriptor& field) {
  return absl::StartsWith(field.name(), "include_");
}

std::vector<const FieldDescriptor*> FiltersOf(const MethodDescriptor& method) {
  std::vector<const FieldDescriptor*> filters;
  for (int i = 0; i < method.input_type()->field_count(); ++i) {
    const FieldDescriptor* field = method.input_type()->field(i);
    if (IsPaging(*field) || Widens(*field)) continue;
    if (FindCase(*field) == nullptr && IsOwner(method, *field)) continue;
    filters.push_back(field);
  }
  return filters;
}

// The values of a member, each as text; enumerations by their numbers.
std::vector<std::string> ValuesOf(const Message& row, const char* member) {
  const FieldDescriptor* field = row.GetDescriptor()->FindFieldByName(member);
  if (field == nullptr) return {};
  const Reflection& reflection = *row.GetReflection();
  std::vector<std::string> values;
  const int count = field->is_repeated() ? reflection.FieldSize(row, field) : 1;
  for (int i = 0; i < count; ++i) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      values.push_back(absl::StrCat(reflection.GetEnumValue(row, field)));
    } else if (field->is_repeated()) {
      values.push_back(reflection.GetRepeatedString(row, field, i));
    } else {
      values.push_back(reflection.GetString(row, field));
    }
  }
  return values;
}

// What to filter by so that a row with `value` is found.
std::string FilterFor(const Case& row, const std::string& value) {
  switch (row.fit) {
    case Fit::kSame: return value;
    case Fit::kBeginsWith: return value.substr(0, value.find('.') + 1);
    case Fit::kHexBeginsWith:
      return absl::BytesToHexString(value).substr(0, kDidDigits);
  }
  return "";
}

bool Fits(const Case& row, const Message& message, const std::string& filter) {
  const std::vector<std::string> values = ValuesOf(message, row.member);
  return std::any_of(
      values.begin(), values.end(), [&](const std::string& value) {
        return row.fit == Fit::kHexBeginsWith
                   ? absl::StartsWith(absl::BytesToHexString(value), filter)
               : row.fit == Fit::kBeginsWith ? absl::StartsWith(value, filter)
                                             : value == filter;
      });
}

class ListFiltersTest : public ::testing::Test {
 protected:
  // The rows of all pages, in order, as octets.
  std::vector<std::string> RowsOf(const List& list,
                                  const FieldDescriptor* filter,
                                  const std::string& value,
                                  std::vector<std::unique_ptr<Message>>* rows) {
    std::unique_ptr<Message> request = New(list.method->input_type());
    const Reflection& reflection = *request->GetReflection();
    if (filter != nullptr) {
      if (filter->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        reflection.SetEnumValue(request.get(), filter, std::stoi(value));
      } else {
        reflection.SetString(request.get(), filter, value);
      }
    }
    const FieldDescriptor* size =
        list.method->input_type()->FindFieldByName("page_size");
    // Filtered lists have pages too.
    if (size != nullptr) {
      reflection.SetInt32(request.get(), size, filter == nullptr ? 1000 : 2);
    }
    std::vector<std::string> found;
    while (true) {
      std::unique_ptr<Message> response = New(list.method->output_type());
      const grpc::Status status = Call(list, *request, response.get());
      EXPECT_TRUE(status.ok())
          << list.method->full_name() << ": " << status.error_message();
      if (!status.ok()) return found;
      AddRows(*response, &found, rows);
      const FieldDescriptor* next =
          list.method->output_type()->FindFieldByName("next_page_token");
      if (next == nullptr) return found;
      const std::string token =
          response->GetReflection()->GetString(*response, next);
      if (token.empty()) return found;
      reflection.SetString(
          request.get(),
          list.method->input_type()->FindFieldByName("page_token"), token);
    }
  }

 private:
  static void AddRows(const Message& response, std::vector<std::string>* found,
                      std::vector<std::unique_ptr<Message>>* rows) {
    const Reflection& reflection = *response.GetReflection();
    for (int i = 0; i < response.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = response.GetDescriptor()->field(i);
      if (!field->is_repeated() ||
          field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
        continue;
      }
      for (int j = 0; j < reflection.FieldSize(response, field); ++j) {
        const Message& row = reflection.GetRepeatedMessage(response, field, j);
        found->push_back(row.SerializeAsString());
        if (rows == nullptr) continue;
        rows->emplace_back(row.New());
        rows->back()->CopyFrom(row);
      }
    }
  }

  std::unique_ptr<Message> New(const Descriptor* type) {
    return std::unique_ptr<Message>(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(type)
            ->New());
  }

  grpc::Status Call(const List& list, const Message& request,
                    Message* response) {
    std::shared_ptr<grpc::Channel>& channel = channels_[list.service->name];
    if (channel == nullptr) {
      channel =
          rpc::CreateChannel({Environment(list.service->address),
                              list.service->name, Environment("OTRP_TLS_DIR")})
              .value();
    }
    const std::string path = absl::StrCat(
        "/", list.method->service()->full_name(), "/", list.method->name());
    grpc::ClientContext context;
    return grpc::internal::BlockingUnaryCall<MessageLite, MessageLite>(
        channel.get(),
        grpc::internal::RpcMethod(path.c_str(),
                                  grpc::internal::RpcMethod::NORMAL_RPC),
        &context, request, response);
  }

  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_;
};

// Values for a filter that rows of the list have.
std::set<std::string> FiltersFor(
    const Case& row, const std::vector<std::unique_ptr<Message>>& rows) {
  std::set<std::string> filters;
  for (const auto& message : rows) {
    for (const std::string& value : ValuesOf(*message, row.member)) {
      const std::string filter = FilterFor(row, value);
      // The unspecified value and the empty text are no filter.
      if (filter.empty() || filter == "0") continue;
      if (filters.size() < kValues) filters.insert(filter);
    }
  }
  return filters;
}

TEST_F(ListFiltersTest, EveryListHonoursEveryFilterOfItsRequest) {
  const std::vector<Service> services = Services();
  // Of all services that have the list, whether one left rows out.
  std::map<std::string, bool> used;
  for (const List& list : Lists(services)) {
    for (const FieldDescriptor* filter : FiltersOf(*list.method)) {
      SCOPED_TRACE(
          absl::StrCat(filter->full_name(), " at ", list.service->name));
      const Case* row = FindCase(*filter);
      ASSERT_NE(row, nullptr) << "no row of kCases is about it";
      bool& left_out = used[row->filter];
      std::vector<std::unique_ptr<Message>> rows;
      const std::vector<std::string> all = RowsOf(list, nullptr, "", &rows);
      const std::set<std::string> values = FiltersFor(*row, rows);
      EXPECT_FALSE(values.empty()) << "the set-up makes no row for it";
      for (const std::string& value : values) {
        std::vector<std::string> expected;
        for (const auto& message : rows) {
          if (Fits(*row, *message, value)) {
            expected.push_back(message->SerializeAsString());
          }
        }
        EXPECT_FALSE(expected.empty());
        left_out = left_out || expected.size() < all.size();
        const std::vector<std::string> found =
            RowsOf(list, filter, value, nullptr);
        EXPECT_TRUE(found == expected)
            << absl::CHexEscape(value) << ": " << found.size()
            << " rows, expected " << expected.size() << " of " << all.size();
      }
    }
  }
  for (const Case& row : kCases) {
    ASSERT_EQ(used.count(row.filter), 1u) << row.filter << " is no filter";
    EXPECT_TRUE(used[row.filter])
        << row.filter << ": the set-up has no row that it leaves out";
  }
}

// For list_filters_test.py, which knows all protos.
TEST_F(ListFiltersTest, NamesThePackagesThatItKnows) {
  std::set<std::string> packages = {"otrp.common.v1"};
  for (const Service& service : Services()) {
    packages.insert(service.files[0]->package());
  }
  for (const std::string& package : packages) {
    std::printf("package %s\n", package.c_str());
  }
  EXPECT_EQ(packages.size(), Services().size() + 1);
}

}  // namespace
}  // namespace otrp
