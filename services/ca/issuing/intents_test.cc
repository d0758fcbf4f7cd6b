// What becomes of certificates whose signing was cut short: by a process that
// is killed at each step, by settings that change in between, by nobody's
// coming back.

#include "services/ca/issuing/intents.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/random.h"
#include "libs/pki/crl.h"
#include "libs/pki/csr.h"
#include "services/ca/limits.h"
#include "services/ca/storage/intent_store.h"
#include "services/ca/testing/suite.h"
#include "tests/support/status_matchers.h"

extern char** environ;

namespace otrp {
namespace ca {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using Loss = testing::PostgresProxy::Loss;

class IntentsTest : public SuiteTest {
 protected:
  size_t Audited(const std::string& action, const std::string& serial) {
    size_t count = 0;
    for (const store::AuditEvent& event : database_.AuditEvents()) {
      if (event.action == action && event.subject == serial) ++count;
    }
    return count;
  }

  // How the process ended that issued to the request.
  int RunIssueOnce(const std::string& request_id, const std::string& csr,
                   std::atomic<pid_t>* pid) {
    std::vector<std::string> words = {
        "services/ca/testing/issue_once",
        database_.proxy().Dsn(database_.database(), "ca"),
        absl::StrCat(absl::ToUnixSeconds(clock_.Now())), request_id,
        absl::BytesToHexString(csr)};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(&word[0]);
    argv.push_back(nullptr);
    pid_t child = 0;
    EXPECT_EQ(
        posix_spawn(&child, argv[0], nullptr, nullptr, argv.data(), environ),
        0);
    *pid = child;
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return status;
  }

  // Killed when the `nth` commit has got as far as `loss` says.
  void IssueAndKill(const std::string& request_id, const std::string& csr,
                    int nth, Loss loss) {
    std::atomic<pid_t> pid{0};
    database_.proxy().LoseNextCommit(loss, nth, [&pid] {
      while (pid == 0) std::this_thread::yield();
      kill(pid, SIGKILL);
    });
    const int status = RunIssueOnce(request_id, csr, &pid);
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
    ASSERT_EQ(WTERMSIG(status), SIGKILL);
  }

  absl::Status Settle() { return intents_.Settle("otrp://service/ca"); }

  bool IsInCrl(const std::string& serial) {
    const auto crl = pki::Crl::Parse(store_.GetCrl("tee-ca")->der).value();
    for (const pki::RevokedEntry& entry : crl.revoked()) {
      if (entry.serial == serial) return true;
    }
    return false;
  }

  IntentStore intent_store_{database_.pool()};
  Intents intents_{intent_store_, clock_};
};

// Where the process is when it is killed, and what the database knows then.
struct Step {
  const char* name;
  int commit;
  Loss loss;
  bool is_recorded;
  CertificateState state;
};

constexpr Step kSteps[] = {
    {"BeforeTheIntent", 1, Loss::kRequest, false, CertificateState::kIntended},
    {"AfterTheIntent", 1, Loss::kAnswer, true, CertificateState::kIntended},
    {"AfterTheSignature", 2, Loss::kRequest, true, CertificateState::kIntended},
    {"AfterTheCertificate", 2, Loss::kAnswer, true, CertificateState::kIssued},
};

class KilledTest : public IntentsTest,
                   public ::testing::WithParamInterface<Step> {
 protected:
  // What is recorded of the request after the kill.
  absl::optional<CertificateRecord> Killed(const std::string& request_id,
                                           const std::string& csr) {
    IssueAndKill(request_id, csr, GetParam().commit, GetParam().loss);
    const auto row = store_.FindRequest(request_id).value();
    EXPECT_EQ(row.has_value(), GetParam().is_recorded);
    if (row.has_value()) {
      EXPECT_EQ(row->state, GetParam().state);
      EXPECT_EQ(row->tbs_sha256.size(), 32u);
    }
    return row;
  }
};

INSTANTIATE_TEST_SUITE_P(AtEachStep, KilledTest, ::testing::ValuesIn(kSteps),
                         [](const auto& step) {
                           return std::string(step.param.name);
                         });

TEST_P(KilledTest, TheSameRequestEndsWithOneCertificateOfOneSerial) {
  const std::string id = absl::StrCat("killed-", GetParam().name);
  const std::string csr = NewCsr();
  const size_t before = CertificatesOf(pki::Role::kTee);
  const absl::optional<CertificateRecord> row = Killed(id, csr);
  std::atomic<pid_t> pid{0};
  ASSERT_EQ(RunIssueOnce(id, csr, &pid), 0);
  const auto now = store_.FindRequest(id).value();
  ASSERT_TRUE(now.has_value());
  EXPECT_EQ(now->state, CertificateState::kIssued);
  if (row.has_value()) {
    EXPECT_EQ(now->serial, row->serial);
    EXPECT_EQ(now->der, row->der.empty() ? now->der : row->der);
  }
  EXPECT_EQ(CertificatesOf(pki::Role::kTee), before + 1);
  EXPECT_EQ(Audited("certificate.issue", now->serial), 1u);
}

TEST_P(KilledTest, WhatNobodyAsksForAgainIsRevokedIfItMayHaveBeenSigned) {
  const std::string id = absl::StrCat("left-", GetParam().name);
  const std::string csr = NewCsr();
  const absl::optional<CertificateRecord> row = Killed(id, csr);
  ASSERT_THAT(Settle(), IsOk());
  if (row.has_value()) {
    EXPECT_EQ(store_.GetCertificate(row->serial)->state, GetParam().state)
        << "its caller may still come back";
  }
  clock_.Advance(kIntentPatience + absl::Seconds(1));
  ASSERT_THAT(Settle(), IsOk());
  EXPECT_THAT(intent_store_.CountIntents(), IsOkAndHolds(0));
  ASSERT_THAT(env_.revocation.PublishStaleCrls(), IsOk());
  const bool abandoned =
      row.has_value() && row->state == CertificateState::kIntended;
  if (row.has_value()) {
    EXPECT_EQ(
        store_.GetCertificate(row->serial)->state,
        abandoned ? CertificateState::kRevoked : CertificateState::kIssued);
    EXPECT_EQ(IsInCrl(row->serial), abandoned);
    EXPECT_EQ(Audited("certificate.abandon", row->serial), abandoned ? 1u : 0u);
  }
  // Whoever comes after all gets another one.
  std::atomic<pid_t> pid{0};
  ASSERT_EQ(RunIssueOnce(id, csr, &pid), 0);
  if (abandoned) {
    EXPECT_NE(store_.FindRequest(id).value()->serial, row->serial);
  }
  clock_.Advance(-(kIntentPatience + absl::Seconds(1)));
}

TEST_F(IntentsTest, ASerialIsNeverSignedForOtherOctetsThanAtFirst) {
  const std::string csr_der = NewCsr();
  IssueAndKill("moved", csr_der, 2, Loss::kRequest);
  const CertificateRecord first = store_.FindRequest("moved").value().value();
  // As after a start with another --pki_url.
  Issuer moved = Issuer::Create(authorities_, store_, clock_,
                                crypto::SystemRandom(), {"http://new.example"})
                     .value();
  const pki::Csr csr = pki::Csr::Parse(csr_der).value();
  IssueOrder order;
  order.role = pki::Role::kTee;
  order.common_name = csr.common_name();
  order.request_id = "moved";
  const auto issued = moved.Issue(csr, order, [](const CertificateRecord&) {
    store::AuditEvent event;
    event.action = "certificate.issue";
    return event;
  });
  ASSERT_THAT(issued.status(), IsOk());
  EXPECT_NE(issued->serial, first.serial);
  EXPECT_EQ(store_.GetCertificate(first.serial)->state,
            CertificateState::kIntended)
      << "it may have been signed: it is revoked with the others";
  clock_.Advance(kIntentPatience + absl::Seconds(1));
  ASSERT_THAT(Settle(), IsOk());
  clock_.Advance(-(kIntentPatience + absl::Seconds(1)));
  EXPECT_EQ(store_.GetCertificate(first.serial)->state,
            CertificateState::kRevoked);
}

TEST_F(IntentsTest, WhatBreaksALintLeavesNoIntent) {
  const pki::Csr csr = pki::Csr::Parse(NewCsr()).value();
  IssueOrder order;
  order.role = pki::Role::kTee;
  order.common_name = "device";
  order.names.uris = {"otrp://operator/mallory"};
  order.request_id = "linted";
  EXPECT_THAT(env_.issuer
                  .Issue(csr, order,
                         [](const CertificateRecord&) {
                           ADD_FAILURE() << "it was signed";
                           return store::AuditEvent();
                         })
                  .status(),
              StatusIs(absl::StatusCode::kInternal,
                       HasSubstr("profile_names (profile.h)")));
  EXPECT_FALSE(store_.FindRequest("linted").value().has_value());
}

TEST_F(IntentsTest, KeysOfEarlierVersionsCertificatesGetTheirOwnersToo) {
  const auto key =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  const auto issued = Issue(v1::PROFILE_TEE, CsrOf(key, "old device"));
  ASSERT_THAT(issued.status(), IsOk());
  const std::string forget[] = {
      "UPDATE certificate SET spki_sha256 = NULL, tbs_sha256 = NULL",
      "DELETE FROM key_owner"};
  for (const std::string& sql : forget) {
    ASSERT_THAT(database_.superuser().Query(sql).status(), IsOk());
  }
  ASSERT_THAT(intents_.NoteKeys(), IsOk());
  EXPECT_EQ(store_.GetCertificate(issued->serial())->spki_sha256,
            crypto::Sha256(key.public_key().ToSpki()));
  EXPECT_THAT(intent_store_.ListWithoutKey(10),
              IsOkAndHolds(::testing::IsEmpty()));
  EXPECT_THAT(Issue(v1::PROFILE_TEE, CsrOf(key, "new device")).status(),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       HasSubstr("csr_der: its key")));
  EXPECT_THAT(Issue(v1::PROFILE_TEE, CsrOf(key, "old device")).status(),
              IsOk());
}

}  // namespace
}  // namespace ca
}  // namespace otrp
