#include "clients/device/response.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/device/refusal.h"
#include "libs/base/status_macros.h"
#include "libs/jose/jwe.h"
#include "libs/jose/jws.h"

namespace otrp::device {
namespace {

using json::Value;

constexpr absl::string_view kDeviceState = "GetDeviceState";

// One entry of GetDeviceStateResponse has a name of its own.
std::string ResponseName(const Reply& reply) {
  return reply.message == kDeviceState ? "GetDeviceTEEState" : reply.message;
}

Value NewResponse(const Reply& reply, absl::string_view status) {
  Value tbs = Value::Object();
  tbs.Set("ver", Value::String("1.0"));
  tbs.Set("status", Value::String(std::string(status)));
  tbs.Set("rid", Value::String(reply.rid));
  tbs.Set("tid", Value::String(reply.tid));
  return tbs;
}

absl::StatusOr<std::string> Sign(const Reply& reply, Value tbs,
                                 const KeyAndChain& tee) {
  const std::string name = ResponseName(reply);
  Value payload = Value::Object();
  payload.Set(absl::StrCat(name, "TBSResponse"), std::move(tbs));
  std::string out = absl::StrCat("{\"", name, "Response\":");
  OTRP_RETURN_IF_ERROR(jose::AppendSignFlattened(payload.Serialize(), tee.key,
                                                 jose::SignOptions(), &out));
  out += '}';
  return out;
}

absl::StatusOr<Value> EncryptToSigner(absl::string_view text,
                                      const TsmSigner& signer, Random& random) {
  jose::EncryptOptions options;
  options.alg = signer.key.type() == crypto::KeyType::kRsa
                    ? jose::KeyAlg::kRSA1_5
                    : jose::KeyAlg::kEcdhEsA128Kw;
  return jose::EncryptGeneral(text, signer.key, options, random);
}

absl::StatusOr<Value> EncryptContent(const Value& content, const Reply& reply,
                                     Random& random) {
  const std::string text = content.Serialize();
  if (!reply.key.has_value()) {
    return EncryptToSigner(text, *reply.signer, random);
  }
  return jose::EncryptWithCek(text, reply.key->cek.view(), reply.key->enc,
                              reply.key->recipients, random);
}

Value ReasonOf(const absl::Status& why, Dialect dialect) {
  Value reason = Value::Object();
  reason.Set("error-code",
             Value::String(std::string(RefusalName(RefusalOf(why), dialect))));
  const std::string message = PublicMessage(why);
  if (!message.empty()) reason.Set("error-message", Value::String(message));
  return reason;
}

Value SupportedSigAlgs(const TeeOptions& options) {
  std::vector<std::string> names;
  for (const jose::SigAlg alg : options.sigalgs) {
    names.emplace_back(jose::SigAlgName(alg));
  }
  if (!RowOf(options.dialect).sigalgs_array) {
    return Value::String(absl::StrJoin(names, ","));
  }
  Value out = Value::Array();
  for (std::string& name : names) out.Append(Value::String(std::move(name)));
  return out;
}

}  // namespace

absl::StatusOr<std::string> DeviceStateResponse(
    const Reply& reply, absl::string_view dsi_text, bool signerreq,
    const KeyAndChain& tee, const TeeOptions& options, Random& random) {
  Value tbs = NewResponse(reply, "pass");
  tbs.Set("signerreq", RowOf(options.dialect).json_booleans
                           ? Value::Bool(signerreq)
                           : Value::String(signerreq ? "true" : "false"));
  OTRP_ASSIGN_OR_RETURN(Value edsi,
                        EncryptToSigner(dsi_text, *reply.signer, random));
  tbs.Set("edsi", std::move(edsi));
  return Sign(reply, std::move(tbs), tee);
}

absl::StatusOr<std::string> PassResponse(const Reply& reply,
                                         const Value& content,
                                         const KeyAndChain& tee,
                                         Random& random) {
  Value tbs = NewResponse(reply, "pass");
  OTRP_ASSIGN_OR_RETURN(Value encrypted,
                        EncryptContent(content, reply, random));
  tbs.Set("content", std::move(encrypted));
  return Sign(reply, std::move(tbs), tee);
}

absl::StatusOr<std::string> FailResponse(
    const Reply& reply, const absl::Status& why, absl::string_view did,
    const KeyAndChain& tee, const TeeOptions& options, Random& random) {
  Value tbs = NewResponse(reply, "fail");
  if (reply.message == kDeviceState || !reply.signer.has_value()) {
    tbs.Set("reason", ReasonOf(why, options.dialect));
    if (RefusalOf(why) == Refusal::kUnsupportedCryptoAlg) {
      tbs.Set("supportedsigalgs", SupportedSigAlgs(options));
    }
    return Sign(reply, std::move(tbs), tee);
  }
  Value content = Value::Object();
  content.Set("did", Value::String(std::string(did)));
  content.Set("reason", ReasonOf(why, options.dialect));
  OTRP_ASSIGN_OR_RETURN(Value encrypted,
                        EncryptContent(content, reply, random));
  tbs.Set("content", std::move(encrypted));
  return Sign(reply, std::move(tbs), tee);
}

}  // namespace otrp::device
