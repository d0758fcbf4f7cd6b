// Writes seeds for the targets into a folder, one below it for each target:
// messages, certificates and keys as the suite itself makes them. Run it again
// when a format changes; its output stands in seeds/, beside images of OP-TEE
// by tests/support/optee_image.py.

#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/base/base64.h"
#include "libs/base/files.h"
#include "libs/crypto/random.h"
#include "libs/jose/jwe.h"
#include "libs/jose/jwk.h"
#include "libs/jose/jws.h"
#include "libs/pki/csr.h"
#include "libs/pki/ocsp.h"
#include "libs/protocol/messages.h"
#include "libs/protocol/ta_image.h"
#include "libs/protocol/test_pki.h"
#include "libs/protocol/test_tee.h"
#include "libs/protocol/tid.h"

namespace otrp {
namespace {

using namespace protocol;  // NOLINT: one function

class Seeds {
 public:
  explicit Seeds(std::string root) : root_(std::move(root)) {}

  void Add(const std::string& target, const std::string& name,
           const std::string& bytes) {
    const std::string folder = absl::StrCat(root_, "/", target);
    Check(MakeFolder(folder));
    Check(WriteFileAtomically(absl::StrCat(folder, "/", name), bytes, 0644));
  }
  void Check(const absl::Status& status) {
    if (status.ok()) return;
    std::cerr << status << "\n";
    failed_ = true;
  }
  bool failed() const { return failed_; }

 private:
  const std::string root_;
  bool failed_ = false;
};

json::Value Text(absl::string_view text) { return json::Value::String(text); }

void AddPki(Seeds& seeds, const test::Hierarchy& market,
            const pki::Certificate& leaf) {
  seeds.Add("certificate", "leaf.der", leaf.der());
  seeds.Add("certificate", "ca.der", market.ca.der());
  seeds.Add("certificate", "root.der", market.root.der());
  seeds.Add("certificate", "chain.pem", pki::ToPem({leaf, market.ca}));
  for (const auto* key : {&test::RsaKey(), &test::EcKey()}) {
    const bool rsa = key == &test::RsaKey();
    const auto csr = pki::Csr::Create(*key, "a device", {"https://a.example/"},
                                      {"a.example"});
    seeds.Check(csr.status());
    seeds.Add("csr", rsa ? "rsa.der" : "ec.der", csr->der());
    seeds.Add("jwk", rsa ? "rsa.json" : "ec.json",
              jose::ToJwk(key->public_key()).Serialize());
  }
  seeds.Add("crl", "empty.der", test::NewCrl(market, {}));
  seeds.Add("crl", "two.der", test::NewCrl(market, {"0a", "7f00ff"}));
  const auto request = pki::BuildOcspRequest(leaf, market.ca);
  seeds.Check(request.status());
  seeds.Add("ocsp", "request.der", *request);
  for (pki::OcspStatus status :
       {pki::OcspStatus::kGood, pki::OcspStatus::kRevoked}) {
    pki::OcspTemplate response;
    pki::OcspEntry entry;
    entry.id = pki::CertIdOf(leaf, market.ca);
    entry.status = status;
    entry.revoked_at = test::Now();
    entry.reason = 1;
    response.entries = {entry};
    response.produced_at = response.this_update = test::Now();
    response.next_update = test::Now() + absl::Hours(1);
    const auto der = pki::IssueOcspResponse(response, market.ca, market.ca_key);
    seeds.Check(der.status());
    seeds.Add("ocsp",
              status == pki::OcspStatus::kGood ? "good.der" : "revoked.der",
              *der);
  }
}

// {"dsi":...} of a TEE with a domain and an application.
std::string DsiText(const test::Hierarchy& market, const pki::Certificate& leaf,
                    const crypto::PrivateKey& key) {
  json::Value ta = json::Value::Object();
  ta.Set("taid", Text("ta-1"));
  ta.Set("taname", Text("wallet"));
  json::Value talist = json::Value::Array();
  talist.Append(std::move(ta));
  json::Value sd = json::Value::Object();
  sd.Set("name", Text("sd-1"));
  sd.Set("spid", Text("bank"));
  sd.Set("talist", std::move(talist));
  json::Value sds = json::Value::Array();
  sds.Append(std::move(sd));
  json::Value sdlist = json::Value::Object();
  sdlist.Set("cnt", Text("1"));
  sdlist.Set("sd", std::move(sds));
  json::Value aik = json::Value::Object();
  aik.Set("spaik", Text(Base64Encode(key.public_key().ToSpki())));
  aik.Set("spaiktype", Text("ECC"));
  aik.Set("spid", Text("bank"));
  json::Value aiks = json::Value::Array();
  aiks.Append(std::move(aik));
  json::Value tee = test::TeeData(leaf, {market.ca});
  tee.Set("sdlist", std::move(sdlist));
  tee.Set("teeaiklist", std::move(aiks));
  json::Value dsi = json::Value::Object();
  dsi.Set("tfwdata", test::FirmwareData(leaf, key, test::kTid));
  dsi.Set("tee", std::move(tee));
  json::Value out = json::Value::Object();
  out.Set("dsi", std::move(dsi));
  return out.Serialize();
}

void AddMessages(Seeds& seeds, const std::string& dsi) {
  const crypto::PrivateKey& key = test::EcKey();
  json::Value state = test::Tbs();
  state.Set("signerreq", json::Value::Bool(false));
  state.Set("edsi", test::Encrypted(dsi, key.public_key()));
  seeds.Add("message", "device_state.json",
            test::DeviceStateResponse(state, key));
  seeds.Add("message", "broker_error.json",
            R"({"OTrPBrokerError":{"ver":"1.0","rid":"r","tid":"t",)"
            R"("errcode":"ERR_AGENT_TEE_BUSY"}})");
  seeds.Add("message", "agent_error.json",
            R"({"status":{"result":"fail","error-code":"ERR_TEE_UNKNOWN"}})");
  seeds.Add("message", "starter.json",
            R"({"TADependencyNotification":{"requestedtalist":)"
            R"([{"taid":"ta-1","taname":"wallet"}]}})");
  const std::string did = Base64Encode(std::string(32, 'd'));
  int n = 0;
  for (const MessageRow& row : AllMessages()) {
    if (row.kind == MessageKind::kGetDeviceState) continue;
    const std::string pass =
        absl::StrCat(R"({"did":")", did, R"(","sdname":"sd-1","teespaik":")",
                     Base64Encode(key.public_key().ToSpki()), R"(","dsi":)",
                     dsi.substr(7, dsi.size() - 8), "}");
    const std::string fail = absl::StrCat(
        R"({"did":")", did,
        R"(","reason":{"error-code":"ERR_SD_NOT_FOUND","error-message":"x"}})");
    json::Value tbs = test::Tbs();
    tbs.Set("content", test::Encrypted(pass, key.public_key()));
    seeds.Add("message", absl::StrCat(row.name, ".json"),
              test::SignedResponse(row.kind, tbs, key));
    seeds.Add("content", absl::StrCat(row.name, "_pass"),
              std::string(1, static_cast<char>(n)) + pass);
    seeds.Add("content", absl::StrCat(row.name, "_fail"),
              std::string(1, static_cast<char>(0x80 | n)) + fail);
    ++n;
  }
  seeds.Add("jwe", "ec.json",
            test::Encrypted("plaintext", key.public_key()).Serialize());
  seeds.Add(
      "jwe", "rsa.json",
      test::Encrypted("plaintext", test::RsaKey().public_key()).Serialize());
  seeds.Add("dsi", "full.json", dsi);
  seeds.Add("device_state", "full.json", dsi);
}

void AddOthers(Seeds& seeds, const pki::Certificate& leaf) {
  const auto& sp = test::OtherEcKey();
  const auto image =
      BuildJwsTaImage("the binary", "ta-1", "1.0.0", sp, {leaf.der()});
  seeds.Check(image.status());
  seeds.Add("ta_image", "jws.json", *image);
  std::string optee("HSTO\1\0\0\0\x20\0\0\0\x30\x48\0\x70\x20\0\0\1", 20);
  seeds.Add("ta_image", "optee.ta", optee + std::string(300, 'x'));
  const auto jws = jose::SignFlattened("{\"a\":1}", sp, {{leaf.der()}});
  seeds.Check(jws.status());
  seeds.Add("jws", "x5c.json", *jws);
  seeds.Add("tid", "other_secret",
            NewTid("fedcba9876543210fedcba9876543210", true,
                   absl::FromUnixSeconds(1800000000), crypto::SystemRandom()));
  seeds.Add("base64", "padded", "AAECAwQFBgc=");
  seeds.Add("base64", "url", "-_-_AAEC");
  seeds.Add("base64", "hex", "00ff7f");
  seeds.Add(
      "json", "all.json",
      R"({"a":[1,-2.5e3,true,false,null,"\u00e9\ud83d\ude00\n"],"b":{}})");
  seeds.Add("http_body", "good",
            "application/*;q=0.5, */*;q=0\napplication/otrp+json; a=b\n{}");
  seeds.Add("http_request", "chunked",
            "POST http://tam.example/otrp HTTP/1.1\r\nHost: a\r\n"
            "Transfer-Encoding: chunked\r\n\r\n"
            "2;a=\"b\"\r\n{}\r\n0\r\nB: c\r\n\r\n");
  seeds.Add("http_request", "length",
            "\r\nPOST /otrp?x HTTP/1.1\r\nHost: a\r\n"
            "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}");
  seeds.Add("rest_request", "push",
            "PUT /v1/service-providers/a%2Fb/applications/t/versions/1.0\n"
            R"({"image":"AAEC","personalizationData":"_-8","format":"jws"})");
  seeds.Add("rest_request", "policy",
            "PUT /v1/attestation/policy\n"
            R"({"policy":{"teeRules":[{"name":"a*","minVersion":"1.0",)"
            R"("deny":true}],"undatedCrlDays":7},"expectedVersion":"3"})");
  seeds.Add("rest_request", "query",
            "GET /v1/certificates?pageSize=7&page_token=a+b%26&"
            "profile=PROFILE_TEE\n");
  seeds.Add("rest_request", "nested",
            "DELETE /v1/service-providers/a/applications/t/assignments"
            "?target.did=00ff\n");
  seeds.Add("rest_request", "members",
            "POST /v1/groups/g/members:remove\n"
            R"({"dids":["AAEC","AAEC","!"]})");
  seeds.Add("tee", "sdname", "\2{\"sdname\":\"sd-9\"}");
  seeds.Add("tee", "spcert", std::string(1, '\0') + "{\"spcert\":\"AAAA\"}");
  seeds.Add("tee", "changes", "\1{\"changes\":{\"renewteespaik\":true}}");
  seeds.Add("tee", "taid", "\3{\"taid\":null,\"spcert\":\"\"}");
  seeds.Add("tee", "tbs", "\x84{\"nextdsi\":\"true\",\"ver\":\"1.1\"}");
  seeds.Add("tee", "encrypted_ta", "\x83{\"encrypted_ta\":{\"iv\":\"00\"}}");
}

}  // namespace
}  // namespace otrp

int main(int argc, char** argv) {
  using namespace otrp;  // NOLINT: main composes this namespace
  if (argc != 2) {
    std::cerr << "make_seeds FOLDER\n";
    return 2;
  }
  Seeds seeds(argv[1]);
  seeds.Check(MakeFolder(argv[1]));
  const test::Hierarchy market = test::NewHierarchy("seeds");
  const auto& key = test::EcKey();
  const pki::Certificate leaf =
      test::NewLeaf(market, pki::Role::kTee, key.public_key());
  AddPki(seeds, market, leaf);
  AddMessages(seeds, DsiText(market, leaf, key));
  AddOthers(seeds, leaf);
  return seeds.failed() ? 1 : 0;
}
