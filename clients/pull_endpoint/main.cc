// otrp-pull-endpoint: serves a service provider's TAs to a TSM that must not
// see them (docs/pull-mode.md). Small enough to be read before it is run, or
// written anew in another language.

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "clients/pull_endpoint/endpoint.h"
#include "libs/base/clock.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/cli/cli.h"
#include "libs/crypto/random.h"
#include "libs/http/server.h"
#include "libs/pki/certificate.h"
#include "libs/service/signals.h"

namespace otrp::pull_endpoint {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

const cli::Program& Program() {
  static const auto* const kProgram = new cli::Program{
      "otrp-pull-endpoint",
      "Gives a service provider's applications to one TSM, device by device.",
      {},
      {{"serve",
        "",
        {},
        {{"listen", "HOST:PORT", true, "where to listen; port 0: a free one"},
         {"tls-cert", "FILE", true, "the server's certificate chain, PEM"},
         {"tls-key", "FILE", true, "its key, PEM"},
         {"url", "URL", true, "its own, as the portal has it"},
         {"tsm-id", "URI", true, "the TSM's id"},
         {"tsm-roots", "FILE", true,
          "roots that the TSM's certificate is under, PEM"},
         {"key", "FILE", true, "the SP's signing key, PEM"},
         {"dir", "DIR", true, "images and data: TAID/VERSION/image, DID.data"}},
        "Serves until it is told to stop; prints its port."}},
      "Exit codes: 0 ok, 1 failed, 2 usage.\n"};
  return *kProgram;
}

absl::StatusOr<pki::TrustAnchors> ReadRoots(const std::string& path) {
  OTRP_ASSIGN_OR_RETURN(const std::string pem, ReadWholeFile(path));
  OTRP_ASSIGN_OR_RETURN(std::vector<pki::Certificate> roots,
                        pki::ParsePemBundle(pem));
  return pki::TrustAnchors(std::move(roots));
}

absl::StatusOr<crypto::PrivateKey> ReadKey(const std::string& path) {
  OTRP_ASSIGN_OR_RETURN(const std::string pem, ReadWholeFile(path));
  return crypto::PrivateKey::FromPem(pem);
}

absl::Status Serve(const cli::Args& args) {
  OTRP_ASSIGN_OR_RETURN(pki::TrustAnchors roots,
                        ReadRoots(args.Get("tsm-roots")));
  OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey key, ReadKey(args.Get("key")));
  http::Server::Options options;
  options.listen = args.Get("listen");
  options.tls_cert_file = args.Get("tls-cert");
  options.tls_key_file = args.Get("tls-key");
  // A request of the TSM has some KiB.
  options.max_body_bytes = size_t{64} << 10;
  Endpoint endpoint({args.Get("url"), args.Get("tsm-id"), std::move(roots),
                     std::move(key), args.Get("dir")},
                    RealClock(), crypto::SystemRandom());
  http::Router router;
  // The URL's path is the proxy's business, where there is one.
  router.Add("POST", "/*", "pull", [&endpoint](const http::Request& request) {
    return endpoint.Answer(request);
  });
  OTRP_ASSIGN_OR_RETURN(const std::unique_ptr<http::Server> server,
                        http::Server::Start(options, std::move(router)));
  std::cout << server->port() << std::endl;
  service::WaitForStopSignal();
  server->Shutdown(absl::Seconds(5));
  return absl::OkStatus();
}

int Run(const std::vector<std::string>& words) {
  const absl::StatusOr<cli::Call> call = cli::Parse(Program(), words);
  if (!call.ok()) {
    std::cerr << "otrp-pull-endpoint: " << call.status().message() << "\n";
    return kExitUsage;
  }
  if (call->command < 0) {
    std::cout << call->text;
    return 0;
  }
  const absl::Status status = Serve(call->args);
  if (status.ok()) return 0;
  std::cerr << "otrp-pull-endpoint: " << status.message() << "\n";
  return kExitFailed;
}

}  // namespace
}  // namespace otrp::pull_endpoint

int main(int argc, char** argv) {
  otrp::service::BlockSignals();
  return otrp::pull_endpoint::Run(
      std::vector<std::string>(argv + 1, argv + argc));
}
