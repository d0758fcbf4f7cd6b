// Where otrpctl calls and as whom, by name: a file of contexts.
//
// A context is a server of the REST interface with a token, or the services'
// addresses with a folder of TLS files. Tokens are as good as passwords: the
// file is its owner's alone, and what isn't so is not read.
//
//   OTRP_ASSIGN_OR_RETURN(const std::string path, ContextsPath());
//   OTRP_ASSIGN_OR_RETURN(const Contexts contexts, ReadContexts(path));
//
// Thread-safety: values; functions without state. Processes that change the
// file at once wait for one another.
// Errors: usage errors that name the file and what to do about it.

#ifndef CLIENTS_OTRPCTL_CONTEXTS_H_
#define CLIENTS_OTRPCTL_CONTEXTS_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/base/secret.h"
#include "libs/json/json.h"

namespace otrp::ctl {

struct Context {
  // "https://api.example:8444"; empty: the services, by gRPC.
  std::string server;
  SecretBytes token;
  // Roots for the server's certificate instead of the system's; may be empty.
  std::string ca_file;
  // What the server said of the token: "sp", "acme", "member/bob", "developer".
  std::string kind;
  std::string account;
  std::string agent;
  std::string role;
  absl::optional<absl::Time> expires_at;
  // By gRPC: the flags of otrpctl that it stands for, "tls-dir" and the
  // addresses.
  std::map<std::string, std::string> flags;

  // All but the token, for people. Those members that it has.
  json::Value Shown() const;
};

struct Contexts {
  // Of `all`, or empty.
  std::string current;
  std::map<std::string, Context> all;
};

// OTRPCTL_CONFIG, else otrpctl/contexts.json in XDG_CONFIG_HOME or ~/.config.
absl::StatusOr<std::string> ContextsPath();

// 1 to 64 letters, digits, '.', '-', '_'. `where`: the flag or word, for the
// error.
absl::Status CheckContextName(absl::string_view where, absl::string_view name);

// https://host[:port] and nothing more; http:// only where the host is an
// address of loopback, so that no token crosses a network in clear. Without the
// slash at its end. `where` as above.
absl::StatusOr<std::string> CheckServer(absl::string_view where,
                                        absl::string_view url);

// A token or one-time code as a header or a request may have it: never quoted.
absl::Status CheckToken(absl::string_view where, absl::string_view token);

// A path that means the same file wherever otrpctl is called; an empty one
// stays so.
absl::StatusOr<std::string> AbsolutePath(const std::string& path);

// None where there is no file. Refuses one that isn't a plain file of this user
// for him alone (0600), as SSH does.
absl::StatusOr<Contexts> ReadContexts(const std::string& path);

// The file for as long as it is changed: others wait, and what can fail has
// been tried before anything is asked of a server whose answer must be kept.
class ContextsEdit {
 public:
  // Makes the folder (0700) where it isn't there.
  static absl::StatusOr<ContextsEdit> Begin(const std::string& path);
  ContextsEdit(ContextsEdit&& other) noexcept;
  ContextsEdit& operator=(ContextsEdit&&) = delete;
  // Without Commit() nothing has changed.
  ~ContextsEdit();

  Contexts& contexts() { return contexts_; }

  // Once: the file is what contexts() are, whole.
  absl::Status Commit();

 private:
  ContextsEdit() = default;

  std::string path_;
  // Of the folder, locked.
  int folder_ = -1;
  // The file beside it that becomes it.
  std::string written_as_;
  int descriptor_ = -1;
  Contexts contexts_;
};

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_CONTEXTS_H_
