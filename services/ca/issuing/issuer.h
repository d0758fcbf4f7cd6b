// The issuance cycle:
//
//   1  the intent is stored: serial, names, times, who asked for what
//   2  the certificate is made with a throw-away key and linted (parsed and
//      held against its template)
//   3  it is made again with the authority's key; what is signed must be the
//      same octets as in 2
//   4  its chain is verified as a relying party would
//   5  it is stored, with its audit record
//
// A power cut leaves at most an intent, which can be revoked and, under the
// same request id, completed. Nobody is answered with a certificate that was
// revoked or has ended: its request id goes to a new one.
//
// Thread-safety: thread-safe.
// Errors: see services/ca/errors.h.

#ifndef OTRP_SERVICES_CA_ISSUING_ISSUER_H_
#define OTRP_SERVICES_CA_ISSUING_ISSUER_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/pki/csr.h"
#include "services/ca/domain/order.h"
#include "services/ca/issuing/authorities.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {

struct Issued {
  std::string serial;
  std::vector<std::string> chain_der;
  absl::Time not_after;
  // False when the same request had been answered before.
  bool is_new = true;
};

class Issuer {
 public:
  struct Urls {
    // Such as "http://127.0.0.1:8080"; the /pki/ paths are added.
    std::string base;

    std::string Crl(const std::string& authority) const;
    std::string Ocsp() const;
    std::string Certificate(const std::string& authority) const;
  };

  // All must outlive the issuer.
  static absl::StatusOr<Issuer> Create(const Authorities& authorities,
                                       CaStore& store, const Clock& clock,
                                       Random& random, Urls urls);

  // `audit` makes the record once the serial is known.
  absl::StatusOr<Issued> Issue(
      const pki::Csr& csr, const IssueOrder& order,
      absl::FunctionRef<store::AuditEvent(const std::string& serial)> audit);

 private:
  Issuer(const Authorities& authorities, CaStore& store, const Clock& clock,
         Random& random, Urls urls, crypto::PrivateKey lint_rsa,
         crypto::PrivateKey lint_ec)
      : authorities_(authorities),
        store_(store),
        clock_(clock),
        random_(random),
        urls_(std::move(urls)),
        lint_rsa_(std::move(lint_rsa)),
        lint_ec_(std::move(lint_ec)) {}

  absl::StatusOr<std::string> Sign(const CertificateRecord& intent,
                                   const pki::Csr& csr, const IssueOrder& order,
                                   const Authority& authority) const;

  const Authorities& authorities_;
  CaStore& store_;
  const Clock& clock_;
  Random& random_;
  Urls urls_;
  crypto::PrivateKey lint_rsa_;
  crypto::PrivateKey lint_ec_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_ISSUER_H_
