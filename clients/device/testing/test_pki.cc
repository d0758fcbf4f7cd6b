#include "clients/device/testing/test_pki.h"

#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/crypto/random.h"
#include "libs/pki/certificate.h"
#include "libs/pki/issue.h"
#include "libs/pki/ocsp.h"

namespace otrp::device {
namespace {

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::cerr << "test set-up: " << value.status() << "\n";
    std::abort();
  }
  return *std::move(value);
}

pki::Role PkiRole(TestRole role) {
  switch (role) {
    case TestRole::kTsm: return pki::Role::kTsm;
    case TestRole::kTee: return pki::Role::kTee;
    case TestRole::kTfw: return pki::Role::kTfw;
    case TestRole::kSp: return pki::Role::kSp;
  }
  std::abort();
}

pki::AuthorityTemplate AuthorityFor(absl::string_view name, absl::Time now,
                                    int path_length) {
  pki::AuthorityTemplate authority;
  authority.serial = pki::NewSerial(crypto::SystemRandom());
  authority.common_name = std::string(name);
  authority.not_before = now - absl::Hours(48);
  authority.not_after = now + absl::Hours(24 * 3660);
  authority.path_length = path_length;
  return authority;
}

}  // namespace

const crypto::PrivateKey& PooledKey(crypto::KeyType type, int number) {
  static auto* const mutex = new std::mutex;
  static auto* const keys =
      new std::map<std::pair<crypto::KeyType, int>, crypto::PrivateKey>;
  std::lock_guard<std::mutex> lock(*mutex);
  const auto found = keys->find({type, number});
  if (found != keys->end()) return found->second;
  return keys
      ->emplace(std::make_pair(type, number),
                Must(crypto::PrivateKey::Generate(type)))
      .first->second;
}

TestCa MakeTestRoot(absl::string_view name, TestRole,
                    const crypto::PrivateKey& key, absl::Time now) {
  return {key, Must(pki::IssueRoot(AuthorityFor(name, now, 1), key)).der()};
}

TestCa MakeTestIntermediate(absl::string_view name, TestRole,
                            const TestCa& parent, const crypto::PrivateKey& key,
                            absl::Time now) {
  const pki::Certificate issuer = Must(pki::Certificate::FromDer(parent.der));
  return {key, Must(pki::IssueAuthority(AuthorityFor(name, now, 0),
                                        key.public_key(), issuer, parent.key))
                   .der()};
}

std::string IssueTestLeaf(const TestLeaf& leaf, const TestCa& ca,
                          const crypto::PublicKey& key) {
  pki::LeafTemplate made;
  made.role = PkiRole(leaf.role);
  made.serial = pki::NewSerial(crypto::SystemRandom());
  made.common_name = leaf.name;
  if (!leaf.san_uri.empty()) made.names.uris = {leaf.san_uri};
  made.not_before = leaf.not_before;
  made.not_after = leaf.not_after;
  return Must(pki::IssueLeaf(made, key, Must(pki::Certificate::FromDer(ca.der)),
                             ca.key))
      .der();
}

std::string MakeTestOcsp(const std::string& cert, const TestCa& issuer,
                         TestOcsp status, absl::Time this_update,
                         absl::Time next_update) {
  const pki::Certificate ca = Must(pki::Certificate::FromDer(issuer.der));
  pki::OcspEntry entry;
  entry.id = pki::CertIdOf(Must(pki::Certificate::FromDer(cert)), ca);
  entry.status = status == TestOcsp::kGood      ? pki::OcspStatus::kGood
                 : status == TestOcsp::kRevoked ? pki::OcspStatus::kRevoked
                                                : pki::OcspStatus::kUnknown;
  entry.revoked_at = this_update;
  pki::OcspTemplate response;
  response.entries = {entry};
  response.produced_at = this_update;
  response.this_update = this_update;
  response.next_update = next_update;
  return Must(pki::IssueOcspResponse(response, ca, issuer.key));
}

}  // namespace otrp::device
