#include <cstdint>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/refresh_verifier.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "libs/pki/key_kind.h"
#include "otrp/ca/v1/market.grpc.pb.h"
#include "otrp/common/v1/usage.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::ca::v1;
using Stub = v1::AuthorityMarket::Stub;

template <typename Field>
void Split(const std::string& words, Field* field) {
  for (absl::string_view word : absl::StrSplit(words, ',', absl::SkipEmpty())) {
    field->Add(std::string(word));
  }
}

Result AuthorityResult(const v1::Authority& authority) {
  Result result;
  json::Value& value = result.value;
  value.Set("name", json::Value::String(authority.name()));
  value.Set("role", json::Value::String(RoleName(authority.role())));
  value.Set("state", json::Value::String(authority.state()));
  value.Set("issuer", json::Value::String(authority.issuer()));
  value.Set("policies", Strings({authority.policy_oids().begin(),
                                 authority.policy_oids().end()}));
  value.Set("cps_uri", json::Value::String(authority.cps_uri()));
  value.Set("owner", json::Value::String(authority.owner()));
  value.Set("not_after",
            Time(authority.not_after(), authority.has_not_after()));
  return result;
}

// Of --minor-units and --currency, which come together or not at all.
absl::StatusOr<absl::optional<common::v1::SetPriceRequest>> PriceOf(
    const cli::Args& args) {
  if (!args.Has("minor-units") && !args.Has("currency")) return absl::nullopt;
  int64_t amount = 0;
  if (!args.Has("currency") ||
      !absl::SimpleAtoi(args.Get("minor-units"), &amount)) {
    return cli::UsageError(
        "--minor-units and --currency: give both, as --minor-units 45 "
        "--currency EUR");
  }
  common::v1::SetPriceRequest price;
  price.set_kind(absl::StrCat("certificate-", args.Get("role")));
  price.set_party(args.Positional(0));
  price.set_amount_minor(amount);
  price.set_currency(args.Get("currency"));
  return absl::make_optional(std::move(price));
}

absl::StatusOr<Result> CaCreate(const cli::Args& args,
                                Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const auto price, PriceOf(args));
  v1::CreateAuthorityRequest request;
  request.set_line(args.Positional(0));
  OTRP_ASSIGN_OR_RETURN(const auto role, ParseRole(args.Get("role")));
  request.set_role(role);
  request.set_common_name(args.Get("cn"));
  const std::string key = args.Get("key");
  if (!key.empty() && !pki::KeyKindFromWord(key).has_value()) {
    return cli::UsageError(
        absl::StrCat("--key ", key, " is none of ", pki::KeyKindWords()));
  }
  request.set_key(key);
  if (args.Has("days")) {
    int days = 0;
    if (!absl::SimpleAtoi(args.Get("days"), &days) || days < 1) {
      return cli::UsageError(
          absl::StrCat("--days ", args.Get("days"), " is no number of days"));
    }
    request.set_lifetime_days(days);
  }
  Split(args.Get("policy"), request.mutable_policy_oids());
  request.set_cps_uri(args.Get("cps"));
  Split(args.Get("uri-host"), request.mutable_permitted_uri_hosts());
  Split(args.Get("dns"), request.mutable_permitted_dns());
  request.set_owner(args.Get("owner"));
  request.set_vendor(args.Get("vendor"));
  OTRP_ASSIGN_OR_RETURN(const v1::CreateAuthorityResponse response,
                        connections.Call<v1::AuthorityMarket>(
                            Service::kCa, &Stub::CreateAuthority, request));
  Result result = AuthorityResult(response.authority());
  // Nobody has a certificate of it yet: it is never without its price.
  if (price.has_value()) {
    OTRP_RETURN_IF_ERROR(
        connections
            .Call<common::v1::UsageLedger>(
                Service::kCa, &common::v1::UsageLedger::Stub::SetPrice, *price)
            .status());
  }
  // It is a trust anchor, too.
  RefreshVerifier(connections, &result);
  return result;
}

absl::StatusOr<Result> CaPolicies(const cli::Args& args,
                                  Connections& connections) {
  v1::SetAuthorityPoliciesRequest request;
  request.set_line(args.Positional(0));
  Split(args.Get("policy"), request.mutable_policy_oids());
  request.set_cps_uri(args.Get("cps"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::SetAuthorityPoliciesResponse response,
      connections.Call<v1::AuthorityMarket>(
          Service::kCa, &Stub::SetAuthorityPolicies, request));
  return AuthorityResult(response.authority());
}

}  // namespace

std::vector<Command> MarketCommands() {
  const cli::Flag policy = {"policy", "OID[,OID]", false,
                            "certificate policies that it issues by",
                            "policy_oids"};
  const cli::Flag cps = {"cps", "URI", false,
                         "where its practice statement stands", "cps_uri"};
  return {
      {{"ca",
        "create",
        {{"NAME", "line"}},
        {{"role", "tsm|tee|tfw|sp", true, "whose certificates it issues",
          "role"},
         {"cn", "NAME", true, "common name of its certificate", "common_name"},
         policy,
         cps,
         {"minor-units", "N", false,
          "what a certificate costs: cents, where there are such",
          "amount_minor"},
         {"currency", "ISO", false, "of that, as EUR", "currency"},
         {"uri-host", "HOST[,HOST]", false,
          "hosts of the URIs that it may certify, .acme.example for a domain",
          "permitted_uri_hosts"},
         {"dns", "NAME[,NAME]", false, "DNS names that it may certify",
          "permitted_dns"},
         {"owner", "IDENTITY", false,
          "whose it is, as otrp://sp/acme; without, anybody's", "owner"},
         {"vendor", "NAME", false,
          "name of its trust anchor (tee, tfw, sp); its own without", "vendor"},
         {"key", "RSA-2048|RSA-3072|RSA-4096|P-256|P-384", false,
          "kind of its key; as the root's without it", "key"},
         {"days", "N", false, "how long it lives; 15 years without it",
          "lifetime_days"}},
        "Makes an authority of which certificates are got by its name."},
       CaCreate},
      {{"ca",
        "policies",
        {{"NAME", "line"}},
        {policy, cps},
        "Sets the policies that an authority issues by from now on; none "
        "without flags."},
       CaPolicies},
  };
}

}  // namespace otrp::ctl
