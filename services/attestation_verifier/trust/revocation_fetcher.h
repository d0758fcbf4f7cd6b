// Fetches CRLs and OCSP responses of third parties' authorities from where
// operators said, in the background: appraisals use what was had.
//
// URLs lead to the public Internet only, whatever name leads there, unless the
// operator of the process allows others; no redirects; limits of size and time.
// What comes counts when the source's authority has signed it, and when it is
// no older than what is in use. A list that hasn't changed isn't sent again
// (If-None-Match).
//
// Of replicas, one reads. What was had is in the database and, with it, in the
// verifier's own file.
//
// Thread-safety: thread-safe.
// Errors: the store's. What a source does wrong is noted with it and logged.
// Source: RFC 5280, RFC 6960 appendix A, RFC 9110 section 13.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_REVOCATION_FETCHER_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_REVOCATION_FETCHER_H_

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/attest/trust.h"
#include "libs/base/clock.h"
#include "libs/http/client.h"
#include "services/attestation_verifier/domain/revocation_sources.h"
#include "services/attestation_verifier/storage/source_store.h"
#include "services/attestation_verifier/storage/verifier_store.h"

namespace otrp {
namespace verifier {

class RevocationFetcher {
 public:
  struct Options {
    // Also private networks.
    bool any_host = false;
    // PEM roots for https; empty: the system's.
    std::string ca_file;
  };

  // The collaborators must outlive it.
  RevocationFetcher(SourceStore& sources, VerifierStore& store,
                    const Clock& clock, Options options)
      : sources_(sources), store_(store), clock_(clock), options_(options) {}

  // A responder is to be asked for these certificates' status. Those that find
  // no place are asked for when they come again.
  void Want(const std::vector<attest::AskedCertificate>& certificates);

  // Reads those sources that are due, and asks responders for what is wanted.
  absl::Status Run();

 private:
  // What a source gave: nothing where it hasn't changed.
  struct Fetched {
    absl::optional<RevocationData> data;
    absl::Time current_until;
    std::string etag;
  };
  http::Client::Options ClientOptions(size_t max_bytes) const;
  absl::Status Read(const StoredSource& source);
  absl::StatusOr<Fetched> ReadCrl(const StoredSource& source);
  // FAILED_PRECONDITION where what is in use is newer.
  absl::Status CheckIsNoOlder(const RevocationData& data);
  // Asks `source`, which is a responder, for some of what is wanted of it.
  absl::Status Ask(const StoredSource& source);
  absl::StatusOr<Fetched> AskFor(const StoredSource& source,
                                 const attest::AskedCertificate& certificate);
  // Those of this responder's authority.
  std::vector<attest::AskedCertificate> TakeWanted(const StoredSource& source);
  static void Show(const std::vector<StoredSource>& sources, absl::Time now);

  SourceStore& sources_;
  VerifierStore& store_;
  const Clock& clock_;
  const Options options_;
  std::mutex mutex_;
  // By the certificate's SHA-256.
  std::map<std::string, attest::AskedCertificate> wanted_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_REVOCATION_FETCHER_H_
