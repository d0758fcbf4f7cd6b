#include "services/ca/issuing_flags.h"

#include "absl/flags/flag.h"
#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"

ABSL_FLAG(std::string, kek_file, "",
          "File with the key that seals the authorities' private keys: 32 "
          "octets, or 64 hexadecimal digits. The same for all replicas.");
ABSL_FLAG(std::string, pki_url, "",
          "Where devices and others find CRLs, OCSP and issuers' certificates, "
          "e.g. http://pki.example.com; empty leaves it out of certificates.");

namespace otrp {
namespace ca {
namespace {

constexpr size_t kKekBytes = 32;

}  // namespace

absl::StatusOr<IssuingConfig> IssuingConfigFromFlags() {
  IssuingConfig config;
  const std::string url = absl::GetFlag(FLAGS_pki_url);
  // Paths are added with a slash of their own.
  config.pki_url = std::string(absl::StripSuffix(url, "/"));
  OTRP_ASSIGN_OR_RETURN(
      config.kek, config::ReadKeyFile("kek_file", absl::GetFlag(FLAGS_kek_file),
                                      kKekBytes));
  return config;
}

}  // namespace ca
}  // namespace otrp
