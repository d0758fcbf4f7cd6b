// The verifier's own file of what it believes in, for starts while neither the
// database nor the CA can be reached. It holds no secrets; whoever can write it
// decides whom the verifier believes after such a start, so it is the process's
// alone (0600), and a file that is older than it may be isn't used.
//
// The age is that of the last Confirm(), when the database said that the policy
// is still this one.
//
// Thread-safety: thread-safe.
// Errors: NOT_FOUND where there is none; FAILED_PRECONDITION for one that is
// too old or open to others; DATA_LOSS for one that isn't what Save() wrote;
// those of libs/base/files.h.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_KEPT_FILE_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_KEPT_FILE_H_

#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/attestation_verifier/domain/model.h"

namespace otrp {
namespace verifier {

class KeptFile {
 public:
  // `path` empty: nothing is kept.
  KeptFile(std::string path, absl::Duration max_age)
      : path_(std::move(path)), max_age_(max_age) {}

  absl::StatusOr<KeptTrust> Load(absl::Time now);
  // Replaces it, unless it has the same content.
  absl::Status Save(const KeptTrust& kept, absl::Time now);
  // What was saved last is what counts at `now`, too.
  absl::Status Confirm(absl::Time now);

 private:
  const std::string path_;
  const absl::Duration max_age_;
  std::mutex mutex_;
  // Of what this process saved last.
  std::string saved_digest_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_TRUST_KEPT_FILE_H_
