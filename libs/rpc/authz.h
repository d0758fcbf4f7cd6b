// Authorization as data: one table per server, method -> callers. What isn't
// in the table is denied.
//
//   const rpc::AuthzTable& Table() {
//     static const auto* table = new rpc::AuthzTable({
//         {"otrp.ca.v1.CertificateAuthority.IssueCertificate",
//          rpc::Effect::kMutates,
//          {rpc::Allow::Service("tsm"), rpc::Allow::Operators()}},
//         ...
//     });
//     return *table;
//   }
//
// The table says which *kind* of caller may call; whether an SP may see a
// certain row is the handler's business (CallContext::caller).
//
// Completeness is a test: authz_test_util.h walks every method of the given
// services by descriptor and names gaps and stale rows.
//
// Thread-safety: immutable after construction.

#ifndef OTRP_LIBS_RPC_AUTHZ_H_
#define OTRP_LIBS_RPC_AUTHZ_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "libs/rpc/identity.h"

namespace otrp {
namespace rpc {

// Whether a method changes state: mutating methods must leave exactly one
// audit record (run.h checks it).
enum class Effect { kReads, kMutates };

class Allow {
 public:
  static Allow Service(absl::string_view name) {
    return Allow(CallerKind::kService, name);
  }
  static Allow Services() { return Allow(CallerKind::kService, ""); }
  // Those who run the suite; approvers too where nothing changes.
  static Allow Operators() {
    return Allow(CallerKind::kOperator, "", Role::kOperator);
  }
  // Of these, those who may change authorities and keys.
  static Allow CaAdmins() {
    return Allow(CallerKind::kOperator, "", Role::kCaAdmin);
  }
  // Those who judge what others submitted.
  static Allow Approvers() {
    return Allow(CallerKind::kOperator, "", Role::kApprover);
  }
  static Allow Auditors() { return Allow(CallerKind::kAuditor, ""); }
  // Callers of an SP with at least this role; its auditors never change
  // anything.
  static Allow Sps(Role least = Role::kAuditor) {
    return Allow(CallerKind::kSp, "", least);
  }

  bool Matches(const Identity& caller, Effect effect) const;

 private:
  Allow(CallerKind kind, absl::string_view name, Role role = Role::kFull)
      : kind_(kind), name_(name), role_(role) {}

  CallerKind kind_;
  // Any name of the kind where empty.
  std::string name_;
  // Which of an operator's roles; the least of an SP's.
  Role role_;
};

struct AuthzRule {
  // Full name with dots: "otrp.ca.v1.CertificateAuthority.IssueCertificate".
  std::string method;
  Effect effect;
  std::vector<Allow> allowed;
};

class AuthzTable {
 public:
  // A method listed twice keeps the first row; the test helper reports it.
  explicit AuthzTable(std::vector<AuthzRule> rules);

  // PERMISSION_DENIED unless the caller may call it. `method` with dots or as
  // gRPC's path ("/otrp.ca.v1.CertificateAuthority/IssueCertificate").
  //
  // Beside the table: health checks are open to every caller that isn't
  // anonymous, reflection to operators and auditors.
  absl::Status Check(absl::string_view method, const Identity& caller) const;

  // Null for a method that isn't in the table. Name with dots.
  const AuthzRule* Find(absl::string_view method) const;

  const std::vector<AuthzRule>& rules() const { return rules_; }

 private:
  std::vector<AuthzRule> rules_;
  std::map<std::string, size_t, std::less<>> by_method_;
};

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_AUTHZ_H_
