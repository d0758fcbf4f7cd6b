// DeleteSD and DeleteTA.

#include <algorithm>
#include <string>

#include "clients/device/handlers.h"
#include "clients/device/refusal.h"
#include "libs/base/status_macros.h"

namespace otrp::device {

using json::Value;

absl::Status DeleteSd(const Value&, const Value& content, Change& change,
                      Value&) {
  OTRP_ASSIGN_OR_RETURN(SecurityDomain * sd,
                        OwnSd(change, TextOf(content, "sdname")));
  if (!sd->tas.empty() && !BoolOf(content, "deleteta")) {
    return Refuse(Refusal::kSdNotEmpty,
                  "the security domain holds trusted applications");
  }
  const std::string spid = sd->spid;
  change.state.sds.erase(change.state.sds.begin() +
                         (sd - change.state.sds.data()));
  change.state.DropUnusedAik(change.owner, spid);
  return absl::OkStatus();
}

// The store drops the image and the personalization data with the state that
// referred to them.
absl::Status DeleteTa(const Value&, const Value& content, Change& change,
                      Value&) {
  OTRP_ASSIGN_OR_RETURN(SecurityDomain * sd,
                        OwnSd(change, TextOf(content, "sdname")));
  const InstalledTa* ta = sd->FindTa(TextOf(content, "taid"));
  if (ta == nullptr) {
    return Refuse(Refusal::kTaNotFound,
                  "the security domain holds no such trusted application");
  }
  sd->tas.erase(sd->tas.begin() + (ta - sd->tas.data()));
  return absl::OkStatus();
}

}  // namespace otrp::device
