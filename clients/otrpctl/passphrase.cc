#include "clients/otrpctl/passphrase.h"

#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "clients/otrpctl/terminal.h"
#include "libs/base/status_macros.h"
#include "libs/cli/cli.h"
#include "libs/config/config.h"

namespace otrp::ctl {
namespace {

absl::StatusOr<SecretBytes> FromFile(absl::string_view flag,
                                     const std::string& file) {
  const absl::StatusOr<SecretBytes> octets = config::ReadSecretFile(flag, file);
  if (!octets.ok()) return cli::UsageError(octets.status().message());
  // The line's end is no part of it.
  return SecretBytes(absl::StripTrailingAsciiWhitespace(octets->view()));
}

absl::StatusOr<SecretBytes> Type(absl::string_view flag,
                                 absl::string_view question, bool twice) {
  const std::unique_ptr<Terminal> terminal = Terminal::Open();
  if (terminal == nullptr) {
    return cli::UsageError(absl::StrCat(
        "--", flag, " is missing, and there is no terminal to ask at"));
  }
  OTRP_ASSIGN_OR_RETURN(SecretBytes first, terminal->AskSecretly(question));
  if (!twice) return first;
  OTRP_ASSIGN_OR_RETURN(const SecretBytes second,
                        terminal->AskSecretly("Once more: "));
  if (first.view() != second.view()) {
    return absl::CancelledError("the two aren't the same; nothing was done");
  }
  return first;
}

}  // namespace

absl::StatusOr<SecretBytes> NewPassphrase(absl::string_view flag,
                                          const std::string& file) {
  OTRP_ASSIGN_OR_RETURN(SecretBytes passphrase,
                        file.empty()
                            ? Type(flag, "Passphrase for the keys: ", true)
                            : FromFile(flag, file));
  if (passphrase.size() < kMinPassphrase) {
    return cli::UsageError(absl::StrCat("--", flag, ": a passphrase needs ",
                                        kMinPassphrase, " octets or more"));
  }
  return passphrase;
}

absl::StatusOr<SecretBytes> KnownPassphrase(absl::string_view flag,
                                            const std::string& file) {
  return file.empty() ? Type(flag, "Passphrase of the key: ", false)
                      : FromFile(flag, file);
}

}  // namespace otrp::ctl
