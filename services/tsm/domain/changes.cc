#include "services/tsm/domain/changes.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/protocol/taid.h"

namespace otrp {
namespace tsm {
namespace {

// The wish for one SP.
struct DesiredSp {
  // Of new domains; set where `gives`.
  std::string current_fingerprint;
  // What shall be in the domain, and the first that needs it.
  std::map<std::string, const DesiredTa*> certs;
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
      if (!cert->empty()) sp.certs.emplace(*cert, &ta);
    }
    if (!ta.withheld()) sp.gives = true;
    sp.tas[protocol::TaidKey(ta.taid)] = &ta;
  }
  return wish;
}

const DesiredSp* FindSp(const Wish& wish, const std::string& spid) {
  auto found = wish.find(spid);
  return found == wish.end() ? nullptr : &found->second;
}

const DesiredTa* FindDesired(const DesiredSp* sp, const std::string& taid) {
  if (sp == nullptr) return nullptr;
  auto found = sp->tas.find(protocol::TaidKey(taid));
  return found == sp->tas.end() ? nullptr : found->second;
}

bool Contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// Null: none says that the SP's domain is to go.
const Decision* DecisionOnDomain(const std::vector<Decision>& decisions,
                                 const SecurityDomain& domain) {
  for (const Decision& decision : decisions) {
    if (decision.spid != domain.spid) continue;
    const bool about = decision.kind == Decision::Kind::kProvesLess
                           ? !domain.spcerts.empty()
                           : decision.version > domain.known_in;
    if (about) return &decision;
  }
  return nullptr;
}

Change TrustChange(Change::Kind kind, const std::string& spid,
                   const std::string& certificate) {
  Change change;
  change.kind = kind;
  change.spid = spid;
  change.certificate = certificate;
  return change;
}

class Comparison {
 public:
  explicit Comparison(const Goals& goals)
      : goals_(goals), wish_(GroupBySp(goals.desired)) {}

  Difference Run(const std::vector<SecurityDomain>& domains) && {
    for (const SecurityDomain& domain : domains) {
      if (IsHome(domain)) {
        Visit(domain);
      } else {
        KeepAll(domain);
      }
    }
    for (const auto& [spid, sp] : wish_) {
      if (homes_.count(spid) == 0) Found(spid, sp);
    }
    Sort();
    return std::move(difference_);
  }

 private:
  void Visit(const SecurityDomain& domain) {
    const DesiredSp* sp = FindSp(wish_, domain.spid);
    homes_.insert(domain.spid);
    bool keeps = false;
    for (const InstalledTa& ta : domain.tas) {
      if (FindDesired(sp, ta.taid) != nullptr) continue;
      if (!Remove(domain, ta)) keeps = true;
    }
    if (sp == nullptr) {
      if (!keeps) RemoveDomain(domain);
      return;
    }
    CompareTrust(*sp, domain);
    for (const auto& [key, wanted] : sp->tas) CompareTa(*wanted, &domain);
  }

  void Found(const std::string& spid, const DesiredSp& sp) {
    if (!sp.gives) return;
    for (const auto& [certificate, wanted] : sp.certs) {
      AddTrust(spid, certificate, *wanted,
               certificate == sp.current_fingerprint);
    }
    for (const auto& [key, wanted] : sp.tas) CompareTa(*wanted, nullptr);
  }

  void AddTrust(const std::string& spid, const std::string& certificate,
                const DesiredTa& wanted, bool current) {
    Change change = TrustChange(Change::Kind::kTrustAdd, spid, certificate);
    change.current = current;
    change.wanted = wanted;
    difference_.changes.push_back(std::move(change));
  }

  // False: nobody has decided so.
  bool Remove(const SecurityDomain& domain, const InstalledTa& ta) {
    const Decision* decision = DecisionOn(goals_.decisions, domain, ta);
    if (decision == nullptr) {
      difference_.kept.push_back({domain.sdname, domain.spid, ta.taid,
                                  ta.version, !ta.version.empty()});
      return false;
    }
    Change change;
    change.kind = Change::Kind::kComponentRemove;
    change.spid = domain.spid;
    change.taid = ta.taid;
    change.decision = *decision;
    difference_.changes.push_back(std::move(change));
    return true;
  }

  void RemoveDomain(const SecurityDomain& domain) {
    const Decision* decision = DecisionOnDomain(goals_.decisions, domain);
    if (decision == nullptr) {
      difference_.kept.push_back(
          {domain.sdname, domain.spid, "", "", !domain.spcerts.empty()});
      return;
    }
    Change change = TrustChange(Change::Kind::kTrustRemove, domain.spid, "");
    change.decision = *decision;
    difference_.changes.push_back(std::move(change));
  }

  void KeepAll(const SecurityDomain& domain) {
    difference_.kept.push_back({domain.sdname, domain.spid, "", "", false});
    for (const InstalledTa& ta : domain.tas) {
      difference_.kept.push_back(
          {domain.sdname, domain.spid, ta.taid, ta.version, false});
    }
  }

  void CompareTrust(const DesiredSp& sp, const SecurityDomain& domain) {
    for (const auto& [certificate, wanted] : sp.certs) {
      if (Contains(domain.spcerts, certificate)) continue;
      AddTrust(domain.spid, certificate, *wanted,
               certificate == sp.current_fingerprint);
    }
    bool all_known = true;
    const std::set<std::string> needed = NeededSigners(sp, domain, &all_known);
    for (const std::string& certificate : domain.spcerts) {
      if (sp.certs.count(certificate) > 0 || needed.count(certificate) > 0) {
        continue;
      }
      const bool revoked = Contains(domain.revoked_certs, certificate);
      const bool replaced =
          Contains(domain.former_certs, certificate) && all_known;
      if (!revoked && !replaced) continue;
      Change change =
          TrustChange(Change::Kind::kTrustRemove, domain.spid, certificate);
      change.revoked = revoked;
      difference_.changes.push_back(std::move(change));
    }
  }

  // Of versions that the device has, as far as their signatures count: a TEE
  // that checks them when it loads a TA still needs these.
  static std::set<std::string> NeededSigners(const DesiredSp& sp,
                                             const SecurityDomain& domain,
                                             bool* all_known) {
    std::set<std::string> needed;
    for (const InstalledTa& ta : domain.tas) {
      const DesiredTa* wanted = FindDesired(&sp, ta.taid);
      // Of what has just been installed the catalogue's wish knows.
      const bool is_wanted = wanted != nullptr && wanted->version == ta.version;
      if (!is_wanted && !ta.signer_known) *all_known = false;
      const std::string& signer =
          is_wanted ? wanted->signer_fingerprint : ta.signer_fingerprint;
      if (!signer.empty()) needed.insert(signer);
    }
    return needed;
  }

  // `domain`: null where there is none yet.
  void CompareTa(const DesiredTa& wanted, const SecurityDomain* domain) {
    if (wanted.withheld()) return;
    const InstalledTa* installed = nullptr;
    if (domain != nullptr) {
      for (const InstalledTa& ta : domain->tas) {
        if (protocol::SameTaid(ta.taid, wanted.taid)) installed = &ta;
      }
    }
    if (installed != nullptr &&
        (installed->version == wanted.version ||
         IsHigherVersion(installed->version, wanted.version))) {
      return;
    }
    Change change;
    change.kind = installed == nullptr ? Change::Kind::kComponentAdd
                                       : Change::Kind::kComponentUpgrade;
    change.spid = wanted.spid;
    change.taid = installed == nullptr ? wanted.taid : installed->taid;
    change.version = wanted.version;
    change.wanted = wanted;
    difference_.changes.push_back(std::move(change));
  }

  void Sort() {
    const auto key = [](const Change& c) {
      return std::tie(c.kind, c.spid, c.taid, c.certificate);
    };
    std::sort(
        difference_.changes.begin(), difference_.changes.end(),
        [&](const Change& a, const Change& b) { return key(a) < key(b); });
    const auto place = [](const Kept& k) { return std::tie(k.sdname, k.taid); };
    std::sort(
        difference_.kept.begin(), difference_.kept.end(),
        [&](const Kept& a, const Kept& b) { return place(a) < place(b); });
  }

  const Goals& goals_;
  const Wish wish_;
  // SPs that have their domain.
  std::set<std::string> homes_;
  Difference difference_;
};

}  // namespace

std::string SdNameOf(absl::string_view spid) {
  return absl::StrCat(spid, ".sd");
}

bool IsHome(const SecurityDomain& domain) {
  return domain.sdname == SdNameOf(domain.spid);
}

const Decision* DecisionOn(const std::vector<Decision>& decisions,
                           const SecurityDomain& domain,
                           const InstalledTa& ta) {
  if (!IsHome(domain)) return nullptr;
  for (const Decision& decision : decisions) {
    if (decision.spid != domain.spid ||
        !protocol::SameTaid(decision.taid, ta.taid)) {
      continue;
    }
    // What we didn't put there wasn't put there by that assignment.
    const bool about = decision.kind == Decision::Kind::kProvesLess
                           ? !ta.version.empty()
                           : decision.version > ta.known_in;
    if (about) return &decision;
  }
  return nullptr;
}

Difference Compare(const Goals& goals,
                   const std::vector<SecurityDomain>& domains) {
  return Comparison(goals).Run(domains);
}

}  // namespace tsm
}  // namespace otrp
