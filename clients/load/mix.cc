#include "clients/load/mix.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace otrp::load {

absl::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kFirstInstall: return "first-install";
    case Kind::kHeartbeat: return "heartbeat";
    case Kind::kUpdate: return "update";
    case Kind::kWithdraw: return "withdraw";
    case Kind::kReplay: return "replay";
    case Kind::kAbort: return "abort";
    case Kind::kBadSignature: return "bad-signature";
  }
  return "";
}

absl::string_view RoleName(Role role) {
  switch (role) {
    case Role::kInstall: return "install";
    case Role::kHeartbeat: return "heartbeat";
    case Role::kUpdate: return "update";
    case Role::kWithdraw: return "withdraw";
  }
  return "";
}

absl::StatusOr<Role> RoleFromName(absl::string_view name) {
  for (const Role role : kAllRoles) {
    if (RoleName(role) == name) return role;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "role \"", name, "\" is unknown: install, heartbeat, update, withdraw"));
}

Role RoleOf(Kind kind) {
  switch (kind) {
    case Kind::kHeartbeat: return Role::kHeartbeat;
    case Kind::kUpdate: return Role::kUpdate;
    case Kind::kWithdraw: return Role::kWithdraw;
    default: return Role::kInstall;
  }
}

absl::StatusOr<Mix> Mix::Parse(absl::string_view text) {
  Mix mix;
  double all = 0;
  for (const absl::string_view word : absl::StrSplit(text, ',')) {
    const std::vector<absl::string_view> sides =
        absl::StrSplit(word, absl::MaxSplits('=', 1));
    double weight = 1;
    if (sides.size() == 2 && (!absl::SimpleAtod(sides[1], &weight) ||
                              !(weight >= 0) || !std::isfinite(weight))) {
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", word, "\": a weight is a number that isn't negative"));
    }
    const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](Kind k) {
      return KindName(k) == sides[0];
    });
    if (kind == kKinds.end()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", sides[0], "\" is no transaction; there are: ",
          absl::StrJoin(kKinds, ", ", [](std::string* out, Kind k) {
            absl::StrAppend(out, KindName(k));
          })));
    }
    if (mix.Weight(*kind) > 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", sides[0], "\" is given twice"));
    }
    if (weight > 0) mix.parts_.push_back({*kind, weight});
    all += weight;
  }
  if (!(all > 0)) {
    return absl::InvalidArgumentError("one weight must be above 0");
  }
  return mix;
}

double Mix::Weight(Kind kind) const {
  for (const Part& part : parts_) {
    if (part.kind == kind) return part.weight;
  }
  return 0;
}

bool Mix::Uses(Role role) const {
  return std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) {
    return RoleOf(part.kind) == role;
  });
}

std::string Mix::ToString() const {
  return absl::StrJoin(parts_, ",", [](std::string* out, const Part& part) {
    absl::StrAppend(out, KindName(part.kind), "=", part.weight);
  });
}

}  // namespace otrp::load
