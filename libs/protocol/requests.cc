#include "libs/protocol/requests.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/limits.h"
#include "libs/base/secret.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/jose/jwe.h"
#include "libs/jose/jws.h"
#include "libs/json/json.h"
#include "libs/protocol/encrypted_ta.h"
#include "libs/protocol/members.h"
#include "libs/protocol/messages.h"
#include "libs/protocol/tid.h"

namespace otrp {
namespace protocol {
namespace {

using json::Value;

constexpr jose::Enc kEnc = jose::Enc::kA128CbcHs256;

absl::Status FieldError(MessageKind kind, absl::string_view field,
                        absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat(RowOf(kind).request, ": ", field, " ", problem));
}

absl::Status RequireField(MessageKind kind, absl::string_view field,
                          absl::string_view value) {
  if (value.empty()) return FieldError(kind, field, "must not be empty");
  return absl::OkStatus();
}

absl::Status RequireHash(MessageKind kind, absl::string_view field,
                         absl::string_view value) {
  if (value.size() != crypto::kSha256Size) {
    return FieldError(kind, field, "must be 32 octets");
  }
  return absl::OkStatus();
}

Value Text(absl::string_view text) { return Value::String(std::string(text)); }

Value TextList(const std::vector<std::string>& list) {
  Value array = Value::Array();
  for (const std::string& text : list) array.Append(Text(text));
  return array;
}

Value CommonMembers(absl::string_view tid, absl::string_view rid) {
  Value tbs = Value::Object();
  tbs.Set("ver", Text("1.0"));
  tbs.Set("rid", Text(rid));
  tbs.Set("tid", Text(tid));
  return tbs;
}

absl::StatusOr<std::string> Envelope(MessageKind kind, Value tbs,
                                     const Signer& signer) {
  const MessageRow& row = RowOf(kind);
  Value payload = Value::Object();
  payload.Set(std::string(row.tbs_request), std::move(tbs));
  jose::SignOptions options;
  options.x5c = signer.x5c;
  std::string message = absl::StrCat("{\"", row.request, "\":");
  OTRP_RETURN_IF_ERROR(jose::AppendSignFlattened(
      payload.Serialize(), signer.key, options, &message));
  message.push_back('}');
  return message;
}

absl::Status CheckIds(MessageKind kind, absl::string_view tid,
                      absl::string_view rid) {
  OTRP_RETURN_IF_ERROR(RequireField(kind, "tid", tid));
  OTRP_RETURN_IF_ERROR(RequireField(kind, "rid", rid));
  if (tid.size() > kMaxIdBytes || rid.size() > kMaxIdBytes) {
    return FieldError(kind, "tid or rid", "is too long");
  }
  return absl::OkStatus();
}

absl::Status CheckContext(MessageKind kind, const RequestContext& context) {
  OTRP_RETURN_IF_ERROR(CheckIds(kind, context.tid, context.rid));
  OTRP_RETURN_IF_ERROR(RequireField(kind, "tee_name", context.tee_name));
  OTRP_RETURN_IF_ERROR(RequireField(kind, "tsm_id", context.tsm_id));
  OTRP_RETURN_IF_ERROR(RequireHash(kind, "dsi_hash", context.dsi_hash));
  if (context.session_secret.size() < 32) {
    return FieldError(kind, "session_secret", "must be 32 octets or more");
  }
  return absl::OkStatus();
}

// `content` in the clear; `encrypted_ta` stands beside it, or is null.
absl::StatusOr<BuiltRequest> Build(MessageKind kind,
                                   const RequestContext& context,
                                   const Signer& signer, const Value& content,
                                   Value* encrypted_ta, Random& random) {
  jose::EncryptOptions options;
  options.alg = context.tee_key.type() == crypto::KeyType::kRsa
                    ? jose::KeyAlg::kRSA1_5
                    : jose::KeyAlg::kEcdhEsA128Kw;
  options.enc = kEnc;
  const SecretBytes cek = DeriveCek(context.session_secret, context.tid,
                                    context.rid, jose::CekSize(kEnc));
  options.cek = cek.view();
  OTRP_ASSIGN_OR_RETURN(
      Value jwe, jose::EncryptGeneral(content.Serialize(), context.tee_key,
                                      options, random));
  const Value& recipient = jwe.Find("recipients")->items().front();
  BuiltRequest built;
  built.encrypted_key_sha256 =
      crypto::Sha256(recipient.Find("encrypted_key")->as_string());

  Value tbs = CommonMembers(context.tid, context.rid);
  tbs.Set("tee", Text(context.tee_name));
  Set(member::kNextDsi, context.dialect, context.next_dsi, &tbs);
  Set(member::kDsiHash, context.dsi_hash, &tbs);
  tbs.Set("content", std::move(jwe));
  if (encrypted_ta != nullptr) {
    tbs.Set("encrypted_ta", std::move(*encrypted_ta));
  }
  OTRP_ASSIGN_OR_RETURN(built.message, Envelope(kind, std::move(tbs), signer));
  return built;
}

std::string OwnerId(const RequestContext& context) {
  return std::string(RowOf(context.dialect).owner_id);
}

// The parts under the names that this message has for them.
Value RenamedParts(const Value& pulled, const member::Base64& ta_member,
                   const member::Base64& data_member) {
  Value out = Value::Object();
  for (const Value::Member& part : pulled.members()) {
    absl::string_view name = part.first;
    if (name == member::kCipherTaData.name) name = ta_member.name;
    if (name == member::kCipherPData.name) name = data_member.name;
    out.Set(name, part.second);
  }
  return out;
}

absl::StatusOr<BuiltRequest> BuildTa(MessageKind kind,
                                     const member::Base64& ta_member,
                                     const member::Base64& data_member,
                                     const RequestContext& context,
                                     const Signer& signer,
                                     const TaParams& params, Random& random) {
  OTRP_RETURN_IF_ERROR(CheckContext(kind, context));
  OTRP_RETURN_IF_ERROR(RequireField(kind, "spid", params.spid));
  OTRP_RETURN_IF_ERROR(RequireField(kind, "sdname", params.sdname));
  OTRP_RETURN_IF_ERROR(RequireField(kind, "taid", params.taid));
  if (params.image.size() > kMaxTaImageBytes) {
    return FieldError(kind, "image", "is larger than 16 MiB");
  }
  if (params.personalization.size() > kMaxPersonalizationBytes) {
    return FieldError(kind, "personalization", "is larger than 1 MiB");
  }
  Value encrypted;
  if (params.pulled != nullptr) {
    encrypted = RenamedParts(*params.pulled, ta_member, data_member);
  } else {
    OTRP_ASSIGN_OR_RETURN(
        encrypted,
        EncryptTa(context.dialect, params.aik, ta_member, params.image,
                  data_member, params.personalization, random));
  }
  Value content = Value::Object();
  content.Set(OwnerId(context), Text(context.tsm_id));
  content.Set("spid", Text(params.spid));
  content.Set("sdname", Text(params.sdname));
  if (!params.sp_certificate.empty()) {
    Set(member::kSpCert, params.sp_certificate, &content);
  }
  content.Set("taid", Text(params.taid));
  return Build(kind, context, signer, content, &encrypted, random);
}

}  // namespace

absl::StatusOr<BuiltRequest> BuildGetDeviceState(
    const GetDeviceStateParams& params, const Signer& signer) {
  constexpr MessageKind kKind = MessageKind::kGetDeviceState;
  OTRP_RETURN_IF_ERROR(CheckIds(kKind, params.tid, params.rid));
  if (params.ocsp_responses.empty()) {
    return FieldError(kKind, "ocsp_responses", "must not be empty");
  }
  if (signer.x5c.empty()) {
    return FieldError(kKind, "x5c", "must not be empty");
  }
  const DialectRow& dialect = RowOf(params.dialect);
  Value tbs = CommonMembers(params.tid, params.rid);
  if (dialect.ocsp_array) {
    SetList(member::kOcspDat, params.ocsp_responses, &tbs);
  } else {
    Set(member::kOcspDat, params.ocsp_responses.front(), &tbs);
    // One string for all CAs: DER tells where each response ends.
    std::string cas;
    for (size_t i = 1; i < params.ocsp_responses.size(); ++i) {
      cas += params.ocsp_responses[i];
    }
    if (!cas.empty()) Set(member::kIcaOcspDat, cas, &tbs);
  }
  if (!params.supported_sigalgs.empty()) {
    tbs.Set("supportedsigalgs",
            dialect.sigalgs_array
                ? TextList(params.supported_sigalgs)
                : Text(absl::StrJoin(params.supported_sigalgs, ",")));
  }
  BuiltRequest built;
  OTRP_ASSIGN_OR_RETURN(built.message, Envelope(kKind, std::move(tbs), signer));
  return built;
}

absl::StatusOr<BuiltRequest> BuildCreateSd(const RequestContext& context,
                                           const Signer& signer,
                                           const CreateSdParams& params,
                                           Random& random) {
  constexpr MessageKind kKind = MessageKind::kCreateSd;
  OTRP_RETURN_IF_ERROR(CheckContext(kKind, context));
  OTRP_RETURN_IF_ERROR(RequireField(kKind, "spid", params.spid));
  OTRP_RETURN_IF_ERROR(RequireField(kKind, "sdname", params.sdname));
  OTRP_RETURN_IF_ERROR(
      RequireField(kKind, "sp_certificate", params.sp_certificate));
  OTRP_RETURN_IF_ERROR(RequireHash(kKind, "did", params.did));
  Value content = Value::Object();
  content.Set("spid", Text(params.spid));
  content.Set("sdname", Text(params.sdname));
  Set(member::kSpCert, params.sp_certificate, &content);
  content.Set(OwnerId(context), Text(context.tsm_id));
  Set(member::kDid, params.did, &content);
  return Build(kKind, context, signer, content, nullptr, random);
}

absl::StatusOr<BuiltRequest> BuildUpdateSd(const RequestContext& context,
                                           const Signer& signer,
                                           const UpdateSdParams& params,
                                           Random& random) {
  constexpr MessageKind kKind = MessageKind::kUpdateSd;
  OTRP_RETURN_IF_ERROR(CheckContext(kKind, context));
  OTRP_RETURN_IF_ERROR(RequireField(kKind, "spid", params.spid));
  OTRP_RETURN_IF_ERROR(RequireField(kKind, "sdname", params.sdname));
  for (const std::string& fingerprint : params.delete_fingerprints) {
    OTRP_RETURN_IF_ERROR(
        RequireHash(kKind, "delete_fingerprints", fingerprint));
  }
  Value changes = Value::Object();
  if (!params.new_sdname.empty()) {
    changes.Set("newsdname", Text(params.new_sdname));
  }
  if (!params.new_spid.empty()) {
    changes.Set("newspid", Text(params.new_spid));
  }
  if (!params.add_certificates.empty()) {
    SetList(member::kSpCert, params.add_certificates, &changes);
  }
  if (!params.delete_fingerprints.empty()) {
    SetList(member::kDelOldSpCert, params.delete_fingerprints, &changes);
  }
  if (params.renew_aik) {
    Set(member::kRenewTeeSpAik, context.dialect, true, &changes);
  }
  if (changes.members().empty()) {
    return FieldError(kKind, "changes", "must not be empty");
  }
  Value content = Value::Object();
  content.Set(OwnerId(context), Text(context.tsm_id));
  content.Set("spid", Text(params.spid));
  content.Set("sdname", Text(params.sdname));
  content.Set("changes", std::move(changes));
  return Build(kKind, context, signer, content, nullptr, random);
}

absl::StatusOr<BuiltRequest> BuildDeleteSd(const RequestContext& context,
                                           const Signer& signer,
                                           const DeleteSdParams& params,
                                           Random& random) {
  constexpr MessageKind kKind = MessageKind::kDeleteSd;
  OTRP_RETURN_IF_ERROR(CheckContext(kKind, context));
  OTRP_RETURN_IF_ERROR(RequireField(kKind, "sdname", params.sdname));
  Value content = Value::Object();
  content.Set(OwnerId(context), Text(context.tsm_id));
  content.Set("sdname", Text(params.sdname));
  Set(member::kDeleteTa, context.dialect, params.delete_tas, &content);
  return Build(kKind, context, signer, content, nullptr, random);
}

absl::StatusOr<BuiltRequest> BuildInstallTa(const RequestContext& context,
                                            const Signer& signer,
                                            const TaParams& params,
                                            Random& random) {
  if (params.pulled == nullptr) {
    OTRP_RETURN_IF_ERROR(
        RequireField(MessageKind::kInstallTa, "image", params.image));
  }
  return BuildTa(MessageKind::kInstallTa, member::kCipherTaData,
                 member::kCipherPData, context, signer, params, random);
}

absl::StatusOr<BuiltRequest> BuildUpdateTa(const RequestContext& context,
                                           const Signer& signer,
                                           const TaParams& params,
                                           Random& random) {
  if (params.pulled == nullptr && params.image.empty() &&
      params.personalization.empty()) {
    return FieldError(MessageKind::kUpdateTa, "image and personalization",
                      "must not both be empty");
  }
  return BuildTa(MessageKind::kUpdateTa, member::kCipherNewTaData,
                 member::kCipherNewPData, context, signer, params, random);
}

absl::StatusOr<BuiltRequest> BuildDeleteTa(const RequestContext& context,
                                           const Signer& signer,
                                           const DeleteTaParams& params,
                                           Random& random) {
  constexpr MessageKind kKind = MessageKind::kDeleteTa;
  OTRP_RETURN_IF_ERROR(CheckContext(kKind, context));
  OTRP_RETURN_IF_ERROR(RequireField(kKind, "sdname", params.sdname));
  OTRP_RETURN_IF_ERROR(RequireField(kKind, "taid", params.taid));
  Value content = Value::Object();
  content.Set(OwnerId(context), Text(context.tsm_id));
  content.Set("sdname", Text(params.sdname));
  content.Set("taid", Text(params.taid));
  return Build(kKind, context, signer, content, nullptr, random);
}

}  // namespace protocol
}  // namespace otrp
