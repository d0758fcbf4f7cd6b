// The change of the key-encryption key on a real PostgreSQL, with all keys that
// an installation has; a process that does it is killed in between.

#include "services/ca/storage/sealed_tables.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/random.h"
#include "libs/service/sealed_rows.h"
#include "services/ca/testing/suite.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using service::SealedRows;
using ::testing::HasSubstr;

const std::string kNew(32, 'n');

store::AuditEvent Record(int64_t rewrapped) {
  store::AuditEvent event;
  event.actor = "test";
  event.action = "keys.rewrap";
  event.subject = absl::StrCat(rewrapped);
  return event;
}

struct Sum {
  int64_t current = 0;
  int64_t previous = 0;
  int64_t unreadable = 0;
};

class RewrapTest : public SuiteTest {
 protected:
  SealedRows Rows(absl::string_view current, absl::string_view previous = "") {
    return SealedRows(database_.pool(), crypto::Kek(current, previous),
                      crypto::SystemRandom(), SealedTables());
  }
  Sum CountWith(absl::string_view current, absl::string_view previous = "") {
    SealedRows rows = Rows(current, previous);
    const auto counts = rows.CountAll();
    EXPECT_THAT(counts.status(), IsOk());
    Sum sum;
    for (const SealedRows::Count& count : *counts) {
      sum.current += count.current;
      sum.previous += count.previous;
      sum.unreadable += count.unreadable;
    }
    return sum;
  }
  // From the start to the end, so many at a time.
  absl::Status RewrapAll(SealedRows& rows, int limit, int64_t* rewrapped) {
    std::string place;
    do {
      const auto page = rows.Rewrap(place, limit, Record);
      if (!page.ok()) return page.status();
      *rewrapped += page->rewrapped;
      place = page->next;
    } while (!place.empty());
    return absl::OkStatus();
  }
};

TEST_F(RewrapTest, KilledInBetweenItGoesOnAndTheOldKeyIsNeededNoMore) {
  // Also a request for an authority's certificate.
  {
    const KeyVault vault(TestKek());
    const auto key =
        vault.NewAuthorityKey("sp-ca.2", {crypto::KeyType::kEcP256, 0});
    ASSERT_THAT(key.status(), IsOk());
    const auto sealed =
        vault.Seal(KeyOwner("sp-ca.2"), *key, crypto::SystemRandom());
    ASSERT_THAT(sealed.status(), IsOk());
    ASSERT_THAT(store_
                    .AddAuthorityRequest({"sp-ca", "sp-ca.2", *sealed, "csr"},
                                         false, Record(0))
                    .status(),
                IsOk());
  }
  const Sum before = CountWith(kNew, TestKek());
  EXPECT_EQ(before.current, 0);
  EXPECT_EQ(before.unreadable, 0);
  // 12 authorities, as many signers, a request.
  ASSERT_GE(before.previous, 25);

  // Another process does it, row by row, and is killed at some row.
  const std::string dsn = database_.database().Dsn("ca");
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    store::Pool::Options options;
    options.dsn = dsn;
    options.schema = "ca";
    options.size = 1;
    const auto pool = store::Pool::Create(std::move(options));
    if (!pool.ok()) _exit(1);
    SealedRows rows(**pool, crypto::Kek(kNew, TestKek()),
                    crypto::SystemRandom(), SealedTables());
    std::string place;
    do {
      const auto page = rows.Rewrap(place, 1, Record);
      if (!page.ok()) _exit(2);
      place = page->next;
      absl::SleepFor(absl::Milliseconds(20));
    } while (!place.empty());
    _exit(0);
  }
  Sum now = CountWith(kNew, TestKek());
  for (int i = 0; i < 1000 && now.current < 5; ++i) {
    absl::SleepFor(absl::Milliseconds(5));
    now = CountWith(kNew, TestKek());
  }
  ASSERT_EQ(kill(child, SIGKILL), 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "it was through, or failed: " << status;
  now = CountWith(kNew, TestKek());
  EXPECT_GE(now.current, 5);
  EXPECT_GT(now.previous, 0);
  EXPECT_EQ(now.unreadable, 0);
  // A process that has both goes on from either side of it: all opens.
  EXPECT_THAT(Authorities::Load(store_, KeyVault(kNew).WithPrevious(TestKek()))
                  .status(),
              IsOk());
  EXPECT_THAT(Authorities::Load(store_, KeyVault(TestKek()).WithPrevious(kNew))
                  .status(),
              IsOk());
  EXPECT_THAT(Authorities::Load(store_, TestKek()).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("doesn't open")));

  SealedRows rows = Rows(kNew, TestKek());
  int64_t rewrapped = 0;
  ASSERT_THAT(RewrapAll(rows, 4, &rewrapped), IsOk());
  EXPECT_EQ(rewrapped, now.previous);
  // The new one alone.
  const Sum after = CountWith(kNew);
  EXPECT_EQ(after.current, before.previous);
  EXPECT_EQ(after.unreadable, 0);
  EXPECT_THAT(Authorities::Load(store_, KeyVault(kNew)).status(), IsOk());
  OcspSigners signers(authorities_, ocsp_store_, clock_, crypto::SystemRandom(),
                      KeyVault(kNew));
  EXPECT_THAT(signers.Renew("test"), IsOk());
  EXPECT_NE(signers.Of("tee-ca"), nullptr);
  EXPECT_EQ(CountWith(TestKek()).current, 0);

  // Again is nothing, and leaves no record.
  const size_t records = AuditCount();
  rewrapped = 0;
  ASSERT_THAT(RewrapAll(rows, 100, &rewrapped), IsOk());
  EXPECT_EQ(rewrapped, 0);
  EXPECT_EQ(AuditCount(), records);
  // Back, for whoever comes next.
  SealedRows back = Rows(TestKek(), kNew);
  ASSERT_THAT(RewrapAll(back, 100, &rewrapped), IsOk());
}

TEST_F(RewrapTest, AKeyThatSealedNothingChangesNothingAndSaysWhichRow) {
  SealedRows wrong = Rows(kNew, std::string(32, 'x'));
  EXPECT_THAT(wrong.Rewrap("", 10, Record).status(),
              StatusIs(absl::StatusCode::kDataLoss,
                       HasSubstr("authority keys: service-ca opens with")));
  EXPECT_EQ(CountWith(TestKek()).unreadable, 0);
  for (const char* place : {"x", "9:", "-1:", ":", "3:a"}) {
    EXPECT_THAT(
        wrong.Rewrap(place, 10, Record).status(),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("page_token")))
        << place;
  }
}

}  // namespace
}  // namespace ca
}  // namespace otrp
