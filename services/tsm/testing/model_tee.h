// A TEE as values: what a planner's requests do to one.
//
// Thread-safety: none. Errors: none.

#ifndef OTRP_SERVICES_TSM_TESTING_MODEL_TEE_H_
#define OTRP_SERVICES_TSM_TESTING_MODEL_TEE_H_

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "libs/protocol/dsi.h"
#include "libs/protocol/messages.h"
#include "services/tsm/domain/model.h"
#include "services/tsm/domain/plan.h"

namespace otrp {
namespace tsm {
namespace testing {

// A TEE that does what it is asked and refuses what a real one would.
class ModelTee {
 public:
  std::vector<SecurityDomain> sds;

  // False, with nothing changed, where a real TEE would answer with an error.
  bool Do(const PlannedRequest& r) {
    SecurityDomain* sd = Find(r.sdname);
    InstalledTa* ta = sd == nullptr ? nullptr : FindTa(sd, r.taid);
    switch (r.kind) {
      case protocol::MessageKind::kCreateSd:
        if (sd != nullptr || r.add_certs.size() != 1) return false;
        sds.push_back({r.sdname, r.spid, r.add_certs, {}});
        return true;
      case protocol::MessageKind::kUpdateSd:
        if (sd != nullptr) UpdateSd(r, sd);
        return sd != nullptr;
      case protocol::MessageKind::kDeleteSd:
        if (sd == nullptr || !sd->tas.empty()) return false;
        sds.erase(sds.begin() + (sd - sds.data()));
        return true;
      case protocol::MessageKind::kInstallTa:
        if (sd == nullptr || ta != nullptr) return false;
        sd->tas.push_back({r.taid, r.version});
        return true;
      case protocol::MessageKind::kUpdateTa:
        if (ta != nullptr) ta->version = r.version;
        return ta != nullptr;
      case protocol::MessageKind::kDeleteTa:
        if (ta == nullptr) return false;
        sd->tas.erase(sd->tas.begin() + (ta - sd->tas.data()));
        return true;
      case protocol::MessageKind::kGetDeviceState: return false;
    }
    return false;
  }

  protocol::Dsi Shows() const {
    protocol::Dsi dsi;
    for (const SecurityDomain& sd : sds) {
      protocol::DsiSd shown = {sd.sdname, sd.spid, {}};
      for (const InstalledTa& ta : sd.tas) shown.tas.push_back({ta.taid, ""});
      dsi.sds.push_back(std::move(shown));
    }
    return dsi;
  }

 private:
  // A TSM that was restored may believe in certificates that aren't there, and
  // not know of others that are.
  static void UpdateSd(const PlannedRequest& r, SecurityDomain* sd) {
    std::vector<std::string>& certs = sd->spcerts;
    for (const std::string& cert : r.remove_certs) {
      certs.erase(std::remove(certs.begin(), certs.end(), cert), certs.end());
    }
    for (const std::string& cert : r.add_certs) {
      if (std::count(certs.begin(), certs.end(), cert) == 0) {
        certs.push_back(cert);
      }
    }
  }

  SecurityDomain* Find(const std::string& sdname) {
    for (SecurityDomain& sd : sds) {
      if (sd.sdname == sdname) return &sd;
    }
    return nullptr;
  }
  static InstalledTa* FindTa(SecurityDomain* sd, const std::string& taid) {
    for (InstalledTa& ta : sd->tas) {
      if (ta.taid == taid) return &ta;
    }
    return nullptr;
  }
};

}  // namespace testing
}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_TESTING_MODEL_TEE_H_
