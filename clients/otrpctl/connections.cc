#include "clients/otrpctl/connections.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/own_certificate.h"
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

constexpr char kUsualTlsDir[] = ".otrp/tls/operator";
constexpr char kTlsFlag[] = "tls-dir";
constexpr char kTlsVariable[] = "OTRP_TLS_DIR";

// From then on every command says that the token ends.
constexpr absl::Duration kSoon = absl::Hours(7 * 24);

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

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

std::string Connections::Given(const std::string& flag) const {
  const auto given = globals_.find(flag);
  return given == globals_.end() ? "" : given->second;
}

std::map<std::string, std::string> Connections::GivenOfGrpc() const {
  std::map<std::string, std::string> flags;
  const auto add = [&](const std::string& flag) {
    if (!Given(flag).empty()) flags[flag] = Given(flag);
  };
  add(kTlsFlag);
  for (const Peer& peer : kPeers) add(peer.flag);
  return flags;
}

std::string Connections::NamedContext() const {
  const std::string given = Given("context");
  return given.empty() ? Variable("OTRPCTL_CONTEXT") : given;
}

bool Connections::IsGrpcGiven() const {
  return !GivenOfGrpc().empty() || !Variable(kTlsVariable).empty() ||
         std::any_of(
             std::begin(kPeers), std::end(kPeers),
             [](const Peer& peer) { return !Variable(peer.variable).empty(); });
}

absl::Status Connections::Choose() {
  if (chosen_) return absl::OkStatus();
  const std::string named = NamedContext();
  if (!named.empty() || !IsGrpcGiven()) {
    OTRP_RETURN_IF_ERROR(UseContext(named, !named.empty()));
  }
  chosen_ = true;
  return absl::OkStatus();
}

absl::Status Connections::UseContext(const std::string& name, bool named) {
  const std::string where =
      Given("context").empty() ? "OTRPCTL_CONTEXT" : "--context";
  OTRP_ASSIGN_OR_RETURN(const std::string path, ContextsPath());
  OTRP_ASSIGN_OR_RETURN(Contexts contexts, ReadContexts(path));
  context_name_ = named ? name : contexts.current;
  if (context_name_.empty()) return absl::OkStatus();
  const auto found = contexts.all.find(context_name_);
  if (found == contexts.all.end()) {
    return cli::UsageError(
        absl::StrCat(named ? where : path, ": there is no context \"",
                     context_name_, "\" (otrpctl context list shows them)"));
  }
  context_ = std::move(found->second);
  if (context_.server.empty()) return absl::OkStatus();
  if (!GivenOfGrpc().empty()) {
    return cli::UsageError(absl::StrCat(
        "--", GivenOfGrpc().begin()->first, ": context \"", context_name_,
        "\" calls ", context_.server, ": give one of the two"));
  }
  const std::string ca_file = Given("ca-file");
  rest_ = std::make_unique<RestCaller>(
      context_.server, ca_file.empty() ? context_.ca_file : ca_file, timeout_);
  rest_->UseToken(std::exchange(context_.token, SecretBytes()));
  return absl::OkStatus();
}

std::string Connections::Where() const {
  if (rest_ != nullptr) return rest_->server();
  return absl::StrCat("gRPC with the certificate in ", TlsDir());
}

std::string Connections::TlsDir() const {
  return Setting(kTlsFlag, kTlsVariable, kUsualTlsDir);
}

std::vector<std::string> Connections::Notes(absl::Time now) const {
  // Only where it was shown.
  if (!channels_.empty()) {
    absl::optional<std::string> soon = EndsSoon(TlsDir(), now);
    if (soon.has_value()) return {*std::move(soon)};
  }
  if (!context_.expires_at.has_value() || *context_.expires_at - now >= kSoon) {
    return {};
  }
  return {
      absl::StrCat("the token of context \"", context_name_, "\" ",
                   *context_.expires_at <= now ? "ended" : "ends", " at ",
                   absl::FormatTime("%Y-%m-%d %H:%M UTC", *context_.expires_at,
                                    absl::UTCTimeZone()),
                   ": have an owner invite you anew, then otrpctl login")};
}

absl::Status Connections::CallRest(Service service, const char* api,
                                   const google::protobuf::Message& request,
                                   google::protobuf::Message* response) {
  const absl::Status status =
      rest_->Call(Of(service).name, api, request, response);
  if (!absl::IsUnauthenticated(status)) return status;
  return absl::UnauthenticatedError(
      absl::StrCat(status.message(), " (that of context \"", context_name_,
                   "\" has ended, was revoked, or its account is suspended: "
                   "otrpctl login)"));
}

std::string Connections::Setting(const std::string& flag, const char* variable,
                                 const char* otherwise) const {
  const std::string given = Given(flag);
  if (!given.empty()) return given;
  // Of a context that was named the environment takes nothing away.
  const auto of_context = context_.flags.find(flag);
  if (of_context != context_.flags.end()) return of_context->second;
  const std::string value = Variable(variable);
  return value.empty() ? otherwise : value;
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
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel =
      rpc::CreateChannel({Address(service), Of(service).name, TlsDir()});
  if (!channel.ok()) {
    return cli::UsageError(
        absl::StrCat(IfGiven("tls-dir"), channel.status().message(),
                     " (--tls-dir or OTRP_TLS_DIR names the ",
                     "folder with cert.pem, key.pem and ca.pem of the caller; ",
                     "./otrp up makes .otrp/tls/operator; otrpctl login takes ",
                     "an invitation instead)"));
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
  // A server that doesn't want it ends the handshake without a word.
  const absl::optional<std::string> ended = HasEnded(TlsDir(), absl::Now());
  if (ended.has_value()) return absl::UnauthenticatedError(*ended);
  return absl::Status(
      plain.code(),
      absl::StrCat(IfGiven(Of(service).flag), Of(service).name, " at ",
                   Address(service), " doesn't answer: ", plain.message(),
                   " (./otrp status shows what runs)"));
}

}  // namespace otrp::ctl
