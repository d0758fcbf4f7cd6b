#include "clients/device/refusal.h"

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace otrp::device {
namespace {

constexpr absl::string_view kPayloadUrl = "otrp/tee-refusal";

struct Name {
  Refusal refusal;
  absl::string_view name;
};

// The four that differ between the dialects are in dialect.cc.
constexpr Name kNames[] = {
    {Refusal::kRequestInvalid, "ERR_REQUEST_INVALID"},
    {Refusal::kUnsupportedMsgVersion, "ERR_UNSUPPORTED_MSG_VERSION"},
    {Refusal::kUnsupportedCryptoAlg, "ERR_UNSUPPORTED_CRYPTO_ALG"},
    {Refusal::kDevStateMismatch, "ERR_DEV_STATE_MISMATCH"},
    {Refusal::kSdNotFound, "ERR_SD_NOT_FOUND"},
    {Refusal::kSdNotEmpty, "ERR_SD_NOT_EMPTY"},
    {Refusal::kSdNameAlreadyUsed, "ERR_SDNAME_ALREADY_USED"},
    {Refusal::kSpCertInvalid, "ERR_SPCERT_INVALID"},
    {Refusal::kTaInvalid, "ERR_TA_INVALID"},
    {Refusal::kTaAlreadyInstalled, "ERR_TA_ALREADY_INSTALLED"},
    {Refusal::kTaNotFound, "ERR_TA_NOT_FOUND"},
    {Refusal::kTeeFail, "ERR_TEE_FAIL"},
    {Refusal::kTeeResourceFull, "ERR_TEE_RESOURCE_FULL"},
    {Refusal::kTfwNotTrusted, "ERR_TFW_NOT_TRUSTED"},
};

}  // namespace

absl::Status Refuse(Refusal refusal, absl::string_view message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kPayloadUrl,
                    absl::Cord(absl::StrCat(static_cast<int>(refusal))));
  return status;
}

Refusal RefusalOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  int number = 0;
  if (!payload.has_value() ||
      !absl::SimpleAtoi(std::string(*payload), &number)) {
    return Refusal::kTeeFail;
  }
  return static_cast<Refusal>(number);
}

std::string PublicMessage(const absl::Status& status) {
  if (!status.GetPayload(kPayloadUrl).has_value()) return "";
  return std::string(status.message());
}

absl::string_view RefusalName(Refusal refusal, Dialect dialect) {
  const DialectRow& row = RowOf(dialect);
  if (refusal == Refusal::kSdAlreadyExists) return row.sd_exists;
  if (refusal == Refusal::kTsmNotTrusted) return row.not_trusted;
  if (refusal == Refusal::kTsmNotAuthorized) return row.not_authorized;
  for (const Name& entry : kNames) {
    if (entry.refusal == refusal) return entry.name;
  }
  return "ERR_TEE_FAIL";
}

}  // namespace otrp::device
