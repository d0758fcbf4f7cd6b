#include "libs/pki/csr.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace pki {

absl::StatusOr<Csr> Csr::Create(const crypto::PrivateKey& key,
                                absl::string_view common_name,
                                const std::vector<std::string>& san_uris,
                                const std::vector<std::string>& san_dns) {
  crypto::SubjectNames names;
  names.uris = san_uris;
  names.dns = san_dns;
  OTRP_ASSIGN_OR_RETURN(const std::string der,
                        crypto::SignX509Request(key, common_name, names));
  return ParseAuthority(der);
}

absl::StatusOr<Csr> Csr::Parse(absl::string_view der) {
  OTRP_ASSIGN_OR_RETURN(crypto::CsrInfo info, crypto::ParseX509Request(der));
  OTRP_ASSIGN_OR_RETURN(crypto::PublicKey key,
                        crypto::PublicKey::FromSpki(info.spki));
  return Csr(std::move(info), std::move(key));
}

absl::StatusOr<Csr> Csr::ParseFor(absl::string_view der,
                                  const Profile& profile) {
  OTRP_ASSIGN_OR_RETURN(Csr csr, ParseAuthority(der));
  if (AllowsKey(profile, csr.public_key().type())) return csr;
  return absl::InvalidArgumentError(
      absl::StrCat("its key is ", crypto::KeyTypeName(csr.public_key().type()),
                   "; a certificate of profile ", profile.word, " takes ",
                   KeyTypesText(profile)));
}

absl::StatusOr<Csr> Csr::ParseAuthority(absl::string_view der) {
  OTRP_ASSIGN_OR_RETURN(crypto::CsrInfo info, crypto::ParseX509Request(der));
  OTRP_ASSIGN_OR_RETURN(crypto::PublicKey key,
                        crypto::PublicKey::FromCertificateSpki(info.spki));
  return Csr(std::move(info), std::move(key));
}

}  // namespace pki
}  // namespace otrp
