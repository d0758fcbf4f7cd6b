// The making half of x509.h.

#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/obj.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/der.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/internal.h"
#include "libs/crypto/x509_internal.h"
#include "libs/crypto/x509_unsigned.h"

namespace otrp {
namespace crypto {
namespace {

using internal::ErrorScope;
using internal::Octets;
using internal::ToView;

constexpr uint8_t kIa5String = 0x16;

absl::Status Failed(absl::string_view what) {
  return absl::InternalError(absl::StrCat("can't write ", what));
}

absl::Status NotSigned(const PrivateKey& key, absl::string_view what) {
  return internal::NotSigned(key.in_token(),
                             absl::StrCat("can't write ", what));
}

// Adds one extension from its DER.
bool AddExtension(X509* x, int nid, bool critical, absl::string_view der) {
  bssl::UniquePtr<ASN1_OCTET_STRING> value(ASN1_OCTET_STRING_new());
  if (!value || !ASN1_STRING_set(value.get(), der.data(), der.size())) {
    return false;
  }
  bssl::UniquePtr<X509_EXTENSION> extension(
      X509_EXTENSION_create_by_NID(nullptr, nid, critical, value.get()));
  return extension && X509_add_ext(x, extension.get(), -1);
}

std::string BasicConstraints(const CertificateSpec& spec) {
  if (!spec.is_ca) return der::Sequence({});
  const std::string yes = der::Tlv(0x01, "\xff");
  if (spec.path_length < 0) return der::Sequence({yes});
  return der::Sequence({yes, der::PositiveInteger(std::string(
                                 1, static_cast<char>(spec.path_length)))});
}

// A BIT STRING of named bits, without trailing zero bits (X.690 11.2.2).
std::string KeyUsageDer(int usage) {
  uint8_t bits = 0;
  const std::pair<int, uint8_t> map[] = {
      {kDigitalSignature, 0x80}, {kNonRepudiation, 0x40},
      {kKeyEncipherment, 0x20},  {kKeyAgreement, 0x08},
      {kKeyCertSign, 0x04},      {kCrlSign, 0x02}};
  for (const auto& [ours, bit] : map) {
    if ((usage & ours) != 0) bits |= bit;
  }
  int unused = 0;
  while (unused < 7 && ((bits >> unused) & 1) == 0) ++unused;
  const char content[] = {static_cast<char>(unused), static_cast<char>(bits)};
  return der::Tlv(der::kBitString, absl::string_view(content, 2));
}

std::string UriName(const std::string& uri) {
  return der::Tlv(der::Context(6), uri);
}

// CRLDistributionPoints with one full name.
std::string CrlPoints(const std::string& url) {
  return der::Sequence({der::Sequence(
      {der::Tlv(der::Explicit(0), der::Tlv(der::Explicit(0), UriName(url)))})});
}

std::string AuthorityAccess(const CertificateSpec& spec) {
  std::string entries;
  if (!spec.ocsp_url.empty()) {
    absl::StrAppend(&entries, der::Sequence({der::Oid("1.3.6.1.5.5.7.48.1"),
                                             UriName(spec.ocsp_url)}));
  }
  if (!spec.issuer_url.empty()) {
    absl::StrAppend(&entries, der::Sequence({der::Oid("1.3.6.1.5.5.7.48.2"),
                                             UriName(spec.issuer_url)}));
  }
  return der::Tlv(der::kSequence, entries);
}

// RFC 5280 4.2.1.2, method 1.
std::string NewKeyId(absl::string_view key_bits) { return Sha1(key_bits); }

// NameConstraints with permittedSubtrees alone.
std::string NameConstraints(const CertificateSpec& spec) {
  std::string subtrees;
  for (const std::string& name : spec.permitted_dns) {
    absl::StrAppend(&subtrees,
                    der::Sequence({der::Tlv(der::Context(2), name)}));
  }
  for (const std::string& name : spec.permitted_uri_hosts) {
    absl::StrAppend(&subtrees,
                    der::Sequence({der::Tlv(der::Context(6), name)}));
  }
  return der::Sequence({der::Tlv(der::Explicit(0), subtrees)});
}

std::string Policies(const CertificateSpec& spec) {
  std::string policies;
  for (const std::string& oid : spec.policy_oids) {
    std::string qualifiers;
    if (!spec.cps_uri.empty()) {
      qualifiers =
          der::Sequence({der::Sequence({der::Oid("1.3.6.1.5.5.7.2.1"),
                                        der::Tlv(kIa5String, spec.cps_uri)})});
    }
    absl::StrAppend(&policies, der::Sequence({der::Oid(oid), qualifiers}));
  }
  return der::Tlv(der::kSequence, policies);
}

// Authorities on P-384 sign with SHA-384.
const EVP_MD* DigestOf(const PrivateKey& key) {
  return key.type() == KeyType::kEcP384 ? EVP_sha384() : EVP_sha256();
}

// What the issuer is known by to those who build chains.
std::string KeyIdOf(const CertificateInfo& issuer) {
  return issuer.subject_key_id.empty() ? NewKeyId(issuer.key_bits)
                                       : issuer.subject_key_id;
}

bool AddExtensions(X509* x, const CertificateSpec& spec,
                   const std::string& key_id,
                   const std::string& issuer_key_id) {
  bool good =
      AddExtension(x, NID_basic_constraints, true, BasicConstraints(spec)) &&
      AddExtension(x, NID_key_usage, true, KeyUsageDer(spec.key_usage));
  if (!spec.eku_oids.empty()) {
    std::string oids;
    for (const std::string& oid : spec.eku_oids) {
      absl::StrAppend(&oids, der::Oid(oid));
    }
    good = good && AddExtension(x, NID_ext_key_usage, false,
                                der::Tlv(der::kSequence, oids));
  }
  good =
      good &&
      AddExtension(x, NID_subject_key_identifier, false,
                   der::OctetString(key_id)) &&
      AddExtension(x, NID_authority_key_identifier, false,
                   der::Sequence({der::Tlv(der::Context(0), issuer_key_id)}));
  if (!spec.permitted_dns.empty() || !spec.permitted_uri_hosts.empty()) {
    good = good &&
           AddExtension(x, NID_name_constraints, true, NameConstraints(spec));
  }
  if (!spec.policy_oids.empty()) {
    good = good &&
           AddExtension(x, NID_certificate_policies, false, Policies(spec));
  }
  if (spec.ocsp_nocheck) {
    good =
        good && AddExtension(x, NID_id_pkix_OCSP_noCheck, false, der::Null());
  }
  if (!internal::IsEmpty(spec.names)) {
    const bssl::UniquePtr<GENERAL_NAMES> names =
        internal::MakeNames(spec.names);
    good = good && names &&
           X509_add1_ext_i2d(x, NID_subject_alt_name, names.get(), 0, 0);
  }
  if (!spec.crl_url.empty()) {
    good = good && AddExtension(x, NID_crl_distribution_points, false,
                                CrlPoints(spec.crl_url));
  }
  if (!spec.ocsp_url.empty() || !spec.issuer_url.empty()) {
    good =
        good && AddExtension(x, NID_info_access, false, AuthorityAccess(spec));
  }
  return good;
}

bool SetTime(ASN1_TIME* to, absl::Time time) {
  return ASN1_TIME_set(to, absl::ToTimeT(time)) != nullptr;
}

// Content of the BIT STRING of a SubjectPublicKeyInfo.
std::string KeyBits(const PublicKey& key) {
  der::Reader outer(key.ToSpki());
  const auto spki = outer.Next();
  if (!spki.ok()) return "";
  der::Reader inner(spki->content);
  const auto algorithm = inner.Next();
  const auto bits = inner.Next(der::kBitString);
  if (!algorithm.ok() || !bits.ok()) return "";
  return std::string(bits->content.substr(1));
}

// All but the signature.
absl::StatusOr<bssl::UniquePtr<X509>> Compose(const CertificateSpec& spec,
                                              const PublicKey& key,
                                              const CertificateInfo* issuer) {
  bssl::UniquePtr<X509> x(X509_new());
  const bssl::UniquePtr<X509_NAME> subject =
      internal::MakeName(spec.common_name);
  if (!x || !subject) {
    return internal::Bad("the common name can't be written in a certificate");
  }
  X509_NAME* issuer_name = issuer == nullptr
                               ? subject.get()
                               : X509_get_subject_name(issuer->handle.get());
  if (!internal::SerialFromHex(spec.serial, X509_get_serialNumber(x.get()))) {
    return internal::Bad("the serial number isn't hex of at most 20 octets");
  }
  if (!X509_set_version(x.get(), 2) ||
      !X509_set_subject_name(x.get(), subject.get()) ||
      !X509_set_issuer_name(x.get(), issuer_name) ||
      !SetTime(X509_getm_notBefore(x.get()), spec.not_before) ||
      !SetTime(X509_getm_notAfter(x.get()), spec.not_after) ||
      !X509_set_pubkey(x.get(), key.evp())) {
    return Failed("a certificate's fields");
  }
  const std::string key_id = NewKeyId(KeyBits(key));
  if (!AddExtensions(x.get(), spec, key_id,
                     issuer == nullptr ? key_id : KeyIdOf(*issuer))) {
    return Failed("a certificate's extensions");
  }
  return x;
}

absl::StatusOr<std::string> DerOf(X509* x) {
  uint8_t* der = nullptr;
  const int size = i2d_X509(x, &der);
  if (size < 0) return Failed("a certificate");
  bssl::UniquePtr<uint8_t> owned(der);
  return std::string(ToView(der, size));
}

// As X509_sign() writes it for DigestOf() such a key.
bool SetAlgorithm(X509* x, KeyType type) {
  const bssl::UniquePtr<X509_ALGOR> algorithm(X509_ALGOR_new());
  const bool is_rsa = type == KeyType::kRsa;
  const int nid = is_rsa                     ? NID_sha256WithRSAEncryption
                  : type == KeyType::kEcP384 ? NID_ecdsa_with_SHA384
                                             : NID_ecdsa_with_SHA256;
  return algorithm &&
         X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(nid),
                         is_rsa ? V_ASN1_NULL : V_ASN1_UNDEF, nullptr) &&
         X509_set1_signature_algo(x, algorithm.get());
}

}  // namespace

absl::StatusOr<std::string> SignX509(const CertificateSpec& spec,
                                     const PublicKey& key,
                                     const CertificateInfo* issuer,
                                     const PrivateKey& issuer_key) {
  const ErrorScope errors;
  OTRP_ASSIGN_OR_RETURN(const bssl::UniquePtr<X509> x,
                        Compose(spec, key, issuer));
  if (!X509_sign(x.get(), issuer_key.evp(), DigestOf(issuer_key))) {
    return NotSigned(issuer_key, "a certificate's signature");
  }
  return DerOf(x.get());
}

absl::StatusOr<std::string> UnsignedX509(const CertificateSpec& spec,
                                         const PublicKey& key,
                                         const CertificateInfo& issuer,
                                         KeyType issuer_type) {
  const ErrorScope errors;
  OTRP_ASSIGN_OR_RETURN(const bssl::UniquePtr<X509> x,
                        Compose(spec, key, &issuer));
  const uint8_t nothing = 0;
  if (!SetAlgorithm(x.get(), issuer_type) ||
      !X509_set1_signature_value(x.get(), &nothing, sizeof(nothing))) {
    return Failed("a certificate's algorithm");
  }
  return DerOf(x.get());
}

absl::StatusOr<std::string> SignX509Request(const PrivateKey& key,
                                            absl::string_view common_name,
                                            const SubjectNames& names) {
  const ErrorScope errors;
  bssl::UniquePtr<X509_REQ> request(X509_REQ_new());
  const bssl::UniquePtr<X509_NAME> subject = internal::MakeName(common_name);
  if (!request || !subject ||
      !X509_REQ_set_subject_name(request.get(), subject.get()) ||
      !X509_REQ_set_pubkey(request.get(), key.public_key().evp())) {
    return internal::Bad("the common name can't be written in a request");
  }
  if (!internal::IsEmpty(names)) {
    const bssl::UniquePtr<GENERAL_NAMES> general = internal::MakeNames(names);
    STACK_OF(X509_EXTENSION)* extensions = nullptr;
    if (!general || !X509V3_add1_i2d(&extensions, NID_subject_alt_name,
                                     general.get(), 0, 0)) {
      return internal::Bad("a name can't be written in a request");
    }
    bssl::UniquePtr<STACK_OF(X509_EXTENSION)> owned(extensions);
    if (!X509_REQ_add_extensions(request.get(), extensions)) {
      return Failed("a request's extensions");
    }
  }
  if (!X509_REQ_sign(request.get(), key.evp(), DigestOf(key))) {
    return NotSigned(key, "a request's signature");
  }
  uint8_t* der = nullptr;
  const int size = i2d_X509_REQ(request.get(), &der);
  if (size < 0) return Failed("a request");
  bssl::UniquePtr<uint8_t> owned(der);
  return std::string(ToView(der, size));
}

namespace {

// issuingDistributionPoint with one full name.
bool AddPoint(X509_CRL* crl, const std::string& url) {
  const bssl::UniquePtr<ASN1_OBJECT> oid(OBJ_txt2obj("2.5.29.28", 1));
  const bssl::UniquePtr<ASN1_OCTET_STRING> value(ASN1_OCTET_STRING_new());
  const std::string point = der::Sequence(
      {der::Tlv(der::Explicit(0), der::Tlv(der::Explicit(0), UriName(url)))});
  if (!oid || !value ||
      !ASN1_STRING_set(value.get(), point.data(), point.size())) {
    return false;
  }
  const bssl::UniquePtr<X509_EXTENSION> extension(X509_EXTENSION_create_by_OBJ(
      nullptr, oid.get(), /*crit=*/1, value.get()));
  return extension && X509_CRL_add_ext(crl, extension.get(), -1);
}

bool AddRevoked(X509_CRL* crl, const RevokedEntry& entry, ASN1_TIME* at) {
  bssl::UniquePtr<X509_REVOKED> row(X509_REVOKED_new());
  const bssl::UniquePtr<ASN1_INTEGER> serial(ASN1_INTEGER_new());
  bool good = row && serial &&
              internal::SerialFromHex(entry.serial, serial.get()) &&
              X509_REVOKED_set_serialNumber(row.get(), serial.get()) &&
              SetTime(at, entry.revoked_at) &&
              X509_REVOKED_set_revocationDate(row.get(), at);
  // 0 (unspecified) should be left out (RFC 5280 5.3.1).
  if (good && entry.reason > 0) {
    const bssl::UniquePtr<ASN1_ENUMERATED> reason(ASN1_ENUMERATED_new());
    good = reason && ASN1_ENUMERATED_set(reason.get(), entry.reason) &&
           X509_REVOKED_add1_ext_i2d(row.get(), NID_crl_reason, reason.get(), 0,
                                     0);
  }
  if (!good || !X509_CRL_add0_revoked(crl, row.get())) return false;
  (void)row.release();
  return true;
}

}  // namespace

absl::StatusOr<std::string> SignX509Crl(const CrlSpec& spec,
                                        const CertificateInfo& issuer,
                                        const PrivateKey& issuer_key) {
  const ErrorScope errors;
  bssl::UniquePtr<X509_CRL> crl(X509_CRL_new());
  bssl::UniquePtr<ASN1_TIME> at(ASN1_TIME_new());
  if (!crl || !at || !X509_CRL_set_version(crl.get(), 1) ||
      !X509_CRL_set_issuer_name(crl.get(),
                                X509_get_subject_name(issuer.handle.get())) ||
      !SetTime(at.get(), spec.this_update) ||
      !X509_CRL_set1_lastUpdate(crl.get(), at.get()) ||
      !SetTime(at.get(), spec.next_update) ||
      !X509_CRL_set1_nextUpdate(crl.get(), at.get())) {
    return Failed("a CRL's fields");
  }
  for (const RevokedEntry& entry : spec.revoked) {
    if (!AddRevoked(crl.get(), entry, at.get())) return Failed("a CRL's entry");
  }
  bssl::UniquePtr<ASN1_INTEGER> crl_number(ASN1_INTEGER_new());
  bssl::UniquePtr<BIGNUM> big(BN_new());
  bssl::UniquePtr<AUTHORITY_KEYID> key_id(AUTHORITY_KEYID_new());
  bssl::UniquePtr<ASN1_OCTET_STRING> id(ASN1_OCTET_STRING_new());
  const std::string issuer_key_id = KeyIdOf(issuer);
  if (!crl_number || !big || !key_id || !id ||
      !BN_set_u64(big.get(), static_cast<uint64_t>(spec.number)) ||
      BN_to_ASN1_INTEGER(big.get(), crl_number.get()) == nullptr ||
      !ASN1_STRING_set(id.get(), issuer_key_id.data(), issuer_key_id.size())) {
    return Failed("a CRL's number");
  }
  key_id->keyid = id.release();
  if (!X509_CRL_add1_ext_i2d(crl.get(), NID_crl_number, crl_number.get(), 0,
                             0) ||
      !X509_CRL_add1_ext_i2d(crl.get(), NID_authority_key_identifier,
                             key_id.get(), 0, 0) ||
      (!spec.point_url.empty() && !AddPoint(crl.get(), spec.point_url)) ||
      !X509_CRL_sort(crl.get())) {
    return Failed("a CRL's extensions");
  }
  if (!X509_CRL_sign(crl.get(), issuer_key.evp(), DigestOf(issuer_key))) {
    return NotSigned(issuer_key, "a CRL's signature");
  }
  uint8_t* der = nullptr;
  const int size = i2d_X509_CRL(crl.get(), &der);
  if (size < 0) return Failed("a CRL");
  bssl::UniquePtr<uint8_t> owned(der);
  return std::string(ToView(der, size));
}

}  // namespace crypto
}  // namespace otrp
