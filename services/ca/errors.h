// All that the CA answers when it says no. Messages begin with the proto's
// field and say what it must be.

#ifndef OTRP_SERVICES_CA_ERRORS_H_
#define OTRP_SERVICES_CA_ERRORS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace otrp {
namespace ca {
namespace errors {

// A store's NOT_FOUND has no text: `named` says what was looked for.
inline absl::Status NameNotFound(const absl::Status& status,
                                 const absl::Status& named) {
  return absl::IsNotFound(status) ? named : status;
}

// `known`: "TSM, TEE, ...".
inline absl::Status UnknownProfile(absl::string_view known) {
  return absl::InvalidArgumentError(
      absl::StrCat("profile: must be one of ", known));
}

inline absl::Status ProfileDenied(absl::string_view caller,
                                  absl::string_view profile) {
  return absl::PermissionDeniedError(absl::StrCat(
      "profile: is ", profile, ", of which ", caller, " gets no certificate"));
}

// Another's authority is answered as one that doesn't exist.
inline absl::Status IssuerNotFound(absl::string_view name) {
  return absl::NotFoundError(absl::StrCat(
      "authority: issues none of these, or doesn't exist: ", name));
}

inline absl::Status IssuerOfOtherKeys(absl::string_view name) {
  return absl::InvalidArgumentError(absl::StrCat(
      "authority: has keys of another kind than the request, which devices "
      "don't take: ",
      name));
}

inline absl::Status NeedsOwnAuthority() {
  return absl::PermissionDeniedError(
      "authority: must be one of your own; others' certificates are asked for "
      "at an operator");
}

inline absl::Status NotWithin(absl::string_view name,
                              absl::string_view permitted) {
  return absl::InvalidArgumentError(
      absl::StrCat("san_uris: ", name,
                   " isn't within what the authority may "
                   "certify: ",
                   permitted));
}

inline absl::Status LooksLikeHost() {
  return absl::InvalidArgumentError(
      "common_name: looks like a host's, and the authority may certify some "
      "alone: give URIs in san_uris, or a name with a space");
}

inline absl::Status BadLine() {
  return absl::InvalidArgumentError(
      "line: must be lower-case letters, digits and '-', beginning with a "
      "letter, up to 48");
}

inline absl::Status RootsIssueNone(absl::string_view line) {
  return absl::FailedPreconditionError(absl::StrCat(
      "line: is a root, which issues to authorities alone: ", line));
}

inline absl::Status LineTaken(absl::string_view line) {
  return absl::AlreadyExistsError(
      absl::StrCat("line: there is an authority ", line, " with other terms"));
}

inline absl::Status BadMarketRole() {
  return absl::InvalidArgumentError("role: must be TSM, TEE, TFW or SP");
}

inline absl::Status BadPolicies(size_t max) {
  return absl::InvalidArgumentError(absl::StrCat(
      "policy_oids: must be up to ", max, " OIDs, each once, as 2.25.7.1"));
}

inline absl::Status BadCps() {
  return absl::InvalidArgumentError(
      "cps_uri: must be an http or https URI of up to 200 printable "
      "characters, and needs a policy");
}

inline absl::Status BadConstraint(absl::string_view field) {
  return absl::InvalidArgumentError(absl::StrCat(
      field, ": must be up to 16 lower-case host names, as .acme.example"));
}

inline absl::Status BadOwner() {
  return absl::InvalidArgumentError(
      "owner: must be an identity, as otrp://sp/acme");
}

inline absl::Status BadVendor() {
  return absl::InvalidArgumentError(
      "vendor: must be 1 to 64 letters, digits, '.', '-' and '_', and is for "
      "TEE, TFW and SP alone");
}

inline absl::Status BadCsr(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("csr_der: ", why));
}

inline absl::Status CompromisedKey() {
  return BadCsr(
      "its key is of a certificate that was revoked as compromised; make a new "
      "key");
}

inline absl::Status KeyOfAnother() {
  return absl::AlreadyExistsError(
      "csr_der: its key has a certificate of another owner; make a key for "
      "this one");
}

inline absl::Status BadBatchProfile() {
  return absl::InvalidArgumentError(
      "profile: must be TEE, TFW or SP for a batch; others are asked for one "
      "by one");
}

inline absl::Status BadBatchSize(size_t max) {
  return absl::InvalidArgumentError(
      absl::StrCat("items: must be 1 to ", max, " at once"));
}

inline absl::Status NeedsRequestId() {
  return absl::InvalidArgumentError(
      "request_id: must be given, so that the same call can be repeated");
}

inline absl::Status TwiceInBatch(size_t first) {
  return BadCsr(absl::StrCat("has the key of item ", first,
                             " of the same batch; each needs its own"));
}

inline absl::Status NeedsSecondPerson(absl::string_view profile) {
  return absl::FailedPreconditionError(
      absl::StrCat("profile: needs a second person, ", profile,
                   "; ask for it (otrpctl issuance request), and another "
                   "operator approves"));
}

inline absl::Status IssuanceRequestNotFound(absl::string_view id) {
  return absl::NotFoundError(
      absl::StrCat("request_id: is of no request for a certificate: ", id));
}

inline absl::Status OwnRequest() {
  return absl::PermissionDeniedError(
      "request_id: is your own; somebody else must approve it");
}

inline absl::Status RequestDecided(absl::string_view state) {
  return absl::FailedPreconditionError(
      absl::StrCat("request_id: was ", state, " already; make a new one"));
}

inline absl::Status RequestTooOld() {
  return absl::FailedPreconditionError(
      "request_id: is too old; make a new one");
}

inline absl::Status BadIssuanceState() {
  return absl::InvalidArgumentError(
      "state: must be pending, approved or rejected");
}

inline absl::Status BadCrl(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("crl_der: ", why));
}

inline absl::Status BadName(absl::string_view field, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", why));
}

inline absl::Status NeedsTsmId() {
  return absl::InvalidArgumentError(
      "san_uris: must be exactly one URI, the TSM's id (an absolute https "
      "URI)");
}

inline absl::Status TsmIdTaken(absl::string_view uri,
                               absl::string_view holder) {
  return absl::PermissionDeniedError(absl::StrCat(
      "san_uris: is the id of another TSM, ", uri, ", which ", holder,
      " holds; choose another, or have it transferred (otrpctl tsm-id "
      "transfer)"));
}

inline absl::Status TsmIdUnregistered(absl::string_view uri) {
  return absl::FailedPreconditionError(
      absl::StrCat("san_uris: is no registered id of a TSM, ", uri,
                   "; register it (otrpctl tsm-id add)"));
}

inline absl::Status TsmIdHeld(absl::string_view holder) {
  return absl::AlreadyExistsError(
      absl::StrCat("uri: is held by ", holder, "; transfer it instead"));
}

inline absl::Status TsmIdInUse(absl::string_view serial) {
  return absl::FailedPreconditionError(absl::StrCat(
      "uri: has a certificate that is good, ", serial, "; revoke it first"));
}

inline absl::Status TsmIdNotFound(absl::string_view uri) {
  return absl::NotFoundError(
      absl::StrCat("uri: is no registered id of a TSM: ", uri));
}

inline absl::Status BadTsmIdHolder() {
  return absl::InvalidArgumentError(
      "holder: must be otrp://service/tsm or otrp://operator/NAME");
}

inline absl::Status NeedsIdentity(absl::string_view forms) {
  return absl::InvalidArgumentError(absl::StrCat(
      "san_uris: must be exactly one URI for this profile, ", forms));
}

inline absl::Status IdentityNotGranted() {
  return absl::InvalidArgumentError(
      "san_uris: must not begin with otrp://, which names identities of the "
      "suite; use the profile SERVICE or CLIENT for them");
}

inline absl::Status BadRequestId() {
  return absl::InvalidArgumentError(
      "request_id: must have at most 128 printable characters");
}

inline absl::Status RequestIdReused() {
  return absl::AlreadyExistsError(
      "request_id: is another request's already; choose a new one");
}

inline absl::Status RequestRunning() {
  return absl::AbortedError(
      "request_id: is being worked on by the same request; ask again");
}

inline absl::Status IntentGone() {
  return absl::AbortedError(
      "the certificate was issued or revoked meanwhile; ask again");
}

inline absl::Status BadSerial() {
  return absl::InvalidArgumentError(
      "serial: must be 1 to 40 hexadecimal digits");
}

inline absl::Status CertificateNotFound(absl::string_view serial) {
  return absl::NotFoundError(
      absl::StrCat("serial: is of no certificate: ", serial));
}

inline absl::Status ScopedToken() {
  return absl::PermissionDeniedError(
      "this token is for some applications; a token for all of them may revoke "
      "certificates");
}

inline absl::Status BadLifetime(int64_t min, int64_t max) {
  return absl::InvalidArgumentError(
      absl::StrCat("lifetime_seconds: must be ", min, " to ", max, ", or 0"));
}

inline absl::Status BadHorizon(int64_t max) {
  return absl::InvalidArgumentError(
      absl::StrCat("within_seconds: must be 0 to ", max));
}

// What a certificate that can't be renewed needs.
inline constexpr absl::string_view kGiveANewOne =
    "have an operator issue a new one (otrpctl ca issue), or otrpctl login";

inline absl::Status RenewsCertificatesOnly() {
  return absl::PermissionDeniedError(
      "a token or session renews no certificate: call with the certificate "
      "itself");
}

inline absl::Status NotToBeRenewed(absl::string_view caller) {
  return absl::PermissionDeniedError(
      absl::StrCat("the certificate is no client certificate of ", caller));
}

inline absl::Status UnknownToTheCa() {
  return absl::FailedPreconditionError(
      "this CA didn't issue your certificate: whoever did renews it");
}

inline absl::Status RenewsNoRevoked() {
  return absl::FailedPreconditionError(
      absl::StrCat("your certificate was revoked: ", kGiveANewOne));
}

inline absl::Status RenewsNoEnded(absl::Time end) {
  return absl::FailedPreconditionError(absl::StrCat(
      "your certificate ended at ",
      absl::FormatTime("%Y-%m-%d %H:%M UTC", end, absl::UTCTimeZone()), ": ",
      kGiveANewOne));
}

inline absl::Status RenewalIsStopped() {
  return absl::FailedPreconditionError(absl::StrCat(
      "a certificate that yours came from, or that came from the same one, was "
      "revoked: ",
      kGiveANewOne));
}

inline absl::Status RenewedForLongEnough(absl::Time given_at) {
  return absl::FailedPreconditionError(
      absl::StrCat("your certificate goes back to one of ",
                   absl::FormatTime("%Y-%m-%d", given_at, absl::UTCTimeZone()),
                   ", which is renewed no more: ", kGiveANewOne));
}

inline absl::Status OtherNames() {
  return BadCsr("must have the names of your certificate, or none");
}

inline absl::Status NoShownSerial() {
  return absl::InvalidArgumentError(
      "shown_serial: must be said by the REST front, and by nobody else");
}

inline absl::Status UnknownReason() {
  return absl::InvalidArgumentError("reason: must be one of RevocationReason");
}

inline absl::Status AuthorityNotFound(absl::string_view name) {
  return absl::NotFoundError(
      absl::StrCat("authority: is no authority's name: ", name));
}

inline absl::Status BadCaAdmin(absl::string_view identity) {
  return absl::InvalidArgumentError(absl::StrCat(
      "ca_admins: must be otrp://operator/NAME, or with /member/NAME or "
      "/token/NAME behind it, and not ",
      identity));
}

inline absl::Status NeedsCaAdmin(absl::string_view profile) {
  return absl::PermissionDeniedError(
      absl::StrCat("profile: a certificate of ", profile,
                   " with this name may more than you; it needs a ca-admin"));
}

inline absl::Status BadLogSize(size_t max) {
  return absl::InvalidArgumentError(
      absl::StrCat("revocations: must be 1 to ", max));
}

inline absl::Status TwiceInLog(absl::string_view serial) {
  return absl::InvalidArgumentError(absl::StrCat(
      "revocations: must have each serial once, not twice ", serial));
}

inline absl::Status LineNotFound(absl::string_view line) {
  return absl::NotFoundError(
      absl::StrCat("line: is no active authority's name: ", line));
}

inline absl::Status RootIsNotDivided(absl::string_view line) {
  return absl::FailedPreconditionError(
      absl::StrCat("line: is a root's, whose certificates are few: ", line));
}

inline absl::Status BadCrlShards(int max) {
  return absl::InvalidArgumentError(absl::StrCat("shards: must be 1 to ", max));
}

inline absl::Status CrlShardNotFound(absl::string_view shard) {
  return absl::NotFoundError(absl::StrCat(
      "shard: is no part of the authority's certificates: ", shard));
}

// No generation of `line` may issue.
inline absl::Status NoActiveAuthority(absl::string_view line) {
  return absl::FailedPreconditionError(
      absl::StrCat("profile: no generation of the authority ", line,
                   " is active; make one with otrpctl ca rotate ", line,
                   " and activate it"));
}

inline absl::Status AuthorityEndsSoon(absl::string_view name, absl::Time end) {
  return absl::FailedPreconditionError(absl::StrCat(
      "profile: the authority ", name, " ends at ", absl::FormatTime(end),
      ", too soon for a certificate of this profile; make and activate its "
      "next generation (otrpctl ca rotate)"));
}

// The replica that answers hasn't heard of it yet.
inline absl::Status AuthorityMayNotIssue(absl::string_view name) {
  return absl::FailedPreconditionError(absl::StrCat(
      "profile: the authority ", name, " issues nothing any more; ask again"));
}

inline absl::Status NotNext(absl::string_view name, absl::string_view state) {
  return absl::FailedPreconditionError(
      absl::StrCat("generation: is of a generation that is ", state,
                   ", which can't be: ", name));
}

inline absl::Status AuthorityEnded(absl::string_view name) {
  return absl::FailedPreconditionError(
      absl::StrCat("generation: is of a generation that has ended, ", name,
                   "; retire it and prepare another"));
}

inline absl::Status StillActive(absl::string_view name) {
  return absl::FailedPreconditionError(
      absl::StrCat("generation: is of the active generation, ", name,
                   "; activate another first"));
}

inline absl::Status StillNeeded(absl::string_view name, int64_t live) {
  return absl::FailedPreconditionError(absl::StrCat(
      "generation: is of a generation of which ", live, " certificates live, ",
      name, "; wait until they have ended, replace them, or revoke it"));
}

inline absl::Status RootCantBeRevoked(absl::string_view name) {
  return absl::FailedPreconditionError(absl::StrCat(
      "generation: is a root's, which no CRL can list, ", name,
      "; revoke the authorities below it, take it out of all relying parties "
      "and retire it"));
}

inline absl::Status AnothersToRevoke(absl::string_view name) {
  return absl::FailedPreconditionError(
      absl::StrCat("generation: is certified by another's authority, ", name,
                   ", whose CRL has to list it; activate another generation "
                   "and retire this one"));
}

inline absl::Status NameNotConfirmed(absl::string_view line) {
  return absl::InvalidArgumentError(absl::StrCat(
      "confirm_line: must be the authority's name once more, ", line));
}

inline absl::Status GenerationNotFound(absl::string_view field,
                                       absl::string_view name) {
  return absl::NotFoundError(
      absl::StrCat(field, ": is no authority's name: ", name));
}

inline absl::Status HasNext(absl::string_view name) {
  return absl::AlreadyExistsError(
      absl::StrCat("line: has a next generation already, ", name,
                   "; activate or retire it first"));
}

inline absl::Status GenerationTaken(absl::string_view line) {
  return absl::AbortedError(
      absl::StrCat("line: somebody else has just made a generation of ", line,
                   "; look and ask again"));
}

inline absl::Status RootIsAnothers(absl::string_view line) {
  return absl::FailedPreconditionError(
      absl::StrCat("line: is certified by another's root, ", line,
                   "; ask for its certificate with otrpctl ca csr"));
}

inline absl::Status BadLifetime() {
  return absl::InvalidArgumentError(
      "lifetime_days: must be 1 to 10950 (30 years), or 0");
}

inline absl::Status BadKeyKind() {
  return absl::InvalidArgumentError(
      "key: must be RSA-2048, RSA-3072, RSA-4096, P-256 or P-384");
}

inline absl::Status KeyKindStays(absl::string_view kind) {
  return absl::InvalidArgumentError(absl::StrCat(
      "key: must be ", kind, ": devices that verify it know no other kind"));
}

inline absl::Status BadImport(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("certificate_der: ", why));
}

inline absl::Status BadAbove(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("above_der: ", why));
}

inline absl::Status BadImportKey(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("private_key_der: ", why));
}

inline absl::Status NoRequest(absl::string_view line) {
  return absl::FailedPreconditionError(absl::StrCat(
      "private_key_der: is missing, and nothing was asked for ", line,
      "; make a request with otrpctl ca csr, or give the key"));
}

// Another generation has taken the number.
inline absl::Status RequestIsOld(absl::string_view name) {
  return absl::FailedPreconditionError(
      absl::StrCat("certificate_der: was asked for to become ", name,
                   ", which another is by now; replace the request"));
}

inline absl::Status RootsAskNobody(absl::string_view line) {
  return absl::FailedPreconditionError(
      absl::StrCat("line: is a root's, which nobody else certifies, ", line));
}

inline absl::Status NoOutsideTsm(absl::string_view line) {
  return absl::FailedPreconditionError(
      absl::StrCat("line: is a TSM's, whose devices want OCSP responses about "
                   "the authority, which only a root here can sign: ",
                   line));
}

inline absl::Status OnlyRootsCross(absl::string_view field) {
  return absl::FailedPreconditionError(absl::StrCat(
      field, ": must be another generation of the same root, not retired"));
}

inline absl::Status RevokeByName(absl::string_view authority) {
  return absl::FailedPreconditionError(absl::StrCat(
      "serial: is of the authority ", authority,
      " itself, whose certificates all end with it; if that is meant, use "
      "otrpctl ca revoke"));
}

inline absl::Status BadRole() {
  return absl::InvalidArgumentError("role: must be TEE, TFW or SP");
}

inline absl::Status BadAnchor(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("certificate_der: ", why));
}

inline absl::Status AnchorNameTaken(absl::string_view name) {
  return absl::AlreadyExistsError(
      absl::StrCat("name: is another certificate's, ", name,
                   "; remove it first or choose another name"));
}

inline absl::Status AnchorHasOtherUsages(absl::string_view name) {
  return absl::AlreadyExistsError(
      absl::StrCat("accepted_ekus: the anchor ", name,
                   " was added with others; remove it first"));
}

inline absl::Status BadUsages(size_t max) {
  return absl::InvalidArgumentError(absl::StrCat(
      "accepted_ekus: must be at most ", max, " OIDs, as 1.3.6.1.5.5.7.3.2"));
}

inline absl::Status TooManyAnchors(size_t max) {
  return absl::InvalidArgumentError(absl::StrCat("certificate_der: more than ",
                                                 max, " certificates at once"));
}

inline absl::Status AnchorNotFound(absl::string_view name) {
  return absl::NotFoundError(
      absl::StrCat("name: is of no trust anchor of that role: ", name));
}

// The bootstrap may come later than the process, which waits for it.
inline absl::Status NotBootstrapped() {
  return absl::UnavailableError(
      "the database has no authorities: run ca_bootstrap first");
}

}  // namespace errors
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ERRORS_H_
