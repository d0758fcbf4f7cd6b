#include "clients/otrpctl/connections.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/cli/cli.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status.h"

namespace otrp::ctl {
namespace {

struct Peer {
  const char* name;
  const char* flag;
  const char* variable;
  const char* address;
};

// In the order of enum Service.
constexpr Peer kPeers[] = {
    {"ca", "ca-addr", "OTRP_CA_ADDR", "127.0.0.1:9101"},
    {"tsm", "tsm-addr", "OTRP_TSM_ADDR", "127.0.0.1:9102"},
    {"attestation_verifier", "verifier-addr", "OTRP_VERIFIER_ADDR",
     "127.0.0.1:9103"},
    {"sp_portal", "portal-addr", "OTRP_PORTAL_ADDR", "127.0.0.1:9104"},
};

// Longer than any service thinks.
constexpr double kMaxTimeoutSeconds = 3600;

const Peer& Of(Service service) { return kPeers[static_cast<int>(service)]; }

}  // namespace

absl::Status CheckTimeout(const cli::Args& globals) {
  if (!globals.Has("timeout")) return absl::OkStatus();
  const std::string word = globals.Get("timeout");
  double seconds = 0;
  if (absl::SimpleAtod(word, &seconds) && seconds > 0 &&
      seconds <= kMaxTimeoutSeconds) {
    return absl::OkStatus();
  }
  return cli::UsageError(absl::StrCat("--timeout ", word,
                                      " can't be: it takes seconds, more than ",
                                      "0 and at most ", kMaxTimeoutSeconds));
}

Connections::Connections(std::map<std::string, std::string> globals)
    : globals_(std::move(globals)), timeout_(absl::Seconds(10)) {
  double seconds = 0;
  const auto given = globals_.find("timeout");
  if (given != globals_.end() && absl::SimpleAtod(given->second, &seconds) &&
      seconds > 0) {
    timeout_ = absl::Seconds(seconds);
  }
}

std::string Connections::Setting(const std::string& flag, const char* variable,
                                 const char* otherwise) const {
  const auto given = globals_.find(flag);
  if (given != globals_.end()) return given->second;
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

std::string Connections::IfGiven(const std::string& flag) const {
  return globals_.count(flag) == 0 ? "" : absl::StrCat("--", flag, ": ");
}

std::string Connections::Address(Service service) const {
  const Peer& peer = Of(service);
  return Setting(peer.flag, peer.variable, peer.address);
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Connections::Channel(
    Service service) {
  const auto known = channels_.find(service);
  if (known != channels_.end()) return known->second;
  const std::string tls_dir =
      Setting("tls-dir", "OTRP_TLS_DIR", ".otrp/tls/operator");
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel =
      rpc::CreateChannel({Address(service), Of(service).name, tls_dir});
  if (!channel.ok()) {
    return cli::UsageError(
        absl::StrCat(IfGiven("tls-dir"), channel.status().message(),
                     " (--tls-dir or OTRP_TLS_DIR names the ",
                     "folder with cert.pem, key.pem and ca.pem of the caller; ",
                     "./otrp up makes .otrp/tls/operator)"));
  }
  channels_[service] = *channel;
  return *channel;
}

absl::Status Connections::Explain(Service service,
                                  const grpc::Status& status) const {
  const absl::Status plain = rpc::FromGrpcStatus(status);
  if (!absl::IsUnavailable(plain) && !absl::IsDeadlineExceeded(plain)) {
    return plain;
  }
  return absl::Status(
      plain.code(),
      absl::StrCat(IfGiven(Of(service).flag), Of(service).name, " at ",
                   Address(service), " doesn't answer: ", plain.message(),
                   " (./otrp status shows what runs)"));
}

}  // namespace otrp::ctl
