#include "services/sp_portal/handlers/reviews.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "services/sp_portal/domain/names.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/handlers/convert.h"
#include "services/sp_portal/handlers/new_version.h"
#include "services/sp_portal/handlers/tenancy.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

std::string SubjectOf(const AppVersion& version) {
  return absl::StrCat(version.spid, "/", version.taid);
}

service::AuditDetails DetailsOf(const AppVersion& version) {
  return service::AuditDetails()
      .Set("version", version.version)
      .Set("image_sha256", absl::BytesToHexString(version.image_sha256));
}

Review ReviewOf(const AppVersion& version) {
  Review review;
  review.spid = version.spid;
  review.taid = version.taid;
  review.version = version.version;
  return review;
}

// What is stored is what was pushed, and its signer may still sign.
absl::Status CheckSignature(Env& env, AppVersion version) {
  OTRP_ASSIGN_OR_RETURN(const LargeImageTurn turn,
                        LargeImageTurn::Wait(version.image_bytes));
  OTRP_ASSIGN_OR_RETURN(
      const Image image,
      env.blobs.GetImage(version.spid, version.taid, version.version));
  const absl::Status checked = CheckImage(env, image.image, &version);
  if (absl::IsInvalidArgument(checked) || absl::IsFailedPrecondition(checked)) {
    return errors::CheckFailed("signature",
                               absl::StripPrefix(checked.message(), "image: "));
  }
  return checked;
}

// What is pulled isn't here: only who will sign is known.
absl::Status CheckSigner(Env& env, const AppVersion& version) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<SpCertificate> signers,
                        SignersOf(env, version.spid));
  for (const SpCertificate& certificate : signers) {
    if (certificate.fingerprint == version.signer_fingerprint) {
      return absl::OkStatus();
    }
  }
  return errors::CheckFailed("signer", "its certificate isn't valid any more");
}

absl::Status CheckDependencies(Env& env, const AppVersion& version) {
  OTRP_ASSIGN_OR_RETURN(const std::string octets,
                        env.store.GetManifest(version));
  v1::Manifest manifest;
  if (!manifest.ParseFromString(octets)) {
    return absl::DataLossError("a version's manifest can't be read");
  }
  for (const v1::Dependency& needed : manifest.dependencies()) {
    OTRP_ASSIGN_OR_RETURN(const service::Version least,
                          service::Version::Parse(needed.min_version()));
    OTRP_ASSIGN_OR_RETURN(const std::string taid,
                          env.store.SpellingOf(version.spid, needed.taid()));
    OTRP_ASSIGN_OR_RETURN(const bool there,
                          env.store.HasAtLeast(version.spid, taid, least));
    if (!there) {
      return errors::CheckFailed(
          "dependencies",
          absl::StrCat("it needs ", needed.taid(), " ", needed.min_version(),
                       " or later, which isn't there"));
    }
  }
  return absl::OkStatus();
}

// The names of those that it passes, all of them.
absl::StatusOr<std::vector<std::string>> RunChecks(Env& env,
                                                   const AppVersion& version) {
  if (version.image_bytes > static_cast<int64_t>(kMaxTaImageBytes)) {
    return errors::CheckFailed(
        "size", absl::StrCat("its image has ", version.image_bytes,
                             " octets, and devices get up to 16 MiB"));
  }
  std::vector<std::string> passed = {"size", "signature"};
  if (version.pull) {
    OTRP_RETURN_IF_ERROR(CheckSigner(env, version));
    passed = {"signer"};
  } else {
    OTRP_RETURN_IF_ERROR(CheckSignature(env, version));
  }
  OTRP_RETURN_IF_ERROR(CheckDependencies(env, version));
  passed.push_back("dependencies");
  // It was verified when it was attached.
  OTRP_ASSIGN_OR_RETURN(const std::vector<Evidence> attached,
                        env.store.ListEvidence(version));
  for (const Evidence& evidence : attached) {
    passed.push_back(WordOf(evidence.kind));
  }
  return passed;
}

absl::Status FillReview(const rpc::CallContext& call, Env& env,
                        const AppVersion& version, v1::Review& out) {
  OTRP_ASSIGN_OR_RETURN(const absl::optional<Review> review,
                        env.store.LatestReview(version));
  if (review.has_value()) ToProto(*review, call.caller(), out);
  return absl::OkStatus();
}

// `action`: of the audit.
absl::Status Decide(const rpc::CallContext& call, Env& env,
                    const AppVersion& version, ReviewState state,
                    const std::string& reason, absl::string_view action,
                    v1::Review& out) {
  Review review = ReviewOf(version);
  review.state = state;
  review.reviewed_by = call.caller().ToString();
  review.reviewed_at = env.clock.Now();
  review.reason = reason;
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.store.Decide(
          review,
          service::AuditOf(call, action, SubjectOf(version), store::kAuditOk,
                           DetailsOf(version).Set("reason", reason))));
  call.Changed(change.changed);
  return FillReview(call, env, version, out);
}

}  // namespace

absl::Status SubmitVersion(const rpc::CallContext& call, Env& env,
                           const v1::SubmitVersionRequest& request,
                           v1::SubmitVersionResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const AppVersion version,
                        VersionFor(call, env, request));
  OTRP_RETURN_IF_ERROR(CheckActive(version));
  Review review = ReviewOf(version);
  OTRP_ASSIGN_OR_RETURN(review.checks, RunChecks(env, version));
  review.submitted_by = call.caller().ToString();
  review.submitted_at = env.clock.Now();
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.store.Submit(review,
                       service::AuditOf(call, "ta.submit", SubjectOf(version),
                                        store::kAuditOk, DetailsOf(version))));
  call.Changed(change.changed);
  return FillReview(call, env, version, *response.mutable_review());
}

absl::Status ApproveVersion(const rpc::CallContext& call, Env& env,
                            const v1::ApproveVersionRequest& request,
                            v1::ApproveVersionResponse& response) {
  OTRP_RETURN_IF_ERROR(
      CheckRemark("reason", request.reason(), /*may_be_empty=*/true));
  OTRP_ASSIGN_OR_RETURN(const AppVersion version,
                        VersionFor(call, env, request));
  return Decide(call, env, version, ReviewState::kApproved, request.reason(),
                "ta.approve", *response.mutable_review());
}

absl::Status RejectVersion(const rpc::CallContext& call, Env& env,
                           const v1::RejectVersionRequest& request,
                           v1::RejectVersionResponse& response) {
  OTRP_RETURN_IF_ERROR(
      CheckRemark("reason", request.reason(), /*may_be_empty=*/false));
  OTRP_ASSIGN_OR_RETURN(const AppVersion version,
                        VersionFor(call, env, request));
  return Decide(call, env, version, ReviewState::kRejected, request.reason(),
                "ta.reject", *response.mutable_review());
}

absl::Status ListReviews(const rpc::CallContext& call, Env& env,
                         const v1::ListReviewsRequest& request,
                         v1::ListReviewsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(const int64_t after, page.AfterNumber(0));
  OTRP_ASSIGN_OR_RETURN(const absl::optional<ReviewState> state,
                        FromProto(request.state()));
  OTRP_ASSIGN_OR_RETURN(const Visible visible, VisibleTo(call, request.spid()));
  OTRP_ASSIGN_OR_RETURN(
      std::vector<Review> reviews,
      env.store.ListReviews(visible, state, after, page.limit()));
  page.Finish(reviews, response,
              [](const Review& review) { return absl::StrCat(review.id); });
  for (const Review& review : reviews) {
    ToProto(review, call.caller(), *response.add_reviews());
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
