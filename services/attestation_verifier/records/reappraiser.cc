#include "services/attestation_verifier/records/reappraiser.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/attest/judge.h"
#include "libs/attest/reasons.h"
#include "libs/base/status_macros.h"
#include "libs/telemetry/log.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {
namespace {

std::vector<attest::Reason> Refusals(const Snapshot& snapshot,
                                     const TeeOfDevices& tee) {
  const std::vector<Anchor>& anchors = snapshot.copy.anchors;
  const bool is_trusted =
      std::any_of(anchors.begin(), anchors.end(),
                  [&tee](const Anchor& anchor) {
                    return anchor.role == AnchorRole::kTee &&
                           anchor.name == tee.anchor;
                  }) ||
      FindAnchor(snapshot.evidence_anchors, tee.anchor) != nullptr;
  if (!is_trusted) {
    return {{attest::reason::kTeeChainUnknownIssuer,
             absl::StrCat("the trust anchor ", tee.anchor, " was removed"),
             "tee.cert", tee.anchor, "trust anchors of TEEs"}};
  }
  return attest::JudgeTee({tee.anchor, tee.tee_name, tee.tee_version},
                          snapshot.policies, snapshot.references)
      .refusals;
}

}  // namespace

absl::Status Reappraiser::RefuseAll(const Snapshot& snapshot,
                                    const TeeOfDevices& tee) {
  const std::vector<attest::Reason> reasons = Refusals(snapshot, tee);
  if (reasons.empty()) return absl::OkStatus();
  int64_t devices = 0;
  for (;;) {
    OTRP_ASSIGN_OR_RETURN(const int64_t refused,
                          store_.Refuse(tee, reasons, snapshot.policy.version,
                                        clock_.Now(), kWithdrawalBatch));
    devices += refused;
    if (refused < kWithdrawalBatch) break;
  }
  if (devices == 0) return absl::OkStatus();
  OTRP_LOG(WARNING, "recorded devices are no longer accepted",
           {{"anchor", tee.anchor},
            {"tee_name", tee.tee_name},
            {"tee_version", tee.tee_version},
            {"devices", std::to_string(devices)},
            {"reason", reasons[0].code},
            {"rule", reasons[0].rule}});
  return absl::OkStatus();
}

absl::Status Reappraiser::Run() {
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        trust_.Get());
  TeeOfDevices after;
  for (;;) {
    OTRP_ASSIGN_OR_RETURN(const std::vector<TeeOfDevices> tees,
                          store_.AcceptedTees(after, kTeesAtOnce));
    for (const TeeOfDevices& tee : tees) {
      OTRP_RETURN_IF_ERROR(RefuseAll(*snapshot, tee));
    }
    if (tees.size() < kTeesAtOnce) return absl::OkStatus();
    after = tees.back();
  }
}

}  // namespace verifier
}  // namespace otrp
