#include "clients/device/show.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/device/dsi.h"
#include "clients/device/strict.h"
#include "libs/base/hex.h"
#include "libs/base/printable.h"
#include "libs/crypto/hash.h"

namespace otrp::device {
namespace {

using json::Value;

Value Hash(absl::string_view bytes) {
  return Value::String(HexEncode(crypto::Sha256(bytes)));
}

Value DescribeTa(const InstalledTa& ta) {
  Value out = Value::Object();
  out.Set("taid", Value::String(ta.taid));
  out.Set("version", Value::String(ta.version));
  out.Set("sha256", Value::String(ta.image_sha256));
  out.Set("bytes", Value::Integer(ta.image_bytes));
  out.Set("binary_sha256", Value::String(ta.binary_sha256));
  out.Set("pdata_bytes", Value::Integer(ta.pdata_bytes));
  return out;
}

Value DescribeSd(const SecurityDomain& sd) {
  Value out = Value::Object();
  out.Set("sdname", Value::String(sd.name));
  out.Set("spid", Value::String(sd.spid));
  out.Set("owner", Value::String(sd.owner));
  Value certs = Value::Array();
  for (const std::string& der : sd.spcerts) certs.Append(Hash(der));
  out.Set("spcert_sha256", std::move(certs));
  Value tas = Value::Array();
  for (const InstalledTa& ta : sd.tas) tas.Append(DescribeTa(ta));
  out.Set("tas", std::move(tas));
  return out;
}

// Names come from TSMs.
std::string Shown(const Value& object, absl::string_view name) {
  return Printable(TextOf(object, name));
}

}  // namespace

Value DescribeDevice(const OpenDevice& device) {
  const TeeState state = device.tee->state();
  const DeviceSettings& settings = device.settings;
  Value out = Value::Object();
  out.Set("did", Value::String(device.tee->did()));
  out.Set(
      "alg",
      Value::String(settings.key_type == crypto::KeyType::kRsa ? "rsa" : "ec"));
  out.Set("dialect", Value::String(std::string(DialectName(settings.dialect))));
  out.Set("tee_name", Value::String(settings.tee_name));
  out.Set("tee_version", Value::String(settings.tee_version));
  out.Set("self_issued", Value::Bool(settings.self_issued));
  Value sds = Value::Array();
  for (const SecurityDomain& sd : state.sds) sds.Append(DescribeSd(sd));
  out.Set("security_domains", std::move(sds));
  Value aiks = Value::Array();
  for (const Aik& aik : state.aiks) {
    Value entry = Value::Object();
    entry.Set("spid", Value::String(aik.spid));
    entry.Set("type",
              Value::String(std::string(AikType(aik.key.public_key()))));
    entry.Set("sha256", Hash(aik.key.public_key().ToSpki()));
    aiks.Append(std::move(entry));
  }
  out.Set("aiks", std::move(aiks));
  return out;
}

std::string DescribeDeviceAsText(const Value& described) {
  std::string out;
  for (const absl::string_view name :
       {"did", "alg", "dialect", "tee_name", "tee_version"}) {
    absl::StrAppend(&out, name, ": ", Shown(described, name), "\n");
  }
  const auto& sds = described.Find("security_domains")->items();
  if (sds.empty()) absl::StrAppend(&out, "no security domains\n");
  for (const Value& sd : sds) {
    absl::StrAppend(&out, "security domain ", Shown(sd, "sdname"), " of ",
                    Shown(sd, "spid"), ", owned by ", Shown(sd, "owner"), "\n");
    for (const std::string& hash : TextsOf(sd, "spcert_sha256")) {
      absl::StrAppend(&out, "  SP certificate ", hash, "\n");
    }
    for (const Value& ta : sd.Find("tas")->items()) {
      absl::StrAppend(&out, "  TA ", Shown(ta, "taid"), " ",
                      Shown(ta, "version"), "\n     image sha256 ",
                      Shown(ta, "sha256"), "\n");
    }
  }
  for (const Value& aik : described.Find("aiks")->items()) {
    absl::StrAppend(&out, "AIK of ", Shown(aik, "spid"), ": ",
                    Shown(aik, "type"), " ", Shown(aik, "sha256"), "\n");
  }
  return out;
}

}  // namespace otrp::device
