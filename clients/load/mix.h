// What transactions there are, and how often each one is made.
//
// Thread-safety: values and functions without state.
// Errors: INVALID_ARGUMENT, naming what there is.

#ifndef CLIENTS_LOAD_MIX_H_
#define CLIENTS_LOAD_MIX_H_

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp::load {

enum class Kind {
  // A device with nothing gets its security domain and its TA.
  kFirstInstall,
  // A device that has what it should have.
  kHeartbeat,
  // A device gets a newer version of its TA.
  kUpdate,
  // The SP has withdrawn the TA: it goes, and its security domain with it.
  kWithdraw,
  // A first install with every message sent twice.
  kReplay,
  // A first install, given up in the middle and begun anew.
  kAbort,
  // A first install with a message whose signature is wrong, before the right
  // one.
  kBadSignature,
};

inline constexpr std::array<Kind, 7> kKinds = {
    Kind::kFirstInstall, Kind::kHeartbeat, Kind::kUpdate,      Kind::kWithdraw,
    Kind::kReplay,       Kind::kAbort,     Kind::kBadSignature};

// "first-install".
absl::string_view KindName(Kind kind);

// Devices are set up for a role; several kinds may use those of one.
enum class Role { kInstall, kHeartbeat, kUpdate, kWithdraw };
inline constexpr size_t kRoles = 4;
inline constexpr std::array<Role, kRoles> kAllRoles = {
    Role::kInstall, Role::kHeartbeat, Role::kUpdate, Role::kWithdraw};
absl::string_view RoleName(Role role);
absl::StatusOr<Role> RoleFromName(absl::string_view name);
Role RoleOf(Kind kind);

class Mix {
 public:
  // "first-install=9,heartbeat=1": weights, not negative, not all 0. A name
  // without a weight has 1.
  static absl::StatusOr<Mix> Parse(absl::string_view text);

  // `draw` is in [0, 1), `usable` says what may be picked. False when nothing
  // may.
  template <typename Usable>
  bool Pick(double draw, Usable usable, Kind* kind) const {
    double all = 0;
    for (const Part& part : parts_) {
      if (usable(part.kind)) all += part.weight;
    }
    double left = draw * all;
    bool found = false;
    for (const Part& part : parts_) {
      if (!usable(part.kind)) continue;
      *kind = part.kind;
      found = true;
      left -= part.weight;
      if (left < 0) break;
    }
    return found;
  }

  double Weight(Kind kind) const;
  bool Uses(Role role) const;
  std::string ToString() const;

 private:
  struct Part {
    Kind kind;
    double weight;
  };
  std::vector<Part> parts_;
};

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_MIX_H_
