#include "services/ca/config.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "libs/base/status_macros.h"
#include "libs/pki/profile.h"
#include "libs/service/common_flags.h"
#include "libs/service/usage_flags.h"
#include "services/ca/issuing_flags.h"
#include "services/ca/limits.h"

OTRP_SERVICE_FLAGS("127.0.0.1:9101", "127.0.0.1:9201", /*db_connections=*/8);

ABSL_FLAG(absl::Duration, client_max_lifetime, otrp::ca::kClientMaxLifetime,
          "The longest life of a certificate of an operator, an auditor or a "
          "service provider's pipeline that may be asked for (ca issue "
          "--lifetime): 16h to 2160h. It is 16h where none is.");
ABSL_FLAG(
    absl::Duration, client_renewable_for, otrp::ca::kClientRenewableFor,
    "How long such a certificate may be renewed by its holder (otrpctl "
    "renew) after it was given first: 16h to 8760h. Then an operator must "
    "give a new one.");

ABSL_FLAG(bool, four_eyes, false,
          "Operators get certificates of services, clients and TSMs only by a "
          "request that another operator approves. Off until there are two: a "
          "fresh installation has one, who makes the second.");

ABSL_FLAG(
    std::vector<std::string>, ca_admins, {},
    "Who of the operators may change authorities and their keys, and give "
    "certificates that may: otrp://operator/NAME for a certificate's "
    "holder, otrp://operator/NAME/member/NAME or .../token/ID for one of "
    "an account. Empty: all of them, as ever.");

namespace otrp {
namespace ca {
namespace {

constexpr absl::Duration kLongestRenewing = absl::Hours(365 * 24);

absl::StatusOr<ClientLives> ClientLivesFromFlags() {
  ClientLives lives;
  lives.max = absl::GetFlag(FLAGS_client_max_lifetime);
  lives.renewable_for = absl::GetFlag(FLAGS_client_renewable_for);
  const absl::Duration least = pki::ProfileFor(pki::Role::kClient).lifetime;
  if (lives.max < least || lives.max > kLongestClientLife) {
    return absl::InvalidArgumentError(
        "--client_max_lifetime: must be 16h to 2160h");
  }
  if (lives.renewable_for < least || lives.renewable_for > kLongestRenewing) {
    return absl::InvalidArgumentError(
        "--client_renewable_for: must be 16h to 8760h");
  }
  return lives;
}

}  // namespace

absl::StatusOr<Config> ConfigFromFlags() {
  Config config;
  OTRP_ASSIGN_OR_RETURN(config.common, service::CommonConfigFromFlags());
  OTRP_ASSIGN_OR_RETURN(config.keep_usage, service::KeepUsageFromFlags());
  OTRP_ASSIGN_OR_RETURN(config.issuing, IssuingConfigFromFlags());
  OTRP_ASSIGN_OR_RETURN(config.client_lives, ClientLivesFromFlags());
  config.four_eyes = absl::GetFlag(FLAGS_four_eyes);
  absl::StatusOr<CaAdmins> admins =
      CaAdmins::Of(absl::GetFlag(FLAGS_ca_admins));
  if (!admins.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", admins.status().message()));
  }
  config.ca_admins = *std::move(admins);
  return config;
}

}  // namespace ca
}  // namespace otrp
