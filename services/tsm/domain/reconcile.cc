#include "services/tsm/domain/reconcile.h"

#include <algorithm>
#include <utility>

namespace otrp {
namespace tsm {
namespace {

template <typename Domains>
auto FindDomain(Domains* domains, const std::string& sdname) {
  return std::find_if(
      domains->begin(), domains->end(),
      [&](const SecurityDomain& domain) { return domain.sdname == sdname; });
}

template <typename Tas>
auto FindTa(Tas* tas, const std::string& taid) {
  return std::find_if(tas->begin(), tas->end(),
                      [&](const InstalledTa& ta) { return ta.taid == taid; });
}

void SortedInsert(const std::string& value, std::vector<std::string>* list) {
  auto at = std::lower_bound(list->begin(), list->end(), value);
  if (at == list->end() || *at != value) list->insert(at, value);
}

}  // namespace

std::vector<SecurityDomain> Reconcile(
    const std::vector<SecurityDomain>& known,
    const std::vector<ReportedDomain>& reported) {
  std::vector<SecurityDomain> domains;
  for (const ReportedDomain& report : reported) {
    if (FindDomain(&domains, report.sdname) != domains.end()) continue;
    SecurityDomain domain;
    domain.sdname = report.sdname;
    domain.spid = report.spid;
    auto before = FindDomain(&known, report.sdname);
    // A domain that was made anew for another SP isn't the one we knew.
    const bool same = before != known.end() && before->spid == report.spid;
    if (same) domain.spcerts = before->spcerts;
    for (const std::string& taid : report.taids) {
      if (FindTa(&domain.tas, taid) != domain.tas.end()) continue;
      InstalledTa ta{taid, ""};
      if (same) {
        auto old = FindTa(&before->tas, taid);
        if (old != before->tas.end()) ta.version = old->version;
      }
      domain.tas.push_back(std::move(ta));
    }
    domains.push_back(std::move(domain));
  }
  return domains;
}

bool SameDomains(const std::vector<SecurityDomain>& a,
                 const std::vector<SecurityDomain>& b) {
  const auto same_domain = [](const SecurityDomain& x,
                              const SecurityDomain& y) {
    return x.sdname == y.sdname && x.spid == y.spid && x.spcerts == y.spcerts &&
           std::is_permutation(x.tas.begin(), x.tas.end(), y.tas.begin(),
                               y.tas.end());
  };
  return std::is_permutation(a.begin(), a.end(), b.begin(), b.end(),
                             same_domain);
}

void ApplyCreateSd(const std::string& sdname, const std::string& spid,
                   const std::vector<std::string>& spcerts,
                   std::vector<SecurityDomain>* domains) {
  auto found = FindDomain(domains, sdname);
  if (found == domains->end()) {
    domains->push_back({sdname, spid, {}, {}});
    found = domains->end() - 1;
  }
  found->spid = spid;
  for (const std::string& cert : spcerts) {
    SortedInsert(cert, &found->spcerts);
  }
}

void ApplyUpdateSd(const std::string& sdname,
                   const std::vector<std::string>& added,
                   const std::vector<std::string>& removed,
                   std::vector<SecurityDomain>* domains) {
  auto found = FindDomain(domains, sdname);
  if (found == domains->end()) return;
  for (const std::string& cert : added) SortedInsert(cert, &found->spcerts);
  for (const std::string& cert : removed) {
    auto at = std::find(found->spcerts.begin(), found->spcerts.end(), cert);
    if (at != found->spcerts.end()) found->spcerts.erase(at);
  }
}

void ApplyDeleteSd(const std::string& sdname,
                   std::vector<SecurityDomain>* domains) {
  auto found = FindDomain(domains, sdname);
  if (found != domains->end()) domains->erase(found);
}

void ApplyTaVersion(const std::string& sdname, const std::string& taid,
                    const std::string& version,
                    std::vector<SecurityDomain>* domains) {
  auto found = FindDomain(domains, sdname);
  if (found == domains->end()) return;
  auto ta = FindTa(&found->tas, taid);
  if (ta == found->tas.end()) {
    found->tas.push_back({taid, version});
  } else {
    ta->version = version;
  }
}

void ApplyDeleteTa(const std::string& sdname, const std::string& taid,
                   std::vector<SecurityDomain>* domains) {
  auto found = FindDomain(domains, sdname);
  if (found == domains->end()) return;
  auto ta = FindTa(&found->tas, taid);
  if (ta != found->tas.end()) found->tas.erase(ta);
}

}  // namespace tsm
}  // namespace otrp
