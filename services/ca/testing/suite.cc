#include "services/ca/testing/suite.h"

#include <fstream>
#include <iterator>

#include "gmock/gmock.h"
#include "libs/crypto/random.h"
#include "libs/pki/csr.h"
#include "services/ca/authz.h"
#include "services/ca/handlers/certificates.h"
#include "services/ca/issuing/bootstrap.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {

using ::otrp::testing::IsOk;

absl::string_view TestKek() {
  static const auto* const kKek = new std::string(32, 'k');
  return *kKek;
}

Suite::Suite(absl::Time start)
    : database({"ca", "services/ca/storage/migrations"}),
      store(database.pool()),
      ocsp_store(database.pool()),
      tsm_ids(database.pool()),
      recovery(database.pool()),
      batches(database.pool()),
      requests(database.pool()),
      renewals(database.pool(), store),
      clock(start),
      guard("ca", Authz()) {
  BootstrapOptions options;
  options.tsm_ids = {kTsmId};
  EXPECT_THAT(Bootstrap(store, ocsp_store, tsm_ids, TestKek(), clock,
                        crypto::SystemRandom(), options),
              IsOk());
  EXPECT_THAT(
      tsm_ids.Add(
          {kOperatorsTsmId, "otrp://operator/alice", clock.Now(), "test"}, {}),
      IsOk());
  authorities = std::make_unique<Authorities>(
      Authorities::Load(store, TestKek()).value());
  issuer = std::make_unique<Issuer>(Issuer::Create(*authorities, store, clock,
                                                   crypto::SystemRandom(),
                                                   {"http://pki.example"})
                                        .value());
  revocation = std::make_unique<Revocation>(*authorities, store, clock,
                                            Issuer::Urls{"http://pki.example"});
  signers = std::make_unique<OcspSigners>(*authorities, ocsp_store, clock,
                                          crypto::SystemRandom(), TestKek());
  EXPECT_THAT(signers->Renew("test"), IsOk());
  ocsp = std::make_unique<OcspResponder>(*authorities, *signers, ocsp_store,
                                         clock);
  generations = std::make_unique<Generations>(
      *authorities, store, *revocation, *signers, clock, crypto::SystemRandom(),
      TestKek(), Issuer::Urls{"http://pki.example"});
  env = std::make_unique<Env>(Env{guard, store, *authorities, *generations,
                                  *issuer, *revocation, *ocsp, clock, tsm_ids,
                                  recovery, batches, requests, renewals});
}

Suite& Suite::Shared() {
  static auto* const suite = new Suite();
  return *suite;
}

rpc::CallContext Call(rpc::CallerKind kind, const std::string& name) {
  return rpc::CallContext({kind, name}, "test", "", absl::InfiniteFuture());
}

rpc::CallContext Operator() {
  return Call(rpc::CallerKind::kOperator, "alice");
}

std::string CsrOf(const crypto::PrivateKey& key, const std::string& name) {
  return pki::Csr::Create(key, name, {}, {}).value().der();
}

std::string NewCsr(crypto::KeyType type) {
  return CsrOf(crypto::PrivateKey::Generate(type).value());
}

std::string FileText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(file)),
                     std::istreambuf_iterator<char>());
}

absl::StatusOr<v1::IssueCertificateResponse> SuiteTest::Issue(
    v1::Profile profile, const std::string& csr,
    const std::vector<std::string>& uris, const std::string& request_id,
    const rpc::CallContext& call) {
  v1::IssueCertificateRequest request;
  request.set_profile(profile);
  request.set_csr_der(csr);
  for (const std::string& uri : uris) request.add_san_uris(uri);
  request.set_request_id(request_id);
  v1::IssueCertificateResponse response;
  const absl::Status status =
      handlers::IssueCertificate(call, env_, request, response);
  if (!status.ok()) return status;
  return response;
}

absl::Status SuiteTest::Revoke(const std::string& serial,
                               v1::RevocationReason reason,
                               const rpc::CallContext& call) {
  v1::RevokeCertificateRequest request;
  request.set_serial(serial);
  request.set_reason(reason);
  v1::RevokeCertificateResponse response;
  return handlers::RevokeCertificate(call, env_, request, response);
}

size_t SuiteTest::CertificatesOf(pki::Role profile) {
  return store_.ListCertificates({profile}, "", 1000)->size();
}

}  // namespace ca
}  // namespace otrp
