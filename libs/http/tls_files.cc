#include "libs/http/tls_files.h"

#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/http/beast.h"
#include "libs/telemetry/log.h"

namespace otrp {
namespace http {
namespace {

constexpr std::chrono::seconds kLook(1);

std::string StampOf(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return "none";
  return absl::StrCat(info.st_dev, "/", info.st_ino, "/", info.st_size, "/",
                      info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec);
}

// Asks for a certificate, without which a client gets in too; one that isn't
// good for a client, or not by these roots, ends the handshake.
bool AskForCertificates(const std::string& ca_file,
                        asio::ssl::context* context) {
  error_code error;
  context->load_verify_file(ca_file, error);
  if (error) return false;
  STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(ca_file.c_str());
  if (names == nullptr) return false;
  SSL_CTX* ssl = context->native_handle();
  SSL_CTX_set_client_CA_list(ssl, names);
  // Each connection's certificate is verified: a session that is taken up
  // again would stand for one that may have ended since.
  SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(ssl, 0);
  context->set_verify_mode(asio::ssl::verify_peer, error);
  return !error;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsFiles>> TlsFiles::Open(
    const std::string& cert_file, const std::string& key_file,
    const std::string& client_ca_file) {
  std::unique_ptr<TlsFiles> files(
      new TlsFiles(cert_file, key_file, client_ca_file));
  files->stamp_ = files->Stamp();
  files->looked_ = std::chrono::steady_clock::now();
  OTRP_ASSIGN_OR_RETURN(files->context_, files->Load());
  return files;
}

TlsFiles::Context TlsFiles::Get() {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ < kLook) return context_;
  looked_ = now;
  const std::string stamp = Stamp();
  if (stamp == stamp_) return context_;
  absl::StatusOr<Context> loaded = Load();
  if (!loaded.ok()) {
    OTRP_LOG(WARNING, "changed TLS files can't be used; the old ones stay",
             {{"error", std::string(loaded.status().message())}});
    return context_;
  }
  stamp_ = stamp;
  context_ = *std::move(loaded);
  OTRP_LOG(INFO, "TLS files read again", {{"file", cert_file_}});
  return context_;
}

std::string TlsFiles::Stamp() const {
  return absl::StrCat(StampOf(cert_file_), " ", StampOf(key_file_), " ",
                      StampOf(client_ca_file_));
}

absl::StatusOr<TlsFiles::Context> TlsFiles::Load() const {
  auto context =
      std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  RefuseOldTls(*context);
  error_code cert;
  error_code key;
  context->use_certificate_chain_file(cert_file_, cert);
  // Refuses a key that isn't the certificate's.
  context->use_private_key_file(key_file_, asio::ssl::context::pem, key);
  if (cert || key) {
    return absl::FailedPreconditionError(
        absl::StrCat("TLS: \"", cert_file_, "\" and \"", key_file_,
                     "\" can't be used as certificate and key"));
  }
  if (!client_ca_file_.empty() &&
      !AskForCertificates(client_ca_file_, context.get())) {
    return absl::FailedPreconditionError(absl::StrCat(
        "TLS: \"", client_ca_file_, "\" can't be used as clients' roots"));
  }
  return context;
}

}  // namespace http
}  // namespace otrp
