// What became of requests under an idempotency key, in the service's own
// database (libs/store/idempotency.h), for a day.
//
// An answer may show a secret that nobody can show again. It lies sealed by a
// key that is derived from the caller's own key, of which there is but a hash,
// and from the service's key-encryption key: who reads the database needs both.
// Of a service without the latter, whose answers show no secrets, the caller's
// key alone.
//
// Thread-safety: thread-safe.
// Errors: as libs/store/pool.h. An answer that can't be opened, since the
// key-encryption key is another one now, is lost (State::kAnswerLost).

#ifndef OTRP_LIBS_SERVICE_KEPT_ANSWERS_H_
#define OTRP_LIBS_SERVICE_KEPT_ANSWERS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/random.h"
#include "libs/base/secret.h"
#include "libs/rpc/keyed_calls.h"
#include "libs/store/idempotency.h"
#include "libs/store/pool.h"

namespace otrp {
namespace service {

class KeptAnswers final : public rpc::KeyedCalls {
 public:
  // `kek`: the service's key-encryption key; empty: it has none. What another
  // one sealed opens while that is `previous_kek`: answers are kept for a day.
  // `pool` and `random` must outlive it.
  KeptAnswers(store::Pool& pool, absl::string_view kek, Random& random,
              store::KeyRules rules = {}, absl::string_view previous_kek = "");

  absl::StatusOr<Begun> Begin(const Request& request) override;
  absl::StatusOr<Begun> Find(const Request& request) override;
  void Keep(const Request& request, const std::string& attempt,
            const Answer& answer) override;
  void Release(const std::string& attempt) override;

 private:
  store::KeyedRequest RowOf(const Request& request) const;
  Begun BegunOf(const Request& request, const store::KeyClaim& claim) const;
  static SecretBytes SealKey(const Request& request, const SecretBytes& secret);
  absl::StatusOr<std::string> Seal(const Request& request,
                                   const Answer& answer) const;
  absl::StatusOr<Answer> Open(const Request& request,
                              absl::string_view sealed) const;

  store::Pool& pool_;
  // Derived from the key-encryption key.
  const SecretBytes secret_;
  // Empty: there is none before.
  const SecretBytes previous_secret_;
  Random& random_;
  const store::KeyRules rules_;
};

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_KEPT_ANSWERS_H_
