// The broker of a device ("OTrP Agent" in the older draft): brings a request to
// the TEE it is for, and answers where no TEE does.
//
// It reads routing information only and proves nothing about a message.
//
// Thread-safety: thread-safe once all TEEs are added.
// Errors: none; what goes wrong is an agent's error message.
// Source: draft-ietf-teep-opentrustprotocol-03, "OTrP Broker"; docs/wire.md
// sections 4 and 6.

#ifndef CLIENTS_DEVICE_BROKER_H_
#define CLIENTS_DEVICE_BROKER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "clients/device/dialect.h"
#include "clients/device/tee.h"
#include "libs/base/clock.h"

namespace otrp::device {

class Broker {
 public:
  explicit Broker(Dialect dialect) : dialect_(dialect) {}

  // Not owned; must outlive the broker. GetDeviceState is answered by all, in
  // this order.
  void AddTee(Tee* tee) { tees_.push_back(tee); }

  // ProcessOTrPMessage: always an answer. `outcome` is that of the first TEE
  // that failed, or of the last.
  std::string Process(absl::string_view request, Outcome* outcome = nullptr);

 private:
  std::string DeviceState(absl::string_view request, const Envelope& envelope,
                          Outcome* outcome);
  std::string Forward(absl::string_view request, const Envelope& envelope,
                      Outcome* outcome);
  std::string TeeError(const Envelope* envelope, const absl::Status& why,
                       Outcome* outcome);
  std::string UnknownTee(const Envelope& envelope, Outcome* outcome);

  const Dialect dialect_;
  std::vector<Tee*> tees_;
};

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_BROKER_H_
