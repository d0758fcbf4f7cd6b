// A bootstrapped CA over a PostgreSQL of its own, as its process puts it
// together, and the calls that tests make.
//
// One for all tests of a process: twelve authorities' keys take seconds to
// make. Tests that break the database mend it again.

#ifndef OTRP_SERVICES_CA_TESTING_SUITE_H_
#define OTRP_SERVICES_CA_TESTING_SUITE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/crypto/keys.h"
#include "libs/pki/profile.h"
#include "libs/rpc/guard.h"
#include "libs/rpc/run.h"
#include "otrp/ca/v1/ca.pb.h"
#include "services/ca/env.h"
#include "services/ca/storage/batch_store.h"
#include "services/ca/storage/ca_store.h"
#include "services/ca/storage/ocsp_store.h"
#include "services/ca/storage/recovery_store.h"
#include "services/ca/storage/renewal_store.h"
#include "services/ca/storage/request_store.h"
#include "services/ca/storage/tsm_id_store.h"
#include "tests/support/service_database.h"

namespace otrp {
namespace ca {

// The key-encryption key of the suite.
absl::string_view TestKek();

// Registered: to the service tsm, and to the operator of Operator().
inline constexpr char kTsmId[] = "https://tsm.example/otrp";
inline constexpr char kOperatorsTsmId[] = "https://tsm.operator.example/otrp";

struct Suite {
  explicit Suite(absl::Time start = absl::FromUnixSeconds(1'800'000'000));
  static Suite& Shared();

  testing::ServiceDatabase database;
  CaStore store;
  OcspStore ocsp_store;
  TsmIdStore tsm_ids;
  RecoveryStore recovery;
  BatchStore batches;
  RequestStore requests;
  RenewalStore renewals;
  FakeClock clock;
  rpc::Guard guard;
  std::unique_ptr<Authorities> authorities;
  std::unique_ptr<Issuer> issuer;
  std::unique_ptr<Revocation> revocation;
  std::unique_ptr<OcspSigners> signers;
  std::unique_ptr<OcspResponder> ocsp;
  std::unique_ptr<Generations> generations;
  std::unique_ptr<Env> env;
};

rpc::CallContext Call(rpc::CallerKind kind, const std::string& name);
rpc::CallContext Operator();

std::string CsrOf(const crypto::PrivateKey& key,
                  const std::string& name = "device");
// Of a new key.
std::string NewCsr(crypto::KeyType type = crypto::KeyType::kEcP256);

// Of a file in the runfiles or the temporary folder; empty where there is none.
std::string FileText(const std::string& path);

class SuiteTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::IssueCertificateResponse> Issue(
      v1::Profile profile, const std::string& csr,
      const std::vector<std::string>& uris = {},
      const std::string& request_id = "",
      const rpc::CallContext& call = Operator());

  absl::Status Revoke(
      const std::string& serial,
      v1::RevocationReason reason = v1::REVOCATION_REASON_KEY_COMPROMISE,
      const rpc::CallContext& call = Operator());

  size_t CertificatesOf(pki::Role profile);
  size_t AuditCount() { return database_.AuditEvents().size(); }

  testing::ServiceDatabase& database_ = Suite::Shared().database;
  FakeClock& clock_ = Suite::Shared().clock;
  CaStore& store_ = Suite::Shared().store;
  OcspStore& ocsp_store_ = Suite::Shared().ocsp_store;
  Authorities& authorities_ = *Suite::Shared().authorities;
  OcspSigners& signers_ = *Suite::Shared().signers;
  Env& env_ = *Suite::Shared().env;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_TESTING_SUITE_H_
