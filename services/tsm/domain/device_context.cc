#include "services/tsm/domain/device_context.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace tsm {
namespace {

void Annotate(const Catalogue& catalogue, SecurityDomain* domain) {
  domain->former_certs.clear();
  domain->revoked_certs.clear();
  const Catalogue::Provider* provider = catalogue.FindProvider(domain->spid);
  for (const std::string& cert : domain->spcerts) {
    if (catalogue.IsRevoked(cert)) domain->revoked_certs.push_back(cert);
    if (provider != nullptr && provider->former_certificates.count(cert) > 0) {
      domain->former_certs.push_back(cert);
    }
  }
  for (InstalledTa& ta : domain->tas) {
    const CatalogueRelease* release =
        catalogue.FindRelease(domain->spid, ta.taid, ta.version);
    ta.signer_known = release != nullptr;
    const bool counts =
        release != nullptr && catalogue.FactsOf(*release).Counts();
    ta.signer_fingerprint = counts ? release->signer_fingerprint : "";
  }
}

}  // namespace

void DeviceContext::Decide() {
  DeviceFacts facts;
  for (const std::string& group : groups) {
    facts.marks.insert(absl::StrCat("group:", group));
  }
  for (const std::string& label : labels) {
    facts.marks.insert(absl::StrCat("label:", label));
  }
  facts.marks.insert(absl::StrCat("vendor:", device.tee_vendor));
  facts.tier = device.tier;
  for (SecurityDomain& domain : domains) {
    facts.providers.insert(domain.spid);
    Annotate(*catalogue, &domain);
  }
  goals = Resolve(facts, own, *catalogue);
}

void DeviceContext::SetState(std::string octets, std::string hash,
                             protocol::Dsi parsed) {
  if (state.has_value()) claimed = std::move(state->claimed);
  state = TeeState{std::move(octets), std::move(hash), true, {}};
  dsi = std::move(parsed);
}

absl::StatusOr<const crypto::PublicKey*> TeeKeyOf(DeviceContext& context) {
  if (!context.tee_key.has_value()) {
    OTRP_ASSIGN_OR_RETURN(context.tee_key,
                          crypto::PublicKey::FromSpki(context.device.tee_spki));
  }
  return &*context.tee_key;
}

absl::StatusOr<const protocol::Dsi*> DsiOf(DeviceContext& context) {
  if (!context.dsi.has_value()) {
    OTRP_ASSIGN_OR_RETURN(context.dsi, protocol::ParseDsi(context.state->dsi));
  }
  return &*context.dsi;
}

}  // namespace tsm
}  // namespace otrp
