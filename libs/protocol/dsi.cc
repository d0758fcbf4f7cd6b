#include "libs/protocol/dsi.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/base64.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/jose/jwk.h"
#include "libs/protocol/read.h"

namespace otrp {
namespace protocol {
namespace {

// A TEE's domains, applications and keys of SPs. Each is a row of ours or costs
// a check of a key, before the TEE's signature is known to be good; the largest
// TEEs in the field hold some dozens.
constexpr size_t kMaxSds = 256;
constexpr size_t kMaxTas = 1024;
constexpr size_t kMaxAiks = 256;

absl::Status CheckCount(size_t count, size_t max, absl::string_view where,
                        absl::string_view name) {
  if (count <= max) return absl::OkStatus();
  return MemberError(where, name,
                     absl::StrCat("must not have more than ", max, " entries"));
}

absl::StatusOr<FirmwareData> ParseFirmware(const json::Value& value) {
  FirmwareData firmware;
  OTRP_ASSIGN_OR_RETURN(firmware.certificate,
                        ReadBytes(value, "tfwdata", "cert"));
  OTRP_ASSIGN_OR_RETURN(firmware.sigalg, ReadName(value, "tfwdata", "sigalg"));
  // The drafts' samples write the name itself in base64.
  const absl::StatusOr<std::string> decoded_name =
      Base64DecodeAny(firmware.sigalg);
  for (absl::string_view name : {"RS256", "ES256"}) {
    if (decoded_name.ok() && *decoded_name == name) {
      firmware.sigalg = std::string(name);
    }
  }
  OTRP_ASSIGN_OR_RETURN(firmware.signature, ReadBytes(value, "tfwdata", "sig"));
  if (value.Find("tbs") != nullptr) {
    OTRP_ASSIGN_OR_RETURN(std::string tbs, ReadString(value, "tfwdata", "tbs"));
    // What was signed is the tid, which we know; this is for the records and
    // may be written in any way.
    absl::StatusOr<std::string> decoded = Base64DecodeAny(tbs);
    firmware.tbs = decoded.ok() ? *std::move(decoded) : std::move(tbs);
  }
  return firmware;
}

absl::StatusOr<std::vector<DsiTa>> ParseTaList(const json::Value& value,
                                               absl::string_view name) {
  if (!value.is_array()) return MemberError("dsi", name, "must be an array");
  OTRP_RETURN_IF_ERROR(CheckCount(value.items().size(), kMaxTas, "dsi", name));
  std::vector<DsiTa> tas;
  for (const json::Value& item : value.items()) {
    if (!item.is_object()) {
      return MemberError("dsi", name, "must hold objects");
    }
    DsiTa ta;
    OTRP_ASSIGN_OR_RETURN(ta.taid, ReadShortName(item, name, "taid"));
    OTRP_ASSIGN_OR_RETURN(ta.taname,
                          ReadOptionalShortName(item, name, "taname"));
    tas.push_back(std::move(ta));
  }
  return tas;
}

absl::StatusOr<std::vector<DsiSd>> ParseSdList(const json::Value& tee) {
  std::vector<DsiSd> sds;
  if (tee.Find("sdlist") == nullptr) return sds;
  OTRP_ASSIGN_OR_RETURN(const json::Value* sdlist,
                        ReadObject(tee, "tee", "sdlist"));
  if (const json::Value* list = sdlist->Find("sd")) {
    if (!list->is_array()) {
      return MemberError("sdlist", "sd", "must be an array");
    }
    OTRP_RETURN_IF_ERROR(
        CheckCount(list->items().size(), kMaxSds, "sdlist", "sd"));
    size_t all_tas = 0;
    for (const json::Value& item : list->items()) {
      if (!item.is_object()) {
        return MemberError("sdlist", "sd", "must hold objects");
      }
      DsiSd sd;
      OTRP_ASSIGN_OR_RETURN(sd.name, ReadShortName(item, "sd", "name"));
      OTRP_ASSIGN_OR_RETURN(sd.spid, ReadShortName(item, "sd", "spid"));
      if (const json::Value* tas = item.Find("talist")) {
        OTRP_ASSIGN_OR_RETURN(sd.tas, ParseTaList(*tas, "talist"));
        all_tas += sd.tas.size();
        OTRP_RETURN_IF_ERROR(CheckCount(all_tas, kMaxTas, "sdlist", "talist"));
      }
      sds.push_back(std::move(sd));
    }
  }
  if (const json::Value* cnt = sdlist->Find("cnt")) {
    // Only its type: TEEs disagree on whether domains of other TSMs count.
    OTRP_RETURN_IF_ERROR(LenientInteger(*cnt, "sdlist", "cnt"));
  }
  return sds;
}

absl::Status ParseAikList(const json::Value& holder, Dsi* dsi) {
  const json::Value* list = holder.Find("teeaiklist");
  if (list == nullptr) return absl::OkStatus();
  if (!list->is_array()) {
    return MemberError("dsi", "teeaiklist", "must be an array");
  }
  OTRP_RETURN_IF_ERROR(
      CheckCount(list->items().size(), kMaxAiks, "dsi", "teeaiklist"));
  for (const json::Value& item : list->items()) {
    if (!item.is_object()) {
      return MemberError("dsi", "teeaiklist", "must hold objects");
    }
    OTRP_ASSIGN_OR_RETURN(std::string spid,
                          ReadShortName(item, "teeaiklist", "spid"));
    const json::Value* spaik = item.Find("spaik");
    if (spaik == nullptr) {
      return MemberError("teeaiklist", "spaik", "is missing");
    }
    absl::StatusOr<crypto::PublicKey> key = ParseAik(*spaik);
    // One SP's bad key is no reason to leave the others alone.
    if (!key.ok()) {
      dsi->unusable_aiks.push_back(std::move(spid));
      continue;
    }
    dsi->aiks.push_back({std::move(spid), *std::move(key)});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ParseCaCerts(const json::Value& tee) {
  std::vector<std::string> certs;
  const json::Value* cacert = tee.Find("cacert");
  if (cacert == nullptr) return certs;
  // The drafts' figure has one string, their text a list.
  if (cacert->is_string()) {
    if (cacert->as_string().empty()) return certs;
    OTRP_ASSIGN_OR_RETURN(std::string der, ReadBytes(tee, "tee", "cacert"));
    certs.push_back(std::move(der));
    return certs;
  }
  if (!cacert->is_array()) {
    return MemberError("tee", "cacert", "must be an array");
  }
  for (const json::Value& item : cacert->items()) {
    absl::StatusOr<std::string> der =
        item.is_string()
            ? Base64DecodeAny(item.as_string())
            : absl::StatusOr<std::string>(absl::InvalidArgumentError(""));
    if (!der.ok()) return MemberError("tee", "cacert", "must hold base64");
    certs.push_back(*std::move(der));
  }
  return certs;
}

}  // namespace

const crypto::PublicKey* Dsi::FindAik(absl::string_view spid) const {
  for (const DsiAik& aik : aiks) {
    if (aik.spid == spid) return &aik.key;
  }
  return nullptr;
}

absl::StatusOr<Dsi> ParseDsi(absl::string_view octets) {
  OTRP_ASSIGN_OR_RETURN(json::Value text, json::Parse(octets));
  if (!text.is_object()) {
    return absl::InvalidArgumentError("the DSI must be a JSON object");
  }
  OTRP_ASSIGN_OR_RETURN(const json::Value* value,
                        ReadObject(text, "DSI", "dsi"));
  OTRP_ASSIGN_OR_RETURN(const json::Value* tee,
                        ReadObject(*value, "dsi", "tee"));
  Dsi dsi;
  if (value->Find("tfwdata") != nullptr) {
    OTRP_ASSIGN_OR_RETURN(const json::Value* tfwdata,
                          ReadObject(*value, "dsi", "tfwdata"));
    OTRP_ASSIGN_OR_RETURN(dsi.firmware, ParseFirmware(*tfwdata));
  }
  // A name that nobody could show is the appraisal's matter: it refuses the
  // TEE.
  OTRP_ASSIGN_OR_RETURN(dsi.tee_name, ReadName(*tee, "tee", "name"));
  OTRP_ASSIGN_OR_RETURN(dsi.tee_version, ReadName(*tee, "tee", "ver"));
  OTRP_ASSIGN_OR_RETURN(dsi.tee_certificate, ReadBytes(*tee, "tee", "cert"));
  OTRP_ASSIGN_OR_RETURN(dsi.tee_ca_certificates, ParseCaCerts(*tee));
  OTRP_ASSIGN_OR_RETURN(dsi.sds, ParseSdList(*tee));
  // It belongs into `tee`; the drafts' braces leave room for the other.
  const bool aik_in_tee = tee->Find("teeaiklist") != nullptr;
  OTRP_RETURN_IF_ERROR(ParseAikList(aik_in_tee ? *tee : *value, &dsi));
  for (const json::Value* holder : {value, tee}) {
    if (const json::Value* list = holder->Find("requestedtalist")) {
      OTRP_ASSIGN_OR_RETURN(std::vector<DsiTa> tas,
                            ParseTaList(*list, "requestedtalist"));
      for (DsiTa& ta : tas) dsi.requested_tas.push_back(std::move(ta));
    }
  }
  return dsi;
}

absl::StatusOr<std::string> DsiOctetsOfContent(absl::string_view content) {
  OTRP_ASSIGN_OR_RETURN(absl::string_view raw, json::RawMember(content, "dsi"));
  return absl::StrCat("{\"dsi\":", raw, "}");
}

std::string DsiHash(absl::string_view dsi_octets) {
  return crypto::Sha256(dsi_octets);
}

absl::StatusOr<crypto::PublicKey> ParseAik(const json::Value& value) {
  if (value.is_object()) return jose::FromJwk(value);
  if (!value.is_string() || value.as_string().empty()) {
    return absl::InvalidArgumentError(
        "the SP's key must be base64 or a JWK object");
  }
  const absl::string_view text = value.as_string();
  if (text.front() == '{') {
    OTRP_ASSIGN_OR_RETURN(json::Value jwk, json::Parse(text));
    return jose::FromJwk(jwk);
  }
  absl::StatusOr<std::string> der = Base64DecodeAny(text);
  if (!der.ok()) {
    return absl::InvalidArgumentError(
        "the SP's key must be base64 or a JWK object");
  }
  absl::StatusOr<crypto::PublicKey> key = crypto::PublicKey::FromSpki(*der);
  if (key.ok()) return key;
  absl::StatusOr<crypto::PublicKey> pkcs1 =
      crypto::PublicKey::FromRsaPkcs1(*der);
  if (pkcs1.ok()) return pkcs1;
  return absl::InvalidArgumentError(
      "the SP's key must be a SubjectPublicKeyInfo, a PKCS#1 RSAPublicKey or "
      "a JWK");
}

}  // namespace protocol
}  // namespace otrp
