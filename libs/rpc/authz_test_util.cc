#include "libs/rpc/authz_test_util.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"

namespace otrp {
namespace rpc {
namespace {

Identity Caller(CallerKind kind, absl::string_view name,
                Role role = Role::kFull) {
  Identity caller;
  caller.kind = kind;
  caller.name = std::string(name);
  caller.role = role;
  if (role != Role::kFull) {
    caller.agent = absl::StrCat("member/", RoleName(role));
  }
  return caller;
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
      new Identity(Caller(CallerKind::kAuditor, "completeness-test"));
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
    const AuthzTable& table, const std::vector<std::string>& services) {
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
    if (rule.effect == Effect::kMutates && AllowsAuditors(rule)) {
      problems.push_back(absl::StrCat("row ", rule.method,
                                      ": auditors may not change anything"));
    }
  }
  return problems;
}

std::vector<std::string> AuthzMatrix(const AuthzTable& table) {
  // One caller of each kind, and each of the suite's processes.
  return Pairs(table, {
                          Caller(CallerKind::kService, "ca"),
                          Caller(CallerKind::kService, "tsm"),
                          Caller(CallerKind::kService, "sp_portal"),
                          Caller(CallerKind::kService, "attestation_verifier"),
                          Caller(CallerKind::kService, "gateway"),
                          Caller(CallerKind::kService, "api"),
                          Caller(CallerKind::kOperator, "any"),
                          Caller(CallerKind::kAuditor, "any"),
                          Caller(CallerKind::kSp, "any"),
                      });
}

std::vector<std::string> AuthzRoleMatrix(const AuthzTable& table) {
  return Pairs(table, {
                          Caller(CallerKind::kOperator, "any", Role::kOperator),
                          Caller(CallerKind::kOperator, "any", Role::kApprover),
                          Caller(CallerKind::kSp, "any", Role::kAuditor),
                          Caller(CallerKind::kSp, "any", Role::kDeveloper),
                          Caller(CallerKind::kSp, "any", Role::kReleaser),
                          Caller(CallerKind::kSp, "any", Role::kOwner),
                      });
}

}  // namespace rpc
}  // namespace otrp
