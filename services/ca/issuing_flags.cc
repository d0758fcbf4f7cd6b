#include "services/ca/issuing_flags.h"

#include <memory>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"
#include "libs/crypto/pkcs11.h"

ABSL_FLAG(std::string, kek_file, "",
          "File with the key that seals the authorities' private keys: 32 "
          "octets, or 64 hexadecimal digits. The same for all replicas.");
ABSL_FLAG(std::string, previous_kek_file, "",
          "File with the key that --kek_file had before, or will have: what it "
          "has sealed opens, and otrpctl ca rewrap seals it anew. Empty where "
          "nothing is sealed by another one.");
ABSL_FLAG(std::string, pkcs11_library, "",
          "Shared library of the PKCS #11 token that keeps authorities' keys; "
          "empty: all are in the database, sealed.");
ABSL_FLAG(std::string, pkcs11_pin_file, "",
          "File with the PIN of that token's user.");
ABSL_FLAG(
    std::string, pkcs11_token, "",
    "PKCS #11 URI of the token, \"pkcs11:token=ca\", in which the keys of "
    "new authorities are made, each called as its authority. Empty: new "
    "keys are made in the database.");
ABSL_FLAG(std::string, pki_url, "",
          "Where devices and others find CRLs, OCSP and issuers' certificates, "
          "e.g. http://pki.example.com; empty leaves it out of certificates.");

namespace otrp {
namespace ca {
namespace {

constexpr size_t kKekBytes = 32;

absl::Status ReadPkcs11(IssuingConfig* config) {
  const std::string library = absl::GetFlag(FLAGS_pkcs11_library);
  config->pkcs11_token = absl::GetFlag(FLAGS_pkcs11_token);
  if (library.empty()) {
    if (config->pkcs11_token.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        "--pkcs11_token: needs --pkcs11_library and --pkcs11_pin_file");
  }
  if (!config->pkcs11_token.empty()) {
    const absl::Status good =
        crypto::CheckPkcs11Uri(absl::StrCat(config->pkcs11_token, ";object=x"));
    if (!good.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--pkcs11_token: ", good.message()));
    }
  }
  OTRP_ASSIGN_OR_RETURN(
      SecretBytes pin,
      config::ReadSecretFile("pkcs11_pin_file",
                             absl::GetFlag(FLAGS_pkcs11_pin_file)));
  absl::StatusOr<std::unique_ptr<crypto::Pkcs11>> opened =
      crypto::Pkcs11::Open(library, std::move(pin));
  if (!opened.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--pkcs11_library: ", opened.status().message()));
  }
  config->pkcs11 = *std::move(opened);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<IssuingConfig> IssuingConfigFromFlags() {
  IssuingConfig config;
  const std::string url = absl::GetFlag(FLAGS_pki_url);
  // Paths are added with a slash of their own.
  config.pki_url = std::string(absl::StripSuffix(url, "/"));
  OTRP_ASSIGN_OR_RETURN(
      config.kek, config::ReadKeyFile("kek_file", absl::GetFlag(FLAGS_kek_file),
                                      kKekBytes));
  const std::string previous = absl::GetFlag(FLAGS_previous_kek_file);
  if (!previous.empty()) {
    OTRP_ASSIGN_OR_RETURN(
        config.previous_kek,
        config::ReadKeyFile("previous_kek_file", previous, kKekBytes));
  }
  OTRP_RETURN_IF_ERROR(ReadPkcs11(&config));
  return config;
}

}  // namespace ca
}  // namespace otrp
