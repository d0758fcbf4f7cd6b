// What every RPC of a server has in common: its authorization table, its name
// in logs and metrics.
//
// An Env has a member `const rpc::Guard& guard;` (or a pointer), which run.h
// uses.
//
// Thread-safety: immutable after construction.

#ifndef OTRP_LIBS_RPC_GUARD_H_
#define OTRP_LIBS_RPC_GUARD_H_

#include <functional>
#include <string>
#include <utility>

#include "libs/rpc/authz.h"
#include "libs/rpc/keyed_calls.h"

namespace otrp {
namespace rpc {

class Guard {
 public:
  enum class AuditCheck {
    // A mutating RPC that succeeded with other than one audit record is
    // logged as an error and counted.
    kReport,
    // It also fails with INTERNAL. For tests.
    kEnforce,
  };

  // What a caller is at this service: the same one with another role.
  using Roles = std::function<Identity(Identity)>;

  // `table` and `keyed_calls` must outlive the guard. Without the latter a call
  // with an idempotency key is refused; without `roles` callers have those that
  // they come with.
  Guard(std::string service_name, const AuthzTable& table,
        AuditCheck audit_check = AuditCheck::kReport,
        KeyedCalls* keyed_calls = nullptr, Roles roles = nullptr)
      : service_name_(std::move(service_name)),
        table_(table),
        audit_check_(audit_check),
        keyed_calls_(keyed_calls),
        roles_(std::move(roles)) {}

  const std::string& service_name() const { return service_name_; }
  const AuthzTable& table() const { return table_; }
  AuditCheck audit_check() const { return audit_check_; }
  // Null where it has none.
  KeyedCalls* keyed_calls() const { return keyed_calls_; }
  // The caller as handlers and the table see it.
  Identity Here(Identity caller) const {
    return roles_ == nullptr ? std::move(caller) : roles_(std::move(caller));
  }

 private:
  std::string service_name_;
  const AuthzTable& table_;
  AuditCheck audit_check_;
  KeyedCalls* keyed_calls_;
  Roles roles_;
};

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_GUARD_H_
