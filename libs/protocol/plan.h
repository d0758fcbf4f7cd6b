// The planner: from what a TEE has and what it should have to the one request
// that comes next, or to none and why.
//
// Pure: called again after each response with the new state, it brings the
// device to what is wanted and then says so. Never asks for more than `wanted`.
//
// Order: DeleteTA of what isn't wanted, UpdateSD (certificates), CreateSD,
// InstallTA, UpdateTA, DeleteSD. An SP has one security domain, "<spid>.sd";
// a domain of ours under another name is emptied and deleted, and so is another
// SP's domain that has the name of a wanted one.
//
// Blocked actions (waiting after a failure, or given up) are stepped over,
// together with what depends on them.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_LIBS_PROTOCOL_PLAN_H_
#define OTRP_LIBS_PROTOCOL_PLAN_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/protocol/messages.h"

namespace otrp {
namespace protocol {

// One TA that the TEE shall have. Entitled already: the planner doesn't ask
// who may have what.
struct WantedTa {
  std::string spid;
  std::string taid;
  std::string version;
  // Lower-case hex SHA-256 of the certificate that signed the image, and of
  // the SP's current one. Both shall be in the domain.
  std::string signer_fingerprint;
  std::string current_fingerprint;
};

struct ReportedTa {
  std::string taid;
  // Empty: reported by the TEE but unknown to us; is updated.
  std::string version;
};

// A security domain that the TEE has.
struct ReportedSd {
  std::string sdname;
  std::string spid;
  // What we know to be in there; the DSI doesn't tell.
  std::vector<std::string> spcerts;
  std::vector<ReportedTa> tas;
};

// What isn't meant by `kind` is empty.
struct PlannedRequest {
  MessageKind kind = MessageKind::kGetDeviceState;
  // Stable name of the task: "InstallTA bank/wallet@1.0.0",
  // "DeleteTA bank/wallet", "CreateSD bank", "UpdateSD bank +aaaa -bbbb",
  // "DeleteSD bank.sd".
  std::string action;
  std::string sdname;
  std::string spid;
  std::string taid;
  // Version to install.
  std::string version;
  // CreateSD: exactly one. UpdateSD: one or more of both together.
  std::vector<std::string> add_certs;
  std::vector<std::string> remove_certs;
  // Ask for the DSI in the answer: false only if nothing can follow.
  bool next_dsi = true;
};

struct PlanResult {
  enum class Reason {
    // `request` is set.
    kNext,
    // The TEE has what it shall have.
    kInStep,
    // Something is left to do, but all of it is blocked.
    kBlocked,
  };
  Reason reason = Reason::kInStep;
  absl::optional<PlannedRequest> request;
  // Actions that were stepped over, in order.
  std::vector<std::string> blocked;
};

// "<spid>.sd".
std::string SdNameOf(absl::string_view spid);

// `blocked(action)`: true while that task must not be tried.
PlanResult Plan(const std::vector<WantedTa>& wanted,
                const std::vector<ReportedSd>& reported,
                absl::FunctionRef<bool(absl::string_view action)> blocked);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_PLAN_H_
