// CRLs of the authorities: made anew after revocations and before they run out.
// Each has one of all its certificates, which our own pull; where it is divided
// (domain/crl_shard.h) also one of each part, which certificates name.
//
// Many revocations at once cost one signature for each list that they are on:
// the first one has its lists at once, what follows within kCrlWindow waits for
// the end of that. OCSP tells of each at once.
//
// A revoked certificate leaves the list once it has run out for as long as a
// list lives: one regular list at least has had it since (RFC 5280 3.3).
//
// A list's number is the time in milliseconds, or one more than the last where
// that is more: it grows also when the database was restored from a backup.
//
// Thread-safety: thread-safe.
// Errors: those of the store.

#ifndef OTRP_SERVICES_CA_ISSUING_REVOCATION_H_
#define OTRP_SERVICES_CA_ISSUING_REVOCATION_H_

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/pki/crl.h"
#include "services/ca/issuing/authorities.h"
#include "services/ca/issuing/issuer.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {

class Revocation {
 public:
  // All must outlive the object. Lists are made at once, however many, where
  // `window` is zero.
  Revocation(const Authorities& authorities, CaStore& store, const Clock& clock,
             Issuer::Urls urls, absl::Duration window = absl::ZeroDuration())
      : authorities_(authorities),
        store_(store),
        clock_(clock),
        urls_(std::move(urls)),
        window_(window) {}

  // A certificate of the authority and part was revoked: its lists are made
  // now, or by the next PublishDue().
  absl::Status Publish(const std::string& authority, const std::string& shard);
  // Makes the lists that wait; to be called every `window`.
  absl::Status PublishDue();

  // That of all, now.
  absl::Status PublishCrl(const std::string& authority);
  // Publishes those that are missing, old or incomplete.
  absl::Status PublishStaleCrls();

 private:
  // Authority and part; an empty part: the list of all.
  using List = std::pair<std::string, std::string>;

  // Whether it may be made now; else it waits.
  bool TakeTurn(const List& list);
  absl::Status Make(const List& list);
  absl::StatusOr<CrlRecord> Sign(const Authority& authority,
                                 const pki::CrlTemplate& crl, absl::Time now);
  absl::Status PublishStaleShards();

  const Authorities& authorities_;
  CaStore& store_;
  const Clock& clock_;
  const Issuer::Urls urls_;
  const absl::Duration window_;
  std::mutex mutex_;
  // When each was begun last, and which wait.
  std::map<List, absl::Time> begun_;
  std::set<List> due_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_REVOCATION_H_
