// Tells the metrics when a certificate that this process uses expires.
//
// Thread-safety: see periodic_task.h.

#ifndef OTRP_LIBS_SERVICE_CERTIFICATE_WATCH_H_
#define OTRP_LIBS_SERVICE_CERTIFICATE_WATCH_H_

#include <memory>
#include <string>

#include "libs/service/periodic_task.h"

namespace otrp {
namespace service {

// Looks at the first certificate of `pem_file` now and then, since files are
// replaced; `name` is the metric's label and a constant.
std::unique_ptr<PeriodicTask> WatchCertificate(std::string name,
                                               std::string pem_file);

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_CERTIFICATE_WATCH_H_
