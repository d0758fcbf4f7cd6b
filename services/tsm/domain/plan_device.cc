#include "services/tsm/domain/plan_device.h"

#include <string>
#include <utility>

#include "services/tsm/domain/retry.h"

namespace otrp {
namespace tsm {

protocol::PlanResult PlanDevice(const DeviceContext& context, absl::Time now) {
  std::vector<protocol::WantedTa> wanted;
  for (const DesiredTa& ta : context.desired) {
    // An SP without a current certificate still has the one that signed.
    wanted.push_back({ta.spid, ta.taid, ta.version, ta.signer_fingerprint,
                      ta.current_fingerprint.empty() ? ta.signer_fingerprint
                                                     : ta.current_fingerprint});
  }
  std::vector<protocol::ReportedSd> reported;
  for (const SecurityDomain& domain : context.domains) {
    protocol::ReportedSd sd;
    sd.sdname = domain.sdname;
    sd.spid = domain.spid;
    sd.spcerts = domain.spcerts;
    for (const InstalledTa& ta : domain.tas) {
      sd.tas.push_back({ta.taid, ta.version});
    }
    reported.push_back(std::move(sd));
  }
  return protocol::Plan(wanted, reported, [&](absl::string_view action) {
    return Blocked(context.tasks, std::string(action), now);
  });
}

std::vector<ReportedDomain> DomainsOf(const protocol::Dsi& dsi) {
  std::vector<ReportedDomain> domains;
  for (const protocol::DsiSd& sd : dsi.sds) {
    ReportedDomain domain;
    domain.sdname = sd.name;
    domain.spid = sd.spid;
    for (const protocol::DsiTa& ta : sd.tas) domain.taids.push_back(ta.taid);
    domains.push_back(std::move(domain));
  }
  return domains;
}

Outstanding OutstandingOf(const protocol::PlannedRequest& request) {
  Outstanding outstanding;
  outstanding.kind = request.kind;
  outstanding.action = request.action;
  outstanding.sdname = request.sdname;
  outstanding.spid = request.spid;
  outstanding.taid = request.taid;
  outstanding.version = request.version;
  outstanding.added_certs = request.add_certs;
  outstanding.removed_certs = request.remove_certs;
  return outstanding;
}

void ApplyEffect(const Outstanding& outstanding,
                 std::vector<SecurityDomain>* domains) {
  switch (outstanding.kind) {
    case protocol::MessageKind::kGetDeviceState: return;
    case protocol::MessageKind::kCreateSd:
      ApplyCreateSd(outstanding.sdname, outstanding.spid,
                    outstanding.added_certs, domains);
      return;
    case protocol::MessageKind::kUpdateSd:
      ApplyUpdateSd(outstanding.sdname, outstanding.added_certs,
                    outstanding.removed_certs, domains);
      return;
    case protocol::MessageKind::kDeleteSd:
      ApplyDeleteSd(outstanding.sdname, domains);
      return;
    case protocol::MessageKind::kInstallTa:
    case protocol::MessageKind::kUpdateTa:
      ApplyTaVersion(outstanding.sdname, outstanding.taid, outstanding.version,
                     domains);
      return;
    case protocol::MessageKind::kDeleteTa:
      ApplyDeleteTa(outstanding.sdname, outstanding.taid, domains);
      return;
  }
}

}  // namespace tsm
}  // namespace otrp
