// Answers to OCSP requests (RFC 6960, profile RFC 5019).
//
// A response is about one certificate: the first that a request names, by
// SHA-1, SHA-256, SHA-384 or SHA-512 of its issuer. It is signed by the
// authority's delegated signer when it is first asked for, kept in the
// database, and given to all who ask until half of its life is over or the
// certificate's status changes. Whatever strangers send, nobody signs more than
// that: neither for nonces, which are left unanswered (RFC 9654 2.1 allows it),
// nor for further or repeated entries. About all else the answer is unsigned:
// `unauthorized` about what is none of ours or was never issued,
// `malformedRequest` for octets that are no request, `tryLater` for strangers
// while too many ask.
//
// Thread-safety: thread-safe.
// Errors: those of the store; UNAVAILABLE while an authority has no signer;
// INTERNAL for a response that doesn't verify.

#ifndef OTRP_SERVICES_CA_ISSUING_OCSP_RESPONDER_H_
#define OTRP_SERVICES_CA_ISSUING_OCSP_RESPONDER_H_

#include <condition_variable>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "services/ca/issuing/authorities.h"
#include "services/ca/issuing/ocsp_signers.h"
#include "services/ca/storage/ocsp_store.h"

namespace otrp {
namespace ca {

struct OcspAnswer {
  std::string der;
  // InfinitePast for error responses.
  absl::Time this_update = absl::InfinitePast();
  absl::Time next_update = absl::InfinitePast();
};

// Lets few at a time in, and few wait for it.
//
// Thread-safety: thread-safe.
class Turnstile {
 public:
  Turnstile(int at_once, int waiting) : at_once_(at_once), waiting_(waiting) {}

  // False when too many wait already, or nobody left within `patience`. Else
  // Leave() must follow.
  bool Enter(absl::Duration patience);
  void Leave();

 private:
  const int at_once_;
  const int waiting_;
  std::mutex mutex_;
  std::condition_variable left_;
  int inside_ = 0;
  int outside_ = 0;
};

class OcspResponder {
 public:
  // Whose question it is: anybody's, through the gateway, or that of a caller
  // whom we know, which never waits for those.
  enum class Asker { kStranger, kKnown };

  // All must outlive the object.
  OcspResponder(const Authorities& authorities, const OcspSigners& signers,
                OcspStore& store, const Clock& clock);

  absl::StatusOr<OcspAnswer> Answer(absl::string_view request_der, Asker asker);

 private:
  absl::StatusOr<OcspAnswer> AnswerAbout(const Authority& authority,
                                         const pki::CertId& id);
  absl::StatusOr<OcspResponseRecord> Sign(const Authority& authority,
                                          const OcspSigner& signer,
                                          absl::string_view hash,
                                          const OcspRecord& about);

  const Authorities& authorities_;
  const OcspSigners& signers_;
  OcspStore& store_;
  const Clock& clock_;
  Turnstile strangers_;
  // At most one processor of a replica signs for OCSP.
  std::mutex signing_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_OCSP_RESPONDER_H_
