// ./otrp bench issue: what a page of 100 certificates takes beside what it must
// (services/ca/README.md, "Many at once"), all of it measured in one run on a
// PostgreSQL of its own.
//
//   page = n (signature + CSR's verification + 2 verifications + lints)
//          + the statements and commits of two transactions
//
// Fails for nothing. Prints milliseconds, medians.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/crypto/random.h"
#include "libs/crypto/sign.h"
#include "libs/crypto/x509.h"
#include "libs/pki/issue.h"
#include "libs/pki/issue_unsigned.h"
#include "libs/pki/lint.h"
#include "services/ca/handlers/batches.h"
#include "services/ca/limits.h"
#include "services/ca/testing/suite.h"

namespace otrp {
namespace ca {
namespace {

constexpr int kRuns = 7;

double Median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

double Milliseconds(const std::function<void()>& work) {
  std::vector<double> times;
  for (int i = 0; i < kRuns; ++i) {
    const absl::Time start = absl::Now();
    work();
    times.push_back(absl::ToDoubleMilliseconds(absl::Now() - start));
  }
  return Median(times);
}

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "issue: %s\n", status.ToString().c_str());
  std::exit(1);
}

// The requests of a page, each of a key of its own.
v1::IssueBatchRequest NewPage(int number) {
  v1::IssueBatchRequest request;
  request.set_profile(v1::PROFILE_TEE);
  for (size_t i = 0; i < kMaxBatch; ++i) {
    const std::string name = absl::StrCat("device-", number, "-", i);
    v1::BatchItem* item = request.add_items();
    item->set_csr_der(CsrOf(
        crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value(), name));
    item->set_request_id(name);
  }
  return request;
}

class Rate {
 public:
  explicit Rate(Suite& suite) : suite_(suite), env_(*suite.env) {}

  void Measure(const char* name) {
    const AuthorityPtr authority = suite_.authorities->ActiveOf("tee-ca");
    const std::string message(900, 'm');
    const std::string signature =
        crypto::SignForCertificates(authority->key, message).value();
    const double n = static_cast<double>(kMaxBatch);
    const double sign =
        n * Milliseconds([&] {
          Must(crypto::SignForCertificates(authority->key, message).status());
        });
    const double verify = n * 2 * Milliseconds([&] {
                            Must(crypto::VerifyStrongSignature(
                                authority->certificate.public_key(),
                                crypto::CertificateSignatureOid(
                                    authority->certificate.public_key()),
                                message, signature));
                          });
    const std::string csr = NewCsr();
    const double csrs =
        n * Milliseconds([&] {
          Must(pki::Csr::ParseFor(csr, pki::ProfileFor(pki::Role::kTee))
                   .status());
        });
    const double lints = n * Milliseconds([&] { Lint(csr, *authority); });
    const double statements = Milliseconds([&] { Write(*authority); });

    std::vector<v1::IssueBatchRequest> pages;
    for (int i = 0; i < kRuns; ++i) pages.push_back(NewPage(pages_++));
    size_t next = 0;
    const double page = Milliseconds([&] {
      v1::IssueBatchResponse response;
      Must(handlers::IssueBatch(Operator(), env_, pages[next++], response));
      for (const v1::BatchResult& one : response.results()) {
        if (one.serial().empty()) Must(absl::InternalError(one.reason()));
      }
    });
    const double formula = sign + verify + csrs + lints + statements;
    std::printf(
        "%-9s page %6.1f ms, formula %6.1f ms: %.2f of it; signatures %6.1f, "
        "verifications %5.1f, requests %5.1f, lints %5.1f, statements %5.1f; "
        "%.0f certificates/s\n",
        name, page, formula, page / formula, sign, verify, csrs, lints,
        statements, 1000 * n / page);
  }

 private:
  // Made as it is before it is signed, and the rules.
  void Lint(const std::string& csr_der, const Authority& authority) {
    const pki::Csr csr = pki::Csr::Parse(csr_der).value();
    pki::LeafTemplate leaf;
    leaf.role = pki::Role::kTee;
    leaf.serial = pki::NewSerial(crypto::SystemRandom());
    leaf.common_name = "device";
    leaf.not_before = suite_.clock.Now() - kBackdate;
    leaf.not_after = leaf.not_before + absl::Hours(24);
    const pki::Certificate made =
        pki::UnsignedLeaf(leaf, csr.public_key(), authority.certificate)
            .value();
    Must(pki::CheckLints(crypto::TbsOf(made.info()),
                         {authority.certificate, leaf.role}));
  }

  // The rows of a page, without any cryptography.
  void Write(const Authority& authority) {
    std::vector<BatchStore::Intent> intents;
    std::vector<BatchStore::Signed> made;
    std::vector<std::string> ids, keys;
    for (size_t i = 0; i < kMaxBatch; ++i) {
      BatchStore::Intent intent;
      CertificateRecord& row = intent.certificate;
      row.serial = pki::NewSerial(crypto::SystemRandom());
      row.profile = pki::Role::kTee;
      row.authority = authority.name;
      row.subject = "device";
      row.not_before = suite_.clock.Now();
      row.not_after = suite_.clock.Now() + absl::Hours(1);
      row.request_id = row.serial;
      row.request_sha256 = crypto::SystemRandom().Bytes(32);
      row.spki_sha256 = crypto::SystemRandom().Bytes(32);
      row.tbs_sha256 = crypto::SystemRandom().Bytes(32);
      intent.grounds.csr_der = std::string(300, 'c');
      intent.grounds.key_owner = row.serial;
      ids.push_back(row.request_id);
      keys.push_back(row.spki_sha256);
      store::AuditEvent audit;
      audit.actor = "otrp://operator/alice";
      audit.action = "certificate.issue";
      audit.subject = row.serial;
      made.push_back({row.serial, std::string(1000, 'd'), std::move(audit)});
      intents.push_back(std::move(intent));
    }
    Must(suite_.store.FindRequests(ids).status());
    Must(suite_.store.BlockedKeys(keys).status());
    Must(suite_.batches.RecordIntents(intents).status());
    Must(suite_.batches.RecordIssued(made));
  }

  Suite& suite_;
  Env& env_;
  int pages_ = 0;
};

int Main() {
  Suite& suite = Suite::Shared();
  Rate rate(suite);
  rate.Measure("RSA-2048");
  const auto audit = [](const std::string& name) {
    store::AuditEvent event;
    event.actor = "bench";
    event.action = "authority.rotate";
    event.subject = name;
    return event;
  };
  Generations::Wish wish;
  wish.line = "tee-ca";
  wish.key = pki::KeyKind{crypto::KeyType::kEcP256, 0};
  Must(suite.generations->Prepare(wish, audit).status());
  Must(suite.generations->Activate("tee-ca.2", audit).status());
  rate.Measure("P-256");
  return 0;
}

}  // namespace
}  // namespace ca
}  // namespace otrp

int main() { return otrp::ca::Main(); }
