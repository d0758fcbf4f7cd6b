// Trusted publishing, in PostgreSQL (schema portal): issuers of ID tokens and
// the publishers of service providers.
//
// Each mutation is one transaction that holds the change and its audit event.
//
// Thread-safety: thread-safe.
// Errors: the named ones of errors.h; UNAVAILABLE and UNKNOWN of
// libs/store/pool.h.

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_PUBLISHER_STORE_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_PUBLISHER_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "services/sp_portal/domain/access.h"
#include "services/sp_portal/domain/publisher.h"

namespace otrp {
namespace portal {

class PublisherStore {
 public:
  // `pool` must outlive the store.
  explicit PublisherStore(store::Pool& pool) : pool_(pool) {}

  // --- Issuers --------------------------------------------------------------
  // Keys that were fetched stay where `issuer` isn't pinned and wasn't before.
  // RESOURCE_EXHAUSTED beyond kMaxIssuers.
  absl::Status SetIssuer(const Issuer& issuer, const store::AuditEvent& audit);
  absl::Status RemoveIssuer(const std::string& issuer,
                            const store::AuditEvent& audit);
  absl::StatusOr<absl::optional<Issuer>> FindIssuer(const std::string& issuer);
  // By URL.
  absl::StatusOr<std::vector<Issuer>> ListIssuers(const std::string& after,
                                                  int limit);
  // What a fetch gave: keys, or why not. Nothing for one that was pinned or
  // removed since.
  absl::Status NoteFetch(const std::string& issuer, const std::string& jwks,
                         const std::string& error, absl::Time now);

  // --- Publishers -----------------------------------------------------------
  // RESOURCE_EXHAUSTED beyond kMaxPublishers.
  absl::Status AddPublisher(const Publisher& publisher,
                            const store::AuditEvent& audit);
  // By id.
  absl::StatusOr<std::vector<Publisher>> ListPublishers(
      const std::string& spid, const std::string& after, int limit);
  // Those of the SP that trust the issuer; none of an SP that isn't there or
  // isn't active.
  absl::StatusOr<std::vector<Publisher>> PublishersOf(
      const std::string& spid, const std::string& issuer);
  // Revokes its tokens.
  absl::Status RemovePublisher(const std::string& spid, const std::string& id,
                               absl::Time now, const store::AuditEvent& audit);

  // The token that token.publisher is given for the ID token with this digest.
  // UNAUTHENTICATED for one that was exchanged before.
  absl::Status Exchange(const Token& token, const std::string& sha256,
                        const std::string& id_token_digest,
                        const store::AuditEvent& audit);
  // Removes tokens of publishers that expired before `cutoff`.
  absl::StatusOr<int64_t> PurgeExchanged(absl::Time cutoff,
                                         absl::Duration budget);

 private:
  store::Pool& pool_;
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_PUBLISHER_STORE_H_
