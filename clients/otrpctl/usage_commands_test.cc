// Bills out of three real ledgers: what is summed up, for whom, and what is
// refused.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/render.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "libs/cli/cli.h"
#include "libs/rpc/guard.h"
#include "libs/rpc/server.h"
#include "libs/service/usage_ledger.h"
#include "libs/service/usage_service.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp::ctl {
namespace {

using ::otrp::testing::ServiceDatabase;
using ::otrp::testing::StatusIs;
using ::otrp::testing::TestTls;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const rpc::AuthzTable& Table() {
  static const auto* table = new rpc::AuthzTable(service::UsageLedgerRules());
  return *table;
}

// One service's ledger, served.
class Ledger {
 public:
  Ledger(const std::string& name, const std::string& schema,
         std::vector<std::string> kinds)
      : database_(
            {schema, absl::StrCat("services/", name, "/storage/migrations")}),
        guard_(name, Table(), rpc::Guard::AuditCheck::kEnforce),
        service_(service::NewUsageLedgerService(
            guard_, database_.pool(),
            {std::move(kinds), &service::SeesOwnPrice})),
        name_(name) {}

  void Start(TestTls& tls) {
    rpc::Server::Options options;
    options.listen = "127.0.0.1:0";
    options.guard = &guard_;
    OTRP_ASSERT_OK_AND_ASSIGN(
        options.tls_dir, tls.Issue(absl::StrCat("otrp://service/", name_)));
    OTRP_ASSERT_OK_AND_ASSIGN(server_,
                              rpc::Server::Start(options, {service_.get()}));
  }
  void Stop() { server_.reset(); }

  // As a service does: in a statement, with the price of the moment.
  void Happen(const std::string& at, const std::string& kind,
              const std::string& spid, const std::string& vendor = "",
              const std::string& authority = "") {
    const std::string party = authority.empty() ? spid : authority;
    OTRP_ASSERT_OK(
        database_.pool()
            .ExecOnce(absl::StrCat(
                          R"sql(WITH used AS (
                          SELECT $1::timestamptz AS at, $2::text AS kind,
                            $3::text AS party, $4::text AS spid,
                            $5::text AS authority, 1 AS generation,
                            $6::text AS tee_vendor, 'https://tsm' AS tsm_id,
                            'item' AS item, 1 AS quantity), )sql",
                          service::UsageCte("counted", "used"), " SELECT 1"),
                      at, kind, party, spid, authority, vendor)
            .status());
  }

  int port() const { return server_ == nullptr ? 1 : server_->port(); }
  std::vector<std::string> AuditActions() { return database_.AuditActions(); }

 private:
  ServiceDatabase database_;
  const rpc::Guard guard_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<rpc::Server> server_;
  std::string name_;
};

class UsageCommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, TestTls::Create());
    for (Ledger* ledger : {&ca_, &tsm_, &verifier_}) ledger->Start(*tls_);
    OTRP_ASSERT_OK_AND_ASSIGN(operator_, tls_->Issue("otrp://operator/alice"));
    OTRP_ASSERT_OK_AND_ASSIGN(auditor_, tls_->Issue("otrp://auditor/bob"));
    OTRP_ASSERT_OK_AND_ASSIGN(bank_, tls_->Issue("otrp://sp/bank"));
  }

  absl::StatusOr<std::string> RunAs(const std::string& tls_dir,
                                    const std::string& line) {
    std::vector<std::string> words = absl::StrSplit(line, ' ');
    words.push_back(absl::StrCat("--ca-addr=127.0.0.1:", ca_.port()));
    words.push_back(absl::StrCat("--tsm-addr=127.0.0.1:", tsm_.port()));
    words.push_back(
        absl::StrCat("--verifier-addr=127.0.0.1:", verifier_.port()));
    words.push_back(absl::StrCat("--tls-dir=", tls_dir));
    const auto call = cli::Parse(Program(), words);
    if (!call.ok()) return call.status();
    const absl::StatusOr<Format> format = FormatOf(call->globals);
    if (!format.ok()) return format.status();
    const absl::StatusOr<Result> result = RunCall(*call);
    if (!result.ok()) return result.status();
    return Render(*result, *format);
  }
  std::string Run(const std::string& line) {
    const absl::StatusOr<std::string> text = RunAs(operator_, line);
    EXPECT_TRUE(text.ok()) << line << ": " << text.status();
    return text.value_or("");
  }

  // Three services, two SPs, two currencies.
  void Fill() {
    Run("price set certificate-sp --minor-units 500 --currency EUR");
    Run("price set ta-install --minor-units 3 --currency EUR");
    Run("price set ta-install --minor-units 7 --currency USD --party drm");
    ca_.Happen("2026-11-01T00:00:00Z", "certificate-sp", "bank", "", "sp-ca");
    tsm_.Happen("2026-11-10T09:00:00Z", "ta-install", "bank", "acme");
    tsm_.Happen("2026-11-30T23:59:59.999999Z", "ta-install", "bank", "acme");
    tsm_.Happen("2026-11-11T10:00:00Z", "ta-install", "drm", "acme");
    verifier_.Happen("2026-11-10T08:00:00Z", "appraisal-accepted", "", "acme");
    // Of the next month.
    tsm_.Happen("2026-12-01T00:00:00Z", "ta-install", "bank", "acme");
  }

  std::unique_ptr<TestTls> tls_;
  Ledger ca_{"ca", "ca", {"certificate-sp", "certificate-tee"}};
  Ledger tsm_{"tsm", "tsm", {"ta-install"}};
  Ledger verifier_{"attestation_verifier", "verifier", {"appraisal-accepted"}};
  std::string operator_, auditor_, bank_;
};

constexpr char kNovember[] = " --from 2026-11-01 --to 2026-12-01";

TEST_F(UsageCommandsTest, AMonthsBillHasItsFirstMomentAndNotTheNextMonths) {
  Fill();
  EXPECT_EQ(Run(absl::StrCat("usage report --by sp", kNovember)),
            "SP     KIND                QUANTITY  MINOR UNITS  CURRENCY\n"
            "-      appraisal-accepted  1         0            -\n"
            "bank   certificate-sp      1         500          EUR\n"
            "bank   ta-install          2         6            EUR\n"
            "drm    ta-install          1         7            USD\n"
            "TOTAL  -                   1         0            -\n"
            "TOTAL  -                   3         506          EUR\n"
            "TOTAL  -                   1         7            USD\n");
  EXPECT_EQ(Run(absl::StrCat("usage report --by tee-vendor -o csv", kNovember)),
            "key,kind,quantity,amount_minor,currency\r\n"
            ",certificate-sp,1,500,EUR\r\n"
            "acme,appraisal-accepted,1,0,\r\n"
            "acme,ta-install,2,6,EUR\r\n"
            "acme,ta-install,1,7,USD\r\n");
  EXPECT_THAT(
      Run(absl::StrCat("usage report --by ca --service ca -o json", kNovember)),
      HasSubstr(R"("rows":[{"key":"sp-ca","kind":"certificate-sp",)"
                R"("quantity":1,"amount_minor":500,"currency":"EUR"}])"));
}

TEST_F(UsageCommandsTest, AServiceProviderSeesNothingOfAnother) {
  Fill();
  for (const char* by : {"sp", "tee-vendor", "tsm"}) {
    OTRP_ASSERT_OK_AND_ASSIGN(
        const std::string mine,
        RunAs(bank_, absl::StrCat("usage report -o csv --by ", by, kNovember)));
    EXPECT_THAT(mine, HasSubstr("ta-install,2,6,EUR")) << by;
    EXPECT_THAT(mine, Not(HasSubstr("USD"))) << by;
    EXPECT_THAT(mine, Not(HasSubstr("appraisal"))) << by;
  }
  OTRP_ASSERT_OK_AND_ASSIGN(
      const std::string events,
      RunAs(bank_, absl::StrCat("usage events -o csv", kNovember)));
  EXPECT_THAT(events, Not(HasSubstr("drm")));
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string prices,
                            RunAs(bank_, "price list -o csv"));
  EXPECT_THAT(prices, HasSubstr("ta-install,,3,EUR"));
  EXPECT_THAT(prices, Not(HasSubstr("drm")));
  EXPECT_THAT(prices, Not(HasSubstr("alice")));
  for (const std::string& who : {bank_, auditor_}) {
    EXPECT_THAT(
        RunAs(who, "price set ta-install --minor-units 0 --currency EUR")
            .status(),
        StatusIs(absl::StatusCode::kPermissionDenied));
  }
  OTRP_ASSERT_OK_AND_ASSIGN(
      const std::string all,
      RunAs(auditor_, absl::StrCat("usage report --by sp", kNovember)));
  EXPECT_THAT(all, HasSubstr("drm"));
}

TEST_F(UsageCommandsTest, ABillThatLacksAServiceIsNone) {
  Fill();
  verifier_.Stop();
  EXPECT_THAT(RunAs(operator_, absl::StrCat("usage report --by sp", kNovember))
                  .status(),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(
      Run(absl::StrCat("usage report --by sp --service tsm -o csv", kNovember)),
      HasSubstr("bank,ta-install,2,6,EUR"));
}

TEST_F(UsageCommandsTest, ManyDaysAndManyPagesAreSummedUpOnce) {
  for (int day = 1; day <= 28; ++day) {
    for (int n = 0; n < 40; ++n) {
      tsm_.Happen(absl::StrFormat("2026-02-%02dT12:00:00Z", day), "ta-install",
                  "bank", "acme");
    }
  }
  EXPECT_EQ(Run("usage report --by sp -o csv --from 2026-01-01 --to "
                "2027-01-01"),
            "key,kind,quantity,amount_minor,currency\r\n"
            "bank,ta-install,1120,0,\r\n");
  const std::vector<std::string> lines = absl::StrSplit(
      Run("usage events -o csv --from 2026-01-01 --to 2027-01-01"), "\r\n");
  // Titles, and nothing behind the last line's end.
  EXPECT_EQ(lines.size(), 1120u + 2u);
}

TEST_F(UsageCommandsTest, ADateThatIsNoneNamesItsFlag) {
  const std::pair<const char*, const char*> cases[] = {
      {"--from yesterday --to 2026-12-01", "--from yesterday is no day"},
      {"--from 2026-11-01 --to 2026-11-31", "--to 2026-11-31 is no day"},
      {"--from 2026-13-01 --to 2026-12-01", "--from 2026-13-01 is no day"},
      {"--from 0001-01-01 --to 2026-12-01", "--from 0001-01-01 is no day"},
      {"--from 2026-12-01 --to 2026-12-01", "--to 2026-12-01 must be after"},
      {"--from 2026-12-02 --to 2026-12-01", "--to 2026-12-01 must be after"}};
  for (const auto& [range, error] : cases) {
    EXPECT_THAT(
        RunAs(operator_, absl::StrCat("usage report --by sp ", range)).status(),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(error)));
  }
  EXPECT_THAT(
      RunAs(operator_, absl::StrCat("usage report --by color", kNovember))
          .status(),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--by color")));
}

TEST_F(UsageCommandsTest, APriceThatCannotBeIsRefusedAndNamesItsFlag) {
  const std::pair<const char*, const char*> cases[] = {
      {"price set ta-install --minor-units 1.5 --currency EUR",
       "--minor-units"},
      {"price set ta-install --minor-units -1 --currency EUR", "--minor-units"},
      {"price set ta-install --minor-units 1000000000001 --currency EUR",
       "--minor-units"},
      {"price set ta-install --minor-units 1 --currency eur", "--currency"},
      {"price set ta-install --minor-units 1 --currency EURO", "--currency"},
      {"price set ta-steal --minor-units 1 --currency EUR", "ta-install"},
      {"price set certificate-all --minor-units 1 --currency EUR",
       "certificate-sp, certificate-tee"}};
  for (const auto& [line, error] : cases) {
    EXPECT_THAT(RunAs(operator_, line).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(error)))
        << line;
  }
  EXPECT_THAT(tsm_.AuditActions(), IsEmpty());
  Run("price set ta-install --minor-units 1 --currency EUR");
  Run("price set ta-install --minor-units 1 --currency EUR");
  EXPECT_THAT(tsm_.AuditActions(), ElementsAre("price.set"));
}

// A name is the attacker's to choose; a spreadsheet runs what begins so.
TEST_F(UsageCommandsTest, ANameThatIsAFormulaIsNoneInCsv) {
  tsm_.Happen("2026-11-10T09:00:00Z", "ta-install", "=HYPERLINK(\"x\",\"y\")");
  EXPECT_THAT(
      Run(absl::StrCat("usage report --by sp -o csv", kNovember)),
      HasSubstr("\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\",ta-install,1,0,\r\n"));
}

}  // namespace
}  // namespace otrp::ctl
