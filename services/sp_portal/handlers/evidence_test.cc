// What is attached to versions.

#include "services/sp_portal/handlers/evidence.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/sign.h"
#include "otrp/portal/v1/pipeline.pb.h"
#include "services/sp_portal/handlers/applications.h"
#include "services/sp_portal/handlers/reviews.h"
#include "services/sp_portal/handlers/versions.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr char kSbom[] = R"({"spdxVersion":"SPDX-2.3"})";

class AttachTest : public HandlersFixture {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK(Create("bank", "Bank AG"));
    OTRP_ASSERT_OK(Create("shop", "Shop AG"));
    AddSigner("bank");
    image_ = SignedImage("pay", "1.0.0", 100);
    auto request = Named<v1::PushImageRequest>();
    request.set_image(image_);
    v1::PushImageResponse response;
    OTRP_ASSERT_OK(handlers::PushImage(bank_, env_, request, response));
  }

  template <typename Request>
  static Request Named() {
    Request request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.set_version("1.0.0");
    return request;
  }

  // A statement of the image, by the SP.
  std::string Envelope(const std::string& predicate) {
    const std::string payload = absl::StrCat(
        R"({"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":)",
        R"({"sha256":")", absl::BytesToHexString(crypto::Sha256(image_)),
        R"("}}],"predicateType":")", predicate, R"("})");
    const std::string signature =
        *crypto::SignSha256(*key_,
                            absl::StrCat("DSSEv1 28 application/"
                                         "vnd.in-toto+json ",
                                         payload.size(), " ", payload),
                            crypto::EcFormat::kDer);
    return absl::StrCat(
        R"({"payloadType":"application/vnd.in-toto+json","payload":")",
        Base64Encode(payload), R"(","signatures":[{"sig":")",
        Base64Encode(signature), R"("}]})");
  }

  absl::Status Provenance(const rpc::CallContext& call,
                          const std::string& envelope) {
    auto request = Named<v1::AttachProvenanceRequest>();
    request.set_envelope(envelope);
    v1::AttachProvenanceResponse response;
    return handlers::AttachProvenance(call, env_, request, response);
  }

  absl::Status Sbom(const rpc::CallContext& call, const std::string& document) {
    auto request = Named<v1::AttachSbomRequest>();
    request.set_document(document);
    v1::AttachSbomResponse response;
    return handlers::AttachSbom(call, env_, request, response);
  }

  v1::GetVersionResponse Get(bool documents) {
    auto request = Named<v1::GetVersionRequest>();
    request.set_documents(documents);
    v1::GetVersionResponse response;
    OTRP_EXPECT_OK(handlers::GetVersion(operator_, env_, request, response));
    return response;
  }

  std::string image_;
};

TEST_F(AttachTest, TheReviewerSeesHowItWasMadeAndOfWhat) {
  const std::string envelope = Envelope("https://slsa.dev/provenance/v1");
  OTRP_ASSERT_OK(Provenance(bank_, envelope));
  OTRP_ASSERT_OK(Sbom(bank_, kSbom));
  v1::GetVersionResponse seen = Get(/*documents=*/false);
  EXPECT_EQ(seen.provenance().predicate_type(),
            "https://slsa.dev/provenance/v1");
  EXPECT_EQ(seen.provenance().signer_fingerprint(),
            store_.GetSp("bank")->certificates[0].fingerprint);
  EXPECT_EQ(seen.provenance().envelope(), "");
  EXPECT_EQ(seen.sbom().format(), "spdx-2.3");
  EXPECT_EQ(seen.sbom().document(), "");
  seen = Get(/*documents=*/true);
  EXPECT_EQ(seen.provenance().envelope(), envelope);
  EXPECT_EQ(seen.sbom().document(), kSbom);
  v1::SubmitVersionResponse submitted;
  OTRP_ASSERT_OK(handlers::SubmitVersion(
      bank_, env_, Named<v1::SubmitVersionRequest>(), submitted));
  EXPECT_THAT(submitted.review().checks(), Contains("provenance"));
  EXPECT_THAT(submitted.review().checks(), Contains("sbom"));
}

TEST_F(AttachTest, WhatWasAttachedStaysAsItIs) {
  const std::string envelope = Envelope("https://slsa.dev/provenance/v1");
  OTRP_ASSERT_OK(Provenance(bank_, envelope));
  OTRP_ASSERT_OK(Provenance(bank_, envelope));
  EXPECT_THAT(
      Provenance(bank_, Envelope("https://example.com/other")),
      StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("envelope:")));
  OTRP_ASSERT_OK(Sbom(bank_, kSbom));
  EXPECT_THAT(
      Sbom(bank_, R"({"spdxVersion":"SPDX-2.2"})"),
      StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("document:")));
  EXPECT_EQ(Get(true).provenance().envelope(), envelope);
  EXPECT_EQ(Get(true).sbom().document(), kSbom);
  EXPECT_THAT(database_.AuditActions(), Contains("ta.provenance").Times(1));
  EXPECT_THAT(database_.AuditActions(), Contains("ta.sbom").Times(1));
}

TEST_F(AttachTest, AnotherTenantOrAnExpiredKeyAttachesNothing) {
  const std::string envelope = Envelope("https://slsa.dev/provenance/v1");
  const auto none = StatusIs(absl::StatusCode::kNotFound, HasSubstr("spid:"));
  EXPECT_THAT(Provenance(shop_, envelope), none);
  EXPECT_THAT(Sbom(shop_, kSbom), none);
  clock_.Advance(absl::Hours(24 * 366));
  EXPECT_THAT(Provenance(bank_, envelope),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_FALSE(Get(false).has_provenance());
}

}  // namespace
}  // namespace portal
}  // namespace otrp
