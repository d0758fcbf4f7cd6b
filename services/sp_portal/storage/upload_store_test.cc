#include "services/sp_portal/storage/upload_store.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/fake_random.h"
#include "libs/crypto/hash.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/portal_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::ServiceDatabase;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1763900000);
constexpr absl::StatusCode kFailed = absl::StatusCode::kFailedPrecondition;
constexpr absl::StatusCode kFull = absl::StatusCode::kResourceExhausted;

class UploadStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK(blobs_.CheckKek());
    for (const char* spid : {"bank", "shop"}) {
      Sp sp;
      sp.spid = spid;
      sp.name = spid;
      sp.created_at = kNow;
      OTRP_ASSERT_OK(store_.CreateSp(sp, Audit()));
    }
  }

  static store::AuditEvent Audit() {
    store::AuditEvent audit;
    audit.actor = "otrp://operator/alice";
    audit.action = "test";
    return audit;
  }

  static Upload Wanted(const std::string& spid, const std::string& version,
                       int64_t size) {
    Upload upload;
    upload.spid = spid;
    upload.taid = "pay";
    upload.version = version;
    upload.size = size;
    upload.sha256 = crypto::Sha256(version);
    upload.created_at = kNow;
    upload.expires_at = kNow + kKeepUploads;
    return upload;
  }

  std::string Create(int64_t size, const std::string& version = "1") {
    const auto created =
        uploads_.Create(Wanted("bank", version, size), Audit());
    EXPECT_TRUE(created.ok()) << created.status();
    return created.ok() ? created->upload.id : "";
  }

  absl::StatusOr<int64_t> Write(const std::string& id, int64_t offset,
                                const std::string& data) {
    return uploads_.Write(id, offset, data, kNow + kKeepUploads);
  }

  int64_t Count(const std::string& table) {
    int64_t n = -1;
    auto row = database_.superuser().Query1("SELECT count(*) FROM " + table);
    EXPECT_TRUE(row.ok() && row->Scan(&n).ok());
    return n;
  }

  ServiceDatabase database_{
      {"portal", "services/sp_portal/storage/migrations"}};
  PortalStore store_{database_.pool()};
  FakeRandom random_{7};
  BlobStore blobs_{database_.pool(), SecretBytes(std::string(32, 'k')),
                   random_};
  UploadStore uploads_{database_.pool(), blobs_};
};

TEST_F(UploadStoreTest, ChunksMakeTheImage) {
  const std::string a(kMinChunkBytes, 'a');
  const std::string b(kBlobChunkBytes, 'b');
  const std::string c = "the end";
  const int64_t size = a.size() + b.size() + c.size();
  const std::string id = Create(size);
  EXPECT_THAT(Write(id, 0, a), IsOkAndHolds(kMinChunkBytes));
  EXPECT_THAT(Write(id, a.size(), b), IsOkAndHolds(size - 7));
  EXPECT_THAT(Write(id, size - 7, c), IsOkAndHolds(size));
  OTRP_ASSERT_OK_AND_ASSIGN(const Upload upload, uploads_.Get(id));
  EXPECT_EQ(upload.received, size);
  EXPECT_FALSE(upload.completed());
  EXPECT_THAT(blobs_.ReadUnchecked(upload.blob_id), IsOkAndHolds(a + b + c));
}

TEST_F(UploadStoreTest, ARepeatedChunkChangesNothingAndAnotherIsRefused) {
  const std::string a(kMinChunkBytes, 'a');
  const std::string id = Create(3 * kMinChunkBytes);
  OTRP_ASSERT_OK(Write(id, 0, a));
  EXPECT_THAT(Write(id, 0, a), IsOkAndHolds(kMinChunkBytes));
  EXPECT_EQ(Count("blob_chunk"), 1);
  EXPECT_THAT(Write(id, 0, std::string(kMinChunkBytes, 'x')),
              StatusIs(kFailed, HasSubstr("data:")));
  EXPECT_THAT(Write(id, 0, a + a), StatusIs(kFailed, HasSubstr("data:")));
  // Neither a gap nor a place inside a chunk.
  for (const int64_t offset : {kMinChunkBytes + 1, int64_t{1}}) {
    EXPECT_THAT(Write(id, offset, a),
                StatusIs(kFailed, HasSubstr(absl::StrCat("offset: must be ",
                                                         kMinChunkBytes))));
  }
}

TEST_F(UploadStoreTest, TinyChunksAndMoreThanTheSizeAreRefused) {
  const std::string id = Create(kMinChunkBytes + 1);
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(Write(id, 0, "x"), StatusIs(kInvalid, HasSubstr("64 KiB")));
  EXPECT_THAT(Write(id, 0, std::string(kMinChunkBytes + 2, 'x')),
              StatusIs(kInvalid, HasSubstr("data:")));
  OTRP_ASSERT_OK(Write(id, 0, std::string(kMinChunkBytes, 'x')));
  // The last one may be short.
  EXPECT_THAT(Write(id, kMinChunkBytes, "x"), IsOkAndHolds(kMinChunkBytes + 1));
}

TEST_F(UploadStoreTest, TheSameImageForTheSameVersionIsOneUpload) {
  OTRP_ASSERT_OK_AND_ASSIGN(auto first,
                            uploads_.Create(Wanted("bank", "1", 9), Audit()));
  OTRP_ASSERT_OK(Write(first.upload.id, 0, "123456789"));
  OTRP_ASSERT_OK_AND_ASSIGN(auto again,
                            uploads_.Create(Wanted("bank", "1", 9), Audit()));
  EXPECT_TRUE(first.made);
  EXPECT_FALSE(again.made);
  EXPECT_EQ(again.upload.id, first.upload.id);
  EXPECT_EQ(again.upload.received, 9);
  // Neither another version's, nor somebody else's.
  EXPECT_NE(Create(9, "2"), first.upload.id);
  OTRP_ASSERT_OK_AND_ASSIGN(auto other,
                            uploads_.Create(Wanted("shop", "1", 9), Audit()));
  EXPECT_NE(other.upload.id, first.upload.id);
  EXPECT_EQ(other.upload.received, 0);
  EXPECT_THAT(uploads_.List(Visible{"shop", {}, {}},
                            "00000000-0000-0000-0000-000000000000", 9),
              IsOkAndHolds(SizeIs(1)));
}

TEST_F(UploadStoreTest, OpenUploadsOfAnSpHaveALimitInNumber) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kMaxOpenUploads + 4; ++i) {
    threads.emplace_back([this, i] {
      (void)uploads_.Create(Wanted("bank", absl::StrCat(i), 1), Audit());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Count("upload"), kMaxOpenUploads);
  EXPECT_THAT(uploads_.Create(Wanted("bank", "99", 1), Audit()),
              StatusIs(kFull, HasSubstr("16 uploads")));
  // Each has its own.
  OTRP_EXPECT_OK(uploads_.Create(Wanted("shop", "99", 1), Audit()));
}

TEST_F(UploadStoreTest, OpenUploadsOfAnSpHaveALimitInOctets) {
  for (int i = 0; i < 8; ++i) Create(kMaxUploadBytes, absl::StrCat(i));
  EXPECT_THAT(uploads_.Create(Wanted("bank", "9", 1), Audit()),
              StatusIs(kFull, HasSubstr("512 MiB")));
  OTRP_ASSERT_OK(uploads_.Abort(Create(kMaxUploadBytes, "0"), kNow, Audit()));
  Create(1, "9");
}

TEST_F(UploadStoreTest, WhatIsAbortedOrAbandonedLeavesNothingBehind) {
  const std::string aborted = Create(kMinChunkBytes, "1");
  const std::string abandoned = Create(kMinChunkBytes, "2");
  const std::string alive = Create(2 * kMinChunkBytes, "3");
  for (const std::string& id : {aborted, abandoned, alive}) {
    OTRP_ASSERT_OK(Write(id, 0, std::string(kMinChunkBytes, 'x')));
  }
  OTRP_ASSERT_OK(uploads_.Abort(aborted, kNow, Audit()));
  EXPECT_THAT(uploads_.Abort(aborted, kNow, Audit()),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Write(aborted, 0, "x"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(uploads_.RemoveExpired(kNow + kKeepUploads, 16), IsOkAndHolds(0));
  // What gets octets lives on.
  const absl::Time later = kNow + kKeepUploads + absl::Seconds(1);
  OTRP_ASSERT_OK(uploads_.Write(alive, kMinChunkBytes,
                                std::string(kMinChunkBytes, 'y'),
                                later + kKeepUploads));
  EXPECT_THAT(uploads_.RemoveExpired(later, 16), IsOkAndHolds(1));
  EXPECT_THAT(uploads_.Get(abandoned), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(blobs_.RemoveIdle(16), IsOkAndHolds(2));
  EXPECT_EQ(Count("blob_chunk"), 2);
  EXPECT_EQ(Count("upload"), 1);
}

}  // namespace
}  // namespace portal
}  // namespace otrp
