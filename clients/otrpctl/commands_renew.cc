#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/own_certificate.h"
#include "clients/otrpctl/values.h"
#include "libs/base/files.h"
#include "libs/base/secret.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/keys.h"
#include "libs/pki/csr.h"
#include "libs/rpc/time.h"
#include "otrp/ca/v1/renewal.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::ca::v1;

absl::StatusOr<crypto::PrivateKey> KeyFor(const std::string& tls_dir,
                                          bool is_new) {
  const std::string path = tls_dir + "/key.pem";
  OTRP_ASSIGN_OR_RETURN(std::string pem, ReadInput("tls-dir", path));
  const SecretBytes secret = SecretBytes::Take(std::move(pem));
  absl::StatusOr<crypto::PrivateKey> key =
      crypto::PrivateKey::FromTlsPem(secret.view());
  if (!key.ok()) {
    return cli::UsageError(
        absl::StrCat(path, ": ", std::string(key.status().message())));
  }
  if (!is_new) return key;
  key = crypto::PrivateKey::Generate(key->type());
  if (key.ok()) OTRP_RETURN_IF_ERROR(KeepNextKey(tls_dir, *key));
  return key;
}

absl::StatusOr<Result> Renew(const cli::Args& args, Connections& connections) {
  OTRP_RETURN_IF_ERROR(connections.Choose());
  if (connections.is_rest()) {
    return cli::UsageError(absl::StrCat(
        "--context: \"", connections.context_name(),
        "\" has a token, and no certificate to renew; --tls-dir names the "
        "folder of one"));
  }
  v1::RenewCertificateRequest request;
  OTRP_ASSIGN_OR_RETURN(const int64_t life, LifeOf(args));
  request.set_lifetime_seconds(life);
  const std::string dir = connections.TlsDir();
  const std::string path = dir + "/cert.pem";
  OTRP_ASSIGN_OR_RETURN(const FolderLock lock,
                        FolderLock::Take(dir, FolderLock::Wait::kYes));
  OTRP_RETURN_IF_ERROR(CompleteRenewal(dir));
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate old, OwnCertificate(dir));
  Result result;
  result.value.Set("file", json::Value::String(path));
  result.name = {"serial"};
  const absl::Time now = absl::Now();
  const absl::optional<std::string> ended = HasEnded(dir, now);
  if (ended.has_value()) return absl::UnauthenticatedError(*ended);
  if (args.Has("if-due") && !IsDue(old, now)) {
    result.value.Set("serial", json::Value::String(old.serial()));
    result.value.Set("renewed", json::Value::Bool(false));
    result.value.Set("not_after", Time(rpc::ToProto(old.not_after()), true));
    return result;
  }
  OTRP_ASSIGN_OR_RETURN(const crypto::PrivateKey key,
                        KeyFor(dir, args.Has("new-key")));
  OTRP_ASSIGN_OR_RETURN(
      const pki::Csr csr,
      pki::Csr::Create(key, old.common_name(), old.san_uris(), {}));
  request.set_csr_der(csr.der());
  OTRP_ASSIGN_OR_RETURN(
      const v1::RenewCertificateResponse response,
      connections.Call<v1::CertificateRenewal>(
          Service::kCa, &v1::CertificateRenewal::Stub::RenewCertificate,
          request));
  // The root stands in ca.pem.
  std::vector<std::string> chain(response.chain_der().begin(),
                                 response.chain_der().end());
  if (chain.size() > 1) chain.pop_back();
  OTRP_RETURN_IF_ERROR(KeepRenewed(dir, CertificatesPem(chain)));
  result.value.Set("serial", json::Value::String(response.serial()));
  result.value.Set("renewed", json::Value::Bool(true));
  result.value.Set("not_after",
                   Time(response.not_after(), response.has_not_after()));
  result.value.Set("renewable_until", Time(response.renewable_until(),
                                           response.has_renewable_until()));
  return result;
}

}  // namespace

std::vector<Command> RenewCommands() {
  return {
      {{"renew",
        "",
        {},
        {{"new-key", "", false, "with a new key of the same kind, too"},
         {"if-due", "", false,
          "only when half of its life is over: for a timer"},
         LifeFlag("how long the new one lives, e.g. 8h; 16h without it")},
        "Renews the certificate in --tls-dir, while it is good."},
       Renew},
  };
}

}  // namespace otrp::ctl
