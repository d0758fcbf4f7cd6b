// The outer layers of a request, as a TEE takes them off: one member, a
// flattened JWS, the signed object inside.
//
// OpenEnvelope believes nothing; it finds out which message this is and whom to
// answer (rid, tid), even of a message that will be refused. What a request
// says is read only after its signature was verified.
//
// Thread-safety: a value and functions without state.
// Errors: INVALID_ARGUMENT where nobody could be answered: not JSON, or no
// message that a TEE knows. Such a message is the agent's to report.
// Source: docs/wire.md section 1.

#ifndef CLIENTS_DEVICE_ENVELOPE_H_
#define CLIENTS_DEVICE_ENVELOPE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/jose/jws.h"
#include "libs/json/json.h"

namespace otrp::device {

struct Envelope {
  // "CreateSD": without Request.
  std::string message;
  // As claimed; for the answer and for the agent's routing only.
  std::string rid;
  std::string tid;
  std::string tee;
  // As claimed by the protected header; empty where it has none.
  std::string alg;
  // The first thing that is wrong; then `jws` is absent.
  absl::Status fault;
  absl::optional<jose::UnverifiedJws> jws;
};

absl::StatusOr<Envelope> OpenEnvelope(absl::string_view request,
                                      const std::vector<jose::SigAlg>& sigalgs);

// What a response says that it is signed with; empty where it can't be read.
std::string SigAlgOfResponse(absl::string_view response);

// "CreateSD" for "CreateSDRequest", if a TEE knows it.
absl::optional<std::string> MessageOf(absl::string_view member);

// The object inside a verified payload; its name must be that of the envelope.
absl::StatusOr<json::Value> OpenPayload(const Envelope& envelope,
                                        absl::string_view payload);

// ver, rid and tid of the object, checked.
absl::Status CheckVersion(const json::Value& tbs);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_ENVELOPE_H_
