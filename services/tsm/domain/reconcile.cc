#include "services/tsm/domain/reconcile.h"

#include <algorithm>
#include <string>
#include <utility>

#include "libs/protocol/taid.h"

namespace otrp {
namespace tsm {
namespace {

using protocol::MessageKind;

template <typename Domains>
auto FindDomain(Domains* domains, const std::string& sdname) {
  return std::find_if(
      domains->begin(), domains->end(),
      [&](const SecurityDomain& domain) { return domain.sdname == sdname; });
}

template <typename Tas>
auto FindTa(Tas* tas, const std::string& taid) {
  return std::find_if(tas->begin(), tas->end(), [&](const InstalledTa& ta) {
    return protocol::SameTaid(ta.taid, taid);
  });
}

void SortedInsert(const std::string& value, std::vector<std::string>* list) {
  auto at = std::lower_bound(list->begin(), list->end(), value);
  if (at == list->end() || *at != value) list->insert(at, value);
}

void CreateSd(const PlannedRequest& request, int64_t catalogue_version,
              std::vector<SecurityDomain>* domains) {
  auto found = FindDomain(domains, request.sdname);
  if (found == domains->end()) {
    domains->push_back({request.sdname, request.spid, {}, {}});
    found = domains->end() - 1;
    found->known_in = catalogue_version;
  }
  found->spid = request.spid;
  for (const std::string& cert : request.add_certs) {
    SortedInsert(cert, &found->spcerts);
  }
}

void UpdateSd(const PlannedRequest& request, SecurityDomain* domain) {
  std::vector<std::string>& certs = domain->spcerts;
  for (const std::string& cert : request.add_certs) SortedInsert(cert, &certs);
  for (const std::string& cert : request.remove_certs) {
    auto at = std::find(certs.begin(), certs.end(), cert);
    if (at != certs.end()) certs.erase(at);
  }
}

// InstallTA and UpdateTA.
void SetTaVersion(const PlannedRequest& request, int64_t catalogue_version,
                  SecurityDomain* domain) {
  auto ta = FindTa(&domain->tas, request.taid);
  if (ta == domain->tas.end()) {
    domain->tas.push_back({request.taid, request.version, catalogue_version});
  } else {
    *ta = {ta->taid, request.version, catalogue_version};
  }
}

void DeleteTa(const PlannedRequest& request, SecurityDomain* domain) {
  auto ta = FindTa(&domain->tas, request.taid);
  if (ta != domain->tas.end()) domain->tas.erase(ta);
}

}  // namespace

std::vector<SecurityDomain> Reconcile(const std::vector<SecurityDomain>& known,
                                      const std::vector<FormerContent>& former,
                                      const protocol::Dsi& reported,
                                      int64_t catalogue_version) {
  const auto known_since = [&](const std::string& sdname,
                               const std::string& taid) {
    for (const FormerContent& content : former) {
      if (content.sdname == sdname && content.taid.empty() == taid.empty() &&
          protocol::SameTaid(content.taid, taid)) {
        return content.known_in;
      }
    }
    return catalogue_version;
  };
  std::vector<SecurityDomain> domains;
  for (const protocol::DsiSd& report : reported.sds) {
    if (FindDomain(&domains, report.name) != domains.end()) continue;
    SecurityDomain domain;
    domain.sdname = report.name;
    domain.spid = report.spid;
    auto before = FindDomain(&known, report.name);
    // A domain that was made anew for another SP isn't the one we knew.
    const bool same = before != known.end() && before->spid == report.spid;
    if (same) domain.spcerts = before->spcerts;
    domain.known_in = same ? before->known_in : known_since(domain.sdname, "");
    for (const protocol::DsiTa& reported_ta : report.tas) {
      if (FindTa(&domain.tas, reported_ta.taid) != domain.tas.end()) continue;
      InstalledTa ta{reported_ta.taid, "",
                     known_since(domain.sdname, reported_ta.taid)};
      if (same) {
        auto old = FindTa(&before->tas, ta.taid);
        if (old != before->tas.end()) {
          ta.version = old->version;
          ta.known_in = old->known_in;
        }
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

void ApplyEffect(const PlannedRequest& request, int64_t catalogue_version,
                 std::vector<SecurityDomain>* domains) {
  if (request.kind == MessageKind::kCreateSd) {
    CreateSd(request, catalogue_version, domains);
    return;
  }
  auto domain = FindDomain(domains, request.sdname);
  if (domain == domains->end()) return;
  switch (request.kind) {
    case MessageKind::kGetDeviceState:
    case MessageKind::kCreateSd: return;
    case MessageKind::kUpdateSd: UpdateSd(request, &*domain); return;
    case MessageKind::kDeleteSd: domains->erase(domain); return;
    case MessageKind::kInstallTa:
    case MessageKind::kUpdateTa:
      SetTaVersion(request, catalogue_version, &*domain);
      return;
    case MessageKind::kDeleteTa: DeleteTa(request, &*domain); return;
  }
}

}  // namespace tsm
}  // namespace otrp
