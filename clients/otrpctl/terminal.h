// Questions to whoever sits at the terminal: at /dev/tty itself, so that pipes
// and redirections take no part.
//
// Thread-safety: none. Errors: CANCELLED for Ctrl-C, Ctrl-D and a terminal that
// has gone.

#ifndef CLIENTS_OTRPCTL_TERMINAL_H_
#define CLIENTS_OTRPCTL_TERMINAL_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/secret.h"

namespace otrp::ctl {

class Terminal {
 public:
  // Null where the process has none.
  static std::unique_ptr<Terminal> Open();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void Say(absl::string_view text);
  // A line, without what stands around its words.
  absl::StatusOr<std::string> Ask(absl::string_view question);
  // The same, of which nothing is shown.
  absl::StatusOr<SecretBytes> AskSecretly(absl::string_view question);

 private:
  explicit Terminal(int descriptor) : descriptor_(descriptor) {}

  absl::StatusOr<std::string> ReadLine();

  const int descriptor_;
};

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_TERMINAL_H_
