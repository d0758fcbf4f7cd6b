// The devices of one process, by role: idle ones are lent to threads in turn.
//
// Thread-safety: thread-safe.

#ifndef CLIENTS_LOAD_DEVICE_POOL_H_
#define CLIENTS_LOAD_DEVICE_POOL_H_

#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "clients/load/mix.h"
#include "clients/load/shared.h"
#include "clients/load/sim_device.h"

namespace otrp::load {

class DevicePool {
 public:
  // `shared` says which versions are current; it must outlive the pool.
  explicit DevicePool(const Shared& shared) : shared_(shared) {}

  void Add(std::unique_ptr<SimDevice> device);
  const std::vector<std::unique_ptr<SimDevice>>& all() const { return all_; }

  // Null when none is idle. For updates: none that has an older version.
  SimDevice* Take(Role role);
  void Return(SimDevice* device);
  bool Has(Role role);

 private:
  void Sort();

  const Shared& shared_;
  std::vector<std::unique_ptr<SimDevice>> all_;
  std::mutex mutex_;
  std::array<std::deque<SimDevice*>, kRoles> idle_;
  // Those of the role update that have the current version.
  std::deque<SimDevice*> current_;
};

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_DEVICE_POOL_H_
