#include "services/tsm/domain/lower_otrp.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/protocol/taid.h"

namespace otrp {
namespace tsm {
namespace {

using protocol::MessageKind;

bool Contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// Eight digits tell certificates apart well enough for a task's name.
std::string Short(const std::string& fingerprint) {
  return fingerprint.substr(0, 8);
}

// Collects what could be done; the first one that isn't stepped over wins.
class Candidates {
 public:
  Candidates(absl::FunctionRef<bool(absl::string_view)> blocked,
             const PlanOptions& options)
      : blocked_(blocked), options_(options) {}

  void Offer(PlannedRequest request) {
    Later(request);
    if (done()) return;
    if (options_.removals_paused && IsRemoval(request)) {
      result_.paused.push_back(request.action);
      return;
    }
    if (blocked_(request.action)) {
      result_.blocked.push_back(request.action);
      return;
    }
    result_.request = std::move(request);
  }

  // Can't be done before something else is.
  void Later(PlannedRequest request) {
    result_.open.push_back(request.action);
    result_.all.push_back(std::move(request));
  }

  PlanResult Take() && {
    result_.reason = done()                 ? PlanResult::Reason::kNext
                     : result_.open.empty() ? PlanResult::Reason::kInStep
                                            : PlanResult::Reason::kBlocked;
    return std::move(result_);
  }

 private:
  bool done() const { return result_.request.has_value(); }

  absl::FunctionRef<bool(absl::string_view)> blocked_;
  const PlanOptions& options_;
  PlanResult result_;
};

class Lowering {
 public:
  Lowering(const std::vector<Change>& changes,
           const std::vector<SecurityDomain>& domains, Candidates* out)
      : changes_(changes), domains_(domains), out_(out) {}

  void Run() {
    Each(Change::Kind::kComponentRemove, &Lowering::DeleteTa);
    LowerTrust();
    Each(Change::Kind::kComponentAdd, &Lowering::ShipTa);
    Each(Change::Kind::kComponentUpgrade, &Lowering::ShipTa);
    Each(Change::Kind::kTrustRemove, &Lowering::DeleteSd);
  }

 private:
  // What one domain's certificates become, of those that have one and of those
  // that get one.
  using TrustOfSps = std::map<std::string, std::vector<const Change*>>;

  void Each(Change::Kind kind, void (Lowering::*lower)(const Change&)) {
    for (const Change& change : changes_) {
      if (change.kind == kind) (this->*lower)(change);
    }
  }

  const SecurityDomain* FindHome(const std::string& spid) const {
    for (const SecurityDomain& domain : domains_) {
      if (domain.spid == spid && IsHome(domain)) return &domain;
    }
    return nullptr;
  }

  bool HasName(const std::string& sdname) const {
    return std::any_of(
        domains_.begin(), domains_.end(),
        [&](const SecurityDomain& domain) { return domain.sdname == sdname; });
  }

  static PlannedRequest Request(MessageKind kind, std::string action,
                                const std::string& spid) {
    PlannedRequest request;
    request.kind = kind;
    request.action = std::move(action);
    request.sdname = SdNameOf(spid);
    request.spid = spid;
    return request;
  }

  void DeleteTa(const Change& change) {
    PlannedRequest request = Request(
        MessageKind::kDeleteTa,
        absl::StrCat("DeleteTA ", change.spid, "/", change.taid), change.spid);
    request.taid = change.taid;
    out_->Offer(std::move(request));
  }

  void LowerTrust() {
    TrustOfSps there;
    TrustOfSps missing;
    for (const Change& change : changes_) {
      const bool trust = change.kind == Change::Kind::kTrustAdd ||
                         change.kind == Change::Kind::kTrustRemove;
      if (!trust || change.certificate.empty()) continue;
      const bool has = FindHome(change.spid) != nullptr;
      (has ? there : missing)[change.spid].push_back(&change);
    }
    for (const auto& [spid, trust] : there) UpdateSd(spid, trust);
    for (const auto& [spid, trust] : missing) CreateSd(spid, trust);
  }

  void UpdateSd(const std::string& spid,
                const std::vector<const Change*>& trust) {
    PlannedRequest request = Request(MessageKind::kUpdateSd, "", spid);
    std::string action = absl::StrCat("UpdateSD ", spid);
    for (const Change* change : trust) {
      const bool adds = change->kind == Change::Kind::kTrustAdd;
      (adds ? request.add_certs : request.remove_certs)
          .push_back(change->certificate);
      absl::StrAppend(&action, adds ? " +" : " -", Short(change->certificate));
    }
    request.action = std::move(action);
    out_->Offer(std::move(request));
  }

  // With the current certificate; an UpdateSD brings others.
  void CreateSd(const std::string& spid,
                const std::vector<const Change*>& trust) {
    PlannedRequest request =
        Request(MessageKind::kCreateSd, absl::StrCat("CreateSD ", spid), spid);
    for (const Change* change : trust) {
      if (change->current) request.add_certs = {change->certificate};
    }
    if (HasName(SdNameOf(spid))) {
      out_->Later(std::move(request));
    } else {
      out_->Offer(std::move(request));
    }
  }

  // Without a domain, its CreateSD was offered before. Without the signer's
  // certificate the TEE would refuse it; the UpdateSD that brings it was
  // offered before.
  void ShipTa(const Change& change) {
    const MessageKind kind = change.kind == Change::Kind::kComponentAdd
                                 ? MessageKind::kInstallTa
                                 : MessageKind::kUpdateTa;
    const DesiredTa& ta = *change.wanted;
    std::string action = absl::StrCat(protocol::MessageName(kind), " ", ta.spid,
                                      "/", ta.taid, "@", ta.version);
    const SecurityDomain* home = FindHome(change.spid);
    PlannedRequest request = Request(kind, std::move(action), change.spid);
    request.taid = change.taid;
    request.version = change.version;
    if (home == nullptr || (!ta.signer_fingerprint.empty() &&
                            !Contains(home->spcerts, ta.signer_fingerprint))) {
      out_->Later(std::move(request));
    } else {
      out_->Offer(std::move(request));
    }
  }

  void DeleteSd(const Change& change) {
    if (!change.certificate.empty()) return;
    PlannedRequest request =
        Request(MessageKind::kDeleteSd,
                absl::StrCat("DeleteSD ", SdNameOf(change.spid)), change.spid);
    const SecurityDomain* home = FindHome(change.spid);
    // Waits until its TAs are gone: deleting them one by one says which one
    // the TEE doesn't let go.
    if (home != nullptr && !home->tas.empty()) {
      out_->Later(std::move(request));
    } else {
      out_->Offer(std::move(request));
    }
  }

  const std::vector<Change>& changes_;
  const std::vector<SecurityDomain>& domains_;
  Candidates* out_;
};

bool Does(const PlannedRequest& request, const Change& change) {
  if (request.spid != change.spid) return false;
  const bool same_ta = protocol::SameTaid(request.taid, change.taid);
  switch (change.kind) {
    case Change::Kind::kTrustAdd:
      return Contains(request.add_certs, change.certificate);
    case Change::Kind::kTrustRemove:
      return change.certificate.empty()
                 ? request.kind == MessageKind::kDeleteSd
                 : Contains(request.remove_certs, change.certificate);
    case Change::Kind::kComponentAdd:
      return request.kind == MessageKind::kInstallTa && same_ta;
    case Change::Kind::kComponentUpgrade:
      return request.kind == MessageKind::kUpdateTa && same_ta;
    case Change::Kind::kComponentRemove:
      return request.kind == MessageKind::kDeleteTa && same_ta;
  }
  return false;
}

}  // namespace

PlanResult LowerToOtrp(const std::vector<Change>& changes,
                       const std::vector<SecurityDomain>& domains,
                       absl::FunctionRef<bool(absl::string_view)> blocked,
                       const PlanOptions& options) {
  Candidates candidates(blocked, options);
  Lowering(changes, domains, &candidates).Run();
  return std::move(candidates).Take();
}

std::vector<Change> DoneBy(const PlannedRequest& request,
                           const std::vector<Change>& changes) {
  std::vector<Change> done;
  for (const Change& change : changes) {
    if (Does(request, change)) done.push_back(change);
  }
  return done;
}

}  // namespace tsm
}  // namespace otrp
