#include "services/tsm/domain/plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/protocol/taid.h"
#include "services/tsm/domain/resolve.h"
#include "services/tsm/domain/retry.h"

namespace otrp {
namespace tsm {
namespace {

using protocol::MessageKind;

// The wish for one SP.
struct DesiredSp {
  // Of new domains; set where `gives`.
  std::string current_fingerprint;
  // Sorted, each once: what shall be in the domain.
  std::set<std::string> certs;
  // By the keys of their taids.
  std::map<std::string, const DesiredTa*> tas;
  // Whether it has one to install.
  bool gives = false;
};

using Wish = std::map<std::string, DesiredSp>;

Wish GroupBySp(const std::vector<DesiredTa>& desired) {
  Wish wish;
  for (const DesiredTa& ta : desired) {
    DesiredSp& sp = wish[ta.spid];
    // An SP without a current certificate has the image's signer.
    const std::string& first = ta.current_fingerprint.empty()
                                   ? ta.signer_fingerprint
                                   : ta.current_fingerprint;
    if (!first.empty()) sp.current_fingerprint = first;
    for (const std::string* cert :
         {&ta.current_fingerprint, &ta.signer_fingerprint}) {
      if (!cert->empty()) sp.certs.insert(*cert);
    }
    if (!ta.withheld()) sp.gives = true;
    // The last one counts where a TA is wanted twice.
    sp.tas[protocol::TaidKey(ta.taid)] = &ta;
  }
  return wish;
}

const DesiredSp* FindSp(const Wish& wish, const std::string& spid) {
  auto found = wish.find(spid);
  return found == wish.end() ? nullptr : &found->second;
}

// The SP's own domain; others of that SP are leftovers.
bool IsHome(const SecurityDomain& sd) { return sd.sdname == SdNameOf(sd.spid); }

const DesiredTa* FindDesired(const Wish& wish, const SecurityDomain& sd,
                             const std::string& taid) {
  const DesiredSp* sp = FindSp(wish, sd.spid);
  if (sp == nullptr || !IsHome(sd)) return nullptr;
  auto found = sp->tas.find(protocol::TaidKey(taid));
  return found == sp->tas.end() ? nullptr : found->second;
}

bool Contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// Eight digits tell certificates apart well enough for a task's name.
std::string Short(const std::string& fingerprint) {
  return fingerprint.substr(0, 8);
}

// Collects what could be done; the first one that isn't blocked wins.
class Candidates {
 public:
  explicit Candidates(absl::FunctionRef<bool(absl::string_view)> blocked)
      : blocked_(blocked) {}

  bool done() const { return result_.request.has_value(); }

  void Offer(PlannedRequest request) {
    result_.open.push_back(request.action);
    if (done()) return;
    if (blocked_(request.action)) {
      result_.blocked.push_back(request.action);
      return;
    }
    result_.request = std::move(request);
  }

  // Can't be done before something else is.
  void Later(std::string action) { result_.open.push_back(std::move(action)); }

  PlanResult Take() && {
    result_.reason = done()                 ? PlanResult::Reason::kNext
                     : result_.open.empty() ? PlanResult::Reason::kInStep
                                            : PlanResult::Reason::kBlocked;
    return std::move(result_);
  }

 private:
  absl::FunctionRef<bool(absl::string_view)> blocked_;
  PlanResult result_;
};

PlannedRequest Request(MessageKind kind, std::string action,
                       const std::string& sdname, const std::string& spid) {
  PlannedRequest request;
  request.kind = kind;
  request.action = std::move(action);
  request.sdname = sdname;
  request.spid = spid;
  return request;
}

void OfferDeletedTas(const Wish& wish,
                     const std::vector<SecurityDomain>& domains,
                     Candidates* out) {
  for (const SecurityDomain& sd : domains) {
    for (const InstalledTa& ta : sd.tas) {
      if (FindDesired(wish, sd, ta.taid) != nullptr) continue;
      // The domain is in the name where it isn't the SP's usual one.
      PlannedRequest request =
          Request(MessageKind::kDeleteTa,
                  absl::StrCat("DeleteTA ", IsHome(sd) ? sd.spid : sd.sdname,
                               "/", ta.taid),
                  sd.sdname, sd.spid);
      request.taid = ta.taid;
      out->Offer(std::move(request));
    }
  }
}

// Of versions that the device has, as far as their signatures count: a TEE that
// checks them when it loads a TA still needs these.
std::set<std::string> NeededSigners(const DesiredSp& sp,
                                    const SecurityDomain& sd) {
  std::set<std::string> needed;
  for (const InstalledTa& ta : sd.tas) {
    const auto wish = sp.tas.find(protocol::TaidKey(ta.taid));
    // Of what has just been installed the catalogue's wish knows.
    const bool wanted =
        wish != sp.tas.end() && wish->second->version == ta.version;
    const std::string& signer =
        wanted ? wish->second->signer_fingerprint : ta.signer_fingerprint;
    if (!signer.empty()) needed.insert(signer);
  }
  return needed;
}

void OfferCertificates(const Wish& wish,
                       const std::vector<SecurityDomain>& domains,
                       Candidates* out) {
  for (const SecurityDomain& sd : domains) {
    const DesiredSp* sp = FindSp(wish, sd.spid);
    if (sp == nullptr || !IsHome(sd)) continue;
    PlannedRequest request =
        Request(MessageKind::kUpdateSd, "", sd.sdname, sd.spid);
    std::string action = absl::StrCat("UpdateSD ", sd.spid);
    for (const std::string& cert : sp->certs) {
      if (Contains(sd.spcerts, cert)) continue;
      request.add_certs.push_back(cert);
      absl::StrAppend(&action, " +", Short(cert));
    }
    const std::set<std::string> needed = NeededSigners(*sp, sd);
    for (const std::string& cert : sd.spcerts) {
      if (sp->certs.count(cert) > 0 || needed.count(cert) > 0) continue;
      request.remove_certs.push_back(cert);
      absl::StrAppend(&action, " -", Short(cert));
    }
    if (request.add_certs.empty() && request.remove_certs.empty()) continue;
    request.action = std::move(action);
    out->Offer(std::move(request));
  }
}

const SecurityDomain* FindHome(const std::vector<SecurityDomain>& domains,
                               const std::string& spid) {
  for (const SecurityDomain& sd : domains) {
    if (sd.spid == spid && IsHome(sd)) return &sd;
  }
  return nullptr;
}

bool HasName(const std::vector<SecurityDomain>& domains,
             const std::string& sdname) {
  return std::any_of(
      domains.begin(), domains.end(),
      [&](const SecurityDomain& sd) { return sd.sdname == sdname; });
}

void OfferNewDomains(const Wish& wish,
                     const std::vector<SecurityDomain>& domains,
                     Candidates* out) {
  for (const auto& entry : wish) {
    if (FindHome(domains, entry.first) != nullptr) continue;
    if (!entry.second.gives) continue;
    std::string action = absl::StrCat("CreateSD ", entry.first);
    // Where another SP's domain has the name, that one has to go first.
    if (HasName(domains, SdNameOf(entry.first))) {
      out->Later(std::move(action));
      continue;
    }
    PlannedRequest request = Request(MessageKind::kCreateSd, std::move(action),
                                     SdNameOf(entry.first), entry.first);
    request.add_certs = {entry.second.current_fingerprint};
    out->Offer(std::move(request));
  }
}

// Null where there is no domain, or it hasn't the TA.
const InstalledTa* FindTa(const SecurityDomain* sd, const std::string& taid) {
  if (sd == nullptr) return nullptr;
  for (const InstalledTa& ta : sd->tas) {
    if (protocol::SameTaid(ta.taid, taid)) return &ta;
  }
  return nullptr;
}

void OfferTas(const Wish& wish, const std::vector<SecurityDomain>& domains,
              MessageKind kind, Candidates* out) {
  for (const auto& entry : wish) {
    const SecurityDomain* sd = FindHome(domains, entry.first);
    for (const auto& item : entry.second.tas) {
      const DesiredTa& ta = *item.second;
      if (ta.withheld()) continue;
      const InstalledTa* installed = FindTa(sd, ta.taid);
      if ((installed != nullptr) != (kind == MessageKind::kUpdateTa)) continue;
      if (installed != nullptr &&
          (installed->version == ta.version ||
           IsHigherVersion(installed->version, ta.version))) {
        continue;
      }
      std::string action = absl::StrCat(protocol::MessageName(kind), " ",
                                        ta.spid, "/", ta.taid, "@", ta.version);
      // Without a domain, its CreateSD was offered before. Without the
      // signer's certificate the TEE would refuse it; the UpdateSD that brings
      // it was offered before.
      if (sd == nullptr || (!ta.signer_fingerprint.empty() &&
                            !Contains(sd->spcerts, ta.signer_fingerprint))) {
        out->Later(std::move(action));
        continue;
      }
      PlannedRequest request =
          Request(kind, std::move(action), sd->sdname, ta.spid);
      // As the TEE writes it.
      request.taid = installed == nullptr ? ta.taid : installed->taid;
      request.version = ta.version;
      out->Offer(std::move(request));
    }
  }
}

void OfferDeletedDomains(const Wish& wish,
                         const std::vector<SecurityDomain>& domains,
                         Candidates* out) {
  for (const SecurityDomain& sd : domains) {
    if (FindSp(wish, sd.spid) != nullptr && IsHome(sd)) continue;
    std::string action = absl::StrCat("DeleteSD ", sd.sdname);
    // Waits until its TAs are gone: deleting them one by one says which one
    // the TEE doesn't let go.
    if (!sd.tas.empty()) {
      out->Later(std::move(action));
      continue;
    }
    out->Offer(
        Request(MessageKind::kDeleteSd, std::move(action), sd.sdname, sd.spid));
  }
}

}  // namespace

std::string SdNameOf(absl::string_view spid) {
  return absl::StrCat(spid, ".sd");
}

PlanResult Plan(const std::vector<DesiredTa>& desired,
                const std::vector<SecurityDomain>& domains,
                absl::FunctionRef<bool(absl::string_view action)> blocked) {
  const Wish wish = GroupBySp(desired);
  Candidates candidates(blocked);
  OfferDeletedTas(wish, domains, &candidates);
  OfferCertificates(wish, domains, &candidates);
  OfferNewDomains(wish, domains, &candidates);
  OfferTas(wish, domains, MessageKind::kInstallTa, &candidates);
  OfferTas(wish, domains, MessageKind::kUpdateTa, &candidates);
  OfferDeletedDomains(wish, domains, &candidates);
  return std::move(candidates).Take();
}

PlanResult Plan(const DeviceContext& device, absl::Time now) {
  return Plan(device.desired, device.domains, [&](absl::string_view action) {
    return Blocked(device.tasks, action, now);
  });
}

}  // namespace tsm
}  // namespace otrp
