#include "clients/otrpctl/watch.h"

#include <unistd.h>

#include <csignal>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/types/optional.h"

namespace otrp::ctl {
namespace {

// Home, and everything below it away: the screen doesn't flicker.
constexpr char kClear[] = "\033[H\033[J";

// From now on Ctrl-C ends the process with 0, once `output` is free. Before
// there are other threads: they must not get the signal. Where whoever started
// us has it ignored, it stays so.
void EndOnCtrlC(std::mutex* output) {
  struct sigaction before = {};
  ::sigaction(SIGINT, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([signals, output] {
    int signal = 0;
    while (::sigwait(&signals, &signal) != 0) {
    }
    // Never unlocked: nothing is written any more.
    output->lock();
    ::_exit(0);
  }).detach();
}

class Screen {
 public:
  explicit Screen(const Watching& watching) : watching_(watching) {}

  void Show(const Result& now) {
    const std::string notes = NotesOf(now);
    if (notes != notes_) watching_.err << notes << std::flush;
    notes_ = notes;
    if (watching_.on_terminal) {
      watching_.out << kClear << Render(now, watching_.format) << std::flush;
    } else if (!before_.has_value()) {
      watching_.out << Render(now, watching_.format) << std::flush;
    } else {
      ShowNews(NewsOf(*before_, now));
    }
    before_ = now;
    ShowError(now.verdict);
  }

  // Once, until it is another one or none.
  void ShowError(const absl::Status& status) {
    const std::string error =
        status.ok()
            ? ""
            : absl::StrCat("otrpctl: ", PrintableLines(status.message()), "\n");
    if (error != error_ || (watching_.on_terminal && !status.ok())) {
      watching_.err << error << std::flush;
    }
    error_ = error;
  }

 private:
  static std::string NotesOf(const Result& result) {
    std::string text;
    for (const std::string& note : result.notes) {
      absl::StrAppend(&text, "note: ", PrintableLines(note), "\n");
    }
    return text;
  }

  void ShowNews(const News& news) {
    if (!news.any) return;
    std::string text;
    if (watching_.format == Format::kYaml) text = "---\n";
    absl::StrAppend(&text,
                    Render(news.result, watching_.format, /*titles=*/false));
    if (watching_.format == Format::kTable) {
      for (const std::string& name : news.gone) {
        absl::StrAppend(&text, "gone: ", name, "\n");
      }
    }
    watching_.out << text << std::flush;
  }

  const Watching& watching_;
  absl::optional<Result> before_;
  std::string notes_;
  std::string error_;
};

}  // namespace

News NewsOf(const Result& before, const Result& now) {
  News news;
  news.result = now;
  if (now.list.empty() || now.list != before.list) {
    news.any = now.text != before.text ||
               now.value.Serialize() != before.value.Serialize();
    return news;
  }
  std::set<std::string> known;
  for (const json::Value& item : before.value.Find(now.list)->items()) {
    known.insert(item.Serialize());
  }
  std::set<std::string> there;
  json::Value items = json::Value::Array();
  for (const json::Value& item : now.value.Find(now.list)->items()) {
    there.insert(NameOfItem(now, item));
    if (known.count(item.Serialize()) == 0) items.Append(item);
  }
  if (!now.is_cut) {
    for (const json::Value& item : before.value.Find(now.list)->items()) {
      std::string name = NameOfItem(before, item);
      if (there.count(name) == 0) news.gone.push_back(std::move(name));
    }
  }
  news.any = items.size() > 0 || !news.gone.empty();
  news.result.value.Set(now.list, std::move(items));
  if (!news.gone.empty()) {
    json::Value gone = json::Value::Array();
    for (const std::string& name : news.gone) {
      gone.Append(json::Value::String(name));
    }
    news.result.value.Set("gone", std::move(gone));
  }
  return news;
}

int Watch(const std::function<absl::StatusOr<Result>()>& ask,
          const Watching& watching) {
  // Outlives the thread that waits for it.
  static auto* const output = new std::mutex();
  EndOnCtrlC(output);
  Screen screen(watching);
  while (watching.out.good()) {
    const absl::StatusOr<Result> result = ask();
    {
      std::lock_guard<std::mutex> lock(*output);
      if (result.ok()) {
        screen.Show(*result);
      } else {
        screen.ShowError(result.status());
      }
    }
    if (cli::IsUsageError(result.status()) ||
        absl::IsUnauthenticated(result.status())) {
      return ExitCode(result.status());
    }
    absl::SleepFor(watching.pause);
  }
  return 1;
}

}  // namespace otrp::ctl
