// The catalogue of what the portal answers when it says no. Messages name the
// field or the thing, and what to do.

#ifndef OTRP_SERVICES_SP_PORTAL_ERRORS_H_
#define OTRP_SERVICES_SP_PORTAL_ERRORS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace otrp {
namespace portal {
namespace errors {

// Also for another tenant's: a caller can't tell the two apart.
inline absl::Status SpNotFound(absl::string_view spid) {
  return absl::NotFoundError(
      absl::StrCat("spid: no service provider \"", spid, "\""));
}

inline absl::Status SpExists(absl::string_view spid) {
  return absl::AlreadyExistsError(absl::StrCat(
      "spid: \"", spid, "\" is in use under another name; choose another"));
}

inline absl::Status BadName() {
  return absl::InvalidArgumentError(
      "name: must be 1 to 200 characters of UTF-8 without control characters");
}

inline absl::Status BadCsr() {
  return absl::InvalidArgumentError(
      "csr_der: must be a PKCS#10 request in DER, up to 16 KiB");
}

inline absl::Status CertificateOfAnother() {
  return absl::AlreadyExistsError(
      "csr_der: its key already has a certificate of another service "
      "provider; make a new key");
}

inline absl::Status TooManyCertificates() {
  return absl::ResourceExhaustedError(
      "spid: has as many certificates as one may have; make another service "
      "provider, asking again doesn't help");
}

inline absl::Status NoCertificate(absl::string_view spid) {
  return absl::FailedPreconditionError(absl::StrCat(
      "spid: \"", spid, "\" has no valid certificate; enroll one first"));
}

inline absl::Status BadImageSize() {
  return absl::InvalidArgumentError(
      "image: must be 1 octet to 16 MiB; an upload takes up to 64 MiB");
}

inline absl::Status TooLargeForDevices(absl::string_view version,
                                       int64_t bytes) {
  return absl::FailedPreconditionError(absl::StrCat(
      "version: the image of ", version, " has ", bytes,
      " octets; the TSM takes images of up to 16 MiB to devices, so it can't "
      "be released"));
}

inline absl::Status BadUploadSize() {
  return absl::InvalidArgumentError("size: must be 1 octet to 64 MiB");
}

inline absl::Status BadDigest(absl::string_view field) {
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": must be the 32 octets of a SHA-256"));
}

inline absl::Status WrongDigest() {
  return absl::InvalidArgumentError(
      "sha256: isn't the digest of the octets that came; abort the upload and "
      "begin anew");
}

// Also for another tenant's.
inline absl::Status UploadNotFound(absl::string_view id) {
  return absl::NotFoundError(
      absl::StrCat("upload_id: no upload \"", id, "\" is open"));
}

inline absl::Status UploadEnded() {
  return absl::AbortedError(
      "upload_id: was completed or aborted by another call just now; ask for "
      "it again");
}

inline absl::Status UploadIncomplete(int64_t received, int64_t size) {
  return absl::FailedPreconditionError(
      absl::StrCat("upload_id: ", received, " of ", size,
                   " octets have come; write the others first"));
}

inline absl::Status TooManyUploads() {
  return absl::ResourceExhaustedError(
      "spid: has 16 uploads open, which is the limit; complete or abort one");
}

inline absl::Status TooManyUploadBytes() {
  return absl::ResourceExhaustedError(
      "size: with it, open uploads of the service provider would have more "
      "than 512 MiB, which is the limit; complete or abort one");
}

inline absl::Status BadChunkSize() {
  return absl::InvalidArgumentError(
      "data: must be 64 KiB to 1 MiB, the last chunk 1 octet to 1 MiB");
}

inline absl::Status ChunkBeyondSize(int64_t size) {
  return absl::InvalidArgumentError(absl::StrCat(
      "data: goes beyond the ", size, " octets that the upload is for"));
}

inline absl::Status BadOffset() {
  return absl::InvalidArgumentError("offset: must not be negative");
}

inline absl::Status WrongOffset(int64_t received) {
  return absl::FailedPreconditionError(absl::StrCat(
      "offset: must be ", received, ", which is what has come so far"));
}

inline absl::Status OtherChunk() {
  return absl::FailedPreconditionError(
      "data: other octets came at this offset before; abort the upload and "
      "begin anew");
}

inline absl::Status LargeImagesBusy() {
  return absl::UnavailableError(
      "other large images are being checked; ask again");
}

inline absl::Status BadPersonalizationSize() {
  return absl::InvalidArgumentError(
      "personalization_data: must be at most 1 MiB");
}

inline absl::Status BadFormat() {
  return absl::InvalidArgumentError("format: must be \"jws\" or \"optee\"");
}

inline absl::Status BadImage(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("image: ", why));
}

inline absl::Status VersionTaken(absl::string_view version) {
  return absl::AlreadyExistsError(absl::StrCat(
      "version: ", version,
      " is there with other content; versions can't be changed, push a new "
      "one"));
}

inline absl::Status AppNotFound(absl::string_view taid) {
  return absl::NotFoundError(
      absl::StrCat("taid: no application \"", taid, "\"; push an image first"));
}

inline absl::Status VersionNotFound(absl::string_view version) {
  return absl::NotFoundError(
      absl::StrCat("version: ", version, " was never pushed"));
}

inline absl::Status VersionLower(absl::string_view version,
                                 absl::string_view released) {
  return absl::FailedPreconditionError(
      absl::StrCat("version: ", version, " is lower than ", released,
                   ", which was released; versions only go up"));
}

inline absl::Status TooManyApplications(int64_t limit) {
  return absl::ResourceExhaustedError(
      absl::StrCat("taid: would be one application more than the ", limit,
                   " that a service provider may have (--sp_applications)"));
}

inline absl::Status TooManyVersions(int64_t limit) {
  return absl::ResourceExhaustedError(
      absl::StrCat("version: would be one more than the ", limit,
                   " that an application may have (--sp_versions)"));
}

inline absl::Status TooManyImageBytes(int64_t there, int64_t limit) {
  return absl::ResourceExhaustedError(
      absl::StrCat("spid: its images have ", there,
                   " octets; with this one there would be more than ", limit,
                   ", which is the limit (--sp_image_bytes)"));
}

inline absl::Status BadProvenance(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("envelope: ", why));
}

inline absl::Status BadSbom(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("document: ", why));
}

// `field`: of the request that brought another one.
inline absl::Status EvidenceTaken(absl::string_view field) {
  return absl::AlreadyExistsError(absl::StrCat(
      field,
      ": the version has another one, which can't be changed; push a "
      "new version"));
}

inline absl::Status TaidNeedsAForm() {
  return absl::InvalidArgumentError(
      "taid: must be a UUID or a reverse domain name (com.example.wallet) "
      "where there is a manifest");
}

inline absl::Status BadManifestName() {
  return absl::InvalidArgumentError(
      "manifest.display_name: must be 1 to 200 characters of UTF-8 without "
      "control characters");
}

inline absl::Status TooManyTeeKinds() {
  return absl::InvalidArgumentError("manifest.tee_kinds: must be 16 at most");
}

inline absl::Status TooManyDependencies() {
  return absl::InvalidArgumentError(
      "manifest.dependencies: must be 32 at most");
}

inline absl::Status NamedTwice(absl::string_view field) {
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": is named twice, or is the application itself"));
}

inline absl::Status BadSchema() {
  return absl::InvalidArgumentError(
      "manifest.personalization_schema: must be a JSON object of up to 64 "
      "KiB");
}

inline absl::Status BadRemark(absl::string_view field, bool may_be_empty) {
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": must be ", may_be_empty ? "0" : "1",
                   " to 500 characters of UTF-8 without control characters"));
}

inline absl::Status VersionYanked(absl::string_view version,
                                  absl::string_view reason) {
  return absl::FailedPreconditionError(
      absl::StrCat("version: ", version, " was yanked (", reason,
                   "), which is for ever; push a new version"));
}

inline absl::Status AlreadyYanked(absl::string_view version) {
  return absl::AlreadyExistsError(absl::StrCat(
      "reason: ", version, " was yanked before, with another reason"));
}

inline absl::Status VersionDeleted(absl::string_view version) {
  return absl::FailedPreconditionError(absl::StrCat(
      "version: ", version, " was deleted for ever; push a new version"));
}

inline absl::Status BadReviewState() {
  return absl::InvalidArgumentError(
      "state: must be DRAFT, SUBMITTED, APPROVED or REJECTED");
}

inline absl::Status NotApproved(absl::string_view version,
                                absl::string_view state) {
  return absl::FailedPreconditionError(absl::StrCat(
      "version: ", version, " is ", state,
      "; this portal releases what was submitted and approved only"));
}

inline absl::Status NotSubmitted(absl::string_view version,
                                 absl::string_view state) {
  return absl::FailedPreconditionError(absl::StrCat(
      "version: ", version, " is ", state, ", so there is nothing to review"));
}

inline absl::Status OwnReview() {
  return absl::PermissionDeniedError(
      "version: was pushed or submitted by you; somebody else must approve it");
}

inline absl::Status CheckFailed(absl::string_view check,
                                absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("version: doesn't pass the check \"", check, "\": ", why));
}

// Also for another tenant's.
inline absl::Status WebhookNotFound(absl::string_view id) {
  return absl::NotFoundError(
      absl::StrCat("webhook_id: no webhook \"", id, "\""));
}

inline absl::Status DeliveryNotFound(absl::string_view id) {
  return absl::NotFoundError(absl::StrCat(
      "event_id: the webhook has no delivery of \"", id, "\" (any more)"));
}

inline absl::Status BadWebhookUrl() {
  return absl::InvalidArgumentError(
      "url: must be https://host[:port]/path, up to 2000 characters, without "
      "user, password and fragment");
}

inline absl::Status PrivateWebhookUrl() {
  return absl::InvalidArgumentError(
      "url: must lead to an address of the public Internet");
}

inline absl::Status BadEventTypes() {
  return absl::InvalidArgumentError(
      "event_types: must be full names of events, each once, such as "
      "\"otrp.version.released\", or \"*\" alone for all");
}

inline absl::Status TooManyWebhooks() {
  return absl::ResourceExhaustedError(
      "spid: has 16 webhooks, which is the limit; delete one");
}

inline absl::Status WebhookDisabled() {
  return absl::FailedPreconditionError(
      "webhook_id: is disabled; enable it first");
}

inline absl::Status BadOverlap() {
  return absl::InvalidArgumentError("overlap: must be 0 to 7 days");
}

inline absl::Status BadDeliveryState() {
  return absl::InvalidArgumentError(
      "state: must be one of those that a delivery can have");
}

inline absl::Status AboutAllApplications() {
  return absl::PermissionDeniedError(
      "webhooks tell of all applications of the service provider; the caller "
      "is for some of them only");
}

inline absl::Status BadTarget() {
  return absl::InvalidArgumentError(
      "target: must be all_devices = true, a did of 32 octets, a group (1 to "
      "64 letters, digits, '.', '-' or '_'; not \"all\"), or devices");
}

// --- Accounts, members and tokens

// One text for every reason: nobody learns which tokens there were.
inline absl::Status BadToken() {
  return absl::UnauthenticatedError(
      "token: isn't valid, or no longer; use another one");
}

inline absl::Status SpNotActive(absl::string_view spid,
                                absl::string_view state) {
  return absl::FailedPreconditionError(absl::StrCat(
      "spid: \"", spid, "\" is ", state, "; ask an operator of the suite"));
}

inline absl::Status SpClosed(absl::string_view spid) {
  return absl::FailedPreconditionError(
      absl::StrCat("spid: \"", spid, "\" is closed, which is for good"));
}

inline absl::Status SpHasReleases(absl::string_view spid,
                                  absl::string_view taid) {
  return absl::FailedPreconditionError(
      absl::StrCat("spid: \"", spid, "\" has released applications, such as \"",
                   taid, "\"; withdraw them first"));
}

inline absl::Status SpidTaken(absl::string_view spid) {
  return absl::AlreadyExistsError(
      absl::StrCat("registration_id: its spid \"", spid,
                   "\" is in use; reject it with that reason"));
}

inline absl::Status TooManyRegistrations() {
  return absl::ResourceExhaustedError(
      "too many registrations wait or came in the last hour; try again later");
}

inline absl::Status RegistrationNotFound(absl::string_view id) {
  return absl::NotFoundError(
      absl::StrCat("registration_id: no registration \"", id, "\""));
}

inline absl::Status RegistrationDecided(absl::string_view state) {
  return absl::FailedPreconditionError(
      absl::StrCat("registration_id: is ", state, " already"));
}

inline absl::Status BadRegistrationState() {
  return absl::InvalidArgumentError(
      "state: must be empty, \"pending\", \"approved\" or \"rejected\"");
}

inline absl::Status BadText(absl::string_view field) {
  return absl::InvalidArgumentError(absl::StrCat(
      field,
      ": must be 1 to 200 characters of UTF-8 without control characters"));
}

inline absl::Status RegistrationWaits() {
  return absl::FailedPreconditionError(
      "code: its registration waits for an operator; try again later");
}

inline absl::Status RegistrationRejected(absl::string_view reason) {
  return absl::FailedPreconditionError(
      absl::StrCat("code: its registration was rejected: ", reason));
}

// One text for every reason.
inline absl::Status BadCode() {
  return absl::NotFoundError(
      "code: isn't valid, or no longer; ask for a new invitation");
}

inline constexpr char kSpRoles[] = "owner, releaser, developer and auditor";
inline constexpr char kOperatorRoles[] = "operator, approver and auditor";

inline absl::Status BadRole(absl::string_view roles) {
  return absl::InvalidArgumentError(
      absl::StrCat("role: must be one of ", roles));
}

inline absl::Status RoleAbove(absl::string_view own) {
  return absl::PermissionDeniedError(
      absl::StrCat("role: must be one that you have, and you are ", own));
}

inline absl::Status TaidsBeyond() {
  return absl::PermissionDeniedError(
      "taids: must be some of those that you may act on");
}

inline absl::Status TooManyTaids() {
  return absl::InvalidArgumentError("taids: must be at most 32");
}

inline absl::Status BadLifetime(absl::Duration min, absl::Duration max) {
  return absl::InvalidArgumentError(absl::StrCat(
      "lifetime_seconds: must be 0, or ", absl::ToInt64Seconds(min), " to ",
      absl::ToInt64Seconds(max)));
}

inline absl::Status NotForTokens() {
  return absl::PermissionDeniedError(
      "this needs a person's own token or a certificate; a token that was "
      "made for a program may not do it");
}

inline absl::Status ScopedToken() {
  return absl::PermissionDeniedError(
      "this is about all applications of the service provider, and the token "
      "is for some of them");
}

inline absl::Status TokensOfAnother() {
  return absl::PermissionDeniedError(
      "spid: tokens of a service provider are made by its members; invite one");
}

inline absl::Status NoTokenForCertificate() {
  return absl::PermissionDeniedError(
      "spid: a token on the operators' side stands for a user there, not for a "
      "certificate; invite one");
}

inline absl::Status CertificateOnly() {
  return absl::PermissionDeniedError(
      "spid: users on the operators' side are changed with an operator's "
      "certificate; name a service provider");
}

inline absl::Status TooMany(absl::string_view what, int64_t limit) {
  return absl::ResourceExhaustedError(
      absl::StrCat("spid: has ", limit, " ", what,
                   ", as many as one may have; remove one first"));
}

inline absl::Status InvitationNotFound(absl::string_view id) {
  return absl::NotFoundError(
      absl::StrCat("invitation_id: no open invitation \"", id, "\""));
}

inline absl::Status MemberExists(absl::string_view name) {
  return absl::AlreadyExistsError(absl::StrCat(
      "name: there is a member \"", name, "\"; choose another name"));
}

inline absl::Status MemberNotFound(absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("name: no member \"", name, "\""));
}

inline absl::Status LastOwner() {
  return absl::FailedPreconditionError(
      "name: is the last owner; make another member an owner first");
}

inline absl::Status EntitlementNotFound(absl::string_view id) {
  return absl::NotFoundError(
      absl::StrCat("entitlement_id: no entitlement \"", id, "\""));
}

inline absl::Status NotEntitled(absl::string_view spid) {
  return absl::PermissionDeniedError(absl::StrCat(
      "target: \"", spid,
      "\" has no entitlement that covers it; an operator grants one"));
}

inline absl::Status BadIssuer() {
  return absl::InvalidArgumentError(
      "issuer: must be an https URL without query, up to 200 characters");
}

inline absl::Status IssuerNotFound(absl::string_view issuer) {
  return absl::NotFoundError(absl::StrCat(
      "issuer: \"", issuer, "\" isn't set; an operator sets issuers"));
}

inline absl::Status TooManyIssuers() {
  return absl::ResourceExhaustedError(
      "issuer: there are 50, as many as there may be; remove one first");
}

inline absl::Status BadJwks(absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("jwks: must be a JSON Web Key Set: ", why));
}

inline absl::Status SubjectOfAnybody() {
  return absl::InvalidArgumentError(
      "subject: must say more than \"*\", which is everybody at that issuer");
}

inline absl::Status TooManyClaims() {
  return absl::InvalidArgumentError("claims: must be at most 16");
}

inline absl::Status BadPublisherRole() {
  return absl::InvalidArgumentError(
      "role: must be one of developer, releaser and auditor");
}

inline absl::Status PublisherNotFound(absl::string_view id) {
  return absl::NotFoundError(
      absl::StrCat("publisher_id: no publisher \"", id, "\""));
}

inline absl::Status BadGrantType() {
  return absl::InvalidArgumentError(
      "grant_type: must be "
      "\"urn:ietf:params:oauth:grant-type:token-exchange\"");
}

inline absl::Status BadSubjectTokenType() {
  return absl::InvalidArgumentError(
      "subject_token_type: must be "
      "\"urn:ietf:params:oauth:token-type:id_token\"");
}

inline absl::Status BadIdToken(absl::string_view why) {
  return absl::UnauthenticatedError(
      absl::StrCat("subject_token: isn't taken: ", why));
}

inline absl::Status IdTokenUsed() {
  return BadIdToken("it was exchanged before; get a new one of the CI");
}

// Also where there is no such SP.
inline absl::Status NoPublisherFits() {
  return absl::PermissionDeniedError(
      "subject_token: no trusted publisher of the service provider fits its "
      "issuer, subject and claims");
}

inline absl::Status TokenNotFound(absl::string_view id) {
  return absl::NotFoundError(absl::StrCat("token_id: no token \"", id, "\""));
}

}  // namespace errors
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_ERRORS_H_
