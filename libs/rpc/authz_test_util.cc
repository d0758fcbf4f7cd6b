#include "libs/rpc/authz_test_util.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"

namespace otrp {
namespace rpc {
namespace {

Identity Member(CallerKind kind, Role role) {
  Identity member(kind, "any");
  member.role = role;
  member.agent = absl::StrCat("member/", RoleName(role));
  return member;
}

// One of each kind, and each of the suite's processes.
std::vector<Identity> Certificates() {
  return {{CallerKind::kService, "ca"},
          {CallerKind::kService, "tsm"},
          {CallerKind::kService, "sp_portal"},
          {CallerKind::kService, "attestation_verifier"},
          {CallerKind::kService, "gateway"},
          {CallerKind::kService, "api"},
          {CallerKind::kOperator, "any"},
          {CallerKind::kAuditor, "any"},
          {CallerKind::kSp, "any"}};
}

std::vector<Identity> Members() {
  return {Member(CallerKind::kOperator, Role::kOperator),
          Member(CallerKind::kOperator, Role::kApprover),
          Member(CallerKind::kSp, Role::kAuditor),
          Member(CallerKind::kSp, Role::kDeveloper),
          Member(CallerKind::kSp, Role::kReleaser),
          Member(CallerKind::kSp, Role::kOwner)};
}

// The lines of all pairs that are allowed.
std::vector<std::string> Pairs(const AuthzTable& table,
                               const std::vector<Identity>& callers) {
  std::vector<std::string> lines;
  for (const AuthzRule& rule : table.rules()) {
    for (const Identity& caller : callers) {
      if (table.Check(rule.method, caller).ok()) {
        lines.push_back(absl::StrCat(rule.method, " <- ", caller.ToString()));
      }
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

const Identity& AnyAuditor() {
  static const auto* auditor =
      new Identity(CallerKind::kAuditor, "completeness-test");
  return *auditor;
}

bool AllowsAuditors(const AuthzRule& rule) {
  return std::any_of(rule.allowed.begin(), rule.allowed.end(),
                     [&](const Allow& allow) {
                       return allow.Matches(AnyAuditor(), rule.effect);
                     });
}

}  // namespace

std::vector<std::string> ServicesOf(
    const std::vector<const google::protobuf::FileDescriptor*>& files) {
  std::vector<std::string> names;
  for (const google::protobuf::FileDescriptor* file : files) {
    for (int i = 0; i < file->service_count(); ++i) {
      names.push_back(file->service(i)->full_name());
    }
  }
  return names;
}

std::vector<std::string> AuthzProblems(
    const AuthzTable& table, const std::vector<std::string>& services,
    const std::vector<std::string>& of_their_own) {
  std::vector<std::string> problems;
  std::set<std::string> offered;
  std::map<std::string, std::string> method_of_request;
  for (const std::string& service : services) {
    const google::protobuf::ServiceDescriptor* descriptor =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
            service);
    if (descriptor == nullptr) {
      problems.push_back(
          absl::StrCat("service ", service, " isn't linked or doesn't exist"));
      continue;
    }
    for (int i = 0; i < descriptor->method_count(); ++i) {
      const auto* method = descriptor->method(i);
      offered.insert(method->full_name());
      const auto [it, is_new] = method_of_request.emplace(
          method->input_type()->full_name(), method->full_name());
      if (!is_new) {
        problems.push_back(absl::StrCat(method->full_name(), " and ",
                                        it->second, " share the request ",
                                        it->first));
      }
      if (table.Find(method->full_name()) == nullptr) {
        problems.push_back(
            absl::StrCat("method ", method->full_name(), " has no row"));
      }
    }
  }
  std::set<std::string> listed;
  for (const AuthzRule& rule : table.rules()) {
    if (offered.count(rule.method) == 0) {
      problems.push_back(
          absl::StrCat("row ", rule.method, ": no such method is offered"));
    }
    if (!listed.insert(rule.method).second) {
      problems.push_back(absl::StrCat("row ", rule.method, ": listed twice"));
    }
    if (rule.allowed.empty()) {
      problems.push_back(absl::StrCat("row ", rule.method, ": allows nobody"));
    }
    const bool is_own =
        std::count(of_their_own.begin(), of_their_own.end(), rule.method) > 0;
    if (rule.effect == Effect::kMutates && !is_own && AllowsAuditors(rule)) {
      problems.push_back(absl::StrCat("row ", rule.method,
                                      ": auditors may not change anything"));
    }
  }
  return problems;
}

std::vector<Identity> CallersOfAllKinds() {
  std::vector<Identity> callers = Certificates();
  const std::vector<Identity> members = Members();
  callers.insert(callers.end(), members.begin(), members.end());
  return callers;
}

std::vector<std::string> AuthzMatrix(const AuthzTable& table) {
  return Pairs(table, Certificates());
}

std::vector<std::string> AuthzRoleMatrix(const AuthzTable& table) {
  return Pairs(table, Members());
}

}  // namespace rpc
}  // namespace otrp
