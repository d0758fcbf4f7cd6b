// A simulated device: the software TEE in memory, which can forget everything
// or go back to what it once had, so that it can do the same again.
//
// Thread-safety: one thread at a time.

#ifndef CLIENTS_LOAD_SIM_DEVICE_H_
#define CLIENTS_LOAD_SIM_DEVICE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "clients/device/broker.h"
#include "clients/device/state.h"
#include "clients/device/tee.h"
#include "clients/load/cache.h"
#include "clients/load/results.h"
#include "clients/load/target.h"

namespace otrp::load {

class SimDevice {
 public:
  // A new device with nothing. `target` must outlive it.
  static absl::StatusOr<std::unique_ptr<SimDevice>> Create(const Target& target,
                                                           const Pool& pool,
                                                           const Cache& cache,
                                                           const Cache& aiks,
                                                           int number);

  // Back to nothing, or to what Keep() kept. It also forgets the TSM.
  absl::Status Reset();
  absl::Status Restore();
  void Keep();

  // Like Broker::Process, and counts the CPU time that it takes.
  std::string Process(const std::string& request, device::Outcome* outcome,
                      absl::Duration* cpu);

  // What the TEE holds must be the pool's TA, in version `at_least` (a number
  // of its list) or a later one, with the octets that the SP gave.
  absl::optional<Failure> CheckHolds(size_t at_least, size_t* version) const;
  absl::optional<Failure> CheckEmpty() const;

  const Pool& pool() const { return pool_; }
  // What its sessions begin with, where the TSM is told: an agent knows that
  // from the session before.
  absl::string_view hint() const {
    return pool_.alg == crypto::KeyType::kEcP256 ? "es256" : "";
  }
  const TargetTa& ta() const { return target_.tas[pool_.ta]; }

  // Whether it was at the server in this run.
  bool used = false;
  // Number of the version that it has.
  size_t version = 0;

 private:
  SimDevice(const Target& target, const Pool& pool,
            device::TeeIdentity identity, device::TeeOptions options)
      : target_(target),
        pool_(pool),
        identity_(std::move(identity)),
        options_(std::move(options)) {}

  absl::Status Start(const device::TeeState& state);

  const Target& target_;
  const Pool& pool_;
  const device::TeeIdentity identity_;
  const device::TeeOptions options_;
  std::unique_ptr<device::Tee> tee_;
  std::unique_ptr<device::Broker> broker_;
  device::TeeState kept_;
};

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_SIM_DEVICE_H_
