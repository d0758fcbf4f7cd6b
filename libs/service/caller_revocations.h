// A process's view of which callers count no more (libs/rpc/revocation_view.h),
// kept up by a task in the background: the CRLs of the authorities that
// callers' certificates are of, every few seconds, and the deny list of the
// operator of this process.
//
// While the CA is away the view stays as it is, and in a process that starts
// then it is empty: whoever was revoked before counts. That is told by
// otrp_revocations_current_timestamp_seconds and an alert; with
// refuse_people_when_stale people aren't let in where nothing has been known
// for max_age, nor before the lists were there once.
//
// Thread-safety: thread-safe. Errors of ReadDeniedCallers(): INVALID_ARGUMENT
// names the line; NOT_FOUND and such for the file.

#ifndef OTRP_LIBS_SERVICE_CALLER_REVOCATIONS_H_
#define OTRP_LIBS_SERVICE_CALLER_REVOCATIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/rpc/revocation_view.h"
#include "libs/service/crl_pull.h"
#include "libs/service/periodic_task.h"
#include "libs/service/revocation_options.h"

namespace otrp {
namespace service {

// One serial (hex) or identity (otrp://...) a line, '#' before a remark; none
// for an empty path.
absl::StatusOr<std::vector<std::string>> ReadDeniedCallers(
    const std::string& path);

class CallerRevocations {
 public:
  // `clock` must outlive it.
  CallerRevocations(CrlSource source, RevocationOptions options,
                    const Clock& clock);

  const rpc::RevocationView& view() const { return view_; }

  // Until a pull that began after this call is through; false where none was
  // within `timeout`.
  bool PullAndWait(absl::Duration timeout) { return task_.RunAndWait(timeout); }

 private:
  absl::Status Run();

  const RevocationOptions options_;
  const Clock& clock_;
  rpc::RevocationView view_;
  CrlPull pull_;
  bool pulled_ = false;
  // Last: it uses all of the above.
  PeriodicTask task_;
};

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_CALLER_REVOCATIONS_H_
