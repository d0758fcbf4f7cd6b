// An SP acts for itself and sees itself only.
//
// Thread-safety: functions without state. Errors: NOT_FOUND: another's spid is
// answered as one that doesn't exist.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_TENANCY_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_TENANCY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/rpc/run.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

// Whether the caller may act for `spid`.
absl::Status CheckTenant(const rpc::CallContext& call, absl::string_view spid);

// FAILED_PRECONDITION unless the account is active: nothing is added to one
// that is suspended or closed.
// `state`: as Sp::state.
absl::Status CheckActive(const std::string& spid, const std::string& state);
inline absl::Status CheckActive(const Sp& sp) {
  return CheckActive(sp.spid, sp.state);
}
// The account of a version that was read just now, which must not be deleted.
absl::Status CheckActive(const AppVersion& version);
// Reads the state. NOT_FOUND.
absl::Status CheckActive(Env& env, const std::string& spid);
// The same for what takes away: operators may, of any account.
absl::Status CheckMayTakeAway(const rpc::CallContext& call,
                              const AppVersion& version);
absl::Status CheckMayTakeAway(const rpc::CallContext& call, Env& env,
                              const std::string& spid);

// The taid of the SP's application as it is kept (PortalStore::SpellingOf),
// where the caller may act for `spid`. INVALID_ARGUMENT for what is no name.
absl::StatusOr<std::string> TaidFor(const rpc::CallContext& call, Env& env,
                                    const std::string& spid,
                                    const std::string& taid);

// The version that a request names by spid, taid and version, in whatever words
// ("1.0" for 1.0.0), where the caller may act for the SP. NOT_FOUND.
absl::StatusOr<AppVersion> VersionOf(const rpc::CallContext& call, Env& env,
                                     const std::string& spid,
                                     const std::string& taid,
                                     const std::string& version);
template <typename Request>
absl::StatusOr<AppVersion> VersionFor(const rpc::CallContext& call, Env& env,
                                      const Request& request) {
  return VersionOf(call, env, request.spid(), request.taid(),
                   request.version());
}

// For lists: whose things the caller sees; empty: everybody's. `asked` empty:
// all that there is to see.
absl::StatusOr<std::string> VisibleSpid(const rpc::CallContext& call,
                                        const std::string& asked);
// The same for lists of what applications have. INVALID_ARGUMENT for what is no
// name.
absl::StatusOr<Visible> VisibleTo(const rpc::CallContext& call,
                                  const std::string& asked);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_TENANCY_H_
