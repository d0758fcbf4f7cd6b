#include "clients/load/device_pool.h"

#include <utility>

namespace otrp::load {

void DevicePool::Add(std::unique_ptr<SimDevice> device) {
  SimDevice* const added = device.get();
  all_.push_back(std::move(device));
  Return(added);
}

SimDevice* DevicePool::Take(Role role) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (role == Role::kUpdate) Sort();
  std::deque<SimDevice*>& idle = idle_[static_cast<size_t>(role)];
  if (idle.empty()) return nullptr;
  SimDevice* const device = idle.front();
  idle.pop_front();
  return device;
}

void DevicePool::Return(SimDevice* device) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (device->pool().role == Role::kUpdate) {
    current_.push_back(device);
    Sort();
  } else {
    idle_[static_cast<size_t>(device->pool().role)].push_back(device);
  }
}

bool DevicePool::Has(Role role) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (role == Role::kUpdate) Sort();
  return !idle_[static_cast<size_t>(role)].empty();
}

// A release has made some of them outdated.
void DevicePool::Sort() {
  std::deque<SimDevice*> still;
  for (SimDevice* device : current_) {
    if (device->version < shared_.version[device->pool().ta]) {
      idle_[static_cast<size_t>(Role::kUpdate)].push_back(device);
    } else {
      still.push_back(device);
    }
  }
  current_ = std::move(still);
}

}  // namespace otrp::load
