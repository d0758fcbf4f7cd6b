// otrp.verifier.v1.Appraisals: what was decided.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/service/paging.h"
#include "libs/telemetry/log.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/handlers/handlers.h"
#include "services/attestation_verifier/handlers/to_proto.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {
namespace handlers {

absl::Status ListAppraisals(const rpc::CallContext& call, Env& env,
                            const v1::ListAppraisalsRequest& request,
                            v1::ListAppraisalsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(int limit, service::PageSize(request.page_size()));
  OTRP_ASSIGN_OR_RETURN(std::string key,
                        service::DecodePageToken(request.page_token()));
  int64_t before_id = 0;
  if (!key.empty() && (!absl::SimpleAtoi(key, &before_id) || before_id <= 0)) {
    return errors::BadPageToken();
  }
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
  // One more than asked for tells whether there is a next page.
  OTRP_ASSIGN_OR_RETURN(
      std::vector<AppraisalRecord> records,
      env.store.ListAppraisals(before_id, limit + 1, request.did()));
  const bool more = static_cast<int>(records.size()) > limit;
  if (more) records.resize(limit);
  for (const AppraisalRecord& record : records) {
    RecordToProto(record, response.add_appraisals());
  }
  if (more) {
    response.set_next_page_token(
        service::EncodePageToken(absl::StrCat(records.back().id)));
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp
