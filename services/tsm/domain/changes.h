// What separates a device from what it shall have, in no protocol's terms:
// trust in a service provider's certificates, and components (its
// applications).
//
// Pure. Nothing is removed that no Decision speaks of, and nothing outside of
// the domains that this TSM makes: what is there besides is kept, and told.
//
// A certificate leaves a domain when no version that the device has or shall
// have needs it, and it was replaced or revoked. As long as nobody knows who
// signed something in the domain, none leaves but a revoked one. One that was
// revoked so that nothing of what it signed counts
// (services/tsm/domain/signers.h) leaves at once, though a TEE that checks
// signatures when it loads a TA may then refuse what it signed: nobody knows
// any more whose code that is, and in the domain the certificate would let in
// whatever else the key signs.
//
// Versions only go up: a device that has a higher one keeps it, such as one
// that was taken off a channel which is ahead.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_SERVICES_TSM_DOMAIN_CHANGES_H_
#define OTRP_SERVICES_TSM_DOMAIN_CHANGES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "services/tsm/domain/model.h"
#include "services/tsm/domain/resolve.h"

namespace otrp {
namespace tsm {

struct Change {
  enum class Kind {
    kTrustAdd,
    kTrustRemove,
    kComponentAdd,
    kComponentUpgrade,
    kComponentRemove,
  };
  Kind kind = Kind::kTrustAdd;
  std::string spid;
  // Of components: as the device writes it where it has it, else as the
  // catalogue does.
  std::string taid;
  // Of kComponentAdd and kComponentUpgrade.
  std::string version;
  // Of trust; empty with kTrustRemove: whatever the SP has on the device, which
  // is nothing more.
  std::string certificate;
  // Of trust to add: the SP's current one, which comes first.
  bool current = false;
  // Of trust to remove: it was revoked.
  bool revoked = false;
  // What it follows from: of what is to be on the device. For kTrustAdd of a
  // signer's certificate the first that needs it.
  absl::optional<DesiredTa> wanted;
  // Of what is to leave; unset for a certificate.
  absl::optional<Decision> decision;
};

// Stays, though nothing wants it.
struct Kept {
  std::string sdname;
  std::string spid;
  // Empty: the domain.
  std::string taid;
  std::string version;
  // This TSM put it there, as far as it knows.
  bool ours = false;
};

struct Difference {
  // Of each kind by spid, then taid or certificate.
  std::vector<Change> changes;
  std::vector<Kept> kept;
};

Difference Compare(const Goals& goals,
                   const std::vector<SecurityDomain>& domains);

// "<spid>.sd": where an SP's things are put.
std::string SdNameOf(absl::string_view spid);
// Of that name; others are none of ours.
bool IsHome(const SecurityDomain& domain);

// The newest of `decisions` that says that `ta` is to leave; null: none does.
const Decision* DecisionOn(const std::vector<Decision>& decisions,
                           const SecurityDomain& domain, const InstalledTa& ta);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_CHANGES_H_
