// Every error that the verifier's RPCs answer with. Evidence that isn't
// believed is no error.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_ERRORS_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_ERRORS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace verifier {
namespace errors {

// --- Appraise ---------------------------------------------------------------

inline absl::Status FieldMissing(absl::string_view field) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": must not be empty"));
}

inline absl::Status FieldTooLong(absl::string_view field, size_t max) {
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": is longer than ", max, " octets"));
}

// A verdict under no anchors, or under another policy than the operator's,
// would be a wrong one.
inline absl::Status NotLoadedYet(absl::string_view what) {
  return absl::UnavailableError(
      absl::StrCat(what, " not loaded yet; try again"));
}

inline absl::Status NotRecorded() {
  return absl::UnavailableError("the refusal could not be recorded; try again");
}

// --- Policy -----------------------------------------------------------------

inline absl::Status PolicyMissing() {
  return absl::InvalidArgumentError("policy: must be set");
}

inline absl::Status NoSuchPolicy(int64_t version) {
  return absl::NotFoundError(
      absl::StrCat("version: there never was a policy ", version));
}

inline absl::Status PolicyChanged(int64_t current) {
  return absl::AbortedError(
      absl::StrCat("the policy is at version ", current,
                   " by now; read it again and set expected_version to that"));
}

inline absl::Status NeedsTwoPeople() {
  return absl::FailedPreconditionError(
      "policy: needs two people here (--four_eyes); make a draft of it that "
      "another operator activates (otrpctl policy draft)");
}

inline absl::Status NoPolicyDraft(int64_t id) {
  return absl::NotFoundError(
      absl::StrCat("draft_id: is of no policy draft: ", id));
}

inline absl::Status DraftIs(absl::string_view state, absl::string_view what) {
  return absl::FailedPreconditionError(
      absl::StrCat("draft_id: the draft is ", state, ": ", what));
}

inline absl::Status OwnPolicyDraft() {
  return absl::PermissionDeniedError(
      "draft_id: is your own draft: another operator has to activate it");
}

inline absl::Status NoteTooLong(size_t max) {
  return absl::InvalidArgumentError(
      absl::StrCat("note: is longer than ", max, " octets"));
}

inline absl::Status BaseIsNoScope() {
  return absl::InvalidArgumentError(
      "scope: must name a service provider or a trust anchor; the base policy "
      "has `policy rollback`");
}

inline absl::Status NoAnchorOfScope(absl::string_view anchor) {
  return absl::FailedPreconditionError(
      absl::StrCat("scope.anchor: is none of the TEEs' trust anchors: ", anchor,
                   "; add it first (otrpctl trust add --role tee)"));
}

inline absl::Status TooManyScopedPolicies() {
  return absl::ResourceExhaustedError(
      "there are 1000 policies of makers and service providers already; take "
      "some away first");
}

// --- Revocation data --------------------------------------------------------

inline absl::Status BadRevocationData(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("data_der: ", why));
}

inline absl::Status RevocationDataIsOlder(absl::string_view name,
                                          absl::string_view held) {
  return absl::FailedPreconditionError(
      absl::StrCat("data_der: is older than that of ", held, " under the name ",
                   name, "; remove that first, or choose another name"));
}

inline absl::Status RevocationDataNotFound(absl::string_view name) {
  return absl::NotFoundError(
      absl::StrCat("name: is of no revocation data: ", name));
}

inline absl::Status TooMuchRevocationData() {
  return absl::ResourceExhaustedError(
      "there are 200 CRLs and OCSP responses already; remove one first");
}

inline absl::Status NoSuchSource(absl::string_view name) {
  return absl::NotFoundError(
      absl::StrCat("name: is of no revocation source: ", name));
}

inline absl::Status BadSource(absl::string_view field, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", why));
}

inline absl::Status NoAnchorOfSource(absl::string_view anchor) {
  return absl::FailedPreconditionError(
      absl::StrCat("anchor: is no trust anchor of that role: ", anchor,
                   "; add it first (otrpctl trust add)"));
}

inline absl::Status IssuerIsNotBelow(absl::string_view anchor) {
  return absl::FailedPreconditionError(
      absl::StrCat("issuer_der: isn't signed by the trust anchor ", anchor));
}

inline absl::Status TooManySources() {
  return absl::ResourceExhaustedError(
      "there are 50 revocation sources already; remove one first");
}

// --- Results ----------------------------------------------------------------

inline absl::Status NoDid() {
  return absl::InvalidArgumentError(
      "did: must be the 32 octets of the TEE certificate's SHA-256");
}

inline absl::Status BadNonce() {
  return absl::InvalidArgumentError(
      "nonce: must be 8 to 88 letters, digits, '-' and '_'");
}

inline absl::Status NeverAppraised() {
  return absl::NotFoundError(
      "did: is of no device whose evidence was appraised");
}

inline absl::Status NoResultKeys() {
  return absl::FailedPreconditionError(
      "this verifier signs no results: start it with --kek_file");
}

// --- Reference values -------------------------------------------------------

inline absl::Status NoReferenceValue(absl::string_view name) {
  return absl::NotFoundError(
      absl::StrCat("name: is of no reference value: ", name));
}

inline absl::Status ReferenceValueIs(absl::string_view state,
                                     absl::string_view what) {
  return absl::FailedPreconditionError(
      absl::StrCat("name: the reference value is ", state, ": ", what));
}

inline absl::Status NoSuchAnchor(absl::string_view anchor) {
  return absl::FailedPreconditionError(
      absl::StrCat("anchor: is none of the TEEs' trust anchors and no evidence "
                   "anchor: ",
                   anchor,
                   "; add it first (otrpctl trust add --role tee, or otrpctl "
                   "evidence anchor)"));
}

inline absl::Status BadTeeText(absl::string_view field) {
  return absl::InvalidArgumentError(absl::StrCat(
      field, ": must be 1 to 128 octets without control characters"));
}

inline absl::Status TooManyReferenceValues() {
  return absl::ResourceExhaustedError(
      "there are 10000 reference values already; remove some first");
}

// --- Evidence
// -----------------------------------------------------------------

inline absl::Status NoEvidenceAnchor(absl::string_view field,
                                     absl::string_view name) {
  return absl::NotFoundError(
      absl::StrCat(field, ": is of no evidence anchor: ", name));
}

inline absl::Status EvidenceAnchorHasKeys() {
  return absl::FailedPreconditionError(
      "name: the evidence anchor still has keys; remove them first");
}

inline absl::Status TooManyEvidenceAnchors() {
  return absl::ResourceExhaustedError(
      "there are 1000 evidence anchors already; remove some first");
}

inline absl::Status BadSchemes() {
  return absl::InvalidArgumentError(
      "schemes: must be some of otrp-dsi, psa, eat-cwt and eat-jwt, each once");
}

inline absl::Status NoEvidenceKey() {
  return absl::NotFoundError("key_id: is of no evidence key");
}

inline absl::Status EvidenceKeyIsAnother() {
  return absl::FailedPreconditionError(
      "key_id: is that of another key or another maker's; remove that first");
}

inline absl::Status BadKeyId() {
  return absl::InvalidArgumentError("key_id: must be 1 to 64 octets");
}

inline absl::Status BadSpki(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "spki: must be a public key on P-256 or P-384, or RSA: ", why));
}

inline absl::Status BadCorim(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("corim: ", why));
}

inline absl::Status BadCorimSigner(absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("signer_spki: must be a public key: ", why));
}

inline absl::Status EvidenceNotKept() {
  return absl::NotFoundError(
      "appraisal_id: is of no appraisal whose evidence was kept (the policy's "
      "keep_evidence_days)");
}

inline absl::Status PolicyWithoutDryRun() {
  return absl::InvalidArgumentError(
      "policy: needs dry_run: set a policy to refuse devices by it");
}

// --- Lists ------------------------------------------------------------------

inline absl::Status BadDid() {
  return absl::InvalidArgumentError("did: must be empty or 32 octets");
}

}  // namespace errors
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_ERRORS_H_
