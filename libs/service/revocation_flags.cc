#include "libs/service/revocation_flags.h"

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "libs/service/caller_revocations.h"

ABSL_FLAG(std::string, denied_callers_file, "",
          "File with callers that are refused at once, whatever the CA says: a "
          "certificate's serial (hex) or an identity (otrp://operator/NAME) a "
          "line, # before a remark. It is read again every few seconds. Empty: "
          "none.");
ABSL_FLAG(absl::Duration, revocations_max_age, absl::Minutes(15),
          "For how long it is good enough what the CA said last about revoked "
          "callers: 10s to 168h.");
ABSL_FLAG(bool, refuse_people_when_stale, false,
          "Whether operators, auditors and service providers are refused while "
          "nothing has been known for --revocations_max_age, and before the CA "
          "was reached once; services never are.");

namespace otrp {
namespace service {

absl::StatusOr<RevocationOptions> RevocationOptionsFromFlags() {
  RevocationOptions options;
  options.denied_callers_file = absl::GetFlag(FLAGS_denied_callers_file);
  options.max_age = absl::GetFlag(FLAGS_revocations_max_age);
  options.refuse_people_when_stale =
      absl::GetFlag(FLAGS_refuse_people_when_stale);
  if (options.max_age < absl::Seconds(10) ||
      options.max_age > absl::Hours(168)) {
    return absl::InvalidArgumentError(
        "--revocations_max_age: must be 10s to 168h");
  }
  const auto denied = ReadDeniedCallers(options.denied_callers_file);
  if (!denied.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--denied_callers_file: ", denied.status().message()));
  }
  return options;
}

}  // namespace service
}  // namespace otrp
