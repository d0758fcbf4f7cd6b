// Private to libs/http: the certificate and key of a TLS listener, and the
// roots of its clients' certificates, read again when their files change, so
// that a certificate is renewed without a restart.
//
// Thread-safety: thread-safe.

#ifndef OTRP_LIBS_HTTP_TLS_FILES_H_
#define OTRP_LIBS_HTTP_TLS_FILES_H_

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "boost/asio/ssl/context.hpp"

namespace otrp {
namespace http {

class TlsFiles {
 public:
  using Context = std::shared_ptr<boost::asio::ssl::context>;

  // `client_ca_file`: empty where clients aren't asked for a certificate.
  // FAILED_PRECONDITION for files that can't be used.
  static absl::StatusOr<std::unique_ptr<TlsFiles>> Open(
      const std::string& cert_file, const std::string& key_file,
      const std::string& client_ca_file);

  // For a new connection. Looks at the files at most once a second; where new
  // ones can't be used (a key that isn't the certificate's, as between two
  // writes), the ones before stay, and it looks again.
  Context Get();

 private:
  TlsFiles(const std::string& cert_file, const std::string& key_file,
           const std::string& client_ca_file)
      : cert_file_(cert_file),
        key_file_(key_file),
        client_ca_file_(client_ca_file) {}

  // What tells one state of the files from another.
  std::string Stamp() const;
  absl::StatusOr<Context> Load() const;

  const std::string cert_file_;
  const std::string key_file_;
  const std::string client_ca_file_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point looked_;
  std::string stamp_;
  Context context_;
};

}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_TLS_FILES_H_
