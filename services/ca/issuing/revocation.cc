#include "services/ca/issuing/revocation.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/pki/crl.h"
#include "libs/telemetry/metrics.h"
#include "services/ca/errors.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace {

absl::Time WholeSeconds(absl::Time time) {
  return absl::FromUnixSeconds(absl::ToUnixSeconds(time));
}

}  // namespace

absl::Status Revocation::PublishCrl(const std::string& name) {
  const AuthorityPtr authority = authorities_.Find(name);
  if (authority == nullptr) return errors::AuthorityNotFound(name);
  const absl::Time now = WholeSeconds(clock_.Now());
  // A database that went back in time has forgotten the last number, but not
  // what time it is (RFC 5280 5.2.3).
  return store_.ReplaceCrl(
      name, now - kCrlLifetime, absl::ToUnixMillis(clock_.Now()),
      [&](int64_t number, const std::vector<crypto::RevokedEntry>& revoked)
          -> absl::StatusOr<CrlRecord> {
        pki::CrlTemplate crl;
        crl.number = number;
        crl.this_update = now - kBackdate;
        crl.next_update = now + kCrlLifetime;
        crl.revoked = revoked;
        OTRP_ASSIGN_OR_RETURN(
            const pki::Crl made,
            pki::IssueCrl(crl, authority->certificate, authority->key));
        // Before it leaves, as a relying party will.
        const absl::Status good = made.Verify(authority->certificate, now);
        if (!good.ok()) {
          return absl::InternalError(
              absl::StrCat("the signed CRL doesn't verify: ", good.message()));
        }
        return CrlRecord{number, made.der(), crl.this_update, crl.next_update};
      });
}

absl::Status Revocation::PublishStaleCrls() {
  OTRP_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                        store_.StaleCrls(clock_.Now() + kCrlLifetime / 2));
  for (const std::string& name : names) {
    // One that was made just now, of which this replica hears in a moment.
    if (authorities_.Find(name) == nullptr) continue;
    OTRP_RETURN_IF_ERROR(PublishCrl(name));
  }
  for (const auto& [name, authority] : authorities_.all()) {
    OTRP_ASSIGN_OR_RETURN(const CrlRecord crl, store_.GetCrl(name));
    telemetry::kCrlExpiry.With(name).Set(
        static_cast<double>(absl::ToUnixSeconds(crl.next_update)));
    telemetry::kCertificateExpiry.With(name).Set(static_cast<double>(
        absl::ToUnixSeconds(authority->certificate.not_after())));
  }
  return absl::OkStatus();
}

}  // namespace ca
}  // namespace otrp
