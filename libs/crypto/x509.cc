#include "libs/crypto/x509.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/obj.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/der.h"
#include "libs/crypto/internal.h"
#include "libs/crypto/sign.h"
#include "libs/crypto/x509_internal.h"

namespace otrp {
namespace crypto {
namespace internal {

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

absl::StatusOr<absl::Time> ReadTime(const ASN1_TIME* time) {
  absl::string_view text =
      ToView(ASN1_STRING_get0_data(time), ASN1_STRING_length(time));
  std::string full;
  if (ASN1_STRING_type(time) == V_ASN1_UTCTIME && text.size() == 13) {
    full = absl::StrCat(text[0] >= '5' ? "19" : "20", text);
    return der::ReadGeneralizedTime(full);
  }
  return der::ReadGeneralizedTime(text);
}

absl::StatusOr<std::string> ReadSerial(const ASN1_INTEGER* serial) {
  // d2i has taken the sign out of the octets; the type remembers it.
  if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER) {
    return Bad("the serial number is negative");
  }
  const absl::string_view octets =
      ToView(ASN1_STRING_get0_data(serial), ASN1_STRING_length(serial));
  if (octets.size() > 20) {
    return Bad("the serial number has more than 20 octets");
  }
  std::string hex = absl::BytesToHexString(octets);
  const size_t start = hex.find_first_not_of('0');
  return start == std::string::npos ? std::string("0") : hex.substr(start);
}

bool SerialFromHex(const std::string& hex, ASN1_INTEGER* out) {
  BIGNUM* number = nullptr;
  const int used = BN_hex2bn(&number, hex.c_str());
  bssl::UniquePtr<BIGNUM> owned(number);
  return used == static_cast<int>(hex.size()) && used > 0 &&
         BN_num_bytes(number) <= 20 &&
         BN_to_ASN1_INTEGER(number, out) != nullptr;
}

std::string NameText(const X509_NAME* name) {
  bssl::UniquePtr<BIO> bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr ||
      X509_NAME_print_ex(bio.get(), const_cast<X509_NAME*>(name), 0,
                         XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) {
    return "";
  }
  const uint8_t* data = nullptr;
  size_t size = 0;
  BIO_mem_contents(bio.get(), &data, &size);
  return std::string(ToView(data, size));
}

std::string NameDer(const X509_NAME* name) {
  uint8_t* der = nullptr;
  const int size = i2d_X509_NAME(const_cast<X509_NAME*>(name), &der);
  if (size < 0) return "";
  bssl::UniquePtr<uint8_t> owned(der);
  return std::string(ToView(der, size));
}

std::string CommonName(const X509_NAME* name) {
  X509_NAME* mutable_name = const_cast<X509_NAME*>(name);
  const int at = X509_NAME_get_index_by_NID(mutable_name, NID_commonName, -1);
  if (at < 0) return "";
  const ASN1_STRING* value =
      X509_NAME_ENTRY_get_data(X509_NAME_get_entry(mutable_name, at));
  uint8_t* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, const_cast<ASN1_STRING*>(value));
  if (size < 0) return "";
  bssl::UniquePtr<uint8_t> owned(utf8);
  return std::string(ToView(utf8, size));
}

std::string OidText(const ASN1_OBJECT* object) {
  char text[256];
  const int size = OBJ_obj2txt(text, sizeof(text), object, 1);
  return size > 0 && size < static_cast<int>(sizeof(text)) ? text : "";
}

absl::Status ReadNames(const GENERAL_NAMES* names, SubjectNames* out) {
  for (size_t i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    switch (name->type) {
      case GEN_URI:
      case GEN_DNS: {
        const ASN1_STRING* text = name->d.ia5;
        std::string value(
            ToView(ASN1_STRING_get0_data(text), ASN1_STRING_length(text)));
        // A NUL or a control character is an attempt to be taken for another.
        for (char c : value) {
          if (c <= ' ' || c >= 0x7f) {
            return Bad("subjectAltName has a character that isn't printable");
          }
        }
        (name->type == GEN_URI ? out->uris : out->dns)
            .push_back(std::move(value));
        break;
      }
      case GEN_IPADD: {
        const absl::string_view octets = ToView(
            ASN1_STRING_get0_data(name->d.ip), ASN1_STRING_length(name->d.ip));
        const int family = octets.size() == sizeof(in_addr)    ? AF_INET
                           : octets.size() == sizeof(in6_addr) ? AF_INET6
                                                               : AF_UNSPEC;
        char text[INET6_ADDRSTRLEN];
        if (family == AF_UNSPEC ||
            inet_ntop(family, octets.data(), text, sizeof(text)) == nullptr) {
          return Bad("subjectAltName has an IP address of a wrong length");
        }
        out->ips.push_back(text);
        break;
      }
      case GEN_RID: out->registered_ids.push_back(OidText(name->d.rid)); break;
      default: break;  // Names that no role of ours uses.
    }
  }
  return absl::OkStatus();
}

namespace {

// One GeneralName of an IA5 string; null on failure.
GENERAL_NAME* TextName(int type, const std::string& text) {
  bssl::UniquePtr<GENERAL_NAME> name(GENERAL_NAME_new());
  bssl::UniquePtr<ASN1_IA5STRING> value(ASN1_IA5STRING_new());
  if (!name || !value ||
      !ASN1_STRING_set(value.get(), text.data(), text.size())) {
    return nullptr;
  }
  GENERAL_NAME_set0_value(name.get(), type, value.release());
  return name.release();
}

}  // namespace

bssl::UniquePtr<GENERAL_NAMES> MakeNames(const SubjectNames& names) {
  bssl::UniquePtr<GENERAL_NAMES> out(GENERAL_NAMES_new());
  const auto add = [&](GENERAL_NAME* name) {
    bssl::UniquePtr<GENERAL_NAME> owned(name);
    return owned && bssl::PushToStack(out.get(), std::move(owned));
  };
  bool good = out != nullptr;
  for (const std::string& uri : names.uris) {
    good = good && add(TextName(GEN_URI, uri));
  }
  for (const std::string& dns : names.dns) {
    good = good && add(TextName(GEN_DNS, dns));
  }
  for (const std::string& ip : names.ips) {
    const bool v6 = absl::StrContains(ip, ':');
    uint8_t octets[sizeof(in6_addr)];
    bssl::UniquePtr<GENERAL_NAME> name(GENERAL_NAME_new());
    bssl::UniquePtr<ASN1_OCTET_STRING> value(ASN1_OCTET_STRING_new());
    good = good && name && value &&
           inet_pton(v6 ? AF_INET6 : AF_INET, ip.c_str(), octets) == 1 &&
           ASN1_STRING_set(value.get(), octets,
                           v6 ? sizeof(in6_addr) : sizeof(in_addr));
    if (good) {
      GENERAL_NAME_set0_value(name.get(), GEN_IPADD, value.release());
      good = add(name.release());
    }
  }
  for (const std::string& id : names.registered_ids) {
    bssl::UniquePtr<GENERAL_NAME> name(GENERAL_NAME_new());
    ASN1_OBJECT* object = OBJ_txt2obj(id.c_str(), /*dont_search_names=*/1);
    good = good && name && object != nullptr;
    if (good) {
      GENERAL_NAME_set0_value(name.get(), GEN_RID, object);
      good = add(name.release());
    }
  }
  if (!good) return nullptr;
  return out;
}

bool IsEmpty(const SubjectNames& names) {
  return names.uris.empty() && names.dns.empty() && names.ips.empty() &&
         names.registered_ids.empty();
}

bssl::UniquePtr<X509_NAME> MakeName(absl::string_view common_name) {
  bssl::UniquePtr<X509_NAME> name(X509_NAME_new());
  if (!name || !X509_NAME_add_entry_by_NID(name.get(), NID_commonName,
                                           MBSTRING_UTF8, Octets(common_name),
                                           common_name.size(), -1, 0)) {
    return nullptr;
  }
  return name;
}

}  // namespace internal

using internal::Bad;
using internal::ErrorScope;
using internal::Octets;
using internal::ToView;

namespace {

// Real certificates have one to five.
constexpr size_t kMaxPolicies = 32;

// What the policy tree of path validation may cost. With mappings it grows by a
// factor for each certificate of a chain (CVE-2023-0464, which this BoringSSL
// has); without them each level has at most its certificate's policies, which
// are compared with those of the level above.
absl::Status CheckPolicies(X509* x) {
  if (X509_get_ext_by_NID(x, NID_policy_mappings, -1) >= 0) {
    return Bad("policyMappings are not supported");
  }
  bssl::UniquePtr<CERTIFICATEPOLICIES> policies(
      static_cast<CERTIFICATEPOLICIES*>(
          X509_get_ext_d2i(x, NID_certificate_policies, nullptr, nullptr)));
  if (policies && sk_POLICYINFO_num(policies.get()) > kMaxPolicies) {
    return Bad(absl::StrCat("certificatePolicies has more than ", kMaxPolicies,
                            " policies"));
  }
  return absl::OkStatus();
}

std::string OctetsOf(const ASN1_OCTET_STRING* value) {
  if (value == nullptr) return "";
  return std::string(
      ToView(ASN1_STRING_get0_data(value), ASN1_STRING_length(value)));
}

absl::Status ReadExtensions(X509* x, CertificateInfo* info) {
  if ((X509_get_extension_flags(x) & EXFLAG_INVALID) != 0) {
    return Bad("an extension can't be read");
  }
  OTRP_RETURN_IF_ERROR(CheckPolicies(x));
  info->is_ca = X509_check_ca(x) == 1;
  info->path_length = static_cast<int>(X509_get_pathlen(x));
  info->subject_key_id = OctetsOf(X509_get0_subject_key_id(x));
  info->authority_key_id = OctetsOf(X509_get0_authority_key_id(x));
  if ((X509_get_extension_flags(x) & EXFLAG_KUSAGE) != 0) {
    info->has_key_usage = true;
    const uint32_t usage = X509_get_key_usage(x);
    const std::pair<uint32_t, int> bits[] = {
        {KU_DIGITAL_SIGNATURE, kDigitalSignature},
        {KU_NON_REPUDIATION, kNonRepudiation},
        {KU_KEY_ENCIPHERMENT, kKeyEncipherment},
        {KU_KEY_AGREEMENT, kKeyAgreement},
        {KU_KEY_CERT_SIGN, kKeyCertSign},
        {KU_CRL_SIGN, kCrlSign}};
    for (const auto& [bit, ours] : bits) {
      if ((usage & bit) != 0) info->key_usage |= ours;
    }
  }
  int critical = -1;
  bssl::UniquePtr<EXTENDED_KEY_USAGE> eku(static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(x, NID_ext_key_usage, &critical, nullptr)));
  if (eku) {
    info->has_eku = true;
    for (size_t i = 0; i < sk_ASN1_OBJECT_num(eku.get()); ++i) {
      info->eku_oids.push_back(
          internal::OidText(sk_ASN1_OBJECT_value(eku.get(), i)));
    }
  } else if (critical != -1) {
    return Bad("extendedKeyUsage can't be read");
  }
  critical = -1;
  bssl::UniquePtr<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(x, NID_subject_alt_name, &critical, nullptr)));
  if (names) return internal::ReadNames(names.get(), &info->names);
  if (critical != -1) return Bad("subjectAltName can't be read");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CertificateInfo> ParseX509(absl::string_view der) {
  const ErrorScope errors;
  const absl::Status strict = der::CheckStrict(der);
  if (!strict.ok()) {
    return Bad(absl::StrCat("the certificate isn't DER: ", strict.message()));
  }
  const uint8_t* at = Octets(der);
  bssl::UniquePtr<X509> x(d2i_X509(nullptr, &at, der.size()));
  if (!x || at != Octets(der) + der.size()) {
    return Bad("these octets are no X.509 certificate");
  }
  CertificateInfo info;
  info.der = std::string(der);
  info.version = static_cast<int>(X509_get_version(x.get())) + 1;
  info.subject = internal::NameText(X509_get_subject_name(x.get()));
  info.issuer = internal::NameText(X509_get_issuer_name(x.get()));
  info.common_name = internal::CommonName(X509_get_subject_name(x.get()));
  info.subject_der = internal::NameDer(X509_get_subject_name(x.get()));
  info.issuer_der = internal::NameDer(X509_get_issuer_name(x.get()));
  OTRP_ASSIGN_OR_RETURN(info.serial,
                        internal::ReadSerial(X509_get0_serialNumber(x.get())));
  OTRP_ASSIGN_OR_RETURN(info.not_before,
                        internal::ReadTime(X509_get0_notBefore(x.get())));
  OTRP_ASSIGN_OR_RETURN(info.not_after,
                        internal::ReadTime(X509_get0_notAfter(x.get())));
  uint8_t* spki = nullptr;
  const int spki_size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x.get()), &spki);
  if (spki_size < 0) return Bad("the certificate's key can't be read");
  bssl::UniquePtr<uint8_t> owned_spki(spki);
  info.spki = std::string(ToView(spki, spki_size));
  const ASN1_BIT_STRING* bits = X509_get0_pubkey_bitstr(x.get());
  info.key_bits = std::string(
      ToView(ASN1_STRING_get0_data(bits), ASN1_STRING_length(bits)));
  const X509_ALGOR* algorithm = nullptr;
  X509_get0_signature(nullptr, &algorithm, x.get());
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  info.signature_oid = internal::OidText(object);
  OTRP_RETURN_IF_ERROR(ReadExtensions(x.get(), &info));
  info.handle = std::shared_ptr<X509>(x.release(), X509_free);
  return info;
}

bool HasExtension(const CertificateInfo& certificate, const char* oid) {
  const bssl::UniquePtr<ASN1_OBJECT> object(
      OBJ_txt2obj(oid, /*dont_search_names=*/1));
  return object &&
         X509_get_ext_by_OBJ(certificate.handle.get(), object.get(), -1) >= 0;
}

std::string TbsOf(const CertificateInfo& certificate) {
  uint8_t* der = nullptr;
  const int size = i2d_X509_tbs(certificate.handle.get(), &der);
  if (size < 0) return "";
  bssl::UniquePtr<uint8_t> owned(der);
  return std::string(ToView(der, size));
}

absl::StatusOr<CsrInfo> ParseX509Request(absl::string_view der) {
  const ErrorScope errors;
  const absl::Status strict = der::CheckStrict(der);
  if (!strict.ok()) {
    return Bad(absl::StrCat("the request isn't DER: ", strict.message()));
  }
  const uint8_t* at = Octets(der);
  bssl::UniquePtr<X509_REQ> request(d2i_X509_REQ(nullptr, &at, der.size()));
  if (!request || at != Octets(der) + der.size()) {
    return Bad("these octets are no PKCS#10 request");
  }
  bssl::UniquePtr<EVP_PKEY> key(X509_REQ_get_pubkey(request.get()));
  if (!key) return Bad("the request's key is of a kind that isn't accepted");
  if (!IsStrongSignature(internal::OidText(
          OBJ_nid2obj(X509_REQ_get_signature_nid(request.get()))))) {
    return Bad(
        "the request is signed with an algorithm that isn't accepted; use "
        "SHA-256");
  }
  if (X509_REQ_verify(request.get(), key.get()) != 1) {
    return Bad("the request isn't signed by its own key");
  }
  OTRP_ASSIGN_OR_RETURN(const PublicKey checked, PublicKey::FromEvp(key.get()));
  CsrInfo info;
  info.der = std::string(der);
  info.spki = checked.ToSpki();
  info.common_name =
      internal::CommonName(X509_REQ_get_subject_name(request.get()));
  bssl::UniquePtr<STACK_OF(X509_EXTENSION)> extensions(
      X509_REQ_get_extensions(request.get()));
  if (extensions) {
    int critical = -1;
    bssl::UniquePtr<GENERAL_NAMES> names(
        static_cast<GENERAL_NAMES*>(X509V3_get_d2i(
            extensions.get(), NID_subject_alt_name, &critical, nullptr)));
    if (names) {
      OTRP_RETURN_IF_ERROR(internal::ReadNames(names.get(), &info.names));
    } else if (critical != -1) {
      return Bad("the request's subjectAltName can't be read");
    }
  }
  return info;
}

}  // namespace crypto
}  // namespace otrp
