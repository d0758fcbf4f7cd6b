#include "clients/device/envelope.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "clients/device/refusal.h"
#include "clients/device/strict.h"
#include "libs/base/base64.h"
#include "libs/base/limits.h"

namespace otrp::device {
namespace {

using json::Value;

constexpr absl::string_view kMessages[] = {
    "GetDeviceState", "CreateSD", "UpdateSD", "DeleteSD",
    "InstallTA",      "UpdateTA", "DeleteTA",
};

constexpr absl::string_view kVersion = "1.0";

// The object in a base64url member, or null.
Value DecodeObject(const Value& jws, absl::string_view name) {
  absl::StatusOr<std::string> text = Base64UrlDecode(TextOf(jws, name));
  if (!text.ok()) return Value();
  absl::StatusOr<Value> value = json::Parse(*text, json::kStrangers);
  return value.ok() ? *std::move(value) : Value();
}

std::string ShortText(const Value& object, absl::string_view name) {
  std::string text = TextOf(object, name);
  if (text.size() > kMaxIdBytes) text.clear();
  return text;
}

// For the answer to a message that may be refused before it is believed.
void ReadIds(const Value& jws, Envelope* envelope) {
  const Value payload = DecodeObject(jws, "payload");
  if (!payload.is_object() || payload.members().size() != 1) {
    return;
  }
  const Value& tbs = payload.members()[0].second;
  if (!tbs.is_object()) return;
  envelope->rid = ShortText(tbs, "rid");
  envelope->tid = ShortText(tbs, "tid");
  envelope->tee = TextOf(tbs, "tee");
}

absl::Status CheckAlg(const Value& jws,
                      const std::vector<jose::SigAlg>& sigalgs,
                      std::string* claimed) {
  const Value header = DecodeObject(jws, "protected");
  if (!header.is_object()) {
    return Refuse(Refusal::kRequestInvalid,
                  "\"protected\" must be a base64url JSON object");
  }
  const std::string alg = ShortText(header, "alg");
  *claimed = alg;
  if (alg.empty()) {
    return Refuse(Refusal::kRequestInvalid,
                  "\"protected\" must have an \"alg\"");
  }
  const bool supported = std::any_of(
      sigalgs.begin(), sigalgs.end(),
      [&](jose::SigAlg known) { return jose::SigAlgName(known) == alg; });
  if (supported) return absl::OkStatus();
  return Refuse(Refusal::kUnsupportedCryptoAlg,
                "the signature's algorithm isn't supported");
}

absl::Status ReadJws(const Value& jws, const std::vector<jose::SigAlg>& sigalgs,
                     Envelope* envelope) {
  absl::Status members =
      CheckMembers(absl::StrCat(envelope->message, "Request"), jws,
                   {{"payload", Shape::kText},
                    {"protected", Shape::kText},
                    {"header", Shape::kObject, false},
                    {"signature", Shape::kText}});
  if (!members.ok()) return members;
  absl::Status alg = CheckAlg(jws, sigalgs, &envelope->alg);
  if (!alg.ok()) return alg;
  absl::StatusOr<jose::UnverifiedJws> parsed = jose::UnverifiedJws::Parse(jws);
  if (!parsed.ok()) {
    return Refuse(Refusal::kRequestInvalid, parsed.status().message());
  }
  envelope->jws = *std::move(parsed);
  return absl::OkStatus();
}

}  // namespace

std::string SigAlgOfResponse(absl::string_view response) {
  const absl::StatusOr<Value> root = json::Parse(response, json::kStrangers);
  if (!root.ok() || !root->is_object() || root->members().size() != 1) {
    return "";
  }
  const Value header = DecodeObject(root->members()[0].second, "protected");
  return header.is_object() ? ShortText(header, "alg") : "";
}

absl::optional<std::string> MessageOf(absl::string_view member) {
  if (!absl::ConsumeSuffix(&member, "Request")) return absl::nullopt;
  for (const absl::string_view message : kMessages) {
    if (message == member) return std::string(message);
  }
  return absl::nullopt;
}

absl::StatusOr<Envelope> OpenEnvelope(
    absl::string_view request, const std::vector<jose::SigAlg>& sigalgs) {
  absl::StatusOr<Value> root = json::Parse(request, json::kStrangers);
  if (!root.ok()) return root.status();
  if (!root->is_object() || root->members().size() != 1) {
    return absl::InvalidArgumentError(
        "an OTrP message is an object with one member");
  }
  const absl::optional<std::string> message =
      MessageOf(root->members()[0].first);
  if (!message.has_value()) {
    return absl::InvalidArgumentError("no request that this TEE knows");
  }
  Envelope envelope;
  envelope.message = *message;
  const Value& jws = root->members()[0].second;
  if (jws.is_object()) ReadIds(jws, &envelope);
  envelope.fault = ReadJws(jws, sigalgs, &envelope);
  return envelope;
}

absl::StatusOr<Value> OpenPayload(const Envelope& envelope,
                                  absl::string_view payload) {
  absl::StatusOr<Value> root = json::Parse(payload, json::kStrangers);
  if (!root.ok()) {
    return Refuse(Refusal::kRequestInvalid,
                  absl::StrCat("the payload isn't strict JSON: ",
                               root.status().message()));
  }
  const std::string name = absl::StrCat(envelope.message, "TBSRequest");
  if (!root->is_object() || root->members().size() != 1 ||
      root->members()[0].first != name) {
    return Refuse(Refusal::kRequestInvalid,
                  absl::StrCat("the payload must be an object with the one "
                               "member \"",
                               name, "\""));
  }
  const Value* tbs = root->Find(name);
  if (!tbs->is_object()) {
    return Refuse(Refusal::kRequestInvalid,
                  absl::StrCat("\"", name, "\" must be an object"));
  }
  return *tbs;
}

absl::Status CheckVersion(const Value& tbs) {
  const Value* ver = tbs.Find("ver");
  if (ver == nullptr || !ver->is_string()) {
    return Refuse(Refusal::kRequestInvalid, "member \"ver\" must be a string");
  }
  if (ver->as_string() == kVersion) return absl::OkStatus();
  return Refuse(Refusal::kUnsupportedMsgVersion,
                "only version 1.0 is supported");
}

}  // namespace otrp::device
