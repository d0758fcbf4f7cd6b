#include "libs/service/service_main.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/library_log.h"
#include "libs/service/certificate_watch.h"
#include "libs/service/process_flags.h"
#include "libs/service/signals.h"
#include "libs/telemetry/log.h"

ABSL_FLAG(otrp::telemetry::Severity, log_level, otrp::telemetry::Severity::INFO,
          "Least level of lines in the log: debug, info, warning or error.");
ABSL_FLAG(int, log_lines_per_second, otrp::telemetry::kDefaultLogLinesPerSecond,
          "Lines of one kind in the log each second; the next one tells how "
          "many were left out. 0: all.");

namespace otrp {
namespace service {
namespace {

// Between tries to get ready for the first call.
constexpr absl::Duration kPrepareRetry = absl::Seconds(1);
// Running calls get this long.
constexpr absl::Duration kGrace = absl::Seconds(15);
// The whole of the drain.
constexpr std::chrono::seconds kMaxDrain(20);

// Ends the process where the drain hangs: a stop signal must lead to an end
// in time, whatever a thread waits for.
class DrainDeadline {
 public:
  DrainDeadline() : thread_([this] { Watch(); }) {}
  ~DrainDeadline() {
    done_ = true;
    thread_.join();
  }

 private:
  void Watch() {
    const auto end = std::chrono::steady_clock::now() + kMaxDrain;
    while (!done_) {
      if (std::chrono::steady_clock::now() > end) {
        OTRP_LOG(ERROR, "drain took too long; ending", {});
        _exit(1);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace

Process::~Process() {
  for (auto it = on_stop_.rbegin(); it != on_stop_.rend(); ++it) (*it)();
}

absl::Status Process::ServeMetrics(const std::string& metrics_listen) {
  if (metrics_listen.empty()) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(metrics_,
                        MetricsListener::Start(metrics_listen, readiness_));
  OTRP_LOG(INFO, "metrics listening",
           {{"port", absl::StrCat(metrics_->port())}});
  return absl::OkStatus();
}

absl::StatusOr<bool> Process::Serve(const ServeOptions& options,
                                    Server& server) {
  readiness_.Add("start", [this] {
    return started_ ? absl::OkStatus()
                    : absl::UnavailableError("not listening yet");
  });
  server.AddChecks(readiness_);
  OTRP_RETURN_IF_ERROR(ServeMetrics(options.metrics_listen));
  absl::StatusOr<bool> serving = Prepare(server);
  if (serving.ok() && *serving) {
    const absl::Status listening = Listen(options, server);
    if (!listening.ok()) serving = listening;
  }
  // The checks refer to what the caller is about to take down.
  if (!serving.ok() || !*serving) metrics_.reset();
  return serving;
}

absl::StatusOr<bool> Process::Prepare(Server& server) {
  absl::Status said;
  while (true) {
    const absl::Status status = server.Prepare();
    if (status.ok()) return true;
    if (!absl::IsUnavailable(status)) return status;
    if (status != said) {
      OTRP_LOG(WARNING, "can't start yet", {{"error", status.ToString()}});
      said = status;
    }
    const int signal_number = WaitForStopSignal(kPrepareRetry);
    if (signal_number == 0) continue;
    OTRP_LOG(INFO, "stopped", {{"signal", absl::StrCat(signal_number)}});
    return false;
  }
}

absl::Status Process::Listen(const ServeOptions& options, Server& server) {
  rpc::Server::Options server_options;
  server_options.listen = options.listen;
  server_options.tls_dir = options.tls_dir;
  server_options.guard = &server.guard();
  server_options.revocations = &server.revocations();
  OTRP_ASSIGN_OR_RETURN(server_,
                        rpc::Server::Start(server_options, server.services()));
  started_ = true;
  WatchCertificate("mtls", absl::StrCat(options.tls_dir, "/cert.pem"));
  OTRP_LOG(
      INFO, "listening",
      {{"address", options.listen}, {"port", absl::StrCat(server_->port())}});
  return absl::OkStatus();
}

void Process::WatchCertificate(std::string name, std::string pem_file) {
  watches_.push_back(
      service::WatchCertificate(std::move(name), std::move(pem_file)));
}

void Process::OnStop(std::function<void()> stop) {
  on_stop_.push_back(std::move(stop));
}

absl::Status Process::RunUntilSignal() {
  const int signal_number = WaitForStopSignal();
  OTRP_LOG(INFO, "stopping", {{"signal", absl::StrCat(signal_number)}});
  const DrainDeadline deadline;
  readiness_.Drain();
  if (server_ != nullptr) server_->Shutdown(kGrace);
  for (auto it = on_stop_.rbegin(); it != on_stop_.rend(); ++it) (*it)();
  on_stop_.clear();
  watches_.clear();
  metrics_.reset();
  server_.reset();
  OTRP_LOG(INFO, "stopped", {});
  return absl::OkStatus();
}

namespace {

// Before the first thread is started.
void TuneProcess() {
  // Debian's Abseil looks for deadlocks at every lock of gRPC's.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // Messages of some 100 KiB come and go all the time. Without these, malloc
  // gives their memory back to the kernel after each, and takes it again, a
  // page fault a page, for the next.
  constexpr int kKeepBytes = 32 << 20;
  mallopt(M_MMAP_THRESHOLD, kKeepBytes);
  mallopt(M_TRIM_THRESHOLD, kKeepBytes);
  mallopt(M_TOP_PAD, 1 << 20);
  // An arena keeps as much as its threads ever used at a time, and malloc makes
  // eight a core. Two are as fast (docs/operations.md).
  const unsigned cores = std::thread::hardware_concurrency();
  mallopt(M_ARENA_MAX, static_cast<int>(std::max(4u, 2 * cores)));
  // What starts services gives 1,024 descriptors out of habit (select(2),
  // which isn't used here), and as many as there may be for the asking.
  rlimit descriptors = {};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
  }
}

}  // namespace

namespace internal {

void ParseFlags(int argc, char** argv) { absl::ParseCommandLine(argc, argv); }

absl::Status Run(Process& process, const Process::ServeOptions& options,
                 Server& server) {
  AddQueueCheck(process.readiness(), MaxQueueTimeFromFlag());
  OTRP_ASSIGN_OR_RETURN(const bool serving, process.Serve(options, server));
  return serving ? process.RunUntilSignal() : absl::OkStatus();
}

absl::Status Run(Process& process, const Process::ServeOptions& options,
                 WebServer& server) {
  server.AddChecks(process.readiness());
  AddQueueCheck(process.readiness(), MaxQueueTimeFromFlag());
  OTRP_RETURN_IF_ERROR(process.ServeMetrics(options.metrics_listen));
  process.OnStop([&server] { server.Shutdown(); });
  process.WatchCertificate("mtls", absl::StrCat(options.tls_dir, "/cert.pem"));
  for (const WebServer::Certificate& certificate : server.certificates()) {
    process.WatchCertificate(certificate.name, certificate.pem_file);
  }
  return process.RunUntilSignal();
}

int RunProcess(absl::string_view service_name,
               const std::function<absl::Status(Process&)>& body) {
  BlockSignals();
  TuneProcess();
  telemetry::SetServiceName(std::string(service_name));
  telemetry::SetLogLevel(absl::GetFlag(FLAGS_log_level));
  telemetry::SetLogLinesPerSecond(absl::GetFlag(FLAGS_log_lines_per_second));
  rpc::RouteLibraryLog();
  int code = 0;
  {
    Process process;
    const absl::Status status = body(process);
    if (!status.ok()) {
      OTRP_LOG(ERROR, "can't run", {{"error", status.ToString()}});
      code = 1;
    }
  }
  // Whatever is ours is closed. gRPC may still be in the middle of a TLS
  // handshake on threads of its own, and OpenSSL's exit handler would take
  // away what that works with.
  std::fflush(nullptr);
  _exit(code);
  return code;
}

}  // namespace internal

}  // namespace service
}  // namespace otrp
