#include "clients/device/testing/test_tsm.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/device/strict.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/kem.h"
#include "libs/jose/jws.h"
#include "libs/pki/certificate.h"

namespace otrp::device {
namespace {

using json::Value;

constexpr absl::string_view kTid = "4F454A7F-002D-4157-884E-B0DD1A06A8AE";

// Tests end at the first thing that can't be: there is nothing to go on with.
template <typename T>
T Must(absl::StatusOr<T> value) {
  EXPECT_TRUE(value.ok()) << value.status();
  return *std::move(value);
}

Value Base64Text(absl::string_view bytes) {
  return Value::String(Base64Encode(bytes));
}

jose::EncryptOptions OptionsFor(const crypto::PublicKey& key, bool wide) {
  jose::EncryptOptions options;
  if (key.type() == crypto::KeyType::kEcP256) {
    options.alg =
        wide ? jose::KeyAlg::kEcdhEsA256Kw : jose::KeyAlg::kEcdhEsA128Kw;
  }
  return options;
}

}  // namespace

Value ToObject(const Members& members) {
  Value out = Value::Object();
  for (const auto& member : members) out.Set(member.first, member.second);
  return out;
}

Value Text(absl::string_view text) { return Value::String(std::string(text)); }

Value TestSp::Cert() const { return Base64Text(cert); }

std::string TestSp::Image(absl::string_view taid, absl::string_view version,
                          absl::string_view binary) const {
  jose::SignOptions options;
  options.x5c = {cert};
  options.protected_members.Set("taid", Text(taid));
  options.protected_members.Set("taver", Text(version));
  return Must(jose::SignFlattened(binary, key, options));
}

TestSp MakeTestSp(absl::string_view spid, int number, absl::Time now) {
  const crypto::PrivateKey& ca_key = PooledKey(crypto::KeyType::kEcP256, 900);
  const TestCa ca = MakeTestRoot("SP root", TestRole::kSp, ca_key, now);
  const crypto::PrivateKey& key =
      PooledKey(crypto::KeyType::kEcP256, 910 + number);
  TestLeaf leaf;
  leaf.name = absl::StrCat("SP signer ", number);
  leaf.role = TestRole::kSp;
  leaf.not_before = now - absl::Hours(1);
  leaf.not_after = now + absl::Hours(24 * 30);
  return TestSp{std::string(spid), key,
                IssueTestLeaf(leaf, ca, key.public_key())};
}

TestCa TestTsm::MakeRoot(crypto::KeyType type, const Clock& clock) {
  return MakeTestRoot("TSM root", TestRole::kTsm, PooledKey(type, 100),
                      clock.Now());
}

TestTsm::TestTsm(Options options, const TestCa& root, const Clock& clock,
                 Random& random)
    : options_(std::move(options)),
      clock_(clock),
      random_(random),
      root_(root),
      intermediate_(MakeTestIntermediate("TSM CA", TestRole::kTsm, root,
                                         PooledKey(options_.key_type, 101),
                                         clock.Now())),
      key_(PooledKey(options_.key_type, 110 + options_.number)) {
  TestLeaf leaf;
  leaf.name = absl::StrCat("TSM ", options_.number);
  leaf.san_uri = options_.id;
  leaf.not_before = clock.Now() - absl::Hours(1);
  leaf.not_after = clock.Now() + absl::Hours(24 * 30);
  Reissue(leaf);
}

void TestTsm::Reissue(const TestLeaf& leaf) {
  chain_ = {IssueTestLeaf(leaf, intermediate_, key_.public_key()),
            intermediate_.der, root_.der};
  ocsp_ = GoodOcsp();
}

std::vector<std::string> TestTsm::GoodOcsp() const {
  const absl::Time since = clock_.Now() - absl::Minutes(5);
  const absl::Time until = clock_.Now() + absl::Hours(12);
  return {MakeTestOcsp(chain_[0], intermediate_, TestOcsp::kGood, since, until),
          MakeTestOcsp(chain_[1], root_, TestOcsp::kGood, since, until)};
}

void TestTsm::SetOcsp(std::vector<std::string> responses) {
  ocsp_ = std::move(responses);
}

std::string TestTsm::OwnerMember() const {
  return std::string(RowOf(options_.dialect).owner_member);
}

Draft TestTsm::DeviceState() {
  Draft draft;
  draft.message = "GetDeviceState";
  draft.inner_name = "GetDeviceStateTBSRequest";
  draft.x5c = chain_;
  draft.tbs["ver"] = Text("1.0");
  draft.tbs["rid"] = Text(absl::StrCat("rid-", ++rid_));
  draft.tbs["tid"] = Text(kTid);
  if (options_.dialect == Dialect::kPei03) {
    if (!ocsp_.empty()) draft.tbs["ocspdat"] = Base64Text(ocsp_[0]);
    if (ocsp_.size() > 1) draft.tbs["icaocspdat"] = Base64Text(ocsp_[1]);
    draft.tbs["supportedsigalgs"] = Text("RS256,ES256");
    return draft;
  }
  Value staples = Value::Array();
  for (const std::string& der : ocsp_) staples.Append(Base64Text(der));
  draft.tbs["ocspdat"] = std::move(staples);
  Value algs = Value::Array();
  algs.Append(Text("RS256"));
  algs.Append(Text("ES256"));
  draft.tbs["supportedsigalgs"] = std::move(algs);
  return draft;
}

Draft TestTsm::Command(absl::string_view message, Members content) {
  const bool strings = options_.dialect == Dialect::kPei03;
  Draft draft;
  draft.message = std::string(message);
  draft.inner_name = absl::StrCat(message, "TBSRequest");
  draft.tbs["ver"] = Text("1.0");
  draft.tbs["rid"] = Text(absl::StrCat("rid-", ++rid_));
  draft.tbs["tid"] = Text(kTid);
  draft.tbs["tee"] = Text(tee_name_);
  draft.tbs["nextdsi"] = strings ? Text("true") : Value::Bool(true);
  draft.tbs["dsihash"] = Base64Text(dsi_hash_);
  content.emplace(OwnerMember(), Text(options_.id));
  draft.content = std::move(content);
  return draft;
}

Value TestTsm::EncryptTa(absl::string_view spid,
                         absl::optional<std::string> image,
                         absl::optional<std::string> pdata, bool update) {
  const std::string key = random_.Bytes(32);
  const std::string iv = random_.Bytes(16);
  const absl::optional<crypto::PublicKey> aik = Aik(spid);
  EXPECT_TRUE(aik.has_value()) << "no AIK for " << spid;
  Value out = Value::Object();
  if (options_.dialect == Dialect::kPei03) {
    out.Set("key",
            Base64Text(Must(crypto::RsaPkcs1Encrypt(*aik, key, random_))));
  } else {
    out.Set("key", Must(jose::EncryptFlattened(
                       key, *aik, OptionsFor(*aik, true), random_)));
  }
  out.Set("iv", Text(HexEncodeUpper(iv)));
  out.Set("alg", Text("AESCBC"));
  if (image.has_value()) {
    out.Set(update ? "ciphernewtadata" : "ciphertadata",
            Base64Text(Must(crypto::AesCbcEncrypt(key, iv, *image))));
  }
  if (pdata.has_value()) {
    out.Set(update ? "ciphernewpdata" : "cipherpdata",
            Base64Text(Must(crypto::AesCbcEncrypt(key, iv, *pdata))));
  }
  return out;
}

void TestTsm::KnowDeviceOf(const TestTsm& other) {
  tee_key_ = other.tee_key_;
  tee_name_ = other.tee_name_;
  did_ = other.did_;
  dsi_hash_ = other.dsi_hash_;
  last_dsi_ = other.last_dsi_;
}

std::string TestTsm::Seal(const Draft& draft) {
  Value tbs = ToObject(draft.tbs);
  if (draft.content.has_value() && tbs.Find("content") == nullptr) {
    EXPECT_TRUE(tee_key_.has_value()) << "no DSI yet";
    cek_ = random_.Bytes(32);
    jose::EncryptOptions options = OptionsFor(*tee_key_, false);
    options.cek = cek_;
    Value jwe = Must(jose::EncryptGeneral(ToObject(*draft.content).Serialize(),
                                          *tee_key_, options, random_));
    encrypted_key_ =
        TextOf(jwe.Find("recipients")->items()[0], "encrypted_key");
    tbs.Set("content", std::move(jwe));
  }
  Value payload = Value::Object();
  payload.Set(draft.inner_name, std::move(tbs));
  jose::SignOptions options;
  options.x5c = draft.x5c;
  return absl::StrCat(
      "{\"", draft.message, "Request\":",
      Must(jose::SignFlattened(payload.Serialize(), key_, options)), "}");
}

Answer TestTsm::Open(const std::string& response) {
  const Value root = Must(json::Parse(response, json::kStrangers));
  Answer answer;
  answer.name = root.members()[0].first;
  const jose::UnverifiedJws jws =
      Must(jose::UnverifiedJws::Parse(root.members()[0].second));
  EXPECT_TRUE(jws.x5c().empty()) << "a TEE hides its certificate";
  const Value payload = Must(json::Parse(jws.payload(), json::kStrangers));
  std::string inner = answer.name;
  inner.insert(inner.size() - std::string("Response").size(), "TBS");
  const Value* tbs = payload.Find(inner);
  if (tbs == nullptr) {
    ADD_FAILURE() << "no " << inner << " in " << jws.payload();
    return answer;
  }
  answer.tbs = *tbs;
  answer.status = TextOf(answer.tbs, "status");
  EXPECT_EQ(TextOf(answer.tbs, "ver"), "1.0");
  ReadContent(&answer);
  if (tee_key_.has_value()) {
    EXPECT_TRUE(jose::CheckSignature(jws, *tee_key_).ok())
        << "the TEE's signature is wrong";
  }
  const Value* reason = answer.content.is_object()
                            ? answer.content.Find("reason")
                            : answer.tbs.Find("reason");
  if (reason != nullptr) answer.error_code = TextOf(*reason, "error-code");
  return answer;
}

void TestTsm::ReadContent(Answer* answer) {
  if (const Value* edsi = answer->tbs.Find("edsi")) {
    const std::string octets =
        Must(jose::Decrypt(Must(jose::UnverifiedJwe::Parse(*edsi)), key_));
    ReadDsi(answer, octets);
    return;
  }
  const Value* content = answer->tbs.Find("content");
  if (content == nullptr) return;
  answer->encrypted = true;
  const jose::UnverifiedJwe jwe = Must(jose::UnverifiedJwe::Parse(*content));
  answer->same_key = jwe.encrypted_key() == encrypted_key_;
  const std::string text =
      Must(answer->same_key ? jose::DecryptWithCek(jwe, cek_)
                            : jose::Decrypt(jwe, key_));
  answer->content = Must(json::Parse(text, json::kStrangers));
  if (answer->content.Find("dsi") == nullptr) return;
  // The rule (docs/wire.md section 3): the octets as they came, not made again.
  ReadDsi(answer,
          absl::StrCat("{\"dsi\":", Must(json::RawMember(text, "dsi")), "}"));
}

void TestTsm::ReadDsi(Answer* answer, const std::string& octets) {
  dsi_hash_ = crypto::Sha256(octets);
  const Value root = Must(json::Parse(octets, json::kStrangers));
  last_dsi_ = *root.Find("dsi");
  answer->dsi = last_dsi_;
  answer->has_dsi = true;
  const Value& tee = *last_dsi_.Find("tee");
  tee_name_ = TextOf(tee, "name");
  const std::string cert = Must(Base64Decode(TextOf(tee, "cert")));
  did_ = Base64Encode(crypto::Sha256(cert));
  tee_key_ = Must(pki::Certificate::FromDer(cert)).public_key();
}

absl::optional<crypto::PublicKey> TestTsm::Aik(absl::string_view spid) const {
  const Value& list = *last_dsi_.Find("tee")->Find("teeaiklist");
  for (const Value& entry : list.items()) {
    if (TextOf(entry, "spid") != spid) continue;
    return Must(crypto::PublicKey::FromSpki(
        Must(Base64Decode(TextOf(entry, "spaik")))));
  }
  return absl::nullopt;
}

}  // namespace otrp::device
