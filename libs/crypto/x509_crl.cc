// The CRL half of x509.h: reading and verifying.

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/obj.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/der.h"
#include "libs/crypto/internal.h"
#include "libs/crypto/sign.h"
#include "libs/crypto/x509_internal.h"

namespace otrp {
namespace crypto {
namespace {

using internal::Bad;
using internal::ErrorScope;
using internal::Octets;
using internal::ToView;

struct FreePoint {
  void operator()(ISSUING_DIST_POINT* point) const {
    ISSUING_DIST_POINT_free(point);
  }
};

// DER of the point's GeneralNames; a name relative to the issuer's is written
// out (RFC 5280 4.2.1.13). Empty where it can't be.
std::vector<std::string> NamesOf(DIST_POINT_NAME* point, X509_NAME* issuer) {
  std::vector<std::string> names;
  if (point->type == 1) {
    if (!DIST_POINT_set_dpname(point, issuer)) return names;
    names.push_back(
        der::Tlv(der::Explicit(4), internal::NameDer(point->dpname)));
    return names;
  }
  const GENERAL_NAMES* full = point->name.fullname;
  for (size_t i = 0; i < sk_GENERAL_NAME_num(full); ++i) {
    uint8_t* der = nullptr;
    const int size = i2d_GENERAL_NAME(sk_GENERAL_NAME_value(full, i), &der);
    if (size < 0) continue;
    bssl::UniquePtr<uint8_t> owned(der);
    names.emplace_back(ToView(der, size));
  }
  return names;
}

absl::Status ReadScope(X509_CRL* crl, CrlScope* scope) {
  if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0) {
    return Bad("it is a delta CRL; give the complete one");
  }
  int critical = -1;
  const std::unique_ptr<ISSUING_DIST_POINT, FreePoint> point(
      static_cast<ISSUING_DIST_POINT*>(X509_CRL_get_ext_d2i(
          crl, NID_issuing_distribution_point, &critical, nullptr)));
  if (!point) {
    return critical == -1 ? absl::OkStatus()
                          : Bad("issuingDistributionPoint can't be read");
  }
  if (point->indirectCRL > 0) {
    return Bad(
        "it is an indirect CRL (issuingDistributionPoint): one about other "
        "issuers' certificates, which is not used");
  }
  if (point->onlysomereasons != nullptr) {
    return Bad(
        "it tells some reasons of revocation only (issuingDistributionPoint), "
        "so that a certificate that isn't on it may be revoked");
  }
  if (point->onlyattr > 0) {
    return Bad("it is about attribute certificates (issuingDistributionPoint)");
  }
  scope->only_users = point->onlyuser > 0;
  scope->only_cas = point->onlyCA > 0;
  if (scope->only_users && scope->only_cas) {
    return Bad("issuingDistributionPoint contradicts itself");
  }
  if (point->distpoint == nullptr && !scope->only_users && !scope->only_cas) {
    return Bad("issuingDistributionPoint is empty");
  }
  if (point->distpoint != nullptr) {
    scope->has_point = true;
    scope->point_names = NamesOf(point->distpoint, X509_CRL_get_issuer(crl));
  }
  return absl::OkStatus();
}

absl::Status CheckCritical(X509_CRL* crl) {
  for (int i = 0; i < X509_CRL_get_ext_count(crl); ++i) {
    X509_EXTENSION* extension = X509_CRL_get_ext(crl, i);
    switch (OBJ_obj2nid(X509_EXTENSION_get_object(extension))) {
      case NID_crl_number:
      case NID_authority_key_identifier:
      case NID_issuing_distribution_point: continue;
      default: break;
    }
    if (X509_EXTENSION_get_critical(extension)) {
      return Bad("the CRL has an unknown critical extension");
    }
  }
  return absl::OkStatus();
}

int64_t NumberOf(X509_CRL* crl) {
  const bssl::UniquePtr<ASN1_INTEGER> number(static_cast<ASN1_INTEGER*>(
      X509_CRL_get_ext_d2i(crl, NID_crl_number, nullptr, nullptr)));
  if (!number) return 0;
  uint64_t value = 0;
  const bssl::UniquePtr<BIGNUM> big(ASN1_INTEGER_to_BN(number.get(), nullptr));
  if (!big || BN_is_negative(big.get()) || !BN_get_u64(big.get(), &value) ||
      value > INT64_MAX) {
    return INT64_MAX;
  }
  return static_cast<int64_t>(value);
}

// RFC 5280 5.3.1; -1 where it gives none that there is.
int ReasonOf(const X509_REVOKED* entry) {
  const bssl::UniquePtr<ASN1_ENUMERATED> reason(static_cast<ASN1_ENUMERATED*>(
      X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, nullptr, nullptr)));
  if (!reason) return -1;
  constexpr long kLast = 10;
  const long value = ASN1_ENUMERATED_get(reason.get());
  return value >= 0 && value <= kLast ? static_cast<int>(value) : -1;
}

// One entry that nobody can use must not lose the others.
absl::Status ReadEntries(X509_CRL* crl, CrlInfo* info) {
  const STACK_OF(X509_REVOKED)* entries = X509_CRL_get_REVOKED(crl);
  for (size_t i = 0; entries != nullptr && i < sk_X509_REVOKED_num(entries);
       ++i) {
    const X509_REVOKED* entry = sk_X509_REVOKED_value(entries, i);
    // RFC 5280 5.3: such a CRL must not be used at all. certificateIssuer is
    // one of them, with which an entry is about another issuer's certificate.
    for (int e = 0; e < X509_REVOKED_get_ext_count(entry); ++e) {
      if (X509_EXTENSION_get_critical(X509_REVOKED_get_ext(entry, e))) {
        return Bad("an entry of the CRL has a critical extension");
      }
    }
    absl::StatusOr<std::string> serial =
        internal::ReadSerial(X509_REVOKED_get0_serialNumber(entry));
    if (!serial.ok()) {
      ++info->skipped;
      continue;
    }
    RevokedEntry revoked;
    revoked.serial = *std::move(serial);
    revoked.revoked_at =
        internal::ReadTime(X509_REVOKED_get0_revocationDate(entry))
            .value_or(info->this_update);
    revoked.reason = ReasonOf(entry);
    info->revoked.push_back(std::move(revoked));
  }
  std::sort(info->revoked.begin(), info->revoked.end(),
            [](const RevokedEntry& a, const RevokedEntry& b) {
              return a.serial < b.serial;
            });
  return absl::OkStatus();
}

// A point that is told by another issuer, or that tells some reasons only, is
// none of CRLs that we take.
std::vector<std::string> PointNames(const CertificateInfo& certificate) {
  std::vector<std::string> names;
  const bssl::UniquePtr<CRL_DIST_POINTS> points(static_cast<CRL_DIST_POINTS*>(
      X509_get_ext_d2i(certificate.handle.get(), NID_crl_distribution_points,
                       nullptr, nullptr)));
  for (size_t i = 0; points && i < sk_DIST_POINT_num(points.get()); ++i) {
    const DIST_POINT* point = sk_DIST_POINT_value(points.get(), i);
    if (point->distpoint == nullptr || point->reasons != nullptr ||
        point->CRLissuer != nullptr) {
      continue;
    }
    for (std::string& name :
         NamesOf(point->distpoint,
                 X509_get_issuer_name(certificate.handle.get()))) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

}  // namespace

absl::StatusOr<CrlInfo> ParseX509Crl(absl::string_view der) {
  const ErrorScope errors;
  const absl::Status strict = der::CheckStrict(der);
  if (!strict.ok()) {
    return Bad(absl::StrCat("the CRL isn't DER: ", strict.message()));
  }
  const uint8_t* at = Octets(der);
  bssl::UniquePtr<X509_CRL> crl(d2i_X509_CRL(nullptr, &at, der.size()));
  if (!crl || at != Octets(der) + der.size()) {
    return Bad("these octets are no CRL");
  }
  CrlInfo info;
  info.der = std::string(der);
  info.issuer = internal::NameText(X509_CRL_get_issuer(crl.get()));
  info.issuer_der = internal::NameDer(X509_CRL_get_issuer(crl.get()));
  OTRP_ASSIGN_OR_RETURN(
      info.this_update,
      internal::ReadTime(X509_CRL_get0_lastUpdate(crl.get())));
  if (const ASN1_TIME* next = X509_CRL_get0_nextUpdate(crl.get())) {
    OTRP_ASSIGN_OR_RETURN(info.next_update, internal::ReadTime(next));
  }
  OTRP_RETURN_IF_ERROR(ReadScope(crl.get(), &info.scope));
  OTRP_RETURN_IF_ERROR(CheckCritical(crl.get()));
  info.number = NumberOf(crl.get());
  OTRP_RETURN_IF_ERROR(ReadEntries(crl.get(), &info));
  return info;
}

bool CoversX509(const CrlInfo& crl, const CertificateInfo& certificate) {
  const ErrorScope errors;
  if (crl.issuer_der != certificate.issuer_der ||
      (crl.scope.only_users && certificate.is_ca) ||
      (crl.scope.only_cas && !certificate.is_ca)) {
    return false;
  }
  if (!crl.scope.has_point) return true;
  const std::vector<std::string> own = PointNames(certificate);
  return std::find_first_of(own.begin(), own.end(),
                            crl.scope.point_names.begin(),
                            crl.scope.point_names.end()) != own.end();
}

absl::Status VerifyX509Crl(absl::string_view der,
                           const CertificateInfo& issuer) {
  const ErrorScope errors;
  const uint8_t* at = Octets(der);
  bssl::UniquePtr<X509_CRL> crl(d2i_X509_CRL(nullptr, &at, der.size()));
  bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(issuer.handle.get()));
  if (!crl || !key ||
      !IsStrongSignature(internal::OidText(
          OBJ_nid2obj(X509_CRL_get_signature_nid(crl.get())))) ||
      X509_CRL_verify(crl.get(), key.get()) != 1) {
    return absl::FailedPreconditionError(
        "the CRL's signature is wrong, or of an algorithm that isn't "
        "accepted");
  }
  return absl::OkStatus();
}

}  // namespace crypto
}  // namespace otrp
