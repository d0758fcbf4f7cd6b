#include "libs/advice/advice.h"

#include "libs/attest/reasons.h"
#include "libs/protocol/errors.h"

namespace otrp {
namespace advice {
namespace {

constexpr Row kTsmCodes[] = {
    {protocol::kUnspecifiedError,
     "The TEE failed without saying why; look at the device's own log."},
    {code::kResponseUnreadable,
     "The TEE signed a response whose content the TSM can't read; it is tried "
     "again later. If it stays so, the session secret was replaced too early, "
     "or the device's OTrP software is at fault."},
    {code::kNoEffect,
     "The TEE reported success, but its state shows none; it is tried again "
     "later. If it stays so, the device's OTrP software is at fault."},
    {code::kRequestNotPossible,
     "The TSM couldn't make the request, for the reason behind the code; it "
     "is tried again later. Check the service provider's certificate and the "
     "image."},
    {code::kPullWaits,
     "The service provider's endpoint was asked for this device's TA and has "
     "not answered yet. The device gets it at a later contact."},
    {code::kPullFailed,
     "The service provider's endpoint can't be reached, or its answer isn't "
     "taken: the detail says why. It is asked again by itself; the service "
     "provider has to look (docs/pull-mode.md)."},
    {code::kSignerRevoked,
     "The certificate that signed this version was revoked, for a reason that "
     "leaves nothing of what it signed (docs/operations.md). Devices that have "
     "it keep it, others get it no more: the service provider has to enrol a "
     "new certificate and to release a version that it signed."},
};

constexpr Row kRefusals[] = {
    {refusal::kMalformed,
     "The message is too large, or no message of the drafts' form: the detail "
     "says where. Compare the device's dialect with the URL that it calls."},
    {refusal::kUnknownTid,
     "The TSM has no such session: it is over and forgotten, was never begun "
     "here, or the device took more than ten minutes for its first answer. A "
     "device begins anew with an empty POST."},
    {refusal::kUnknownRid,
     "The session is known, but never had such a request: a faulty device, or "
     "a forged message."},
    {refusal::kExpired,
     "The session's time was over, or it had moved on, before the answer "
     "came. The device begins anew with an empty POST."},
    {refusal::kReplay,
     "The request was answered before, with other octets: a replayed message, "
     "or a device that answers twice. The first answer holds."},
    {refusal::kNotAuthentic,
     "The device state can't be decrypted, or its TEE hasn't signed it: a "
     "forged message, or a device with keys of another TSM."},
    {refusal::kSignature,
     "The response isn't signed by the TEE that was asked: a forged message, "
     "or a TEE whose key was replaced during the session."},
    {refusal::kWrongDevice,
     "The content names another device than the one that was asked."},
    {refusal::kWrongMessage,
     "It isn't the answer to the outstanding request: the device's agent "
     "mixes messages up."},
    {refusal::kAgentError,
     "The device's agent couldn't reach its TEE. The session ends; the device "
     "may begin anew at any time."},
    {refusal::kNotTrusted,
     "The attestation verifier refused the device: otrpctl device show has "
     "its reasons."},
};

absl::string_view Find(absl::Span<const Row> rows, absl::string_view code) {
  for (const Row& row : rows) {
    if (row.code == code) return row.advice;
  }
  return {};
}

}  // namespace

absl::Span<const Row> AllTsmCodes() { return kTsmCodes; }
absl::Span<const Row> AllRefusals() { return kRefusals; }

absl::string_view Of(absl::string_view code) {
  code = code.substr(0, code.find(':'));
  for (absl::Span<const Row> rows : {AllTsmCodes(), AllRefusals()}) {
    const absl::string_view advice = Find(rows, code);
    if (!advice.empty()) return advice;
  }
  const protocol::ErrorRow& error = protocol::RowOfError(code);
  if (&error != &protocol::UnknownErrorRow()) return error.advice;
  const attest::ReasonRow* reason = attest::RowOfReason(code);
  return reason == nullptr ? absl::string_view() : reason->meaning;
}

absl::string_view OfError(absl::string_view code) {
  if (code.empty()) return {};
  const absl::string_view known = Of(code);
  return known.empty() ? protocol::UnknownErrorRow().advice : known;
}

}  // namespace advice
}  // namespace otrp
