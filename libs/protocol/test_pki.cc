#include "libs/protocol/test_pki.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/base64.h"
#include "libs/crypto/random.h"
#include "libs/crypto/sign.h"
#include "libs/pki/crl.h"
#include "libs/pki/issue.h"

namespace otrp {
namespace protocol {
namespace test {
namespace {

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::cerr << "test set-up: " << value.status() << "\n";
    std::abort();
  }
  return *std::move(value);
}

crypto::PrivateKey NewEcKey() {
  return Must(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
}

pki::AuthorityTemplate AuthorityFor(absl::string_view name, int path_length) {
  pki::AuthorityTemplate authority;
  authority.serial = pki::NewSerial(crypto::SystemRandom());
  authority.common_name = std::string(name);
  authority.not_before = Now() - absl::Hours(48);
  authority.not_after = Now() + absl::Hours(24 * 365);
  authority.path_length = path_length;
  return authority;
}

}  // namespace

absl::Time Now() { return absl::FromUnixSeconds(1795435200); }

Hierarchy NewHierarchy(absl::string_view name) {
  crypto::PrivateKey root_key = NewEcKey();
  crypto::PrivateKey ca_key = NewEcKey();
  pki::Certificate root = Must(
      pki::IssueRoot(AuthorityFor(absl::StrCat(name, " root"), 1), root_key));
  pki::Certificate ca =
      Must(pki::IssueAuthority(AuthorityFor(absl::StrCat(name, " CA"), 0),
                               ca_key.public_key(), root, root_key));
  return {std::move(root_key), std::move(root), std::move(ca_key),
          std::move(ca)};
}

pki::Certificate NewLeaf(const Hierarchy& issuer, pki::Role role,
                         const crypto::PublicKey& key, absl::Time not_before,
                         absl::Time not_after) {
  pki::LeafTemplate leaf;
  leaf.role = role;
  leaf.serial = pki::NewSerial(crypto::SystemRandom());
  leaf.common_name = "leaf";
  leaf.not_before = not_before;
  leaf.not_after = not_after;
  return Must(pki::IssueLeaf(leaf, key, issuer.ca, issuer.ca_key));
}

std::string NewCrl(const Hierarchy& issuer,
                   const std::vector<std::string>& serials,
                   absl::Time this_update, absl::Time next_update,
                   bool by_root) {
  pki::CrlTemplate crl;
  crl.number = 1;
  crl.this_update = this_update;
  crl.next_update = next_update;
  for (const std::string& serial : serials) {
    pki::RevokedEntry entry;
    entry.serial = serial;
    entry.revoked_at = this_update;
    crl.revoked.push_back(std::move(entry));
  }
  return Must(pki::IssueCrl(crl, by_root ? issuer.root : issuer.ca,
                            by_root ? issuer.root_key : issuer.ca_key))
      .der();
}

json::Value FirmwareData(const pki::Certificate& certificate,
                         const crypto::PrivateKey& key, absl::string_view tid) {
  const bool rsa = key.type() == crypto::KeyType::kRsa;
  json::Value data = json::Value::Object();
  data.Set("tbs", json::Value::String(Base64Encode(tid)));
  data.Set("cert", json::Value::String(Base64Encode(certificate.der())));
  data.Set("sigalg", json::Value::String(rsa ? "RS256" : "ES256"));
  data.Set("sig", json::Value::String(Base64Encode(Must(crypto::SignSha256(
                      key, tid, crypto::EcFormat::kP1363)))));
  return data;
}

json::Value TeeData(const pki::Certificate& certificate,
                    const std::vector<pki::Certificate>& cas,
                    absl::string_view name, absl::string_view version) {
  json::Value cacert = json::Value::Array();
  for (const pki::Certificate& ca : cas) {
    cacert.Append(json::Value::String(Base64Encode(ca.der())));
  }
  json::Value sdlist = json::Value::Object();
  sdlist.Set("cnt", json::Value::String("0"));
  sdlist.Set("sd", json::Value::Array());
  json::Value tee = json::Value::Object();
  tee.Set("name", json::Value::String(name));
  tee.Set("ver", json::Value::String(version));
  tee.Set("cert", json::Value::String(Base64Encode(certificate.der())));
  tee.Set("cacert", std::move(cacert));
  tee.Set("sdlist", std::move(sdlist));
  tee.Set("teeaiklist", json::Value::Array());
  return tee;
}

}  // namespace test
}  // namespace protocol
}  // namespace otrp
