// otrp.common.v1.UsageLedger, as services with a ledger offer it over their own
// schema.
//
// Add UsageLedgerRules() to the service's authorization table and
// "otrp.common.v1.UsageLedger" to the services of its completeness test.
//
// Thread-safety: thread-safe. Errors: INVALID_ARGUMENT for bad fields; else as
// libs/store/pool.h.

#ifndef OTRP_LIBS_SERVICE_USAGE_SERVICE_H_
#define OTRP_LIBS_SERVICE_USAGE_SERVICE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/impl/codegen/service_type.h"
#include "libs/rpc/authz.h"
#include "libs/rpc/guard.h"
#include "libs/rpc/identity.h"
#include "libs/store/pool.h"

namespace otrp {
namespace service {

// Operators set prices; operators, auditors and service providers read.
std::vector<rpc::AuthzRule> UsageLedgerRules();

struct UsageLedgerOptions {
  // What this service counts.
  std::vector<std::string> kinds;
  // Whether a service provider's caller may see what is asked of `party`. One
  // who may not hears nothing of it.
  std::function<bool(const rpc::Identity& caller, const std::string& party)>
      sees_price;
  // Authorities that are the caller's, all of whose events it may see. Null:
  // there are none.
  std::function<std::vector<std::string>(const rpc::Identity& caller)> owned =
      nullptr;
};

// Sees what is asked of everybody and of itself.
bool SeesOwnPrice(const rpc::Identity& caller, const std::string& party);

// `guard` and `pool` must outlive the service.
std::unique_ptr<grpc::Service> NewUsageLedgerService(
    const rpc::Guard& guard, store::Pool& pool, UsageLedgerOptions options);

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_USAGE_SERVICE_H_
