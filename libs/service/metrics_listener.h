// The plain HTTP listener for machines that watch: /metrics (Prometheus text),
// /livez (the process runs), /readyz (200, or 503 with the failed checks).
//
// Thread-safety: thread-safe after Start().

#ifndef OTRP_LIBS_SERVICE_METRICS_LISTENER_H_
#define OTRP_LIBS_SERVICE_METRICS_LISTENER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/service/readiness.h"

namespace otrp {
namespace service {

class MetricsListener {
 public:
  // `listen`: "host:port", port 0 picks one. `readiness` must outlive it.
  static absl::StatusOr<std::unique_ptr<MetricsListener>> Start(
      const std::string& listen, const Readiness& readiness);
  ~MetricsListener();

  int port() const;

 private:
  class Impl;
  explicit MetricsListener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_METRICS_LISTENER_H_
