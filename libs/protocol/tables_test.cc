// The tables of dialects, messages and errors, held against the drafts.

#include <map>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/protocol/dialect.h"
#include "libs/protocol/errors.h"
#include "libs/protocol/messages.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace protocol {
namespace {

using A = ErrorAction;

TEST(DialectTest, NamesAreReadBack) {
  for (Dialect dialect : {Dialect::kIetf03, Dialect::kPei03}) {
    EXPECT_EQ(RowOf(dialect).dialect, dialect);
    OTRP_ASSERT_OK_AND_ASSIGN(Dialect read,
                              DialectFromName(DialectName(dialect)));
    EXPECT_EQ(read, dialect);
  }
  for (const char* name : {"", "IETF03", "ietf04"}) {
    EXPECT_FALSE(DialectFromName(name).ok()) << name;
  }
}

TEST(DialectTest, BooleansAreWrittenByDialect) {
  EXPECT_EQ(BoolValue(Dialect::kIetf03, true).Serialize(), "true");
  EXPECT_EQ(BoolValue(Dialect::kIetf03, false).Serialize(), "false");
  EXPECT_EQ(BoolValue(Dialect::kPei03, true).Serialize(), "\"true\"");
  EXPECT_EQ(BoolValue(Dialect::kPei03, false).Serialize(), "\"false\"");
}

TEST(MessagesTest, RowsStandInTheOrderOfTheirKinds) {
  int i = 0;
  for (const MessageRow& row : AllMessages()) {
    EXPECT_EQ(static_cast<int>(row.kind), i++);
    EXPECT_EQ(RowOfName(row.name), &row);
    EXPECT_EQ(RowOfResponse(row.response), &row);
    EXPECT_EQ(row.request, absl::StrCat(row.name, "Request"));
    EXPECT_EQ(row.tbs_request, absl::StrCat(row.name, "TBSRequest"));
    if (row.kind == MessageKind::kGetDeviceState) continue;
    EXPECT_EQ(row.response, absl::StrCat(row.name, "Response"));
    EXPECT_EQ(row.tbs_response, absl::StrCat(row.name, "TBSResponse"));
  }
  EXPECT_EQ(i, 7);
  EXPECT_EQ(RowOfName("FactoryReset"), nullptr);
  EXPECT_EQ(RowOfResponse("CreateSDRequest"), nullptr);
}

TEST(ErrorsTest, EveryCodeOfTheProtocolHasItsAction) {
  const std::map<std::string, A> want = {
      {"ERR_REQUEST_INVALID", A::kGiveUpTask},
      {"ERR_UNSUPPORTED_MSG_VERSION", A::kEndSessionGiveUp},
      {"ERR_UNSUPPORTED_CRYPTO_ALG", A::kSwitchAlgorithm},
      {"ERR_DEV_STATE_MISMATCH", A::kResync},
      {"ERR_SD_ALREADY_EXIST", A::kResync},
      {"ERR_SD_ALREADY_EXISTS", A::kResync},
      {"ERR_SD_NOT_FOUND", A::kResync},
      {"ERR_SD_NOT_EMPTY", A::kResync},
      {"ERR_SDNAME_ALREADY_USED", A::kGiveUpTask},
      {"ERR_SPCERT_INVALID", A::kGiveUpTask},
      {"ERR_TA_INVALID", A::kGiveUpTask},
      {"ERR_TA_ALREADY_INSTALLED", A::kResync},
      {"ERR_TA_NOT_FOUND", A::kResync},
      {"ERR_TEE_FAIL", A::kRetryLater},
      {"ERR_TEE_RESOURCE_FULL", A::kRetryLater},
      {"ERR_TFW_NOT_TRUSTED", A::kEndSessionGiveUp},
      {"ERR_TAM_NOT_AUTHORIZED", A::kGiveUpTask},
      {"ERR_TAM_NOT_TRUSTED", A::kEndSessionGiveUp},
      {"ERR_TSM_NOT_AUTHORIZED", A::kGiveUpTask},
      {"ERR_TSM_NOT_TRUSTED", A::kEndSessionGiveUp},
      {"ERR_TEE_BUSY", A::kEndSessionRetryLater},
      {"ERR_TEE_UNKNOWN", A::kEndSessionGiveUp},
      {"ERR_AGENT_TEE_UNKNOWN", A::kEndSessionGiveUp},
      {"ERR_AGENT_TEE_BUSY", A::kEndSessionRetryLater},
      {"ERR_AGENT_TEE_FAIL", A::kEndSessionRetryLater},
  };
  std::set<std::string> seen;
  for (const ErrorRow& row : AllErrors()) {
    const std::string code(row.code);
    EXPECT_TRUE(seen.insert(code).second) << code << " has two rows";
    ASSERT_EQ(want.count(code), 1u) << code << " isn't of the protocol";
    EXPECT_EQ(row.action, want.at(code)) << code;
    EXPECT_EQ(&RowOfError(code), &row);
    EXPECT_TRUE(absl::EndsWith(row.advice, ".")) << code;
  }
  EXPECT_EQ(seen.size(), want.size());
}

TEST(ErrorsTest, BothDialectsSpellingsMeanTheSame) {
  const std::pair<const char*, const char*> pairs[] = {
      {"ERR_TSM_NOT_TRUSTED", "ERR_TAM_NOT_TRUSTED"},
      {"ERR_TSM_NOT_AUTHORIZED", "ERR_TAM_NOT_AUTHORIZED"},
      {"ERR_SD_ALREADY_EXIST", "ERR_SD_ALREADY_EXISTS"},
      {"ERR_TEE_BUSY", "ERR_AGENT_TEE_BUSY"},
      {"ERR_TEE_UNKNOWN", "ERR_AGENT_TEE_UNKNOWN"},
  };
  for (const auto& pair : pairs) {
    EXPECT_EQ(RowOfError(pair.first).action, RowOfError(pair.second).action)
        << pair.first;
  }
}

TEST(ErrorsTest, AnInventedCodeGivesTheTaskUp) {
  for (const char* code : {"", "ERR_UNSPECIFIED", "err_tee_fail"}) {
    EXPECT_EQ(&RowOfError(code), &UnknownErrorRow()) << code;
    EXPECT_EQ(RowOfError(code).action, A::kGiveUpTask);
  }
}

}  // namespace
}  // namespace protocol
}  // namespace otrp
