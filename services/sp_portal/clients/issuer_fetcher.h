// Gets the keys of issuers of ID tokens, whose URLs operators gave: what
// <issuer>/.well-known/openid-configuration names as jwks_uri.
//
// In the background alone: a call that needs a key that isn't here kicks it
// and is refused.
//
// Thread-safety: thread-safe.
// Source: OpenID Connect Discovery 1.0 section 4.

#ifndef OTRP_SERVICES_SP_PORTAL_CLIENTS_ISSUER_FETCHER_H_
#define OTRP_SERVICES_SP_PORTAL_CLIENTS_ISSUER_FETCHER_H_

#include <atomic>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/http/client.h"
#include "libs/service/periodic_task.h"
#include "services/sp_portal/storage/publisher_store.h"

namespace otrp {
namespace portal {

class IssuerFetcher {
 public:
  struct Options {
    // Also over plain http and in private networks: for tests and a stack on
    // one machine.
    bool insecure = false;
    // PEM roots; empty: the system's.
    std::string ca_file;
  };

  // Starts the thread. Store and clock must outlive the fetcher.
  IssuerFetcher(PublisherStore& store, const Clock& clock, Options options);

  // Ends after the issuer under way.
  ~IssuerFetcher() { stop_ = true; }
  IssuerFetcher(const IssuerFetcher&) = delete;
  IssuerFetcher& operator=(const IssuerFetcher&) = delete;

  // Soon again, whatever the period says; at most every kMinFetchPause.
  void Kick();
  // Waits for a round that starts now; false where there is none within
  // `timeout`.
  bool FetchAndWait(absl::Duration timeout);

 private:
  // One that fails doesn't hold up the others: its error is noted with it.
  absl::Status FetchAll();
  absl::StatusOr<std::string> Fetch(const std::string& issuer);
  absl::StatusOr<std::string> Get(const std::string& url);

  PublisherStore& store_;
  const Clock& clock_;
  http::Client client_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  absl::Time last_kick_ = absl::InfinitePast();
  // Last, so that all above is there before it runs.
  service::PeriodicTask task_;
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_CLIENTS_ISSUER_FETCHER_H_
