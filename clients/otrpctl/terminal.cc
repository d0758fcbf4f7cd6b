#include "clients/otrpctl/terminal.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/ascii.h"
#include "libs/base/status_macros.h"

namespace otrp::ctl {
namespace {

constexpr size_t kMaxLineBytes = 4096;

// As a terminal sends them where it leaves them to us.
constexpr char kCtrlC = 3;
constexpr char kCtrlD = 4;
constexpr char kBackspace = 8;
constexpr char kCtrlU = 21;
constexpr char kDelete = 127;

// Keys come one by one, unseen, and Ctrl-C is one of them: it doesn't end the
// process while the terminal is like that.
class Unseen {
 public:
  explicit Unseen(int descriptor) : descriptor_(descriptor) {
    good_ = ::tcgetattr(descriptor_, &before_) == 0;
    termios now = before_;
    now.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | ISIG);
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    good_ = good_ && ::tcsetattr(descriptor_, TCSAFLUSH, &now) == 0;
  }
  ~Unseen() {
    if (good_) ::tcsetattr(descriptor_, TCSAFLUSH, &before_);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

  bool good() const { return good_; }

 private:
  const int descriptor_;
  bool good_ = false;
  termios before_ = {};
};

bool ReadKey(int descriptor, char* key) {
  ssize_t n = 0;
  do {
    n = ::read(descriptor, key, 1);
  } while (n < 0 && errno == EINTR);
  return n == 1;
}

absl::Status Cancelled() { return absl::CancelledError("nothing was done"); }

}  // namespace

std::unique_ptr<Terminal> Terminal::Open() {
  const int descriptor = ::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (descriptor < 0) return nullptr;
  return std::unique_ptr<Terminal>(new Terminal(descriptor));
}

Terminal::~Terminal() { ::close(descriptor_); }

void Terminal::Say(absl::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(descriptor_, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    // Who has gone hears nothing; the next question finds out.
    if (n <= 0) return;
    text.remove_prefix(static_cast<size_t>(n));
  }
}

absl::StatusOr<std::string> Terminal::ReadLine() {
  std::string line;
  char key = 0;
  while (ReadKey(descriptor_, &key)) {
    if (key == '\n' || key == '\r') {
      return std::string(absl::StripAsciiWhitespace(line));
    }
    if (key == kCtrlC || key == kCtrlD) break;
    if (key == kBackspace || key == kDelete) {
      if (!line.empty()) line.pop_back();
    } else if (key == kCtrlU) {
      line.clear();
    } else if (line.size() < kMaxLineBytes) {
      line += key;
    }
  }
  Wipe(&line);
  return Cancelled();
}

absl::StatusOr<std::string> Terminal::Ask(absl::string_view question) {
  Say(question);
  return ReadLine();
}

absl::StatusOr<SecretBytes> Terminal::AskSecretly(absl::string_view question) {
  const Unseen unseen(descriptor_);
  if (!unseen.good()) return Cancelled();
  Say(question);
  absl::StatusOr<std::string> line = ReadLine();
  Say("\n");
  if (!line.ok()) return line.status();
  return SecretBytes::Take(*std::move(line));
}

}  // namespace otrp::ctl
