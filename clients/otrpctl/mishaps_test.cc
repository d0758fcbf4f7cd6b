// What is left when a command meets a file that can't be written, a word that
// was mistyped, or a service that is away: nothing lost, nothing by mistake.

#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/render.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "libs/base/files.h"
#include "otrp/ca/v1/ca.grpc.pb.h"
#include "otrp/common/v1/common.grpc.pb.h"
#include "otrp/portal/v1/portal.grpc.pb.h"
#include "otrp/tsm/v1/tsm.grpc.pb.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"
#include "tests/support/tls_server.h"

namespace otrp::ctl {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StartTlsServer;
using ::otrp::testing::TestTls;
using ::otrp::testing::TlsServer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class FakeCa : public ca::v1::CertificateAuthority::Service {
 public:
  grpc::Status IssueCertificate(
      grpc::ServerContext*, const ca::v1::IssueCertificateRequest*,
      ca::v1::IssueCertificateResponse* response) override {
    ++issued;
    response->set_serial("1a");
    response->add_chain_der("leaf");
    return grpc::Status::OK;
  }
  int issued = 0;
};

class FakeEnrolment : public portal::v1::ServiceProviders::Service {
 public:
  grpc::Status EnrollCertificate(
      grpc::ServerContext*, const portal::v1::EnrollCertificateRequest*,
      portal::v1::EnrollCertificateResponse* response) override {
    ++enrolled;
    response->set_serial("1b");
    response->add_chain_der("leaf");
    return grpc::Status::OK;
  }
  int enrolled = 0;
};

class FakeAssignments : public portal::v1::Assignments::Service {
 public:
  grpc::Status Assign(grpc::ServerContext*,
                      const portal::v1::AssignRequest* request,
                      portal::v1::AssignResponse*) override {
    targets.push_back(request->target());
    return grpc::Status::OK;
  }
  grpc::Status Unassign(grpc::ServerContext*,
                        const portal::v1::UnassignRequest* request,
                        portal::v1::UnassignResponse*) override {
    targets.push_back(request->target());
    return grpc::Status::OK;
  }
  std::vector<portal::v1::Target> targets;
};

class FakeGroups : public tsm::v1::Groups::Service {
 public:
  grpc::Status ListGroups(grpc::ServerContext*,
                          const tsm::v1::ListGroupsRequest*,
                          tsm::v1::ListGroupsResponse* response) override {
    for (const char* name : {"pilots", "beef"}) {
      response->add_groups()->set_name(name);
    }
    return result;
  }
  grpc::Status result;
};

class FakeDevices : public tsm::v1::Devices::Service {
 public:
  grpc::Status ListDevices(grpc::ServerContext*,
                           const tsm::v1::ListDevicesRequest* request,
                           tsm::v1::ListDevicesResponse* response) override {
    const std::string did(32, '\xab');
    if (absl::StartsWith(absl::BytesToHexString(did), request->did_prefix())) {
      response->add_devices()->set_did(did);
    }
    return grpc::Status::OK;
  }
};

class FakeAuditLog : public common::v1::AuditLog::Service {
 public:
  grpc::Status ListAuditEvents(
      grpc::ServerContext*, const common::v1::ListAuditEventsRequest*,
      common::v1::ListAuditEventsResponse* response) override {
    response->add_events()->set_action("something");
    return grpc::Status::OK;
  }
  grpc::Status VerifyAuditLog(
      grpc::ServerContext*, const common::v1::VerifyAuditLogRequest* request,
      common::v1::VerifyAuditLogResponse* response) override {
    const bool last = request->after_seal() == parts - 1;
    response->set_intact(intact || !last);
    response->set_sealed_events(10);
    if (!last) response->set_next_after_seal(request->after_seal() + 1);
    return grpc::Status::OK;
  }
  bool intact = true;
  int64_t parts = 1;
};

class MishapsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, TestTls::Create());
    OTRP_ASSERT_OK_AND_ASSIGN(tls_dir_, tls_->Issue("otrp://operator/alice"));
    Start("ca-addr", "ca", {&ca_, &log_});
    Start("tsm-addr", "tsm", {&groups_, &devices_, &log_});
    Start("verifier-addr", "attestation_verifier", {&log_});
    Start("portal-addr", "sp_portal", {&enrolment_, &assignments_, &log_});
  }

  void Start(const std::string& flag, const std::string& name,
             const std::vector<grpc::Service*>& services) {
    grpc::ServerBuilder builder;
    for (grpc::Service* service : services) builder.RegisterService(service);
    OTRP_ASSERT_OK_AND_ASSIGN(
        TlsServer started,
        StartTlsServer(*tls_, absl::StrCat("otrp://service/", name), builder));
    globals_.push_back(absl::StrCat("--", flag, "=", started.address));
    servers_.push_back(std::move(started.server));
  }

  absl::StatusOr<Result> Run(std::vector<std::string> words) {
    words.push_back(absl::StrCat("--tls-dir=", tls_dir_));
    words.insert(words.end(), globals_.begin(), globals_.end());
    const auto call = cli::Parse(Program(), words);
    if (!call.ok()) return call.status();
    return RunCall(*call);
  }

  // A request that both `ca issue` and `sp enroll` take, written to `out`.
  absl::StatusOr<Result> Issue(bool by_portal, const std::string& out) {
    if (by_portal) {
      return Run(
          {"sp", "enroll", "--spid", "bank", "--csr", Csr(), "--out", out});
    }
    return Run(
        {"ca", "issue", "--profile", "tee", "--csr", Csr(), "--out", out});
  }
  std::string Csr() {
    const std::string path = tls_dir_ + "/request.der";
    OTRP_EXPECT_OK(WriteFileAtomically(path, "0\x01", 0644));
    return path;
  }

  // Never a device by its own name: what a broken command does to it, it would
  // do to the whole machine.
  std::string LinkTo(const char* device, const std::string& name) {
    const std::string link = absl::StrCat(tls_dir_, "/", name);
    ::unlink(link.c_str());
    EXPECT_EQ(::symlink(device, link.c_str()), 0);
    return link;
  }

  absl::StatusOr<Result> AssignTo(const std::string& word) {
    return Run({"assign", "--spid", "bank", "--taid", "t", "--device", word});
  }

  // Outlive the servers.
  FakeCa ca_;
  FakeEnrolment enrolment_;
  FakeAssignments assignments_;
  FakeGroups groups_;
  FakeDevices devices_;
  FakeAuditLog log_;
  std::unique_ptr<TestTls> tls_;
  std::string tls_dir_;
  std::vector<std::unique_ptr<grpc::Server>> servers_;
  std::vector<std::string> globals_;
};

TEST_F(MishapsTest, NothingIsIssuedForAFileThatCantBeWritten) {
  for (const bool by_portal : {false, true}) {
    for (const std::string& out :
         {std::string("/no/such/folder/x.pem"), tls_dir_}) {
      const absl::Status status = Issue(by_portal, out).status();
      EXPECT_EQ(ExitCode(status), 2) << status;
      EXPECT_THAT(std::string(status.message()),
                  AllOf(HasSubstr("--out"), HasSubstr(out)));
    }
  }
  EXPECT_EQ(ca_.issued, 0);
  EXPECT_EQ(enrolment_.enrolled, 0);
}

TEST_F(MishapsTest, ADiskThatFillsUpLosesNoCertificate) {
  for (const bool by_portal : {false, true}) {
    const auto result = Issue(by_portal, LinkTo("/dev/full", "full"));
    ASSERT_THAT(result, IsOk());
    EXPECT_THAT(Render(*result, Format::kJson),
                HasSubstr("-----BEGIN CERTIFICATE-----\nbGVhZg=="));
    EXPECT_EQ(ExitCode(result->verdict), 1);
    EXPECT_THAT(std::string(result->verdict.message()),
                AllOf(HasSubstr("/full"), HasSubstr("stdout")));
  }
}

// /dev/stdout is written, not replaced by a file.
TEST_F(MishapsTest, WhatIsNoFileIsWrittenAsItIs) {
  const std::string link = LinkTo("/dev/null", "null");
  EXPECT_THAT(Issue(false, link), IsOk());
  struct stat info;
  ASSERT_EQ(::lstat(link.c_str(), &info), 0);
  EXPECT_TRUE(S_ISLNK(info.st_mode));
}

TEST_F(MishapsTest, ARefusedRequestLeavesTheOldFileAsItWas) {
  const std::string out = tls_dir_ + "/old.pem";
  OTRP_ASSERT_OK(WriteFileAtomically(out, "precious", 0644));
  const auto refused = Run({"ca", "issue", "--profile", "tee", "--csr", Csr(),
                            "--out", out, "--ca-addr", "127.0.0.1:9"});
  EXPECT_FALSE(refused.ok());
  EXPECT_EQ(*ReadWholeFile(out), "precious");
  EXPECT_FALSE(FileExists(out + ".new"));
}

TEST_F(MishapsTest, AMistypedDeviceIsNoGroup) {
  const std::string did = absl::BytesToHexString(std::string(32, '\xab'));
  for (const std::string& word :
       {did.substr(1), did + "0", did.substr(0, 63) + "g", std::string("All"),
        std::string("ALL"), std::string("pilot"), std::string("abba")}) {
    const absl::Status status = AssignTo(word).status();
    EXPECT_FALSE(status.ok()) << word;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("--device"), HasSubstr("--group")))
        << word;
  }
  EXPECT_THAT(assignments_.targets, SizeIs(0));
}

TEST_F(MishapsTest, WhatIsAssignedIsWhatWasMeant) {
  const std::string did = absl::BytesToHexString(std::string(32, '\xab'));
  // A group whose name could be digits of an id is that group.
  for (const char* word : {"all", "pilots", "beef", "ababab"}) {
    EXPECT_THAT(AssignTo(word), IsOk()) << word;
  }
  EXPECT_THAT(AssignTo(std::string(64, '1')), IsOk());
  EXPECT_THAT(Run({"assign", "--spid", "bank", "--taid", "t", "--group",
                   "not-there-yet"}),
              IsOk());
  ASSERT_THAT(assignments_.targets, SizeIs(6));
  EXPECT_TRUE(assignments_.targets[0].all_devices());
  EXPECT_EQ(assignments_.targets[1].group(), "pilots");
  EXPECT_EQ(assignments_.targets[2].group(), "beef");
  EXPECT_EQ(absl::BytesToHexString(assignments_.targets[3].did()), did);
  EXPECT_EQ(assignments_.targets[4].did(), std::string(32, '\x11'));
  EXPECT_EQ(assignments_.targets[5].group(), "not-there-yet");
  for (const std::vector<std::string>& both :
       {std::vector<std::string>{"--device", "all", "--group", "g"},
        std::vector<std::string>{}}) {
    std::vector<std::string> words = {"assign", "--spid", "b", "--taid", "t"};
    words.insert(words.end(), both.begin(), both.end());
    EXPECT_EQ(ExitCode(Run(words).status()), 2);
  }
}

TEST_F(MishapsTest, ConditionsAreSentAsTheyWereGiven) {
  EXPECT_THAT(Run({"assign", "--spid", "bank", "--taid", "t", "--label",
                   "pilot=yes,site=b", "--min-attestation", "firmware-verified",
                   "--group", "eu"}),
              IsOk());
  EXPECT_THAT(
      Run({"assign", "--spid", "bank", "--taid", "t", "--tee-vendor", "acme"}),
      IsOk());
  ASSERT_THAT(assignments_.targets, SizeIs(2));
  const common::v1::DeviceConditions& first = assignments_.targets[0].devices();
  EXPECT_EQ(first.group(), "eu");
  ASSERT_EQ(first.labels_size(), 2);
  EXPECT_EQ(first.labels(1), "site=b");
  EXPECT_EQ(first.min_attestation(), "firmware-verified");
  EXPECT_EQ(assignments_.targets[1].devices().tee_vendor(), "acme");
  // A device's id is no condition: it would reach fewer than was said.
  const auto both = Run({"assign", "--spid", "bank", "--taid", "t", "--label",
                         "pilot=yes", "--device", "all"});
  EXPECT_EQ(ExitCode(both.status()), 2);
  EXPECT_THAT(std::string(both.status().message()), HasSubstr("--device"));
}

// An SP's pipeline may not ask the TSM; it is told what wasn't checked.
TEST_F(MishapsTest, WithoutTheTsmAGroupIsTakenAtItsWord) {
  groups_.result = grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "not you");
  const auto result = AssignTo("pilots");
  ASSERT_THAT(result, IsOk());
  ASSERT_FALSE(result->notes.empty());
  EXPECT_THAT(result->notes[0], HasSubstr("pilots"));
  EXPECT_EQ(assignments_.targets.at(0).group(), "pilots");
}

// The group may be gone by now.
TEST_F(MishapsTest, AnAssignmentToAGroupThatIsGoneCanBeTakenBack) {
  EXPECT_THAT(Run({"unassign", "--spid", "bank", "--taid", "t", "--device",
                   "gone", "--yes"}),
              IsOk());
  EXPECT_EQ(assignments_.targets.at(0).group(), "gone");
}

TEST_F(MishapsTest, AServiceThatIsAwayTakesNoOtherLogWithIt) {
  servers_[1]->Shutdown();
  for (const char* verb : {"list", "verify"}) {
    const auto result = Run({"audit", verb, "--timeout", "5"});
    ASSERT_THAT(result, IsOk()) << verb;
    const char* member = verb == std::string("list") ? "events" : "logs";
    EXPECT_THAT(result->value.Find(member)->items(), SizeIs(3));
    EXPECT_EQ(result->value.Find("missing")->Serialize(), "[\"tsm\"]");
    EXPECT_EQ(ExitCode(result->verdict), 5);
    EXPECT_THAT(std::string(result->verdict.message()), HasSubstr("tsm"));
    EXPECT_EQ(
        ExitCode(Run({"audit", verb, "--service", "tsm", "--timeout", "5"})
                     .status()),
        5);
  }
  // A log that was tampered with is what must be told.
  log_.intact = false;
  EXPECT_EQ(ExitCode(Run({"audit", "verify", "--timeout", "5"})->verdict), 1);
  // Also where only the last part of a long one shows it.
  log_.parts = 3;
  EXPECT_EQ(ExitCode(Run({"audit", "verify", "--timeout", "5"})->verdict), 1);
}

}  // namespace
}  // namespace otrp::ctl
