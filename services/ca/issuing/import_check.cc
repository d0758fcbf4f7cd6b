#include "services/ca/issuing/import_check.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/sign.h"
#include "libs/crypto/x509.h"
#include "libs/pki/issue.h"
#include "libs/pki/key_kind.h"
#include "services/ca/errors.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace {

// What makes a certificate an authority's.
absl::Status CheckAuthority(const pki::Certificate& certificate,
                            absl::Time now) {
  const crypto::CertificateInfo& info = certificate.info();
  if (info.version != 3 || !certificate.is_ca()) {
    return errors::BadImport("is no CA's (basicConstraints)");
  }
  constexpr int kNeeded = crypto::kKeyCertSign | crypto::kCrlSign;
  if (!info.has_key_usage || (info.key_usage & kNeeded) != kNeeded) {
    return errors::BadImport("its keyUsage must have keyCertSign and cRLSign");
  }
  if (!pki::KeyKindFromWord(pki::KeyKindWord(certificate.public_key()))
           .has_value()) {
    return errors::BadImport(
        absl::StrCat("its key must be one of ", pki::KeyKindWords()));
  }
  if (certificate.not_before() > now + kBackdate) {
    return errors::BadImport("doesn't hold yet");
  }
  return certificate.not_after() > now ? absl::OkStatus()
                                       : errors::BadImport("has ended");
}

// An issuing certificate with usages limits what is below it to them.
absl::Status CheckUsages(const pki::Certificate& certificate, pki::Role role) {
  if (!certificate.has_eku()) return absl::OkStatus();
  const std::vector<std::string>& has = certificate.eku_oids();
  for (const pki::Profile& profile : pki::Profiles()) {
    if (profile.authority != role) continue;
    if (std::find_first_of(has.begin(), has.end(),
                           profile.accepted_ekus.begin(),
                           profile.accepted_ekus.end()) == has.end()) {
      return errors::BadImport(
          absl::StrCat("its extendedKeyUsage has none of the profile ",
                       profile.word, ": ", profile.eku_oids.front()));
    }
  }
  return absl::OkStatus();
}

// Its signature is nobody's concern: it is trusted as it is, or not at all.
// Many roots name no key of their issuer.
bool IsSelfIssued(const pki::Certificate& certificate) {
  const crypto::CertificateInfo& info = certificate.info();
  return certificate.is_ca() && info.subject_der == info.issuer_der &&
         (info.authority_key_id.empty() ||
          info.authority_key_id == info.subject_key_id);
}

absl::Status CheckPath(const pki::Certificate& certificate,
                       absl::Span<const pki::Certificate> above,
                       absl::Time now) {
  std::vector<const crypto::CertificateInfo*> others;
  for (const pki::Certificate& c : above) others.push_back(&c.info());
  std::vector<std::string> chain;
  crypto::ChainFailure failure;
  const absl::Status built = crypto::BuildX509Chain(
      certificate.info(), others, {&above.back().info()}, now,
      static_cast<int>(kMaxChainLength), &chain, &failure);
  if (!built.ok()) return errors::BadImport(built.message());
  const pki::Certificate* below = &certificate;
  for (const pki::Certificate& issuer : above) {
    const absl::Status good = pki::CheckIssued(*below, issuer);
    if (!good.ok()) return errors::BadImport(good.message());
    if (!crypto::IsStrongSignature(below->info().signature_oid)) {
      return errors::BadImport("is signed with an algorithm that isn't taken");
    }
    below = &issuer;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckImported(const pki::Certificate& certificate,
                           absl::Span<const pki::Certificate> above,
                           pki::Role role, bool is_root, absl::Time now) {
  OTRP_RETURN_IF_ERROR(CheckAuthority(certificate, now));
  OTRP_RETURN_IF_ERROR(CheckUsages(certificate, role));
  if (is_root) {
    if (!above.empty()) {
      return errors::BadAbove("must be empty: the authority is a root");
    }
    if (!IsSelfIssued(certificate)) {
      return errors::BadImport("isn't signed by itself");
    }
    return certificate.info().path_length == 0
               ? errors::BadImport("its path length leaves no room below it")
               : absl::OkStatus();
  }
  // With the leaf.
  if (above.empty() || above.size() + 2 > kMaxChainLength) {
    return errors::BadAbove(
        "must be the certificates above it, its issuer first, root last");
  }
  if (!IsSelfIssued(above.back())) {
    return errors::BadAbove("must end with a self-signed root");
  }
  return CheckPath(certificate, above, now);
}

}  // namespace ca
}  // namespace otrp
