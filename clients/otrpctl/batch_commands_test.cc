// What ca batch sends of a file, and what it writes of the answers.

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/otrpctl/commands.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "libs/base/files.h"
#include "libs/crypto/pem.h"
#include "otrp/ca/v1/batch.grpc.pb.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"
#include "tests/support/tls_server.h"

namespace otrp::ctl {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class FakeBatches : public ca::v1::Batches::Service {
 public:
  // Of "bad" requests none is issued.
  grpc::Status IssueBatch(grpc::ServerContext*,
                          const ca::v1::IssueBatchRequest* request,
                          ca::v1::IssueBatchResponse* response) override {
    if (away > 0) {
      --away;
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "away");
    }
    pages.push_back(request->items_size());
    auto* chain = response->add_chains();
    chain->add_issuer_chain_der("issuer");
    chain->add_issuer_chain_der("root");
    for (const ca::v1::BatchItem& item : request->items()) {
      ids.insert(item.request_id());
      ca::v1::BatchResult* result = response->add_results();
      if (absl::StartsWith(item.csr_der(), "bad")) {
        result->set_field("csr_der");
        result->set_reason("is bad");
        continue;
      }
      result->set_serial(absl::StrCat("5e", ids.size()));
      result->set_certificate_der("leaf");
    }
    return grpc::Status::OK;
  }

  int away = 0;
  std::vector<int> pages;
  std::set<std::string> ids;
};

class BatchCommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, testing::TestTls::Create());
    OTRP_ASSERT_OK_AND_ASSIGN(tls_dir_, tls_->Issue("otrp://operator/alice"));
    grpc::ServerBuilder builder;
    builder.RegisterService(&ca_);
    OTRP_ASSERT_OK_AND_ASSIGN(
        testing::TlsServer started,
        testing::StartTlsServer(*tls_, "otrp://service/ca", builder));
    address_ = started.address;
    server_ = std::move(started.server);
  }

  static std::string Path(const std::string& name) {
    return absl::StrCat(::testing::TempDir(), "/batch-", name);
  }

  absl::StatusOr<Result> Run(const std::string& csrs,
                             const std::string& profile = "tee") {
    OTRP_EXPECT_OK(WriteFileAtomically(Path("csrs.pem"), csrs, 0600));
    const std::vector<std::string> words = {
        "ca",
        "batch",
        absl::StrCat("--profile=", profile),
        absl::StrCat("--csrs=", Path("csrs.pem")),
        absl::StrCat("--out=", Path("out")),
        absl::StrCat("--refused=", Path("refused")),
        absl::StrCat("--tls-dir=", tls_dir_),
        absl::StrCat("--ca-addr=", address_)};
    const auto call = cli::Parse(Program(), words);
    if (!call.ok()) return call.status();
    return RunCall(*call);
  }

  static std::vector<std::string> LinesOf(const std::string& name) {
    return absl::StrSplit(ReadWholeFile(Path(name)).value_or(""), '\n',
                          absl::SkipEmpty());
  }

  static std::string Csr(const std::string& der) {
    return crypto::PemEncode("CERTIFICATE REQUEST", der);
  }

  std::unique_ptr<testing::TestTls> tls_;
  std::string tls_dir_;
  std::string address_;
  FakeBatches ca_;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(BatchCommandsTest, ALongFileGoesInPagesAndEachRequestKeepsItsLine) {
  std::string csrs = "a remark\n";
  for (int i = 0; i < 250; ++i) absl::StrAppend(&csrs, Csr(absl::StrCat(i)));
  const auto result = Run(csrs);
  ASSERT_THAT(result.status(), IsOk());
  EXPECT_THAT(result->verdict, IsOk());
  EXPECT_THAT(ca_.pages, ElementsAre(100, 100, 50));
  const std::vector<std::string> lines = LinesOf("out");
  ASSERT_THAT(lines, SizeIs(250));
  // Three lines each, behind the remark.
  EXPECT_THAT(lines[0], HasSubstr("\"line\":2,"));
  EXPECT_THAT(lines[249], HasSubstr("\"line\":749,"));
  EXPECT_THAT(lines[0], HasSubstr("\"serial\":\"5e1\""));
  // The leaf and its issuer, not the root.
  EXPECT_THAT(std::vector<std::string>(absl::StrSplit(
                  lines[0], "BEGIN CERTIFICATE", absl::SkipEmpty())),
              SizeIs(3));
  EXPECT_THAT(LinesOf("refused"), SizeIs(0));
}

TEST_F(BatchCommandsTest, ARefusalIsReportedWithItsLineAndField) {
  const auto result = Run(absl::StrCat(
      Csr("1"), Csr("bad 2"), crypto::PemEncode("PRIVATE KEY", "3"), Csr("4")));
  ASSERT_THAT(result.status(), IsOk());
  EXPECT_THAT(result->verdict,
              StatusIs(absl::StatusCode::kAborted,
                       HasSubstr("2 of 4 requests were refused")));
  EXPECT_THAT(LinesOf("out"), SizeIs(2));
  const std::vector<std::string> refused = LinesOf("refused");
  EXPECT_THAT(
      refused,
      ::testing::UnorderedElementsAre(
          "{\"line\":4,\"field\":\"csr_der\",\"reason\":\"is bad\"}",
          HasSubstr("{\"line\":7,\"field\":\"csr_der\",\"reason\":\"must be")));
}

TEST_F(BatchCommandsTest, AgainTheSameRequestsHaveTheSameIds) {
  ASSERT_THAT(Run(absl::StrCat(Csr("1"), Csr("2"))).status(), IsOk());
  EXPECT_THAT(ca_.ids, SizeIs(2));
  // Sorted, and grown.
  ASSERT_THAT(Run(absl::StrCat(Csr("3"), Csr("2"), Csr("1"))).status(), IsOk());
  EXPECT_THAT(ca_.ids, SizeIs(3));
  ASSERT_THAT(Run(Csr("1"), "tfw").status(), IsOk());
  EXPECT_THAT(ca_.ids, SizeIs(4)) << "another profile is another request";
}

TEST_F(BatchCommandsTest, ACaThatIsAwayIsAskedAgain) {
  ca_.away = 1;
  ASSERT_THAT(Run(Csr("1")).status(), IsOk());
  EXPECT_THAT(LinesOf("out"), SizeIs(1));
}

TEST_F(BatchCommandsTest, AFileWithoutARequestIsAMistake) {
  const absl::Status status = Run("hello").status();
  EXPECT_TRUE(cli::IsUsageError(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("--csrs"));
  EXPECT_THAT(ca_.pages, SizeIs(0));
}

}  // namespace
}  // namespace otrp::ctl
