#include "services/tsm/testing/fake_ca.h"

#include <utility>

#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/pki/csr.h"
#include "libs/pki/issue.h"
#include "libs/pki/ocsp.h"

namespace otrp {
namespace tsm {
namespace testing {
namespace {

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) ADD_FAILURE() << value.status();
  return *std::move(value);
}

}  // namespace

FakeCa::FakeCa(const Clock* clock) : clock_(*clock) {
  root_key_ = Must(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
  key_ = Must(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
  pki::AuthorityTemplate authority;
  authority.serial = pki::NewSerial(crypto::SystemRandom());
  authority.common_name = "Test Root";
  authority.not_before = clock_.Now() - absl::Hours(1);
  authority.not_after = clock_.Now() + absl::Hours(24 * 3650);
  authority.path_length = 1;
  root_ = Must(pki::IssueRoot(authority, *root_key_));
  authority.serial = pki::NewSerial(crypto::SystemRandom());
  authority.common_name = "Test Issuing CA";
  authority.path_length = 0;
  issuing_ = Must(
      pki::IssueAuthority(authority, key_->public_key(), *root_, *root_key_));
}

absl::StatusOr<std::vector<std::string>> FakeCa::IssueTsmCertificate(
    absl::string_view csr_der, absl::string_view tsm_id,
    absl::string_view request_id) {
  if (away) return absl::UnavailableError("away");
  std::vector<std::string>& answer = answers_[std::string(request_id)];
  if (!answer.empty()) return answer;
  OTRP_ASSIGN_OR_RETURN(pki::Csr csr, pki::Csr::Parse(csr_der));
  pki::LeafTemplate leaf;
  leaf.role = pki::Role::kTsm;
  leaf.serial = pki::NewSerial(crypto::SystemRandom());
  leaf.common_name = csr.common_name();
  leaf.names.uris = {wrong_id.empty() ? std::string(tsm_id) : wrong_id};
  leaf.not_before = clock_.Now();
  leaf.not_after = clock_.Now() + lifetime;
  OTRP_ASSIGN_OR_RETURN(
      pki::Certificate certificate,
      pki::IssueLeaf(leaf, csr.public_key(), *issuing_, *key_));
  ++issued;
  last_serial = certificate.serial();
  answer = {certificate.der(), issuing_->der(), root_->der()};
  return answer;
}

absl::StatusOr<std::string> FakeCa::GetOcspResponse(
    absl::string_view request_der) {
  if (away || ocsp_away) return absl::UnavailableError("away");
  OTRP_ASSIGN_OR_RETURN(pki::OcspRequest request,
                        pki::ParseOcspRequest(request_der));
  const bool leaf = request.id.IssuedBy(*issuing_);
  pki::OcspTemplate response;
  pki::OcspEntry entry;
  entry.id = request.id;
  entry.status = revoked.count(entry.id.serial) != 0 ? pki::OcspStatus::kRevoked
                                                     : pki::OcspStatus::kGood;
  entry.revoked_at = clock_.Now();
  response.entries = {entry};
  response.produced_at = clock_.Now();
  response.this_update = clock_.Now();
  response.next_update = clock_.Now() + staple_lifetime;
  ++staples;
  return pki::IssueOcspResponse(response, leaf ? *issuing_ : *root_,
                                leaf ? *key_ : *root_key_);
}

pki::Crl FakeCa::ListBy(const pki::Certificate& issuer,
                        const crypto::PrivateKey& key) const {
  pki::CrlTemplate list;
  list.number = 1;
  list.this_update = clock_.Now();
  list.next_update = clock_.Now() + absl::Hours(1);
  for (const std::string& serial : revoked) {
    list.revoked.push_back({serial, clock_.Now(), 1});
  }
  return Must(pki::IssueCrl(list, issuer, key));
}

pki::Crl FakeCa::IssueList() const { return ListBy(*issuing_, *key_); }

pki::Crl FakeCa::ForgeList() const {
  const crypto::PrivateKey key =
      Must(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
  pki::AuthorityTemplate authority;
  authority.serial = pki::NewSerial(crypto::SystemRandom());
  authority.common_name = "Test Issuing CA";
  authority.not_before = clock_.Now() - absl::Hours(1);
  authority.not_after = clock_.Now() + absl::Hours(1);
  authority.path_length = 0;
  return ListBy(Must(pki::IssueRoot(authority, key)), key);
}

}  // namespace testing
}  // namespace tsm
}  // namespace otrp
