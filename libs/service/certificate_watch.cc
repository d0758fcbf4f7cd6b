#include "libs/service/certificate_watch.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/pki/certificate.h"
#include "libs/telemetry/metrics.h"

namespace otrp {
namespace service {
namespace {

constexpr absl::Duration kPeriod = absl::Seconds(10);

absl::Status Look(const std::string& name, const std::string& pem_file) {
  OTRP_ASSIGN_OR_RETURN(const std::string pem, ReadWholeFile(pem_file));
  OTRP_ASSIGN_OR_RETURN(const auto chain, pki::ParsePemBundle(pem));
  if (chain.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("no certificate in \"", pem_file, "\""));
  }
  telemetry::kCertificateExpiry.With(name).Set(
      static_cast<double>(absl::ToUnixSeconds(chain.front().not_after())));
  return absl::OkStatus();
}

}  // namespace

std::unique_ptr<PeriodicTask> WatchCertificate(std::string name,
                                               std::string pem_file) {
  return std::make_unique<PeriodicTask>(
      PeriodicTask::Options{"certificate watch", kPeriod},
      [name = std::move(name), pem_file = std::move(pem_file)] {
        return Look(name, pem_file);
      });
}

}  // namespace service
}  // namespace otrp
