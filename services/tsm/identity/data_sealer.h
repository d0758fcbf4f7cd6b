// Seals what service providers entrust to the TSM for single devices, by the
// key of --kek_file, as the TSM's own keys are: whoever has the database alone
// can't read it, nor give it to another device.
//
// Thread-safety: thread-safe.
// Errors: DATA_LOSS for what doesn't open: another key, another device,
// damaged.

#ifndef OTRP_SERVICES_TSM_IDENTITY_DATA_SEALER_H_
#define OTRP_SERVICES_TSM_IDENTITY_DATA_SEALER_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/random.h"
#include "libs/base/secret.h"

namespace otrp {
namespace tsm {

// Whose data it is: what is sealed for one doesn't open for another.
struct DataOwner {
  absl::string_view spid;
  absl::string_view taid;
  // 32 octets.
  absl::string_view did;
};

class DataSealer {
 public:
  // `kek`: 32 octets. `random` must outlive it.
  DataSealer(SecretBytes kek, Random& random)
      : kek_(std::move(kek)), random_(random) {}

  absl::StatusOr<std::string> Seal(const DataOwner& owner,
                                   absl::string_view data) const;
  absl::StatusOr<SecretBytes> Open(const DataOwner& owner,
                                   absl::string_view sealed) const;

 private:
  const SecretBytes kek_;
  Random& random_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_IDENTITY_DATA_SEALER_H_
