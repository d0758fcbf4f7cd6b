// What a device has, put together from what its TEE reports and what we
// remember: the DSI tells domains and TAs, but neither the versions of TAs
// nor the SP certificates in a domain.
//
// Pure functions over values.

#ifndef OTRP_SERVICES_TSM_DOMAIN_RECONCILE_H_
#define OTRP_SERVICES_TSM_DOMAIN_RECONCILE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/tsm/domain/model.h"

namespace otrp {
namespace tsm {

// A security domain as the DSI reports it.
struct ReportedDomain {
  std::string sdname;
  std::string spid;
  std::vector<std::string> taids;
};

// What the TEE reports is true; versions and certificates are kept for what
// we know and empty for what we don't.
std::vector<SecurityDomain> Reconcile(
    const std::vector<SecurityDomain>& known,
    const std::vector<ReportedDomain>& reported);

// True where both have the same domains with the same TAs, in any order.
bool SameDomains(const std::vector<SecurityDomain>& a,
                 const std::vector<SecurityDomain>& b);

// --- Effects of requests that the TEE answered with "pass" -------------------
// What isn't there already, or is there in spite of the effect, is no error:
// the TEE's next report decides.

void ApplyCreateSd(const std::string& sdname, const std::string& spid,
                   const std::vector<std::string>& spcerts,
                   std::vector<SecurityDomain>* domains);
void ApplyUpdateSd(const std::string& sdname,
                   const std::vector<std::string>& added,
                   const std::vector<std::string>& removed,
                   std::vector<SecurityDomain>* domains);
void ApplyDeleteSd(const std::string& sdname,
                   std::vector<SecurityDomain>* domains);
// InstallTA and UpdateTA.
void ApplyTaVersion(const std::string& sdname, const std::string& taid,
                    const std::string& version,
                    std::vector<SecurityDomain>* domains);
void ApplyDeleteTa(const std::string& sdname, const std::string& taid,
                   std::vector<SecurityDomain>* domains);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_RECONCILE_H_
