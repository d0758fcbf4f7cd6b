#include "clients/load/coordinator.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <new>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "clients/load/generator.h"
#include "clients/load/session.h"
#include "clients/load/shared.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"

namespace otrp::load {
namespace {

// Between the coordinator's looks at everything.
constexpr auto kTick = std::chrono::milliseconds(20);
// From "all are ready" to the start, for all to notice.
constexpr int64_t kLeadNanos = 200'000'000;
// A reply that doesn't come is waited for as long as --timeout says; beyond
// that and this a process hangs.
constexpr absl::Duration kGrace = absl::Seconds(30);

// Once: sessions end, and then the run. Twice: the run ends.
volatile sig_atomic_t interrupted = 0;
void Interrupt(int) { interrupted = interrupted + 1; }

struct Process {
  pid_t pid = 0;
  // An unlinked file with its results.
  int fd = -1;
  bool ended = false;
  int status = 0;
};

CpuSeconds OwnCpu() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {absl::ToDoubleSeconds(absl::DurationFromTimeval(usage.ru_utime)),
          absl::ToDoubleSeconds(absl::DurationFromTimeval(usage.ru_stime))};
}

bool WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

std::string ReadAll(int fd) {
  std::string out;
  char buffer[65536];
  off_t at = 0;
  while (true) {
    const ssize_t n = pread(fd, buffer, sizeof(buffer), at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return out;
    out.append(buffer, static_cast<size_t>(n));
    at += n;
  }
}

// The child's whole life.
[[noreturn]] void BeChild(const RunOptions& options, int number, int fd,
                          Shared& shared) {
  // Without its parent it would work for nobody.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent says when to stop.
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  const absl::StatusOr<Results> results = Generate(options, number, shared);
  const bool written = results.ok()
                           ? WriteAll(fd, results->ToJson().Serialize())
                           : WriteAll(fd, results.status().message());
  _exit(results.ok() && written ? 0 : 1);
}

class Run {
 public:
  explicit Run(const RunOptions& options) : options_(options) {}
  ~Run() {
    for (const Process& process : processes_) {
      if (!process.ended) {
        kill(process.pid, SIGKILL);
        waitpid(process.pid, nullptr, 0);
      }
      close(process.fd);
    }
    if (shared_ != nullptr) munmap(shared_, sizeof(Shared));
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  absl::StatusOr<RunOutcome> Go();

 private:
  absl::Status Fork();
  void Reap();
  bool AllEnded() const;
  absl::Status WaitUntilSettled();
  absl::Status Withdraw();
  void Watch();
  void Release();
  void ReleaseNext(size_t ta);
  void ShowProgress(absl::Duration now);
  absl::Status Collect();
  void Scrape(std::vector<load::Scrape>* into);

  const RunOptions& options_;
  Shared* shared_ = nullptr;
  std::vector<Process> processes_;
  RunOutcome outcome_;
  // By TA: no version is left; updates made when the last one was released.
  std::vector<bool> used_up_ = std::vector<bool>(kMaxTas, false);
  std::vector<int64_t> released_at_ = std::vector<int64_t>(kMaxTas, 0);
  bool window_began_ = false;
  int64_t shown_ok_ = 0;
  int64_t shown_errors_ = 0;
  int64_t shown_micros_ = 0;
  int64_t shown_second_ = 0;
};

absl::Status Run::Fork() {
  void* const memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return absl::UnavailableError("no memory to share between processes");
  }
  shared_ = new (memory) Shared;
  // What is buffered would be written by each of them.
  std::fflush(nullptr);
  for (int i = 0; i < options_.processes; ++i) {
    Process process;
    process.fd = memfd_create("otrp-load", MFD_CLOEXEC);
    if (process.fd < 0) {
      return absl::UnavailableError("no file for a process's results");
    }
    process.pid = fork();
    if (process.pid == 0) BeChild(options_, i, process.fd, *shared_);
    if (process.pid < 0) {
      close(process.fd);
      return absl::UnavailableError("the system gives no more processes");
    }
    processes_.push_back(process);
  }
  return absl::OkStatus();
}

void Run::Reap() {
  for (Process& process : processes_) {
    if (!process.ended &&
        waitpid(process.pid, &process.status, WNOHANG) == process.pid) {
      process.ended = true;
    }
  }
}

bool Run::AllEnded() const {
  return std::all_of(processes_.begin(), processes_.end(),
                     [](const Process& process) { return process.ended; });
}

absl::Status Run::WaitUntilSettled() {
  while (shared_->settled < options_.processes) {
    Reap();
    for (const Process& process : processes_) {
      if (!process.ended) continue;
      const std::string said = ReadAll(process.fd);
      return absl::FailedPreconditionError(
          said.empty() ? "a process ended before the run began" : said);
    }
    if (interrupted != 0) {
      return absl::CancelledError("interrupted before the run began");
    }
    std::this_thread::sleep_for(kTick);
  }
  return absl::OkStatus();
}

// otrpctl says {"delivered": true} once the TSM knows.
absl::Status MustBeDelivered(const std::vector<std::string>& command) {
  OTRP_ASSIGN_OR_RETURN(const std::string said, RunProgram(command));
  if (absl::StrContains(said, "\"delivered\":false") ||
      absl::StrContains(said, "\"delivered\": false")) {
    return absl::UnavailableError(
        absl::StrCat("the TSM didn't get it in time: ", said));
  }
  return absl::OkStatus();
}

absl::Status Run::Withdraw() {
  if (!options_.mix.Uses(Role::kWithdraw)) return absl::OkStatus();
  for (const std::vector<std::string>& command : options_.target.withdraw) {
    OTRP_RETURN_IF_ERROR(MustBeDelivered(command));
  }
  return absl::OkStatus();
}

void Run::Scrape(std::vector<load::Scrape>* into) {
  if (options_.metrics.empty()) return;
  absl::StatusOr<std::vector<load::Scrape>> scrapes =
      ScrapeAll(options_.metrics);
  if (scrapes.ok()) {
    *into = *std::move(scrapes);
  } else {
    outcome_.notes.push_back(
        absl::StrCat("metrics can't be read: ", scrapes.status().message()));
  }
}

// The SP releases the next version when half as many updates were made since
// the last one as there are devices, so that there is always one to update.
void Run::Release() {
  for (size_t ta = 0; ta < options_.target.tas.size(); ++ta) {
    if (used_up_[ta]) continue;
    size_t devices = 0;
    for (const Pool& pool : options_.target.pools) {
      if (pool.role == Role::kUpdate && pool.ta == ta) {
        devices += pool.devices.size();
      }
    }
    if (devices == 0) continue;
    int64_t updated = 0;
    for (const Shared::Child& child : shared_->children) {
      updated += child.updated[ta];
    }
    const auto wave = std::max<int64_t>(1, static_cast<int64_t>(devices) / 2);
    if (shared_->version[ta] == 0 || updated - released_at_[ta] >= wave) {
      released_at_[ta] = updated;
      ReleaseNext(ta);
    }
  }
}

void Run::ReleaseNext(size_t number) {
  const TargetTa& ta = options_.target.tas[number];
  const size_t next = shared_->version[number] + 1;
  absl::Status released;
  if (next >= ta.versions.size() || ta.release.empty()) {
    released = absl::OutOfRangeError(
        absl::StrCat(ta.name, ": all its ", ta.versions.size(),
                     " versions were released; fewer updates from there on"));
  } else {
    std::vector<std::string> command = ta.release;
    for (std::string& word : command) {
      word =
          absl::StrReplaceAll(word, {{"{version}", ta.versions[next].version}});
    }
    released = MustBeDelivered(command);
  }
  if (released.ok()) {
    shared_->version[number] = next;
    ++outcome_.releases;
    return;
  }
  used_up_[number] = true;
  outcome_.notes.push_back(std::string(released.message()));
}

void Run::ShowProgress(absl::Duration now) {
  const int64_t second = absl::ToInt64Seconds(now);
  if (!options_.progress || second <= shown_second_) return;
  int64_t ok = 0;
  int64_t errors = 0;
  int64_t micros = 0;
  for (const Shared::Child& child : shared_->children) {
    ok += child.ok;
    errors += child.errors;
    micros += child.latency_micros;
  }
  const int64_t passed = second - shown_second_;
  const int64_t more = ok - shown_ok_;
  std::fprintf(stderr, "%s",
               absl::StrFormat(
                   "%5ds  %8.1f/s  mean %7.1f ms  %d errors%s\n", second,
                   static_cast<double>(more) / passed,
                   more == 0 ? 0.0 : (micros - shown_micros_) / 1000.0 / more,
                   errors, now < options_.warmup ? "  (warm-up)" : "")
                   .c_str());
  shown_second_ = second;
  shown_ok_ = ok;
  shown_errors_ = errors;
  shown_micros_ = micros;
}

void Run::Watch() {
  const int64_t start = shared_->start_nanos;
  const absl::Duration end = options_.warmup + options_.duration;
  bool killed = false;
  outcome_.window = options_.duration;
  while (true) {
    Reap();
    const absl::Duration now = absl::Nanoseconds(NowNanos() - start);
    if (!window_began_ && now >= options_.warmup) {
      window_began_ = true;
      Scrape(&outcome_.before);
    }
    if (AllEnded()) return;
    ShowProgress(now);
    if (interrupted != 0 && !shared_->stop) {
      shared_->stop = true;
      outcome_.interrupted = true;
      outcome_.window =
          std::min(std::max(now - options_.warmup, absl::ZeroDuration()),
                   options_.duration);
    }
    if (!killed && (interrupted > 1 ||
                    now > end + options_.timeout * kMaxRequests + kGrace)) {
      killed = true;
      outcome_.notes.push_back("processes that didn't end were killed");
      for (const Process& process : processes_) {
        if (!process.ended) kill(process.pid, SIGKILL);
      }
    }
    if (now < end && !shared_->stop && options_.mix.Uses(Role::kUpdate)) {
      Release();
    }
    std::this_thread::sleep_for(kTick);
  }
}

absl::Status Run::Collect() {
  for (const Process& process : processes_) {
    const std::string said = ReadAll(process.fd);
    const bool well =
        WIFEXITED(process.status) && WEXITSTATUS(process.status) == 0;
    absl::StatusOr<json::Value> value = json::Parse(said, json::kOurs);
    if (!well || !value.ok()) {
      ++outcome_.lost_processes;
      outcome_.notes.push_back(
          absl::StrCat("process ", process.pid, " ended without results: ",
                       WIFSIGNALED(process.status)
                           ? absl::StrCat("signal ", WTERMSIG(process.status))
                           : said));
      continue;
    }
    OTRP_ASSIGN_OR_RETURN(const Results results, Results::FromJson(*value));
    outcome_.results.Merge(results);
  }
  return absl::OkStatus();
}

absl::StatusOr<RunOutcome> Run::Go() {
  OTRP_RETURN_IF_ERROR(Fork());
  OTRP_RETURN_IF_ERROR(WaitUntilSettled());
  OTRP_RETURN_IF_ERROR(Withdraw());
  // Devices that shall be updated begin with something to update.
  if (options_.mix.Uses(Role::kUpdate)) Release();
  outcome_.started_at = RealClock().Now() + absl::Nanoseconds(kLeadNanos);
  const CpuSeconds before = OwnCpu();
  // Without a warm-up nothing is under way yet, and each message is counted.
  window_began_ = options_.warmup <= absl::ZeroDuration();
  if (window_began_) Scrape(&outcome_.before);
  shared_->start_nanos = NowNanos() + kLeadNanos;
  Watch();
  Scrape(&outcome_.after);
  const CpuSeconds after = OwnCpu();
  outcome_.coordinator_cpu = {after.user - before.user,
                              after.system - before.system};
  OTRP_RETURN_IF_ERROR(Collect());
  return std::move(outcome_);
}

}  // namespace

absl::StatusOr<RunOutcome> RunLoad(const RunOptions& options) {
  interrupted = 0;
  struct sigaction action {};
  action.sa_handler = Interrupt;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return Run(options).Go();
}

}  // namespace otrp::load
