#include "services/sp_portal/storage/publisher_store.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/hash.h"
#include "libs/store/audit.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/access_store.h"
#include "services/sp_portal/storage/portal_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::ServiceDatabase;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::StatusCode kUnauthenticated =
    absl::StatusCode::kUnauthenticated;
const absl::Time kNow = absl::FromUnixSeconds(1763900000);
constexpr char kCi[] = "https://ci.example";

class PublisherStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* spid : {"acme", "shop"}) {
      Sp sp;
      sp.spid = spid;
      sp.name = spid;
      sp.created_at = kNow;
      OTRP_ASSERT_OK(portal_.CreateSp(sp, Audit()));
    }
  }

  static store::AuditEvent Audit() {
    store::AuditEvent audit;
    audit.actor = "otrp://operator/alice";
    audit.action = "test";
    return audit;
  }

  absl::Status Set(const std::string& issuer, const std::string& pinned = "") {
    Issuer value;
    value.issuer = issuer;
    value.audience = "otrp";
    value.pinned = !pinned.empty();
    value.jwks = pinned;
    value.set_by = "op";
    return db_.SetIssuer(value, Audit());
  }
  Issuer Get(const std::string& issuer) {
    auto found = db_.FindIssuer(issuer);
    EXPECT_TRUE(found.ok() && found->has_value());
    return found.ok() && found->has_value() ? **found : Issuer();
  }

  absl::Status Add(const std::string& id, const std::string& spid) {
    Publisher publisher;
    publisher.id = id;
    publisher.spid = spid;
    publisher.issuer = kCi;
    publisher.subject = "repo:acme/*";
    publisher.claims = {{"environment", "release"}, {"q\"uote", "ä"}};
    publisher.role = kDeveloper;
    publisher.taids = {"pay"};
    publisher.added_by = "op";
    publisher.added_at = kNow;
    return db_.AddPublisher(publisher, Audit());
  }

  // The token is called as the ID token is.
  absl::Status Exchange(const std::string& spid, const std::string& publisher,
                        const std::string& id_token) {
    Token token;
    token.id = absl::StrCat("tok_", spid, "_", id_token);
    token.tenant = spid;
    token.publisher = publisher;
    token.role = kDeveloper;
    token.created_at = kNow;
    token.expires_at = kNow + kExchangedTokenLife;
    return db_.Exchange(token, crypto::Sha256(token.id),
                        crypto::Sha256(id_token), Audit());
  }
  absl::Status Use(const std::string& id) {
    return access_.UseToken(crypto::Sha256(id), kNow).status();
  }

  ServiceDatabase database_{
      {"portal", "services/sp_portal/storage/migrations"}};
  PortalStore portal_{database_.pool()};
  AccessStore access_{database_.pool()};
  PublisherStore db_{database_.pool()};
};

TEST_F(PublisherStoreTest, KeysThatWereFetchedStayUntilThereAreNewOnes) {
  OTRP_ASSERT_OK(Set(kCi));
  EXPECT_EQ(Get(kCi).jwks, "");
  OTRP_ASSERT_OK(db_.NoteFetch(kCi, "keys", "", kNow));
  OTRP_ASSERT_OK(db_.NoteFetch(kCi, "", "down", kNow + absl::Hours(1)));
  Issuer issuer = Get(kCi);
  EXPECT_EQ(issuer.jwks, "keys");
  EXPECT_EQ(issuer.fetched_at, kNow);
  EXPECT_EQ(issuer.fetch_error, "down");
  OTRP_ASSERT_OK(Set(kCi));
  EXPECT_EQ(Get(kCi).jwks, "keys");
  EXPECT_EQ(Get(kCi).fetch_error, "");
}

TEST_F(PublisherStoreTest, WhatIsFetchedNeverReplacesPinnedKeys) {
  OTRP_ASSERT_OK(Set(kCi, "pinned"));
  OTRP_ASSERT_OK(db_.NoteFetch(kCi, "keys", "", kNow));
  EXPECT_EQ(Get(kCi).jwks, "pinned");
  // No longer pinned: they are good no longer.
  OTRP_ASSERT_OK(Set(kCi));
  EXPECT_EQ(Get(kCi).jwks, "");
}

TEST_F(PublisherStoreTest, IssuersHaveALimitAndCanBeRemoved) {
  for (int i = 0; i < kMaxIssuers; ++i) {
    OTRP_ASSERT_OK(Set(absl::StrCat(kCi, "/", i)));
  }
  EXPECT_THAT(Set(kCi), StatusIs(absl::StatusCode::kResourceExhausted));
  OTRP_EXPECT_OK(Set(absl::StrCat(kCi, "/7")));
  OTRP_ASSERT_OK(db_.RemoveIssuer(absl::StrCat(kCi, "/7"), Audit()));
  OTRP_EXPECT_OK(Set(kCi));
  EXPECT_THAT(db_.RemoveIssuer("https://other.example", Audit()),
              StatusIs(absl::StatusCode::kNotFound));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto list, db_.ListIssuers("", 3));
  ASSERT_THAT(list, SizeIs(3));
  EXPECT_EQ(list[0].issuer, kCi);
}

TEST_F(PublisherStoreTest, APublisherIsReadBackAsItWasMade) {
  OTRP_ASSERT_OK(Add("pub_1", "acme"));
  OTRP_ASSERT_OK_AND_ASSIGN(auto list, db_.ListPublishers("acme", "", 9));
  ASSERT_THAT(list, SizeIs(1));
  EXPECT_EQ(list[0].subject, "repo:acme/*");
  EXPECT_EQ(list[0].claims.at("q\"uote"), "ä");
  EXPECT_EQ(list[0].taids, std::vector<std::string>{"pay"});
  OTRP_ASSERT_OK_AND_ASSIGN(list, db_.PublishersOf("acme", kCi));
  EXPECT_THAT(list, SizeIs(1));
  OTRP_ASSERT_OK_AND_ASSIGN(list, db_.PublishersOf("shop", kCi));
  EXPECT_THAT(list, IsEmpty());
  OTRP_ASSERT_OK_AND_ASSIGN(list, db_.PublishersOf("acme", "https://x"));
  EXPECT_THAT(list, IsEmpty());
  for (int i = 2; i <= kMaxPublishers; ++i) {
    OTRP_ASSERT_OK(Add(absl::StrCat("pub_", i), "acme"));
  }
  EXPECT_THAT(Add("pub_more", "acme"),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(PublisherStoreTest, AnIdTokenIsExchangedOnce) {
  OTRP_ASSERT_OK(Add("pub_1", "acme"));
  OTRP_ASSERT_OK(Exchange("acme", "pub_1", "jwt"));
  OTRP_EXPECT_OK(Use("tok_acme_jwt"));
  EXPECT_THAT(Exchange("acme", "pub_1", "jwt"),
              StatusIs(kUnauthenticated, HasSubstr("exchanged before")));
  OTRP_EXPECT_OK(Exchange("acme", "pub_1", "jwt 2"));
}

TEST_F(PublisherStoreTest, ARemovedPublishersTokensAreDead) {
  OTRP_ASSERT_OK(Add("pub_1", "acme"));
  OTRP_ASSERT_OK(Exchange("acme", "pub_1", "jwt"));
  EXPECT_THAT(db_.RemovePublisher("shop", "pub_1", kNow, Audit()),
              StatusIs(absl::StatusCode::kNotFound));
  OTRP_EXPECT_OK(Use("tok_acme_jwt"));
  OTRP_ASSERT_OK(db_.RemovePublisher("acme", "pub_1", kNow, Audit()));
  EXPECT_THAT(Use("tok_acme_jwt"), StatusIs(kUnauthenticated));
  EXPECT_THAT(Exchange("acme", "pub_1", "jwt 2"),
              StatusIs(absl::StatusCode::kPermissionDenied));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto list, db_.PublishersOf("acme", kCi));
  EXPECT_THAT(list, IsEmpty());
}

TEST_F(PublisherStoreTest, ASuspendedSpTrustsNobody) {
  OTRP_ASSERT_OK(Add("pub_1", "acme"));
  OTRP_ASSERT_OK(access_.SetState("acme", kSuspended, "x", Audit()));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto list, db_.PublishersOf("acme", kCi));
  EXPECT_THAT(list, IsEmpty());
  EXPECT_THAT(Exchange("acme", "pub_1", "jwt"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Add("pub_2", "acme"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(PublisherStoreTest, OnlyExchangedTokensThatAreLongOverArePurged) {
  OTRP_ASSERT_OK(Add("pub_1", "acme"));
  OTRP_ASSERT_OK(Exchange("acme", "pub_1", "jwt"));
  Token kept;
  kept.id = "tok_kept";
  kept.tenant = "acme";
  kept.role = kDeveloper;
  kept.created_at = kNow;
  kept.expires_at = kNow;
  OTRP_ASSERT_OK(access_.CreateToken(kept, crypto::Sha256("kept"), Audit()));
  const absl::Time over = kNow + kExchangedTokenLife;
  EXPECT_THAT(db_.PurgeExchanged(over, absl::Seconds(1)),
              ::otrp::testing::IsOkAndHolds(0));
  EXPECT_THAT(db_.PurgeExchanged(over + absl::Seconds(1), absl::Seconds(1)),
              ::otrp::testing::IsOkAndHolds(1));
  OTRP_EXPECT_OK(access_.GetToken("acme", "tok_kept"));
}

}  // namespace
}  // namespace portal
}  // namespace otrp
