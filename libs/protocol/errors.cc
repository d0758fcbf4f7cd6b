#include "libs/protocol/errors.h"

namespace otrp {
namespace protocol {
namespace {

using A = ErrorAction;
using D = ErrorDialects;

constexpr ErrorRow kErrors[] = {
    // --- Signed by a TEE -----------------------------------------------------
    {"ERR_REQUEST_INVALID", A::kGiveUpTask,
     "The TEE can't read our request or check its signature: compare the "
     "device's dialect with the one it was preset to."},
    {"ERR_UNSUPPORTED_MSG_VERSION", A::kEndSessionGiveUp,
     "The TEE speaks another version of the protocol than 1.0."},
    {"ERR_UNSUPPORTED_CRYPTO_ALG", A::kSwitchAlgorithm,
     "The TEE lacks the algorithm of our signature; the other one is tried "
     "once."},
    {"ERR_DEV_STATE_MISMATCH", A::kResync,
     "The TEE has changed since it last reported; it is asked again."},
    {"ERR_SD_ALREADY_EXIST", A::kResync,
     "The security domain is there already; the TEE is asked again.",
     D::kPei03},
    {"ERR_SD_ALREADY_EXISTS", A::kResync,
     "The security domain is there already; the TEE is asked again.",
     D::kIetf03},
    {"ERR_SD_NOT_FOUND", A::kResync,
     "The security domain is gone; the TEE is asked again."},
    {"ERR_SD_NOT_EMPTY", A::kResync,
     "TAs that we didn't know of are in the security domain; the TEE is asked "
     "again."},
    {"ERR_SDNAME_ALREADY_USED", A::kGiveUpTask,
     "Another domain has the name; delete it on the device or let its owner "
     "do so."},
    {"ERR_SPCERT_INVALID", A::kGiveUpTask,
     "The TEE doesn't take the service provider's certificate: check its "
     "validity and the provider's root in the device."},
    {"ERR_TA_INVALID", A::kGiveUpTask,
     "The TEE doesn't take the image: check its format, its signer and "
     "whether it was built for this TEE."},
    {"ERR_TA_ALREADY_INSTALLED", A::kResync,
     "The TA is there already; the TEE is asked again."},
    {"ERR_TA_NOT_FOUND", A::kResync, "The TA is gone; the TEE is asked again."},
    {"ERR_TEE_FAIL", A::kRetryLater,
     "An internal failure of the TEE; it is tried again later."},
    {"ERR_TEE_RESOURCE_FULL", A::kRetryLater,
     "The TEE has no room left: withdraw TAs from the device, or use a "
     "smaller image."},
    {"ERR_TFW_NOT_TRUSTED", A::kEndSessionGiveUp,
     "The TEE doesn't trust its own firmware: the device needs repair."},
    {"ERR_TAM_NOT_AUTHORIZED", A::kGiveUpTask,
     "The security domain belongs to another TSM.", D::kIetf03},
    {"ERR_TAM_NOT_TRUSTED", A::kEndSessionGiveUp,
     "The TEE doesn't trust our certificate or its OCSP responses: check the "
     "TSM root in the device and its clock.",
     D::kIetf03},
    {"ERR_TSM_NOT_AUTHORIZED", A::kGiveUpTask,
     "The security domain belongs to another TSM.", D::kPei03},
    {"ERR_TSM_NOT_TRUSTED", A::kEndSessionGiveUp,
     "The TEE doesn't trust our certificate or its OCSP responses: check the "
     "TSM root in the device and its clock.",
     D::kPei03},
    // Signed in pei03, the agent's in ietf03.
    {"ERR_TEE_BUSY", A::kEndSessionRetryLater,
     "The TEE is busy; it is tried again later.", D::kPei03},
    {"ERR_TEE_UNKNOWN", A::kEndSessionGiveUp,
     "The agent doesn't find the TEE that was asked for.", D::kPei03},
    // --- The agent's ---------------------------------------------------------
    {"ERR_AGENT_TEE_UNKNOWN", A::kEndSessionGiveUp,
     "The agent doesn't find the TEE that was asked for.", D::kIetf03},
    {"ERR_AGENT_TEE_BUSY", A::kEndSessionRetryLater,
     "The TEE is busy; it is tried again later.", D::kIetf03},
    {"ERR_AGENT_TEE_FAIL", A::kEndSessionRetryLater,
     "The TEE doesn't answer its agent; it is tried again later.", D::kIetf03},
};

constexpr ErrorRow kUnknown = {
    "", A::kGiveUpTask,
    "The device answered with an error that the protocol doesn't have; look "
    "at its message."};

}  // namespace

absl::Span<const ErrorRow> AllErrors() { return kErrors; }

const ErrorRow& RowOfError(absl::string_view code) {
  for (const ErrorRow& row : kErrors) {
    if (row.code == code) return row;
  }
  return kUnknown;
}

const ErrorRow& UnknownErrorRow() { return kUnknown; }

}  // namespace protocol
}  // namespace otrp
