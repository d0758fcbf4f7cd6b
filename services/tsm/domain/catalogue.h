// The catalogue as devices are judged by it: what is the same for all of them.
// Assignments to groups, labels, conditions and all devices, applications,
// releases without their images, certificates of service providers, and
// decisions to remove. Assignments and decisions about single devices aren't
// here: those are read with the device.
//
// Immutable. A change makes a new catalogue, which shares with the former one
// all that the change doesn't touch.
//
// Thread-safety: values that never change. Errors: none.

#ifndef OTRP_SERVICES_TSM_DOMAIN_CATALOGUE_H_
#define OTRP_SERVICES_TSM_DOMAIN_CATALOGUE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/service/device_conditions.h"
#include "services/tsm/domain/model.h"
#include "services/tsm/domain/signers.h"

namespace otrp {
namespace tsm {

struct CatalogueRelease {
  int64_t id = 0;
  std::string spid;
  std::string taid;
  std::string version;
  bool pull = false;
  bool yanked = false;
  std::string signer_fingerprint;
  // It was signed by then.
  absl::Time signed_by;
};

struct CatalogueApplication {
  std::string spid;
  std::string taid;
  // 0: there is none in that channel.
  int64_t release_id = 0;
  int64_t beta_release_id = 0;
  bool withdrawn = false;
};

// The certificate that is current, or one that was until another took its
// place.
struct CatalogueCertificate {
  std::string spid;
  std::string fingerprint;
};

struct CatalogueRevocation {
  std::string fingerprint;
  absl::Time at;
  // RFC 5280 5.3.1.
  int32_t reason = 0;
};

// Rows that have come since a version; those that were there are replaced.
struct CatalogueChanges {
  int64_t version = 0;
  std::vector<CatalogueCertificate> certificates;
  std::vector<CatalogueCertificate> former_certificates;
  std::vector<CatalogueRevocation> revocations;
  std::vector<CatalogueRelease> releases;
  std::vector<CatalogueApplication> applications;
  // A rule ends the decision about its target, and the other way round.
  std::vector<Rule> rules;
  // kUnassigned and kWithdrawn; the latter ends with the application's
  // withdrawal.
  std::vector<Decision> decisions;
};

class Catalogue {
 public:
  // Of a target, parsed. Without conditions: all devices, or a text that nobody
  // can read, which reaches none.
  struct Reach {
    bool all = false;
    absl::optional<service::DeviceConditions> conditions;
  };
  struct RuleRow {
    Rule rule;
    Reach reach;
  };
  struct DecisionRow {
    Decision decision;
    Reach reach;
  };
  // Those whose target begins with the same word.
  struct Word {
    std::vector<RuleRow> rules;
    std::vector<DecisionRow> decisions;
  };
  struct Provider {
    // Hex; empty: there is none.
    std::string certificate;
    std::set<std::string> former_certificates;
    std::map<std::string, CatalogueApplication> applications;
    std::map<int64_t, CatalogueRelease> releases;
    // Ids by protocol::TaidKey() and version.
    std::multimap<std::pair<std::string, std::string>, int64_t> by_version;
  };

  // Of nothing, at version 0.
  Catalogue() = default;

  std::shared_ptr<const Catalogue> With(const CatalogueChanges& changes) const;

  // Reaches up to this change.
  int64_t version() const { return version_; }
  // Estimate of its memory, shared parts included.
  size_t bytes() const { return bytes_; }

  // Null where there is none; all live as long as the catalogue.
  const Provider* FindProvider(const std::string& spid) const;
  const Word* FindWord(const std::string& word) const;
  // However the TEE writes a UUID.
  const CatalogueRelease* FindRelease(const std::string& spid,
                                      const std::string& taid,
                                      const std::string& version) const;
  bool IsRevoked(const std::string& fingerprint) const;
  // Of the release's signature.
  SignatureFacts FactsOf(const CatalogueRelease& release) const;

 private:
  class Builder;
  using Revocations = std::map<std::string, CatalogueRevocation>;

  int64_t version_ = 0;
  size_t bytes_ = 0;
  std::map<std::string, std::shared_ptr<const Provider>> providers_;
  std::map<std::string, std::shared_ptr<const Word>> words_;
  std::shared_ptr<const Revocations> revocations_ =
      std::make_shared<const Revocations>();
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_CATALOGUE_H_
