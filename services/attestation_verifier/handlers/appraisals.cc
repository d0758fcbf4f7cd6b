#include "services/attestation_verifier/handlers/appraisals.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/service/paging.h"
#include "libs/telemetry/log.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/handlers/convert.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {
namespace handlers {

absl::Status ListAppraisals(const rpc::CallContext& call, Env& env,
                            const v1::ListAppraisalsRequest& request,
                            v1::ListAppraisalsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(const int64_t before_id, page.AfterNumber(0));
  if (!request.did().empty() && request.did().size() != kDidBytes) {
    return errors::BadDid();
  }
  // So that a list shows what was appraised before it was asked for.
  const absl::Status flushed = env.log.Flush();
  if (!flushed.ok()) {
    OTRP_LOG(WARNING, "a list lacks the newest appraisals",
             {{"error", std::string(flushed.message())},
              {"trace_id", call.trace_id()}});
  }
  OTRP_ASSIGN_OR_RETURN(
      std::vector<AppraisalRecord> records,
      env.store.ListAppraisals(before_id, page.limit(), request.did()));
  page.Finish(records, response, [](const AppraisalRecord& record) {
    return absl::StrCat(record.id);
  });
  for (const AppraisalRecord& record : records) {
    ToProto(record, *response.add_appraisals());
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp
