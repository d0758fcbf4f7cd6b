#include "libs/protocol/dsi.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/base64.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/der.h"
#include "libs/crypto/hash.h"
#include "libs/jose/jwk.h"
#include "libs/protocol/members.h"
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

constexpr char kTee[] = "dsi.tee";

absl::StatusOr<FirmwareData> ParseFirmware(const json::Value& value) {
  static constexpr char kWhere[] = "dsi.tfwdata";
  FirmwareData firmware;
  OTRP_ASSIGN_OR_RETURN(firmware.certificate,
                        Read(member::kTfwCert, value, kWhere));
  OTRP_ASSIGN_OR_RETURN(firmware.sigalg,
                        Read(member::kTfwSigAlg, value, kWhere));
  OTRP_ASSIGN_OR_RETURN(firmware.signature,
                        Read(member::kTfwSig, value, kWhere));
  if (value.Find("tbs") != nullptr) {
    OTRP_ASSIGN_OR_RETURN(std::string tbs, ReadString(value, kWhere, "tbs"));
    // What was signed is the tid, which we know; this is for the records and
    // may be written in any way.
    absl::StatusOr<std::string> decoded = Base64DecodeAny(tbs);
    firmware.tbs = decoded.ok() ? *std::move(decoded) : std::move(tbs);
  }
  return firmware;
}

// The path of a list's item, for errors.
std::string At(absl::string_view where, absl::string_view name, size_t index) {
  return absl::StrCat(where, ".", name, "[", index, "]");
}

// The items of a list of objects.
absl::StatusOr<const std::vector<json::Value>*> ReadObjects(
    const json::Value& list, absl::string_view where, absl::string_view name,
    size_t max) {
  if (!list.is_array()) return KindError(where, name, "an array", list);
  const std::vector<json::Value>& items = list.items();
  OTRP_RETURN_IF_ERROR(CheckCount(items.size(), max, where, name));
  for (size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_object()) {
      return ItemKindError(where, name, "objects", i, items[i]);
    }
  }
  return &items;
}

absl::StatusOr<std::vector<DsiTa>> ParseTaList(const json::Value& value,
                                               absl::string_view where,
                                               absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<json::Value>* items,
                        ReadObjects(value, where, name, kMaxTas));
  std::vector<DsiTa> tas;
  for (const json::Value& item : *items) {
    const std::string path = At(where, name, tas.size());
    DsiTa ta;
    OTRP_ASSIGN_OR_RETURN(ta.taid, ReadShortName(item, path, "taid"));
    OTRP_ASSIGN_OR_RETURN(ta.taname,
                          ReadOptionalShortName(item, path, "taname"));
    tas.push_back(std::move(ta));
  }
  return tas;
}

absl::StatusOr<std::vector<DsiSd>> ParseSds(const json::Value& list) {
  static constexpr char kWhere[] = "dsi.tee.sdlist";
  OTRP_ASSIGN_OR_RETURN(const std::vector<json::Value>* items,
                        ReadObjects(list, kWhere, "sd", kMaxSds));
  std::vector<DsiSd> sds;
  size_t all_tas = 0;
  for (const json::Value& item : *items) {
    const std::string path = At(kWhere, "sd", sds.size());
    DsiSd sd;
    OTRP_ASSIGN_OR_RETURN(sd.name, ReadShortName(item, path, "name"));
    OTRP_ASSIGN_OR_RETURN(sd.spid, ReadShortName(item, path, "spid"));
    if (const json::Value* tas = FindList(item, "talist")) {
      OTRP_ASSIGN_OR_RETURN(sd.tas, ParseTaList(*tas, path, "talist"));
      all_tas += sd.tas.size();
      OTRP_RETURN_IF_ERROR(CheckCount(all_tas, kMaxTas, path, "talist"));
    }
    sds.push_back(std::move(sd));
  }
  return sds;
}

absl::StatusOr<std::vector<DsiSd>> ParseSdList(const json::Value& tee) {
  std::vector<DsiSd> sds;
  if (FindList(tee, "sdlist") == nullptr) return sds;
  OTRP_ASSIGN_OR_RETURN(const json::Value* sdlist,
                        ReadObject(tee, kTee, "sdlist"));
  if (const json::Value* list = FindList(*sdlist, "sd")) {
    OTRP_ASSIGN_OR_RETURN(sds, ParseSds(*list));
  }
  if (const json::Value* cnt = sdlist->Find(member::kCnt.name)) {
    // Only its type: TEEs disagree on whether domains of other TSMs count.
    OTRP_RETURN_IF_ERROR(
        ReadValue(member::kCnt, *cnt, "dsi.tee.sdlist").status());
  }
  return sds;
}

absl::Status ParseAikList(const json::Value& holder, absl::string_view where,
                          Dsi* dsi) {
  static constexpr char kName[] = "teeaiklist";
  const json::Value* list = FindList(holder, kName);
  if (list == nullptr) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(const std::vector<json::Value>* items,
                        ReadObjects(*list, where, kName, kMaxAiks));
  for (size_t i = 0; i < items->size(); ++i) {
    const json::Value& item = (*items)[i];
    const std::string path = At(where, kName, i);
    OTRP_ASSIGN_OR_RETURN(std::string spid, ReadShortName(item, path, "spid"));
    const json::Value* spaik = item.Find(member::kSpAik.name);
    if (spaik == nullptr) {
      return MemberError(path, member::kSpAik.name, "is missing");
    }
    absl::StatusOr<crypto::PublicKey> key = ParseAik(*spaik);
    // One SP's bad key is no reason to leave the others alone.
    if (!key.ok()) {
      dsi->unusable_aiks.push_back(
          {std::move(spid), std::string(key.status().message())});
      continue;
    }
    dsi->aiks.push_back({std::move(spid), *std::move(key)});
  }
  return absl::OkStatus();
}

absl::StatusOr<json::Value> ParseText(absl::string_view octets) {
  OTRP_ASSIGN_OR_RETURN(json::Value text,
                        json::Parse(octets, json::kStrangers));
  if (!text.is_object()) {
    return absl::InvalidArgumentError("the DSI must be a JSON object");
  }
  return text;
}

absl::Status ReadTee(const json::Value& tee, Dsi* dsi) {
  // A name that nobody could show is the appraisal's matter: it refuses the
  // TEE.
  OTRP_ASSIGN_OR_RETURN(dsi->tee_name, ReadName(tee, kTee, "name"));
  OTRP_ASSIGN_OR_RETURN(dsi->tee_version, ReadName(tee, kTee, "ver"));
  OTRP_ASSIGN_OR_RETURN(dsi->tee_certificate,
                        Read(member::kTeeCert, tee, kTee));
  // The drafts' figure has one string, their text a list.
  OTRP_ASSIGN_OR_RETURN(dsi->tee_ca_certificates,
                        ReadList(member::kCaCert, tee, kTee));
  return absl::OkStatus();
}

}  // namespace

const crypto::PublicKey* Dsi::FindAik(absl::string_view spid) const {
  for (const DsiAik& aik : aiks) {
    if (aik.spid == spid) return &aik.key;
  }
  return nullptr;
}

const UnusableAik* Dsi::FindUnusableAik(absl::string_view spid) const {
  for (const UnusableAik& aik : unusable_aiks) {
    if (aik.spid == spid) return &aik;
  }
  return nullptr;
}

absl::StatusOr<Dsi> ParseDsi(absl::string_view octets) {
  OTRP_ASSIGN_OR_RETURN(const json::Value text, ParseText(octets));
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
  OTRP_RETURN_IF_ERROR(ReadTee(*tee, &dsi));
  OTRP_ASSIGN_OR_RETURN(dsi.sds, ParseSdList(*tee));
  // It belongs into `tee`; the drafts' braces leave room for the other.
  OTRP_RETURN_IF_ERROR(tee->Find("teeaiklist") != nullptr
                           ? ParseAikList(*tee, kTee, &dsi)
                           : ParseAikList(*value, "dsi", &dsi));
  return dsi;
}

absl::StatusOr<Dsi> ParseTeeOfDsi(absl::string_view octets) {
  OTRP_ASSIGN_OR_RETURN(const json::Value text, ParseText(octets));
  OTRP_ASSIGN_OR_RETURN(const json::Value* value,
                        ReadObject(text, "DSI", "dsi"));
  OTRP_ASSIGN_OR_RETURN(const json::Value* tee,
                        ReadObject(*value, "dsi", "tee"));
  Dsi dsi;
  OTRP_RETURN_IF_ERROR(ReadTee(*tee, &dsi));
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
    OTRP_ASSIGN_OR_RETURN(json::Value jwk, json::Parse(text, json::kStrangers));
    return jose::FromJwk(jwk);
  }
  absl::StatusOr<std::string> der = Base64DecodeAny(text);
  if (!der.ok()) {
    return absl::InvalidArgumentError(
        "the SP's key must be base64 or a JWK object");
  }
  // Which of the two it is tells the first element: so an error says what is
  // wrong with the key, not that it isn't the other form.
  crypto::der::Reader outer(*der);
  const absl::StatusOr<crypto::der::Element> sequence =
      outer.Next(crypto::der::kSequence);
  if (sequence.ok()) {
    const crypto::der::Reader parts(sequence->content);
    if (parts.At(crypto::der::kInteger)) {
      return crypto::PublicKey::FromRsaPkcs1(*der);
    }
    if (parts.At(crypto::der::kSequence)) {
      return crypto::PublicKey::FromSpki(*der);
    }
  }
  return absl::InvalidArgumentError(
      "the SP's key must be a SubjectPublicKeyInfo, a PKCS#1 RSAPublicKey or "
      "a JWK");
}

}  // namespace protocol
}  // namespace otrp
