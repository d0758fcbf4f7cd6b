#include "services/tsm/testing/mini_tee.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/kem.h"
#include "libs/crypto/random.h"
#include "libs/crypto/sign.h"
#include "libs/jose/jwe.h"
#include "libs/jose/jws.h"

namespace otrp {
namespace tsm {
namespace testing {
namespace {

using json::Value;

// Test code: what can't fail here is taken as it is.
template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) ADD_FAILURE() << value.status();
  return *std::move(value);
}

crypto::PrivateKey NewKey(crypto::KeyType type) {
  return Must(crypto::PrivateKey::Generate(type));
}

std::string Text(const Value& object, absl::string_view name) {
  const Value* value = object.Find(name);
  if (value == nullptr || !value->is_string()) {
    ADD_FAILURE() << "no " << name << " in " << object.Serialize();
    return "";
  }
  return std::string(value->as_string());
}

bool Truth(const Value* value) {
  if (value == nullptr) return false;
  if (value->is_string()) return value->as_string() == "true";
  return value->as_bool();
}

Value Change(Value object, const std::map<std::string, Value>& replace,
             const std::set<std::string>& drop) {
  Value out = Value::Object();
  for (const auto& member : object.members()) {
    const std::string name(member.first);
    if (drop.count(name) != 0) continue;
    auto other = replace.find(name);
    out.Set(name, other == replace.end() ? member.second : other->second);
  }
  return out;
}

// --- A self-signed certificate, just good enough to be parsed

std::string Der(unsigned char tag, const std::string& body) {
  std::string out(1, static_cast<char>(tag));
  if (body.size() < 128) {
    out.push_back(static_cast<char>(body.size()));
  } else {
    // Two octets are enough for all that is written here.
    if (body.size() < 256) {
      out.push_back('\x81');
    } else {
      out.push_back('\x82');
      out.push_back(static_cast<char>(body.size() >> 8));
    }
    out.push_back(static_cast<char>(body.size() & 0xff));
  }
  return out + body;
}

std::string SelfSigned(const crypto::PrivateKey& key, const std::string& name) {
  constexpr unsigned char kSequence = 0x30;
  const std::string algorithm =
      key.type() == crypto::KeyType::kRsa
          ? std::string(
                "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"
                "\x0b\x05\x00",
                15)
          : std::string("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02", 12);
  const std::string subject =
      Der(kSequence, Der(0x31, Der(kSequence, std::string("\x06\x03\x55\x04"
                                                          "\x03") +
                                                  Der(0x0c, name))));
  const std::string validity =
      Der(kSequence, Der(0x17, "200101000000Z") + Der(0x17, "490101000000Z"));
  const std::string tbs =
      Der(kSequence, std::string("\xa0\x03\x02\x01\x02\x02\x01\x01", 8) +
                         algorithm + subject + validity + subject +
                         key.public_key().ToSpki());
  const std::string signature =
      Must(crypto::SignSha256(key, tbs, crypto::EcFormat::kDer));
  return Der(kSequence,
             tbs + algorithm + Der(0x03, std::string(1, '\0') + signature));
}

Value Wrap(const std::string& name, Value value) {
  Value object = Value::Object();
  object.Set(name, std::move(value));
  return object;
}

}  // namespace

MiniTee::MiniTee(const std::string& name, crypto::KeyType type)
    : name_(name), key_(NewKey(type)), other_key_(NewKey(type)), type_(type) {
  certificate_ = SelfSigned(key_, name);
}

std::string MiniTee::did() const { return crypto::Sha256(certificate_); }

const crypto::PrivateKey& MiniTee::SigningKey() const {
  return wrong_key ? other_key_ : key_;
}

const crypto::PrivateKey& MiniTee::Aik(const std::string& spid) const {
  auto found = aiks_.find(spid);
  if (found == aiks_.end()) {
    found = aiks_.emplace(spid, NewKey(type_)).first;
  }
  return found->second;
}

Value MiniTee::DsiValue() const {
  Value sd_list = Value::Array();
  Value aik_list = Value::Array();
  std::set<std::string> spids;
  for (const auto& entry : sds) {
    Value tas = Value::Array();
    for (const auto& ta : entry.second.tas) {
      tas.Append(Wrap("taid", Value::String(ta.first)));
    }
    Value sd = Value::Object();
    sd.Set("name", Value::String(entry.first));
    sd.Set("spid", Value::String(entry.second.spid));
    sd.Set("talist", std::move(tas));
    sd_list.Append(std::move(sd));
    spids.insert(entry.second.spid);
  }
  for (const std::string& spid : spids) {
    Value aik = Value::Object();
    aik.Set("spaik",
            Value::String(Base64Encode(Aik(spid).public_key().ToSpki())));
    aik.Set("spaiktype",
            Value::String(type_ == crypto::KeyType::kRsa ? "RSA" : "ECC"));
    aik.Set("spid", Value::String(spid));
    aik_list.Append(std::move(aik));
  }
  Value sdlist = Value::Object();
  sdlist.Set("cnt", Value::String(absl::StrCat(sds.size())));
  sdlist.Set("sd", std::move(sd_list));
  Value tee = Value::Object();
  tee.Set("name", Value::String(name_));
  tee.Set("ver", Value::String("1.0"));
  tee.Set("cert", Value::String(Base64Encode(certificate_)));
  tee.Set("cacert", Value::Array());
  tee.Set("sdlist", std::move(sdlist));
  tee.Set("teeaiklist", std::move(aik_list));
  return Wrap("tee", Change(std::move(tee), replace_tee, {}));
}

std::string MiniTee::Dsi() const { return Wrap("dsi", DsiValue()).Serialize(); }

MiniTee::Opened MiniTee::Open(absl::string_view request) {
  Opened opened;
  const Value outer = Must(json::Parse(request, json::kStrangers));
  const auto& member = *outer.members().begin();
  const std::string name(member.first);
  opened.name = name.substr(0, name.size() - 7);  // "Request"
  const auto jws = Must(jose::UnverifiedJws::Parse(member.second));
  opened.x5c = jws.x5c();
  const Value payload = Must(json::Parse(jws.payload(), json::kStrangers));
  opened.tbs = *payload.Find(absl::StrCat(opened.name, "TBSRequest"));
  const Value* content = opened.tbs.Find("content");
  if (content != nullptr) {
    const auto jwe = Must(jose::UnverifiedJwe::Parse(*content));
    opened.recipients = jwe.recipients();
    const SecretBytes cek = Must(jose::UnwrapCek(jwe, key_));
    opened.cek = std::string(cek.view());
    opened.content = Must(json::Parse(
        Must(jose::DecryptWithCek(jwe, opened.cek)), json::kStrangers));
  }
  return opened;
}

std::string MiniTee::InstallTa(const Opened& request, bool update) {
  auto sd = sds.find(Text(request.content, "sdname"));
  if (sd == sds.end()) return "ERR_SD_NOT_FOUND";
  const std::string taid = Text(request.content, "taid");
  const bool there = sd->second.tas.count(taid) != 0;
  if (there && !update) return "ERR_TA_ALREADY_INSTALLED";
  if (!there && update) return "ERR_TA_NOT_FOUND";
  const Value* encrypted = request.tbs.Find("encrypted_ta");
  if (encrypted == nullptr) return "ERR_REQUEST_INVALID";
  std::string ta_key;
  const crypto::PrivateKey& aik = Aik(sd->second.spid);
  const Value* key = encrypted->Find("key");
  if (key->is_string()) {
    // pei03: the bare RSA ciphertext.
    ta_key = std::string(
        Must(crypto::RsaPkcs1Unwrap(aik, Must(Base64Decode(key->as_string())),
                                    32, crypto::SystemRandom()))
            .view());
  } else {
    ta_key = Must(jose::Decrypt(Must(jose::UnverifiedJwe::Parse(*key)), aik));
  }
  const std::string iv =
      Must(HexDecode(absl::AsciiStrToLower(Text(*encrypted, "iv"))));
  auto part = [&](const char* name, const char* new_name) {
    const Value* value = encrypted->Find(update ? new_name : name);
    if (value == nullptr) return std::string();
    return Must(crypto::AesCbcDecrypt(ta_key, iv,
                                      Must(Base64Decode(value->as_string()))));
  };
  Ta& ta = sd->second.tas[taid];
  ta.image = part("ciphertadata", "ciphernewtadata");
  ta.personalization = part("cipherpdata", "ciphernewpdata");
  return "";
}

std::string MiniTee::Apply(const Opened& request) {
  const Value& content = request.content;
  if (Text(request.tbs, "dsihash") != Base64Encode(crypto::Sha256(Dsi()))) {
    return "ERR_DEV_STATE_MISMATCH";
  }
  if (request.name == "CreateSD") {
    if (Text(content, "did") != Base64Encode(did())) {
      return "ERR_REQUEST_INVALID";
    }
    const std::string sdname = Text(content, "sdname");
    if (sds.count(sdname) != 0) return "ERR_SD_ALREADY_EXISTS";
    sds[sdname].spid = Text(content, "spid");
    sds[sdname].certs.insert(Must(Base64Decode(Text(content, "spcert"))));
    return "";
  }
  auto sd = sds.find(Text(content, "sdname"));
  if (sd == sds.end()) return "ERR_SD_NOT_FOUND";
  if (request.name == "UpdateSD") {
    const Value* changes = content.Find("changes");
    if (const Value* added = changes->Find("spcert")) {
      for (const Value& cert : added->items()) {
        sd->second.certs.insert(Must(Base64Decode(cert.as_string())));
      }
    }
    if (const Value* removed = changes->Find("deloldspcert")) {
      std::set<std::string> kept;
      for (const std::string& cert : sd->second.certs) {
        bool gone = false;
        for (const Value& fingerprint : removed->items()) {
          const std::string hash = crypto::Sha256(cert);
          gone =
              gone || fingerprint.as_string() == Base64Encode(hash) ||
              absl::AsciiStrToLower(fingerprint.as_string()) == HexEncode(hash);
        }
        if (!gone) kept.insert(cert);
      }
      sd->second.certs = kept;
    }
    return "";
  }
  if (request.name == "DeleteSD") {
    if (!sd->second.tas.empty() && !Truth(content.Find("deleteta"))) {
      return "ERR_SD_NOT_EMPTY";
    }
    sds.erase(sd);
    return "";
  }
  if (request.name == "InstallTA") return InstallTa(request, false);
  if (request.name == "UpdateTA") return InstallTa(request, true);
  if (request.name == "DeleteTA") {
    return sd->second.tas.erase(Text(content, "taid")) == 0 ? "ERR_TA_NOT_FOUND"
                                                            : "";
  }
  return "ERR_REQUEST_INVALID";
}

Value MiniTee::StateEntry(absl::string_view request) {
  const Opened opened = Open(request);
  EXPECT_EQ(opened.name, "GetDeviceState");
  log.push_back(opened.name);
  Value tbs = Value::Object();
  tbs.Set("ver", Value::String("1.0"));
  std::string error;
  auto failure = failures.find("GetDeviceState");
  if (failure != failures.end()) error = failure->second;
  const bool rsa_signed =
      Must(crypto::PublicKey::FromSpki(opened.x5c.front())).type() ==
      crypto::KeyType::kRsa;
  if (!only_sigalg.empty() && rsa_signed != (only_sigalg == "RS256")) {
    error = "ERR_UNSUPPORTED_CRYPTO_ALG";
  }
  tbs.Set("status", Value::String(error.empty() ? "pass" : "fail"));
  tbs.Set("rid", Value::String(Text(opened.tbs, "rid")));
  tbs.Set("tid", Value::String(Text(opened.tbs, "tid")));
  if (error.empty()) {
    tsm_spki_ = opened.x5c.front();
    const auto tsm_key = Must(crypto::PublicKey::FromSpki(tsm_spki_));
    jose::EncryptOptions options;
    options.alg =
        rsa_signed ? jose::KeyAlg::kRSA1_5 : jose::KeyAlg::kEcdhEsA128Kw;
    tbs.Set("signerreq", Value::Bool(false));
    tbs.Set("edsi", Must(jose::EncryptGeneral(Dsi(), tsm_key, options,
                                              crypto::SystemRandom())));
  } else {
    tbs.Set("reason", Wrap("error-code", Value::String(error)));
    if (!only_sigalg.empty()) {
      Value algs = Value::Array();
      algs.Append(Value::String(only_sigalg));
      tbs.Set("supportedsigalgs", std::move(algs));
    }
  }
  tbs = Change(std::move(tbs), replace_tbs, drop_tbs);
  return Wrap(
      "GetDeviceTEEStateResponse",
      Must(jose::SignFlattenedValue(
          Wrap("GetDeviceTEEStateTBSResponse", std::move(tbs)).Serialize(),
          SigningKey())));
}

std::string MiniTee::WrapEntries(std::vector<Value> entries) {
  Value array = Value::Array();
  for (Value& entry : entries) array.Append(std::move(entry));
  return Wrap("GetDeviceStateResponse", std::move(array)).Serialize();
}

std::string MiniTee::Answer(absl::string_view request) {
  const Value outer = Must(json::Parse(request, json::kStrangers));
  if (outer.members().begin()->first == "GetDeviceStateRequest") {
    return WrapEntries({StateEntry(request)});
  }
  const Opened opened = Open(request);
  log.push_back(opened.name);
  std::string error;
  auto failure = failures.find(opened.name);
  if (failure != failures.end()) {
    error = failure->second;
  } else if (lazy.count(opened.name) == 0) {
    error = Apply(opened);
  }
  Value content = Value::Object();
  content.Set("did", Value::String(Base64Encode(wrong_did ? std::string(32, 'x')
                                                          : did())));
  if (!error.empty()) {
    Value reason = Wrap("error-code", Value::String(error));
    reason.Set("error-message", Value::String(error_message));
    content.Set("reason", std::move(reason));
  } else {
    if (opened.name == "CreateSD") {
      content.Set("sdname", Value::String(Text(opened.content, "sdname")));
      content.Set(
          "teespaik",
          Value::String(Base64Encode(
              Aik(Text(opened.content, "spid")).public_key().ToSpki())));
    }
    if (Truth(opened.tbs.Find("nextdsi")) && !hide_dsi) {
      content.Set("dsi", DsiValue());
    }
  }
  content = Change(std::move(content), replace_content, drop_content);
  Value encrypted = Value::Object();
  if (fresh_cek) {
    jose::EncryptOptions options;
    const auto tsm_key = Must(crypto::PublicKey::FromSpki(tsm_spki_));
    options.alg = tsm_key.type() == crypto::KeyType::kRsa
                      ? jose::KeyAlg::kRSA1_5
                      : jose::KeyAlg::kEcdhEsA128Kw;
    encrypted = Must(jose::EncryptGeneral(content.Serialize(), tsm_key, options,
                                          crypto::SystemRandom()));
  } else {
    encrypted = Must(jose::EncryptWithCek(
        content.Serialize(), opened.cek, jose::Enc::kA128CbcHs256,
        opened.recipients, crypto::SystemRandom()));
  }
  Value tbs = Value::Object();
  tbs.Set("ver", Value::String("1.0"));
  tbs.Set("status", Value::String(error.empty() ? "pass" : "fail"));
  tbs.Set("rid", Value::String(Text(opened.tbs, "rid")));
  tbs.Set("tid", Value::String(Text(opened.tbs, "tid")));
  tbs.Set("content", std::move(encrypted));
  tbs = Change(std::move(tbs), replace_tbs, drop_tbs);
  return Wrap(absl::StrCat(opened.name, "Response"),
              Must(jose::SignFlattenedValue(
                  Wrap(absl::StrCat(opened.name, "TBSResponse"), std::move(tbs))
                      .Serialize(),
                  SigningKey())))
      .Serialize();
}

}  // namespace testing
}  // namespace tsm
}  // namespace otrp
