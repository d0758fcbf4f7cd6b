// CRLs and OCSP responses of the authorities.
//
// A CRL is made anew on each revocation and before it runs out. An OCSP
// response is made when it is asked for and reused until half of its life is
// over or the certificate's status changes. Nonces are not answered (RFC 5019
// 4): otherwise anybody could have a private key at work.
//
// Thread-safety: thread-safe.
// Errors: those of the store.

#ifndef OTRP_SERVICES_CA_ISSUING_REVOCATION_H_
#define OTRP_SERVICES_CA_ISSUING_REVOCATION_H_

#include <map>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "services/ca/issuing/authorities.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {

struct OcspAnswer {
  std::string der;
  // InfinitePast for error responses.
  absl::Time this_update = absl::InfinitePast();
  absl::Time next_update = absl::InfinitePast();
};

class Revocation {
 public:
  // All must outlive the object.
  Revocation(const Authorities& authorities, CaStore& store, const Clock& clock)
      : authorities_(authorities), store_(store), clock_(clock) {}

  absl::Status PublishCrl(const std::string& authority);
  // Publishes those that are missing, old or incomplete.
  absl::Status PublishStaleCrls();

  absl::StatusOr<OcspAnswer> AnswerOcsp(absl::string_view request_der);

 private:
  struct Cached {
    OcspAnswer answer;
    std::string status;
  };

  const Authorities& authorities_;
  CaStore& store_;
  const Clock& clock_;
  std::mutex mutex_;
  // By the CertID's octets.
  std::map<std::string, Cached> cache_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_REVOCATION_H_
