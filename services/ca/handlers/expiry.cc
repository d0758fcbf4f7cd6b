#include "services/ca/handlers/expiry.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "libs/service/paging.h"
#include "services/ca/errors.h"
#include "services/ca/handlers/convert.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

// "1800000000/1f": the last row's end and serial.
absl::StatusOr<CaStore::EndKey> KeyOf(const std::string& token) {
  CaStore::EndKey key;
  if (token.empty()) return key;
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(token, absl::MaxSplits('/', 1));
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(parts.first, &seconds)) return service::BadPageToken();
  key.not_after = absl::FromUnixSeconds(seconds);
  key.serial = parts.second;
  return key;
}

}  // namespace

absl::Status FindExpiringCertificates(
    const rpc::CallContext&, Env& env,
    const v1::FindExpiringCertificatesRequest& request,
    v1::FindExpiringCertificatesResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(const CaStore::EndKey after, KeyOf(page.after()));
  OTRP_ASSIGN_OR_RETURN(const CertificateFilter filter,
                        FilterFromProto(request.profile()));
  const int64_t most = absl::ToInt64Seconds(kMaxExpiryHorizon);
  if (request.within_seconds() < 0 || request.within_seconds() > most) {
    return errors::BadHorizon(most);
  }
  const absl::Duration within = request.within_seconds() == 0
                                    ? kExpiryHorizon
                                    : absl::Seconds(request.within_seconds());
  const absl::Time now = env.clock.Now();
  OTRP_ASSIGN_OR_RETURN(
      std::vector<CertificateRecord> certificates,
      env.store.ListExpiring(filter, now, now + within, after, page.limit()));
  page.Finish(certificates, response, [](const CertificateRecord& certificate) {
    return absl::StrCat(absl::ToUnixSeconds(certificate.not_after), "/",
                        certificate.serial);
  });
  for (const CertificateRecord& certificate : certificates) {
    *response.add_certificates() = ToProto(certificate);
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace ca
}  // namespace otrp
