#include "clients/device/dsi.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/device/refusal.h"
#include "libs/base/base64.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/sign.h"
#include "libs/jose/jws.h"
#include "libs/pki/certificate.h"

namespace otrp::device {
namespace {

using json::Value;

absl::Status FirmwareRefused(absl::string_view why) {
  return Refuse(Refusal::kTfwNotTrusted, why);
}

absl::StatusOr<Value> FirmwareData(const KeyAndChain& tfw,
                                   absl::string_view tid) {
  if (tfw.chain.empty()) {
    return FirmwareRefused("the firmware has no certificate");
  }
  OTRP_ASSIGN_OR_RETURN(
      const std::string signature,
      crypto::SignSha256(tfw.key, tid, crypto::EcFormat::kP1363));
  absl::StatusOr<pki::Certificate> cert =
      pki::Certificate::FromDer(tfw.chain[0]);
  if (!cert.ok() || !crypto::VerifySha256(cert->public_key(), tid, signature,
                                          crypto::EcFormat::kP1363)
                         .ok()) {
    return FirmwareRefused(
        "the firmware's signature isn't that of its certificate");
  }
  Value out = Value::Object();
  out.Set("tbs", Value::String(Base64Encode(tid)));
  out.Set("cert", Value::String(Base64Encode(tfw.chain[0])));
  out.Set("sigalg", Value::String(std::string(
                        jose::SigAlgName(jose::SigAlgForKey(tfw.key.type())))));
  out.Set("sig", Value::String(Base64Encode(signature)));
  return out;
}

Value SdList(const TeeState& state, absl::string_view owner) {
  Value sds = Value::Array();
  size_t count = 0;
  for (const SecurityDomain& sd : state.sds) {
    if (sd.owner != owner) continue;
    ++count;
    Value tas = Value::Array();
    for (const InstalledTa& ta : sd.tas) {
      Value entry = Value::Object();
      entry.Set("taid", Value::String(ta.taid));
      tas.Append(std::move(entry));
    }
    Value entry = Value::Object();
    entry.Set("name", Value::String(sd.name));
    entry.Set("spid", Value::String(sd.spid));
    entry.Set("talist", std::move(tas));
    sds.Append(std::move(entry));
  }
  Value out = Value::Object();
  out.Set("cnt", Value::String(absl::StrCat(count)));
  out.Set("sd", std::move(sds));
  return out;
}

Value AikList(const TeeState& state, absl::string_view owner) {
  Value out = Value::Array();
  for (const Aik& aik : state.aiks) {
    if (aik.owner != owner) continue;
    const crypto::PublicKey& key = aik.key.public_key();
    Value entry = Value::Object();
    entry.Set("spaik", Value::String(Base64Encode(key.ToSpki())));
    entry.Set("spaiktype", Value::String(std::string(AikType(key))));
    entry.Set("spid", Value::String(aik.spid));
    out.Append(std::move(entry));
  }
  return out;
}

}  // namespace

absl::StatusOr<Value> BuildDsi(const TeeIdentity& identity,
                               const TeeOptions& options, const TeeState& state,
                               absl::string_view owner, absl::string_view tid) {
  Value dsi = Value::Object();
  if (identity.tfw.has_value()) {
    OTRP_ASSIGN_OR_RETURN(Value firmware, FirmwareData(*identity.tfw, tid));
    dsi.Set("tfwdata", std::move(firmware));
  } else if (RowOf(options.dialect).firmware_required) {
    return FirmwareRefused("there is no firmware to sign for this platform");
  }
  Value tee = Value::Object();
  tee.Set("name", Value::String(options.name));
  tee.Set("ver", Value::String(options.version));
  tee.Set("cert", Value::String(Base64Encode(identity.tee.chain[0])));
  Value cas = Value::Array();
  for (size_t i = 1; i < identity.tee.chain.size(); ++i) {
    cas.Append(Value::String(Base64Encode(identity.tee.chain[i])));
  }
  tee.Set("cacert", std::move(cas));
  tee.Set("sdlist", SdList(state, owner));
  tee.Set("teeaiklist", AikList(state, owner));
  dsi.Set("tee", std::move(tee));
  return dsi;
}

std::string DsiText(const Value& dsi) {
  return absl::StrCat("{\"dsi\":", dsi.Serialize(), "}");
}

absl::string_view AikType(const crypto::PublicKey& key) {
  return key.type() == crypto::KeyType::kRsa ? "RSA" : "ECC";
}

}  // namespace otrp::device
