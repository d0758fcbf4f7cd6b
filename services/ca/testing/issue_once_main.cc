// issue_once DSN NOW REQUEST_ID CSR: one TEE certificate, by the issuer that
// the ca has, in a process that a test kills. NOW: Unix seconds; CSR: in hex.
// 0: it was issued.

#include <iostream>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "libs/base/clock.h"
#include "libs/crypto/random.h"
#include "libs/pki/csr.h"
#include "libs/store/pool.h"
#include "services/ca/domain/order.h"
#include "services/ca/issuing/authorities.h"
#include "services/ca/issuing/issuer.h"
#include "services/ca/storage/ca_store.h"
#include "services/ca/testing/suite.h"

namespace {

using namespace otrp;      // NOLINT
using namespace otrp::ca;  // NOLINT

absl::Status Issue(char** argv) {
  store::Pool::Options options;
  options.dsn = argv[1];
  options.schema = "ca";
  const auto pool = store::Pool::Create(options);
  if (!pool.ok()) return pool.status();
  CaStore store(**pool);
  int64_t now = 0;
  if (!absl::SimpleAtoi(argv[2], &now))
    return absl::InvalidArgumentError("NOW");
  FakeClock clock(absl::FromUnixSeconds(now));
  const auto authorities = Authorities::Load(store, TestKek());
  if (!authorities.ok()) return authorities.status();
  auto issuer = Issuer::Create(*authorities, store, clock,
                               crypto::SystemRandom(), {"http://pki.example"});
  if (!issuer.ok()) return issuer.status();
  const auto csr = pki::Csr::Parse(absl::HexStringToBytes(argv[4]));
  if (!csr.ok()) return csr.status();
  IssueOrder order;
  order.role = pki::Role::kTee;
  order.common_name = csr->common_name();
  order.request_id = argv[3];
  return issuer
      ->Issue(*csr, order,
              [](const CertificateRecord& signed_one) {
                store::AuditEvent event;
                event.actor = "otrp://operator/alice";
                event.action = "certificate.issue";
                event.subject = signed_one.serial;
                return event;
              })
      .status();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const absl::Status status = Issue(argv);
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
