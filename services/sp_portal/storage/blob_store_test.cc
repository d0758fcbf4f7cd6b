#include "services/sp_portal/storage/blob_store.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/fake_random.h"
#include "libs/crypto/hash.h"
#include "services/sp_portal/storage/portal_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::ServiceDatabase;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kMigrations[] = "services/sp_portal/storage/migrations";
const absl::Time kNow = absl::FromUnixSeconds(1763900000);

SecretBytes Kek(char c) { return SecretBytes(std::string(32, c)); }

class BlobStoreTest : public ::testing::Test {
 protected:
  // An SP with a certificate of its own.
  void AddSp(const std::string& spid) {
    Sp sp;
    sp.spid = spid;
    sp.name = spid;
    sp.created_at = kNow;
    OTRP_ASSERT_OK(store_.CreateSp(sp, Audit()));
    SpCertificate certificate;
    certificate.fingerprint = crypto::Sha256(spid);
    certificate.serial = "0a";
    certificate.der = spid;
    certificate.not_after = kNow + absl::Hours(24);
    certificate.enrolled_at = kNow;
    store::OutboxMessage message;
    message.event_id = spid;
    message.topic = "tsm.catalog";
    message.key = spid;
    OTRP_ASSERT_OK(store_.AddCertificate(spid, certificate, message, Audit()));
  }

  void Push(const std::string& spid, const std::string& image,
            const std::string& pdata = "") {
    AppVersion v;
    v.spid = spid;
    v.taid = "pay";
    v.version = "1.0";
    v.image_sha256 = crypto::Sha256(image);
    v.image_bytes = static_cast<int64_t>(image.size());
    v.pdata_sha256 = crypto::Sha256(pdata);
    v.signer_fingerprint = crypto::Sha256(spid);
    v.pushed_at = kNow;
    SealedImage sealed;
    sealed.image = *blobs_.Seal(image);
    if (!pdata.empty()) sealed.personalization_data = *blobs_.Seal(pdata);
    OTRP_ASSERT_OK(store_.AddVersion(v, *service::Version::Parse(v.version),
                                     sealed, Quotas(), Audit()));
  }

  static store::AuditEvent Audit() {
    store::AuditEvent audit;
    audit.actor = "otrp://operator/alice";
    audit.action = "test";
    return audit;
  }

  int64_t Count(const std::string& sql) {
    int64_t n = -1;
    auto row = database_.superuser().Query1(sql);
    EXPECT_TRUE(row.ok() && row->Scan(&n).ok()) << row.status();
    return n;
  }

  void Break(const std::string& sql) {
    OTRP_ASSERT_OK(database_.superuser().ExecOnce(sql));
  }

  ServiceDatabase database_{{"portal", kMigrations}};
  PortalStore store_{database_.pool()};
  FakeRandom random_{7};
  BlobStore blobs_{database_.pool(), Kek('k'), random_};
};

// Longer than a read of chunks.
std::string LongImage() {
  std::string image;
  while (image.size() < 6 * kBlobChunkBytes + 5) {
    absl::StrAppend(&image, image.size(), ", ");
  }
  return image;
}

TEST_F(BlobStoreTest, ADumpOfTheDatabaseShowsNoImage) {
  AddSp("bank");
  Push("bank", "the image in clear", "the secret data");
  EXPECT_EQ(Count("SELECT count(*) FROM blob_chunk"), 2);
  EXPECT_EQ(Count("SELECT count(*) FROM blob_chunk WHERE "
                  "position('clear'::bytea IN sealed) > 0 OR "
                  "position('secret'::bytea IN sealed) > 0"),
            0);
  EXPECT_EQ(Count("SELECT count(*) FROM app_image"), 0);
  // Nor does it with another key.
  BlobStore other(database_.pool(), Kek('x'), random_);
  EXPECT_THAT(other.GetImage("bank", "pay", "1.0"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("--kek_file")));
  OTRP_ASSERT_OK_AND_ASSIGN(Image image, blobs_.GetImage("bank", "pay", "1.0"));
  EXPECT_EQ(image.image, "the image in clear");
  EXPECT_EQ(image.personalization_data, "the secret data");
}

TEST_F(BlobStoreTest, AnotherKekThanTheDatabasesSealsNothing) {
  OTRP_ASSERT_OK(blobs_.CheckKek());
  BlobStore other(database_.pool(), Kek('x'), random_);
  EXPECT_THAT(other.CheckKek(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                         HasSubstr("--kek_file")));
  EXPECT_THAT(other.Seal("image"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  BlobStore same(database_.pool(), Kek('k'), random_);
  EXPECT_THAT(same.CheckKek(), IsOk());
}

TEST_F(BlobStoreTest, TheSameImageOfTwoSpsIsWrittenTwiceAndKeptOnce) {
  AddSp("bank");
  AddSp("shop");
  const std::string image = LongImage();
  Push("bank", image);
  EXPECT_THAT(blobs_.RemoveIdle(16), IsOkAndHolds(0));
  const int64_t chunks = Count("SELECT count(*) FROM blob_chunk");
  EXPECT_EQ(chunks, 7);
  Push("shop", image);
  EXPECT_EQ(Count("SELECT count(*) FROM blob_chunk"), 2 * chunks);
  EXPECT_THAT(blobs_.RemoveIdle(16), IsOkAndHolds(1));
  EXPECT_EQ(Count("SELECT count(*) FROM blob_chunk"), chunks);
  for (const char* spid : {"bank", "shop"}) {
    OTRP_ASSERT_OK_AND_ASSIGN(Image read, blobs_.GetImage(spid, "pay", "1.0"));
    EXPECT_EQ(read.image, image) << spid;
  }
  EXPECT_THAT(blobs_.RemoveIdle(16), IsOkAndHolds(0));
}

TEST_F(BlobStoreTest, PersonalizationDataIsNeverShared) {
  AddSp("bank");
  AddSp("shop");
  Push("bank", "image", "1234");
  Push("shop", "another image", "1234");
  EXPECT_EQ(Count("SELECT count(*) FROM blob_digest WHERE sha256 = "
                  "sha256('1234'::bytea)"),
            0);
  EXPECT_EQ(Count("SELECT count(DISTINCT pdata_blob) FROM app_version"), 2);
}

TEST_F(BlobStoreTest, AsManyIdleOnesGoAtOnceAsWereAskedFor) {
  for (int i = 0; i < 3; ++i) {
    OTRP_ASSERT_OK(database_.pool().Run([&](store::Tx& tx) {
      return steps::WriteBlob(tx, *blobs_.Seal("x"), kNow);
    }));
  }
  EXPECT_THAT(blobs_.RemoveIdle(2), IsOkAndHolds(2));
  EXPECT_THAT(blobs_.RemoveIdle(2), IsOkAndHolds(1));
  EXPECT_EQ(Count("SELECT count(*) FROM blob_chunk"), 0);
}

TEST_F(BlobStoreTest, OctetsThatSomebodyMovedOrCutAreNotGivenOut) {
  AddSp("bank");
  AddSp("shop");
  Push("bank", "image of the bank");
  Push("shop", "image of the shop");
  const auto read = [&] { return blobs_.GetImage("bank", "pay", "1.0"); };
  OTRP_ASSERT_OK(read());
  // Done twice, each is undone: what is refused is this alone.
  const char* const chunks =
      "UPDATE blob_chunk SET sealed = other.sealed FROM blob_chunk AS other "
      "WHERE other.blob_id <> blob_chunk.blob_id";
  const char* const keys =
      "UPDATE blob SET sealed_key = other.sealed_key FROM blob AS other "
      "WHERE other.id <> blob.id";
  // Another blob, whole and in its place: its digest tells.
  const char* const blobs =
      "UPDATE app_version SET image_blob = (SELECT blob_id FROM blob_digest "
      "WHERE blob_id <> image_blob)";
  for (const std::vector<const char*>& moves :
       {std::vector<const char*>{chunks}, {keys}, {chunks, keys}, {blobs}}) {
    for (const char* move : moves) Break(move);
    EXPECT_THAT(read(), StatusIs(absl::StatusCode::kDataLoss)) << moves.back();
    for (const char* move : moves) Break(move);
    OTRP_ASSERT_OK(read());
  }
  Break("DELETE FROM blob_chunk");
  EXPECT_THAT(read(), StatusIs(absl::StatusCode::kDataLoss));
}

// As the version before writes them, also while this one runs beside it.
TEST_F(BlobStoreTest, ImagesFromBeforeAreReadAndThenSealed) {
  AddSp("bank");
  for (int i = 0; i < 3; ++i) {
    const std::string taid = absl::StrCat("ta", i);
    OTRP_ASSERT_OK(database_.pool().ExecOnce(
        "INSERT INTO app (spid, taid) VALUES ('bank', $1)", taid));
    OTRP_ASSERT_OK(database_.pool().ExecOnce(
        R"sql(
          INSERT INTO app_version (spid, taid, version, sort_key, format,
            image_sha256, image_bytes, pdata_sha256, signer_fingerprint,
            pushed_at)
          VALUES ('bank', $1, '1.0', '{1,0,0,0}', 'jws', sha256('old'::bytea),
            3, sha256($2::bytea), sha256('bank'::bytea), now())
        )sql",
        taid, i == 2 ? "data" : ""));
    OTRP_ASSERT_OK(database_.pool().ExecOnce(
        "INSERT INTO app_image (spid, taid, version, image, "
        "personalization_data) VALUES ('bank', $1, '1.0', 'old', $2::bytea)",
        taid, i == 2 ? "data" : ""));
  }
  const auto expect_all = [&] {
    for (int i = 0; i < 3; ++i) {
      OTRP_ASSERT_OK_AND_ASSIGN(
          Image image, blobs_.GetImage("bank", absl::StrCat("ta", i), "1.0"));
      EXPECT_EQ(image.image, "old");
      EXPECT_EQ(image.personalization_data, i == 2 ? "data" : "");
    }
  };
  expect_all();
  EXPECT_THAT(blobs_.MoveUnsealed(2, kNow), IsOkAndHolds(2));
  expect_all();
  EXPECT_THAT(blobs_.MoveUnsealed(2, kNow), IsOkAndHolds(1));
  EXPECT_THAT(blobs_.MoveUnsealed(2, kNow), IsOkAndHolds(0));
  EXPECT_EQ(Count("SELECT count(*) FROM app_image"), 0);
  EXPECT_THAT(blobs_.RemoveIdle(16), IsOkAndHolds(2));
  expect_all();
}

}  // namespace
}  // namespace portal
}  // namespace otrp
