// A TEE's reasons to refuse a request: an absl::Status that carries one of the
// protocol's error codes.
//
// Inside the TEE every function answers with a Status; one without a code of
// the protocol is an internal matter and goes out as ERR_TEE_FAIL, without its
// text.
//
// Thread-safety: functions without state.
// Source: draft-ietf-teep-opentrustprotocol-03, "TEE Signed Error Code List".

#ifndef CLIENTS_DEVICE_REFUSAL_H_
#define CLIENTS_DEVICE_REFUSAL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clients/device/dialect.h"

namespace otrp::device {

enum class Refusal {
  kRequestInvalid,
  kUnsupportedMsgVersion,
  kUnsupportedCryptoAlg,
  kDevStateMismatch,
  kSdAlreadyExists,
  kSdNotFound,
  kSdNotEmpty,
  kSdNameAlreadyUsed,
  kSpCertInvalid,
  kTaInvalid,
  kTaAlreadyInstalled,
  kTaNotFound,
  kTeeFail,
  kTeeResourceFull,
  kTfwNotTrusted,
  kTsmNotAuthorized,
  kTsmNotTrusted,
};

// `message` goes to the TSM as "error-message": one sentence, no secrets.
absl::Status Refuse(Refusal refusal, absl::string_view message);

// ERR_TEE_FAIL for a status that Refuse() didn't make.
Refusal RefusalOf(const absl::Status& status);

// What may be said to the TSM; empty for internal errors.
std::string PublicMessage(const absl::Status& status);

// As the dialect writes it, e.g. "ERR_SD_NOT_FOUND".
absl::string_view RefusalName(Refusal refusal, Dialect dialect);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_REFUSAL_H_
