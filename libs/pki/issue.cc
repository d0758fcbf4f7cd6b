#include "libs/pki/issue.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace pki {
namespace {

// A certificate is looked at again before anybody gets it: signed with the
// issuer's key, and saying what was asked for.
absl::StatusOr<Certificate> Finish(const crypto::CertificateSpec& spec,
                                   const crypto::PublicKey& key,
                                   const std::string& der) {
  OTRP_ASSIGN_OR_RETURN(Certificate certificate, Certificate::FromDer(der));
  const bool good = certificate.public_key() == key &&
                    certificate.serial() == spec.serial &&
                    certificate.is_ca() == spec.is_ca &&
                    certificate.common_name() == spec.common_name &&
                    certificate.san_uris() == spec.names.uris &&
                    certificate.san_dns() == spec.names.dns &&
                    certificate.eku_oids() == spec.eku_oids &&
                    certificate.info().key_usage == spec.key_usage;
  if (!good) {
    return absl::InternalError(
        "the signed certificate isn't what its template says");
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
  // An authority signs its own OCSP responses too.
  spec.key_usage =
      crypto::kKeyCertSign | crypto::kCrlSign | crypto::kDigitalSignature;
  spec.crl_url = authority.crl_url;
  spec.ocsp_url = authority.ocsp_url;
  spec.issuer_url = authority.issuer_url;
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

absl::StatusOr<Certificate> IssueLeaf(const LeafTemplate& leaf,
                                      const crypto::PublicKey& key,
                                      const Certificate& issuer,
                                      const crypto::PrivateKey& issuer_key) {
  const Profile& profile = ProfileFor(leaf.role);
  crypto::CertificateSpec spec;
  spec.serial = leaf.serial;
  spec.common_name = leaf.common_name;
  spec.not_before = leaf.not_before;
  spec.not_after = std::min(
      {leaf.not_after, leaf.not_before + profile.lifetime, issuer.not_after()});
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
  OTRP_ASSIGN_OR_RETURN(
      const std::string der,
      crypto::SignX509(spec, key, &issuer.info(), issuer_key));
  return Finish(spec, key, der);
}

bool SameToBeSigned(const Certificate& a, const Certificate& b) {
  return crypto::TbsOf(a.info()) == crypto::TbsOf(b.info());
}

}  // namespace pki
}  // namespace otrp
