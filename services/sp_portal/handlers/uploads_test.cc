// Uploads in chunks, with images that are signed.

#include "services/sp_portal/handlers/uploads.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/limits.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/keys.h"
#include "libs/protocol/ta_image.h"
#include "otrp/portal/v1/uploads.pb.h"
#include "services/sp_portal/handlers/applications.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;

class UploadsTest : public HandlersFixture {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK(Create("bank", "Bank AG"));
    OTRP_ASSERT_OK(Create("shop", "Shop AG"));
    AddSigner("bank");
  }

  static v1::CreateUploadRequest Request(const std::string& image,
                                         const std::string& version) {
    v1::CreateUploadRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.set_version(version);
    request.set_size(static_cast<int64_t>(image.size()));
    request.set_sha256(crypto::Sha256(image));
    return request;
  }

  absl::StatusOr<v1::Upload> Begin(const v1::CreateUploadRequest& request) {
    v1::CreateUploadResponse response;
    const absl::Status status =
        handlers::CreateUpload(bank_, env_, request, response);
    if (!status.ok()) return status;
    return response.upload();
  }

  absl::StatusOr<int64_t> Write(const rpc::CallContext& call,
                                const std::string& id, int64_t offset,
                                const std::string& data) {
    v1::WriteChunkRequest request;
    request.set_upload_id(id);
    request.set_offset(offset);
    request.set_data(data);
    v1::WriteChunkResponse response;
    const absl::Status status =
        handlers::WriteChunk(call, env_, request, response);
    if (!status.ok()) return status;
    return response.received();
  }

  void WriteAll(const std::string& id, int64_t offset,
                const std::string& image) {
    const int64_t size = static_cast<int64_t>(image.size());
    while (offset < size) {
      OTRP_ASSERT_OK_AND_ASSIGN(
          offset,
          Write(bank_, id, offset, image.substr(offset, kBlobChunkBytes)));
    }
  }

  absl::StatusOr<v1::CompleteUploadResponse> Complete(
      const rpc::CallContext& call, const std::string& id) {
    v1::CompleteUploadRequest request;
    request.set_upload_id(id);
    request.set_personalization_data("pdata");
    v1::CompleteUploadResponse response;
    const absl::Status status =
        handlers::CompleteUpload(call, env_, request, response);
    if (!status.ok()) return status;
    return response;
  }

  // The upload of a whole image.
  std::string Up(const std::string& image, const std::string& version) {
    auto upload = Begin(Request(image, version));
    EXPECT_THAT(upload, IsOk());
    WriteAll(upload->upload_id(), upload->received(), image);
    return upload->upload_id();
  }

  absl::Status Release(const std::string& version) {
    v1::ReleaseVersionRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.set_version(version);
    v1::ReleaseVersionResponse response;
    return handlers::ReleaseVersion(bank_, env_, request, response);
  }
};

TEST_F(UploadsTest, AnImageThatWasCutGoesOnWhereItWasAndBecomesAVersion) {
  const std::string image = SignedImage("pay", "1.0.0", 3 << 20);
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::Upload upload,
                            Begin(Request(image, "1.0.0")));
  OTRP_ASSERT_OK(
      Write(bank_, upload.upload_id(), 0, image.substr(0, kBlobChunkBytes)));
  // Afterwards.
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::Upload again,
                            Begin(Request(image, "1.0.0")));
  EXPECT_EQ(again.upload_id(), upload.upload_id());
  EXPECT_EQ(again.received(), static_cast<int64_t>(kBlobChunkBytes));
  EXPECT_THAT(Complete(bank_, again.upload_id()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("octets have come")));
  WriteAll(again.upload_id(), again.received(), image);
  OTRP_ASSERT_OK_AND_ASSIGN(auto done, Complete(bank_, again.upload_id()));
  EXPECT_EQ(bank_.audit_records(), 1);
  EXPECT_EQ(done.image_sha256(), crypto::Sha256(image));
  OTRP_ASSERT_OK_AND_ASSIGN(const Image stored,
                            blobs_.GetImage("bank", "pay", "1.0.0"));
  EXPECT_TRUE(stored.image == image);
  EXPECT_EQ(stored.personalization_data, "pdata");
  OTRP_EXPECT_OK(Release("1.0.0"));
  EXPECT_THAT(blobs_.RemoveIdle(16), ::otrp::testing::IsOkAndHolds(0));
  // Its answer may have been lost.
  OTRP_ASSERT_OK_AND_ASSIGN(auto repeated, Complete(bank_, again.upload_id()));
  EXPECT_EQ(repeated.signer_fingerprint(), done.signer_fingerprint());
  EXPECT_TRUE(bank_.nothing_changed());
}

TEST_F(UploadsTest, ThePushedVersionAgainByAnUploadIsNoError) {
  const std::string image = SignedImage("pay", "1.0.0", 100);
  for (int i = 0; i < 2; ++i) {
    OTRP_EXPECT_OK(Complete(bank_, Up(image, "1.0.0")));
  }
  EXPECT_THAT(blobs_.RemoveIdle(16), ::otrp::testing::IsOkAndHolds(1));
  OTRP_EXPECT_OK(blobs_.GetImage("bank", "pay", "1.0.0"));
  EXPECT_THAT(Begin(Request(image + "x", "1.0")),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("1.0.0")));
}

TEST_F(UploadsTest, WhatPushImageWouldRefuseIsRefused) {
  // Octets of another digest.
  const std::string image = SignedImage("pay", "1.0.0", 100);
  auto lie = Request(image, "1.0.0");
  lie.set_sha256(std::string(32, 'x'));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::Upload upload, Begin(lie));
  WriteAll(upload.upload_id(), 0, image);
  EXPECT_THAT(Complete(bank_, upload.upload_id()),
              StatusIs(kInvalid, HasSubstr("sha256:")));
  // Signed for another version, and not signed by the SP.
  EXPECT_THAT(Complete(bank_, Up(image, "2.0.0")),
              StatusIs(kInvalid, HasSubstr("signed as version")));
  const auto other = crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
  const std::string strange =
      *protocol::BuildJwsTaImage("code", "pay", "3.0.0", *other, {});
  EXPECT_THAT(Complete(bank_, Up(strange, "3.0.0")),
              StatusIs(kInvalid, HasSubstr("image: its signature")));
  clock_.Advance(absl::Hours(24 * 366));
  EXPECT_THAT(Complete(bank_, Up(SignedImage("pay", "4", 100), "4")),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("no valid certificate")));
  EXPECT_THAT(
      store_.GetVersion("bank", "pay", *service::Version::Parse("1.0.0")),
      StatusIs(kNotFound));
}

TEST_F(UploadsTest, FieldsAreCheckedBeforeAnythingIsKept) {
  const std::string image = "{}";
  struct Case {
    const char* message;
    void (*change)(v1::CreateUploadRequest*);
  } cases[] = {
      {"taid:", [](v1::CreateUploadRequest* r) { r->set_taid("a b"); }},
      {"version:", [](v1::CreateUploadRequest* r) { r->set_version("v"); }},
      {"size:", [](v1::CreateUploadRequest* r) { r->set_size(0); }},
      {"size:", [](v1::CreateUploadRequest* r) { r->set_size(-1); }},
      {"size:",
       [](v1::CreateUploadRequest* r) { r->set_size((64 << 20) + 1); }},
      {"sha256:", [](v1::CreateUploadRequest* r) { r->set_sha256("x"); }},
      {"format:", [](v1::CreateUploadRequest* r) { r->set_format("elf"); }},
  };
  for (const Case& c : cases) {
    auto request = Request(image, "1");
    c.change(&request);
    EXPECT_THAT(Begin(request), StatusIs(kInvalid, HasSubstr(c.message)));
  }
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::Upload upload,
                            Begin(Request(image, "1")));
  const std::string& id = upload.upload_id();
  EXPECT_THAT(Write(bank_, id, 0, ""), StatusIs(kInvalid, HasSubstr("data:")));
  EXPECT_THAT(Write(bank_, id, 0, std::string((1 << 20) + 1, 'x')),
              StatusIs(kInvalid, HasSubstr("data:")));
  EXPECT_THAT(Write(bank_, id, -1, "{}"),
              StatusIs(kInvalid, HasSubstr("offset:")));
  for (const char* none : {"", "x", "' OR true --"}) {
    EXPECT_THAT(Write(bank_, none, 0, "{}"), StatusIs(kNotFound));
  }
}

TEST_F(UploadsTest, AnotherTenantsUploadDoesNotExist) {
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::Upload upload, Begin(Request("{}", "1")));
  const std::string& id = upload.upload_id();
  const auto none = StatusIs(kNotFound, HasSubstr("upload_id: no upload"));
  EXPECT_THAT(Write(shop_, id, 0, "{}"), none);
  EXPECT_THAT(Complete(shop_, id), none);
  v1::AbortUploadRequest abort;
  abort.set_upload_id(id);
  v1::AbortUploadResponse aborted;
  EXPECT_THAT(handlers::AbortUpload(shop_, env_, abort, aborted), none);
  v1::GetUploadRequest get;
  get.set_upload_id(id);
  v1::GetUploadResponse got;
  EXPECT_THAT(handlers::GetUpload(shop_, env_, get, got), none);
  v1::ListUploadsResponse list;
  OTRP_ASSERT_OK(
      handlers::ListUploads(shop_, env_, v1::ListUploadsRequest(), list));
  EXPECT_EQ(list.uploads_size(), 0);
  auto request = Request("{}", "1");
  v1::CreateUploadResponse created;
  EXPECT_THAT(handlers::CreateUpload(shop_, env_, request, created),
              StatusIs(kNotFound, HasSubstr("spid:")));
  // Its own.
  OTRP_EXPECT_OK(handlers::GetUpload(bank_, env_, get, got));
  EXPECT_EQ(got.upload().received(), 0);
  OTRP_EXPECT_OK(handlers::AbortUpload(bank_, env_, abort, aborted));
  EXPECT_THAT(handlers::GetUpload(bank_, env_, get, got), none);
}

TEST_F(UploadsTest, ALargeImageIsKeptAndNotReleased) {
  const std::string image =
      SignedImage("pay", "1", kMaxTaImageBytes * 3 / 4 + 1000);
  ASSERT_GT(image.size(), kMaxTaImageBytes);
  OTRP_ASSERT_OK(Complete(bank_, Up(image, "1")));
  EXPECT_THAT(Release("1"), StatusIs(absl::StatusCode::kFailedPrecondition,
                                     HasSubstr("up to 16 MiB to devices")));
  EXPECT_THAT(database_.AuditActions(),
              ::testing::Not(::testing::Contains("ta.release")));
}

TEST_F(UploadsTest, ListsGoInPages) {
  for (int i = 0; i < 3; ++i) {
    OTRP_ASSERT_OK(Begin(Request("{}", absl::StrCat(i))));
  }
  v1::ListUploadsRequest request;
  request.set_spid("bank");
  request.set_page_size(2);
  v1::ListUploadsResponse first;
  OTRP_ASSERT_OK(handlers::ListUploads(operator_, env_, request, first));
  EXPECT_EQ(first.uploads_size(), 2);
  request.set_page_token(first.next_page_token());
  v1::ListUploadsResponse second;
  OTRP_ASSERT_OK(handlers::ListUploads(operator_, env_, request, second));
  ASSERT_EQ(second.uploads_size(), 1);
  EXPECT_EQ(second.next_page_token(), "");
  request.set_page_token("eA");
  EXPECT_THAT(handlers::ListUploads(operator_, env_, request, second),
              StatusIs(kInvalid, HasSubstr("page_token:")));
}

}  // namespace
}  // namespace portal
}  // namespace otrp
