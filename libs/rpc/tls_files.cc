#include "libs/rpc/tls_files.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace rpc {
namespace internal {
namespace {

absl::Status CheckReadable(const std::string& path) {
  std::ifstream in(path);
  if (in.good() && in.peek() != std::ifstream::traits_type::eof()) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "tls_dir: \"", path, "\" is missing, empty or not readable"));
}

}  // namespace

absl::StatusOr<
    std::shared_ptr<grpc::experimental::CertificateProviderInterface>>
WatchTlsFiles(const std::string& dir, absl::Duration refresh) {
  const std::string cert = absl::StrCat(dir, "/cert.pem");
  const std::string key = absl::StrCat(dir, "/key.pem");
  const std::string ca = absl::StrCat(dir, "/ca.pem");
  for (const std::string& path : {cert, key, ca}) {
    OTRP_RETURN_IF_ERROR(CheckReadable(path));
  }
  const auto seconds = static_cast<unsigned int>(
      absl::ToInt64Seconds(absl::Ceil(refresh, absl::Seconds(1))));
  return std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      key, cert, ca, seconds == 0 ? 1 : seconds);
}

}  // namespace internal
}  // namespace rpc
}  // namespace otrp
