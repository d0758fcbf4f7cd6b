// The file of a key ceremony: what is made, of which names, keys and lifetimes.
// It is read whole and held against everything that this knows before a key is
// made; what isn't known is refused with its line and column.
//
//   version: 1
//   title: Acme TEE hierarchy 2026
//   steps:
//     - root: {name: tee-root, subject: Acme TEE Root, key: P-384, days: 7300,
//              path_length: 1}
//     - sign: {name: tee-ca, issuer: tee-root, csr: tee-ca.csr,
//              subject: Acme TEE Issuing CA, days: 5475}
//     - crl: {name: tee-root, issuer: tee-root, number: 1, days: 180}
//
// docs/authorities.md has all members.
//
// Thread-safety: a function without state.
// Errors: INVALID_ARGUMENT with line and column.

#ifndef CLIENTS_OTRPCTL_CEREMONY_PLAN_H_
#define CLIENTS_OTRPCTL_CEREMONY_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/otrpctl/yaml_read.h"
#include "libs/crypto/x509.h"
#include "libs/pki/key_kind.h"

namespace otrp::ctl {

struct CeremonyStep {
  enum class Kind {
    // A new key and its self-signed certificate.
    kRoot,
    // A new key and a certificate by the issuer.
    kIssuing,
    // A certificate by the issuer for the key of a request.
    kSign,
    // A CRL of the issuer.
    kCrl,
    // An authority of an earlier ceremony, by its files.
    kUse,
  };
  Kind kind = Kind::kRoot;
  // Of its files, and what later steps call it.
  std::string name;
  std::string issuer;
  // Common name.
  std::string subject;
  pki::KeyKind key;
  int64_t days = 0;
  int64_t path_length = 0;
  // crypto::CertificateSpec has these two.
  std::vector<std::string> permitted_dns;
  std::vector<std::string> permitted_uri_hosts;
  // Certificate policies, dotted, and where the practice statement stands.
  std::vector<std::string> policies;
  std::string cps;
  std::string crl_url;
  std::string ocsp_url;
  std::string issuer_url;
  // Files, beside the plan.
  std::string csr_file;
  std::string certificate_file;
  std::string key_file;
  // Of a CRL.
  int64_t number = 0;
  std::vector<crypto::RevokedEntry> revoked;
  // Where it stands.
  YamlNode place;
};

// "root", "issuing", ...
absl::string_view CeremonyKindWord(CeremonyStep::Kind kind);

struct CeremonyPlan {
  std::string title;
  std::vector<CeremonyStep> steps;
};

absl::StatusOr<CeremonyPlan> ParseCeremonyPlan(absl::string_view yaml);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_CEREMONY_PLAN_H_
