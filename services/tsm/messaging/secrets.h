// The secrets that tids, first rids and content keys are derived from: one for
// what is made from now on, and those before it, which open sessions need
// until they end. They are replaced while we run.
//
// A content key is derived again when its response comes, so a session keeps
// the id of the secret, never the secret. Whose secret is gone starts anew.
//
// Thread-safety: thread-safe; a SessionSecret is immutable.

#ifndef OTRP_SERVICES_TSM_MESSAGING_SECRETS_H_
#define OTRP_SERVICES_TSM_MESSAGING_SECRETS_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/base/secret.h"
#include "libs/protocol/tid.h"

namespace otrp {
namespace tsm {

struct SessionSecret {
  SecretBytes bytes;
  // Eight hexadecimal digits that tell secrets apart and nothing about them.
  std::string id;
};

class SessionSecrets {
 public:
  // A tid and the secret that it was made with.
  struct TidOwner {
    protocol::TidInfo info;
    std::shared_ptr<const SessionSecret> secret;
  };

  // At least one, of 32 octets or more each.
  explicit SessionSecrets(std::vector<SecretBytes> secrets);

  // For all that is new.
  std::shared_ptr<const SessionSecret> Current() const;

  // Null where there is none (any more). An empty id is the first one's: of
  // sessions from before there were ids.
  std::shared_ptr<const SessionSecret> ById(absl::string_view id) const;

  // As protocol::CheckTid() with each of them.
  absl::StatusOr<TidOwner> CheckTid(absl::string_view tid,
                                    absl::Time now) const;

  // True where that changed something.
  bool Replace(std::vector<SecretBytes> secrets);

 private:
  using List = std::vector<std::shared_ptr<const SessionSecret>>;

  static List ListOf(std::vector<SecretBytes> secrets);
  List Get() const;

  mutable std::mutex mutex_;
  List secrets_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_MESSAGING_SECRETS_H_
