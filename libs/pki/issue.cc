#include "libs/pki/issue.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/x509_unsigned.h"
#include "libs/pki/issue_unsigned.h"
#include "libs/pki/lifetime.h"
#include "libs/pki/ocsp.h"

namespace otrp {
namespace pki {
namespace {

absl::Status WrongMade(absl::string_view what) {
  return absl::InternalError(
      absl::StrCat("the signed certificate isn't what it should be: ", what));
}

bool SameSecond(absl::Time a, absl::Time b) {
  return absl::ToUnixSeconds(a) == absl::ToUnixSeconds(b);
}

bool SameNames(const crypto::SubjectNames& a, const crypto::SubjectNames& b) {
  // IPv6 addresses have several spellings.
  return a.uris == b.uris && a.dns == b.dns && a.ips.size() == b.ips.size() &&
         a.registered_ids == b.registered_ids;
}

// A certificate is looked at again before anybody gets it: it must say what
// was asked for.
absl::StatusOr<Certificate> Finish(const crypto::CertificateSpec& spec,
                                   const crypto::PublicKey& key,
                                   const std::string& der) {
  OTRP_ASSIGN_OR_RETURN(Certificate certificate, Certificate::FromDer(der));
  const bool good =
      certificate.public_key() == key && certificate.serial() == spec.serial &&
      certificate.is_ca() == spec.is_ca &&
      certificate.info().path_length == (spec.is_ca ? spec.path_length : -1) &&
      SameSecond(certificate.not_before(), spec.not_before) &&
      SameSecond(certificate.not_after(), spec.not_after) &&
      certificate.common_name() == spec.common_name &&
      SameNames(certificate.info().names, spec.names) &&
      certificate.eku_oids() == spec.eku_oids &&
      certificate.info().key_usage == spec.key_usage;
  if (!good) return WrongMade("its template says otherwise");
  for (const std::string& url :
       {spec.crl_url, spec.ocsp_url, spec.issuer_url, spec.cps_uri}) {
    if (!absl::StrContains(der, url)) return WrongMade("a URL is missing");
  }
  return certificate;
}

crypto::CertificateSpec AuthoritySpec(const AuthorityTemplate& authority) {
  crypto::CertificateSpec spec;
  spec.serial = authority.serial;
  spec.common_name = authority.common_name;
  spec.not_before = authority.not_before;
  spec.not_after = authority.not_after;
  spec.is_ca = true;
  spec.path_length = authority.path_length;
  spec.permitted_dns = authority.permitted_dns;
  spec.permitted_uri_hosts = authority.permitted_uri_hosts;
  // An authority signs its own OCSP responses too.
  spec.key_usage =
      crypto::kKeyCertSign | crypto::kCrlSign | crypto::kDigitalSignature;
  spec.crl_url = authority.crl_url;
  spec.ocsp_url = authority.ocsp_url;
  spec.issuer_url = authority.issuer_url;
  spec.policy_oids = authority.policy_oids;
  spec.cps_uri = authority.cps_uri;
  return spec;
}

absl::Status CheckTimes(absl::Time not_before, absl::Time not_after) {
  if (not_after <= not_before) {
    return absl::InvalidArgumentError(
        "a certificate would end before it begins");
  }
  return absl::OkStatus();
}

}  // namespace

std::string NewSerial(Random& random) {
  std::string octets = random.Bytes(16);
  // Positive, and always 16 octets long.
  octets[0] = static_cast<char>((octets[0] & 0x3f) | 0x40);
  return absl::BytesToHexString(octets);
}

absl::StatusOr<Certificate> IssueRoot(const AuthorityTemplate& root,
                                      const crypto::PrivateKey& key) {
  OTRP_RETURN_IF_ERROR(CheckTimes(root.not_before, root.not_after));
  const crypto::CertificateSpec spec = AuthoritySpec(root);
  OTRP_ASSIGN_OR_RETURN(const std::string der,
                        crypto::SignX509(spec, key.public_key(), nullptr, key));
  return Finish(spec, key.public_key(), der);
}

absl::StatusOr<Certificate> IssueAuthority(
    const AuthorityTemplate& authority, const crypto::PublicKey& key,
    const Certificate& issuer, const crypto::PrivateKey& issuer_key) {
  crypto::CertificateSpec spec = AuthoritySpec(authority);
  spec.not_after = std::min(spec.not_after, issuer.not_after());
  OTRP_RETURN_IF_ERROR(CheckTimes(spec.not_before, spec.not_after));
  OTRP_ASSIGN_OR_RETURN(
      const std::string der,
      crypto::SignX509(spec, key, &issuer.info(), issuer_key));
  return Finish(spec, key, der);
}

namespace {

absl::StatusOr<crypto::CertificateSpec> LeafSpec(const LeafTemplate& leaf,
                                                 const crypto::PublicKey& key,
                                                 const Certificate& issuer) {
  const Profile& profile = ProfileFor(leaf.role);
  crypto::CertificateSpec spec;
  spec.serial = leaf.serial;
  spec.common_name = leaf.common_name;
  spec.not_before = leaf.not_before;
  spec.not_after =
      std::min({leaf.not_after, leaf.not_before + LongestLife(profile),
                issuer.not_after()});
  OTRP_RETURN_IF_ERROR(CheckTimes(spec.not_before, spec.not_after));
  // keyEncipherment is what RSA keys do, keyAgreement what EC keys do.
  spec.key_usage = profile.key_usage & ~(key.type() == crypto::KeyType::kRsa
                                             ? crypto::kKeyAgreement
                                             : crypto::kKeyEncipherment);
  spec.eku_oids = profile.eku_oids;
  spec.names = leaf.names;
  spec.crl_url = leaf.crl_url;
  spec.ocsp_url = leaf.ocsp_url;
  spec.issuer_url = leaf.issuer_url;
  spec.policy_oids = leaf.policy_oids;
  spec.cps_uri = leaf.cps_uri;
  return spec;
}

}  // namespace

absl::StatusOr<Certificate> IssueLeaf(const LeafTemplate& leaf,
                                      const crypto::PublicKey& key,
                                      const Certificate& issuer,
                                      const crypto::PrivateKey& issuer_key) {
  OTRP_ASSIGN_OR_RETURN(const crypto::CertificateSpec spec,
                        LeafSpec(leaf, key, issuer));
  OTRP_ASSIGN_OR_RETURN(
      const std::string der,
      crypto::SignX509(spec, key, &issuer.info(), issuer_key));
  return Finish(spec, key, der);
}

absl::StatusOr<Certificate> UnsignedLeaf(const LeafTemplate& leaf,
                                         const crypto::PublicKey& key,
                                         const Certificate& issuer) {
  OTRP_ASSIGN_OR_RETURN(const crypto::CertificateSpec spec,
                        LeafSpec(leaf, key, issuer));
  OTRP_ASSIGN_OR_RETURN(const std::string der,
                        crypto::UnsignedX509(spec, key, issuer.info(),
                                             issuer.public_key().type()));
  return Finish(spec, key, der);
}

absl::StatusOr<Certificate> IssueOcspSigner(
    const OcspSignerTemplate& signer, const crypto::PublicKey& key,
    const Certificate& issuer, const crypto::PrivateKey& issuer_key) {
  crypto::CertificateSpec spec;
  spec.serial = signer.serial;
  spec.common_name = signer.common_name;
  spec.not_before = signer.not_before;
  spec.not_after = std::min(signer.not_after, issuer.not_after());
  OTRP_RETURN_IF_ERROR(CheckTimes(spec.not_before, spec.not_after));
  spec.key_usage = crypto::kDigitalSignature;
  spec.eku_oids = {kOcspSigningEku};
  spec.ocsp_nocheck = true;
  OTRP_ASSIGN_OR_RETURN(
      const std::string der,
      crypto::SignX509(spec, key, &issuer.info(), issuer_key));
  return Finish(spec, key, der);
}

absl::Status CheckIssued(const Certificate& made, const Certificate& issuer) {
  const crypto::CertificateInfo& above = issuer.info();
  const bool is_root = made.der() == issuer.der();
  if (!above.is_ca || (above.key_usage & crypto::kKeyCertSign) == 0) {
    return WrongMade("its issuer may not sign certificates");
  }
  if (made.not_after() > issuer.not_after()) {
    return WrongMade("it ends after its issuer");
  }
  if (!above.subject_key_id.empty() &&
      made.info().authority_key_id != above.subject_key_id) {
    return WrongMade("it names another key of its issuer");
  }
  // Another key of the same name is no step of the path (RFC 5280 6.1.4 l).
  const bool self_issued = made.info().subject_der == above.subject_der;
  if (made.is_ca() && !is_root && !self_issued && above.path_length >= 0 &&
      (made.info().path_length < 0 ||
       made.info().path_length >= above.path_length)) {
    return WrongMade("its issuer's path length has no room for it");
  }
  std::vector<std::string> chain;
  crypto::ChainFailure failure;
  const absl::Status built = crypto::BuildX509Chain(
      made.info(), {}, {&above}, std::max(made.not_before(), above.not_before),
      /*max_depth=*/1, &chain, &failure);
  return built.ok() ? absl::OkStatus() : WrongMade(built.message());
}

bool SameToBeSigned(const Certificate& a, const Certificate& b) {
  return crypto::TbsOf(a.info()) == crypto::TbsOf(b.info());
}

}  // namespace pki
}  // namespace otrp
