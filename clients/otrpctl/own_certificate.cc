#include "clients/otrpctl/own_certificate.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "libs/base/files.h"
#include "libs/base/secret.h"
#include "libs/base/status_macros.h"
#include "libs/cli/cli.h"

namespace otrp::ctl {
namespace {

std::string CertFile(const std::string& dir) { return dir + "/cert.pem"; }
std::string KeyFile(const std::string& dir) { return dir + "/key.pem"; }
std::string NextCertFile(const std::string& dir) {
  return dir + "/cert.pem.next";
}
std::string NextKeyFile(const std::string& dir) {
  return dir + "/key.pem.next";
}

std::string Minute(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", time, absl::UTCTimeZone());
}

absl::Status Rename(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  return cli::UsageError(absl::StrCat("can't rename ", from, " to ", to));
}

// What is in the file, or nothing where it isn't there or isn't whole.
absl::optional<crypto::PublicKey> KeyOfCertificate(const std::string& path) {
  const auto pem = ReadWholeFile(path);
  if (!pem.ok()) return absl::nullopt;
  const auto certificate = pki::Certificate::FromPem(*pem);
  if (!certificate.ok()) return absl::nullopt;
  return certificate->public_key();
}

absl::optional<crypto::PublicKey> PublicOfKey(const std::string& path) {
  auto pem = ReadWholeFile(path);
  if (!pem.ok()) return absl::nullopt;
  const SecretBytes secret = SecretBytes::Take(*std::move(pem));
  const auto key = crypto::PrivateKey::FromTlsPem(secret.view());
  if (!key.ok()) return absl::nullopt;
  return key->public_key();
}

}  // namespace

absl::StatusOr<pki::Certificate> OwnCertificate(const std::string& tls_dir) {
  const std::string path = CertFile(tls_dir);
  OTRP_ASSIGN_OR_RETURN(const std::string pem, ReadWholeFile(path));
  absl::StatusOr<pki::Certificate> certificate = pki::Certificate::FromPem(pem);
  if (certificate.ok()) return certificate;
  return cli::UsageError(
      absl::StrCat(path, ": ", certificate.status().message()));
}

absl::optional<std::string> HasEnded(const std::string& tls_dir,
                                     absl::Time now) {
  const auto certificate = OwnCertificate(tls_dir);
  if (!certificate.ok() || now < certificate->not_after()) return absl::nullopt;
  return absl::StrCat(
      "your certificate ended at ", Minute(certificate->not_after()), " (",
      CertFile(tls_dir),
      "): otrpctl renew would have kept it going; now have an operator issue a "
      "new one (otrpctl ca issue --profile client), or run otrpctl login; "
      "./otrp "
      "up makes that of a stack on this machine");
}

absl::optional<std::string> EndsSoon(const std::string& tls_dir,
                                     absl::Time now) {
  const auto certificate = OwnCertificate(tls_dir);
  if (!certificate.ok()) return absl::nullopt;
  const absl::Duration life =
      certificate->not_after() - certificate->not_before();
  const absl::Duration left = certificate->not_after() - now;
  if (left <= absl::ZeroDuration() || left > life / 3) return absl::nullopt;
  return absl::StrCat("your certificate ends at ",
                      Minute(certificate->not_after()), ": run otrpctl renew");
}

bool IsDue(const pki::Certificate& certificate, absl::Time now) {
  return now - certificate.not_before() >
         (certificate.not_after() - certificate.not_before()) / 2;
}

absl::Status CompleteRenewal(const std::string& tls_dir) {
  const auto next = KeyOfCertificate(NextCertFile(tls_dir));
  if (!next.has_value()) return absl::OkStatus();
  if (PublicOfKey(NextKeyFile(tls_dir)) == next) {
    OTRP_RETURN_IF_ERROR(Rename(NextKeyFile(tls_dir), KeyFile(tls_dir)));
  }
  if (PublicOfKey(KeyFile(tls_dir)) != next) {
    return cli::UsageError(
        absl::StrCat(NextCertFile(tls_dir), ": is no certificate of ",
                     KeyFile(tls_dir), " nor of the key beside it; remove it"));
  }
  return Rename(NextCertFile(tls_dir), CertFile(tls_dir));
}

absl::Status KeepNextKey(const std::string& tls_dir,
                         const crypto::PrivateKey& key) {
  return WriteFileAtomically(NextKeyFile(tls_dir), key.ToPem().view(), 0600);
}

absl::Status KeepRenewed(const std::string& tls_dir,
                         const std::string& chain_pem) {
  OTRP_RETURN_IF_ERROR(
      WriteFileAtomically(NextCertFile(tls_dir), chain_pem, 0644));
  return CompleteRenewal(tls_dir);
}

}  // namespace otrp::ctl
