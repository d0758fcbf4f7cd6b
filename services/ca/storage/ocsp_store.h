// The OCSP half of what the CA remembers, in PostgreSQL, schema ca: delegated
// signers, and the responses that they signed. Rows, no decisions.
//
// Thread-safety: thread-safe.
// Errors: as libs/store/pool.h; NOT_FOUND without a text.

#ifndef OTRP_SERVICES_CA_STORAGE_OCSP_STORE_H_
#define OTRP_SERVICES_CA_STORAGE_OCSP_STORE_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "services/ca/domain/model.h"

namespace otrp {
namespace ca {

class OcspStore {
 public:
  // `pool` must outlive the store.
  explicit OcspStore(store::Pool& pool) : pool_(pool) {}

  // The authority's newest signer that isn't revoked.
  absl::StatusOr<absl::optional<OcspSignerRecord>> CurrentSigner(
      const std::string& authority);
  // Makes `signer`, with its certificate's row, the authority's only one,
  // unless there is one that ends after `horizon` already (another replica's).
  // Gives the one that there is then.
  absl::StatusOr<OcspSignerRecord> ReplaceSigner(
      const OcspSignerRecord& signer, const CertificateRecord& certificate,
      absl::Time horizon, const store::AuditEvent& audit);

  // What is known about `serial`, with the response to those who ask by
  // `hash`, if that ends after `horizon`, tells the certificate's status, and
  // its signer isn't revoked. NOT_FOUND for an unknown serial.
  absl::StatusOr<OcspRecord> Find(const std::string& serial,
                                  absl::string_view hash, absl::Time horizon);

  using SignResponse =
      absl::FunctionRef<absl::StatusOr<OcspResponseRecord>(const OcspRecord&)>;
  // As Find(); where there is no such response, `sign` makes it. One at a time
  // for a serial, over all replicas. FAILED_PRECONDITION where `signer` is
  // revoked: what it signs would not be kept.
  absl::StatusOr<OcspRecord> FindOrSign(const std::string& serial,
                                        absl::string_view hash,
                                        absl::Time horizon,
                                        const std::string& signer,
                                        SignResponse sign);

  // Removes responses that ended before `cutoff`; how many.
  absl::StatusOr<int64_t> PurgeResponses(absl::Time cutoff,
                                         absl::Duration budget);

 private:
  store::Pool& pool_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_STORAGE_OCSP_STORE_H_
