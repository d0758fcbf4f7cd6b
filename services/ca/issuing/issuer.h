// The issuance cycle:
//
//   1  the certificate is made without a signature and linted: held against its
//      template, RFC 5280 and its profile (libs/pki/lint.h)
//   2  the intent is stored: serial, names, times, the request, the digest of
//      what is to be signed, who asked for what
//   3  it is made again with the authority's key; what is signed must be the
//      same octets as in 1
//   4  its chain is verified as a relying party would
//   5  it is stored, with its audit record
//
// A power cut leaves at most an intent. The same request id completes it, under
// its serial, only where that makes the very octets of the first time: else
// there could be two certificates of one serial, and a new one is begun. An
// intent that nobody completes is revoked (intents.h). Nobody is answered with
// a certificate that was revoked or has ended: its request id goes to a new
// one.
//
// Thread-safety: thread-safe.
// Errors: see services/ca/errors.h.

#ifndef OTRP_SERVICES_CA_ISSUING_ISSUER_H_
#define OTRP_SERVICES_CA_ISSUING_ISSUER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/pki/certificate.h"
#include "libs/pki/csr.h"
#include "libs/pki/issue.h"
#include "services/ca/domain/order.h"
#include "services/ca/issuing/authorities.h"
#include "services/ca/storage/batch_store.h"
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

// What the audit log says of an issuance: an object of JSON with the names, the
// key's fingerprint and the authority.
std::string IssueDetails(const CertificateRecord& signed_one,
                         const IssueOrder& order);

class Issuer {
 public:
  struct Urls {
    // Such as "http://127.0.0.1:8080"; the /pki/ paths are added.
    std::string base;

    // Of a part of its certificates (domain/crl_shard.h); of all where empty.
    std::string Crl(const std::string& authority,
                    const std::string& shard) const;
    std::string Ocsp() const;
    std::string Certificate(const std::string& authority) const;
  };

  // All must outlive the issuer.
  static absl::StatusOr<Issuer> Create(const Authorities& authorities,
                                       CaStore& store, const Clock& clock,
                                       Random& random, Urls urls);

  // `audit` makes the record of what was signed, before that is stored.
  using Audit =
      absl::FunctionRef<store::AuditEvent(const CertificateRecord& signed_one)>;
  absl::StatusOr<Issued> Issue(const pki::Csr& csr, const IssueOrder& order,
                               Audit audit);

  struct BatchOrder {
    pki::Csr csr;
    IssueOrder order;
  };
  using BatchAudit = absl::FunctionRef<store::AuditEvent(
      const CertificateRecord& signed_one, const IssueOrder& order)>;
  // The same for many at once, each with a request id and a key of its own: in
  // their order, what each got or why it was refused. Not OK: nothing is known
  // of any; the same again goes on.
  absl::StatusOr<std::vector<absl::StatusOr<Issued>>> IssueBatch(
      BatchStore& batches, const std::vector<BatchOrder>& orders,
      BatchAudit audit);

 private:
  Issuer(const Authorities& authorities, CaStore& store, const Clock& clock,
         Random& random, Urls urls)
      : authorities_(authorities),
        store_(store),
        clock_(clock),
        random_(random),
        urls_(std::move(urls)) {}

  // A certificate that is good already, or what is to be signed.
  struct Begun {
    AuthorityPtr authority;
    CertificateRecord intent;
    pki::LeafTemplate leaf;
    // Unset: `intent` is issued.
    absl::optional<pki::Certificate> linted;
    // Whether `intent` stands in the database.
    bool is_recorded = false;
    IntentGrounds grounds;
  };

  // `known`: what the request id has brought so far. Writes nothing.
  absl::StatusOr<Begun> Begin(const pki::Csr& csr, const IssueOrder& order,
                              const CertificateRecord* known);
  absl::Status BeginAnew(const pki::Csr& csr, const IssueOrder& order,
                         const std::string& digest, Begun* begun);
  Issued Answer(const Begun& begun, const std::string& der, bool is_new) const;
  CertificateRecord NewIntent(const pki::Csr& csr, const IssueOrder& order,
                              const Authority& authority,
                              const std::string& digest);
  pki::LeafTemplate TemplateOf(const CertificateRecord& intent,
                               const IssueOrder& order,
                               const Authority& authority) const;
  // Signed by nobody.
  absl::StatusOr<pki::Certificate> Lint(const pki::LeafTemplate& leaf,
                                        const pki::Csr& csr,
                                        const Authority& authority) const;
  // DER.
  absl::StatusOr<std::string> Sign(const pki::LeafTemplate& leaf,
                                   const pki::Csr& csr,
                                   const pki::Certificate& linted,
                                   const Authority& authority) const;
  absl::Status CheckAsRelyingParty(const pki::Certificate& certificate,
                                   pki::Role role,
                                   const Authority& authority) const;

  const Authorities& authorities_;
  CaStore& store_;
  const Clock& clock_;
  Random& random_;
  Urls urls_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_ISSUER_H_
