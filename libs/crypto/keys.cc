#include "libs/crypto/keys.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/internal.h"
#include "libs/crypto/pem.h"
#include "libs/crypto/weak_key.h"

namespace otrp {
namespace crypto {
namespace {

using internal::ErrorScope;
using internal::Octets;
using internal::ToCbs;
using internal::ToView;

constexpr size_t kP256Octets = 32;
constexpr size_t kP256PointOctets = 1 + 2 * kP256Octets;

// What stands before the point in each SubjectPublicKeyInfo of P-256 (RFC 5480
// section 2.1.1: id-ecPublicKey, prime256v1).
constexpr unsigned char kP256SpkiStart[] = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
    0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
    0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};

absl::string_view P256SpkiStart() {
  return ToView(kP256SpkiStart, sizeof(kP256SpkiStart));
}

// True for the octets that are the one encoding of the P-256 key that they were
// read as. Spares a marshalling, which costs an inversion in the field.
bool IsP256Spki(absl::string_view der) {
  return der.size() == sizeof(kP256SpkiStart) + kP256PointOctets &&
         absl::StartsWith(der, P256SpkiStart()) &&
         der[sizeof(kP256SpkiStart)] == 4;
}

std::string ToOctets(const BIGNUM* number) {
  std::string out(BN_num_bytes(number), '\0');
  if (!out.empty()) BN_bn2bin(number, Octets(&out));
  return out;
}

bssl::UniquePtr<BIGNUM> ToBignum(absl::string_view octets) {
  return bssl::UniquePtr<BIGNUM>(
      BN_bin2bn(Octets(octets), octets.size(), nullptr));
}

// Octets of a CBB; empty when something failed on the way.
std::string Finish(CBB* cbb) {
  uint8_t* data = nullptr;
  size_t size = 0;
  if (!CBB_finish(cbb, &data, &size)) return {};
  std::string out(ToView(data, size));
  OPENSSL_free(data);  // which wipes it
  return out;
}

std::string MarshalSpki(const EVP_PKEY* key) {
  bssl::ScopedCBB cbb;
  if (!CBB_init(cbb.get(), 512) || !EVP_marshal_public_key(cbb.get(), key)) {
    return {};
  }
  return Finish(cbb.get());
}

absl::Status UnusableKey(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("unusable key: ", why));
}

absl::StatusOr<KeyType> TypeOf(const EVP_PKEY* key) {
  switch (EVP_PKEY_id(key)) {
    case EVP_PKEY_RSA: return KeyType::kRsa;
    case EVP_PKEY_EC:
      switch (EC_GROUP_get_curve_name(
          EC_KEY_get0_group(EVP_PKEY_get0_EC_KEY(key)))) {
        case NID_X9_62_prime256v1: return KeyType::kEcP256;
        case NID_secp384r1: return KeyType::kEcP384;
        case NID_secp521r1: return KeyType::kEcP521;
        default: return UnusableKey("the curve is none of P-256, -384, -521");
      }
    default: return UnusableKey("neither RSA nor EC");
  }
}

absl::StatusOr<KeyType> MessageTypeOf(const EVP_PKEY* key) {
  OTRP_ASSIGN_OR_RETURN(const KeyType type, TypeOf(key));
  if (!IsMessageKey(type)) return UnusableKey("the curve is not P-256");
  return type;
}

absl::Status CheckPublic(const EVP_PKEY* key, KeyType type) {
  if (type == KeyType::kRsa) {
    const RSA* rsa = EVP_PKEY_get0_RSA(key);
    return CheckRsaPublicKey(ToOctets(RSA_get0_n(rsa)),
                             ToOctets(RSA_get0_e(rsa)));
  }
  if (!EC_KEY_check_key(EVP_PKEY_get0_EC_KEY(key))) {
    return UnusableKey("the point is not on the curve");
  }
  return absl::OkStatus();
}

bssl::UniquePtr<EVP_PKEY> WrapRsa(bssl::UniquePtr<RSA> rsa) {
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  if (!rsa || !key || !EVP_PKEY_set1_RSA(key.get(), rsa.get())) return nullptr;
  return key;
}

bssl::UniquePtr<EVP_PKEY> WrapEc(bssl::UniquePtr<EC_KEY> ec) {
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  if (!ec || !key || !EVP_PKEY_set1_EC_KEY(key.get(), ec.get())) return nullptr;
  return key;
}

// The SPKI of numbers that nobody has checked yet: FromSpki does.
absl::StatusOr<std::string> RsaSpki(bssl::UniquePtr<RSA> rsa) {
  bssl::UniquePtr<EVP_PKEY> key = WrapRsa(std::move(rsa));
  std::string spki = key ? MarshalSpki(key.get()) : std::string();
  if (spki.empty()) return UnusableKey("not an RSA public key");
  return spki;
}

}  // namespace

absl::string_view KeyTypeName(KeyType type) {
  switch (type) {
    case KeyType::kRsa: return "RSA";
    case KeyType::kEcP256: return "EC";
    case KeyType::kEcP384: return "EC on P-384";
    case KeyType::kEcP521: return "EC on P-521";
  }
  return "";
}

// ---- PublicKey

struct PublicKey::Impl {
  bssl::UniquePtr<EVP_PKEY> key;
  std::string spki;
  KeyType type;
};

absl::StatusOr<PublicKey> PublicKey::FromSpki(absl::string_view der) {
  return Read(der, /*message_key=*/true);
}

absl::StatusOr<PublicKey> PublicKey::FromCertificateSpki(
    absl::string_view der) {
  return Read(der, /*message_key=*/false);
}

absl::StatusOr<PublicKey> PublicKey::Read(absl::string_view der,
                                          bool message_key) {
  ErrorScope errors;
  CBS cbs = ToCbs(der);
  bssl::UniquePtr<EVP_PKEY> key(EVP_parse_public_key(&cbs));
  if (!key) {
    return UnusableKey(
        IsP256Spki(der)
            ? "the point is not on the curve"
            : "not the SubjectPublicKeyInfo of an RSA or P-256 key");
  }
  if (CBS_len(&cbs) != 0) return UnusableKey("octets after its end");
  OTRP_ASSIGN_OR_RETURN(const KeyType type, message_key
                                                ? MessageTypeOf(key.get())
                                                : TypeOf(key.get()));
  OTRP_RETURN_IF_ERROR(CheckPublic(key.get(), type));
  auto impl = std::make_shared<Impl>();
  impl->spki = IsP256Spki(der) ? std::string(der) : MarshalSpki(key.get());
  // One key has one encoding, so that keys can be compared by it.
  if (impl->spki != der) {
    return UnusableKey("not its one DER encoding (is the point compressed?)");
  }
  impl->key = std::move(key);
  impl->type = type;
  return PublicKey(std::move(impl));
}

absl::StatusOr<PublicKey> PublicKey::FromEvp(evp_pkey_st* key) {
  ErrorScope errors;
  const std::string spki = MarshalSpki(key);
  if (spki.empty()) return UnusableKey("it has no public half");
  return FromCertificateSpki(spki);
}

absl::StatusOr<PublicKey> PublicKey::FromRsaPkcs1(absl::string_view der) {
  ErrorScope errors;
  CBS cbs = ToCbs(der);
  bssl::UniquePtr<RSA> rsa(RSA_parse_public_key(&cbs));
  if (!rsa) return UnusableKey("not an RSAPublicKey of PKCS#1");
  if (CBS_len(&cbs) != 0) return UnusableKey("octets after its end");
  OTRP_ASSIGN_OR_RETURN(const std::string spki, RsaSpki(std::move(rsa)));
  return FromSpki(spki);
}

absl::StatusOr<PublicKey> PublicKey::FromRsaNumbers(
    const RsaPublicNumbers& numbers) {
  ErrorScope errors;
  // Before BoringSSL sees them, which has limits of its own.
  OTRP_RETURN_IF_ERROR(CheckRsaPublicKey(numbers.modulus, numbers.exponent));
  bssl::UniquePtr<RSA> rsa(RSA_new());
  bssl::UniquePtr<BIGNUM> n = ToBignum(numbers.modulus);
  bssl::UniquePtr<BIGNUM> e = ToBignum(numbers.exponent);
  if (!rsa || !n || !e || !RSA_set0_key(rsa.get(), n.get(), e.get(), nullptr)) {
    return UnusableKey("not an RSA public key");
  }
  n.release();
  e.release();
  OTRP_ASSIGN_OR_RETURN(const std::string spki, RsaSpki(std::move(rsa)));
  return FromSpki(spki);
}

absl::StatusOr<PublicKey> PublicKey::FromEcPoint(absl::string_view octets) {
  if (octets.size() != kP256PointOctets || octets[0] != 4) {
    return UnusableKey("not an uncompressed point of P-256 (65 octets)");
  }
  // All else in this SPKI is right.
  absl::StatusOr<PublicKey> key =
      FromSpki(absl::StrCat(P256SpkiStart(), octets));
  if (!key.ok()) return UnusableKey("the point is not on the curve");
  return key;
}

absl::StatusOr<PublicKey> PublicKey::FromEcCoordinates(
    const EcCoordinates& point) {
  if (point.x.size() != kP256Octets || point.y.size() != kP256Octets) {
    return UnusableKey("a coordinate of P-256 has 32 octets");
  }
  return FromEcPoint(absl::StrCat("\x04", point.x, point.y));
}

const std::string& PublicKey::ToSpki() const { return impl_->spki; }

KeyType PublicKey::type() const { return impl_->type; }

int PublicKey::bits() const { return EVP_PKEY_bits(impl_->key.get()); }

RsaPublicNumbers PublicKey::rsa_numbers() const {
  const RSA* rsa = EVP_PKEY_get0_RSA(impl_->key.get());
  return {ToOctets(RSA_get0_n(rsa)), ToOctets(RSA_get0_e(rsa))};
}

EcCoordinates PublicKey::ec_coordinates() const {
  // The SPKI of P-256 ends in 0x04 || X || Y.
  const absl::string_view spki = impl_->spki;
  const absl::string_view xy = spki.substr(spki.size() - 2 * kP256Octets);
  return {std::string(xy.substr(0, kP256Octets)),
          std::string(xy.substr(kP256Octets))};
}

evp_pkey_st* PublicKey::evp() const { return impl_->key.get(); }

// ---- PrivateKey

struct PrivateKey::Impl {
  Impl(bssl::UniquePtr<EVP_PKEY> k, PublicKey p)
      : key(std::move(k)), pub(std::move(p)) {}
  bssl::UniquePtr<EVP_PKEY> key;
  PublicKey pub;
};

absl::StatusOr<PrivateKey> PrivateKey::Adopt(evp_pkey_st* owned, Origin origin,
                                             Use use) {
  bssl::UniquePtr<EVP_PKEY> key(owned);
  if (!key) return UnusableKey("not an unencrypted RSA or EC private key");
  OTRP_ASSIGN_OR_RETURN(const KeyType type, use == Use::kMessages
                                                ? MessageTypeOf(key.get())
                                                : TypeOf(key.get()));
  if (type == KeyType::kEcP521) return UnusableKey("nobody signs on P-521");
  if (type != KeyType::kRsa && origin == Origin::kRead &&
      !EC_KEY_check_key(EVP_PKEY_get0_EC_KEY(key.get()))) {
    return UnusableKey("the private half doesn't belong to the point");
  }
  const std::string spki = MarshalSpki(key.get());
  if (spki.empty()) return UnusableKey("it has no public half");
  OTRP_ASSIGN_OR_RETURN(PublicKey pub,
                        use == Use::kMessages
                            ? PublicKey::FromSpki(spki)
                            : PublicKey::FromCertificateSpki(spki));
  return PrivateKey(std::make_shared<Impl>(std::move(key), std::move(pub)));
}

absl::StatusOr<PrivateKey> PrivateKey::Generate(KeyType type, int rsa_bits) {
  ErrorScope errors;
  if (type == KeyType::kEcP521) return UnusableKey("nobody signs on P-521");
  if (type != KeyType::kRsa) {
    bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(
        type == KeyType::kEcP256 ? NID_X9_62_prime256v1 : NID_secp384r1));
    if (!ec || !EC_KEY_generate_key(ec.get())) {
      return absl::InternalError("an EC key could not be made");
    }
    return Adopt(WrapEc(std::move(ec)).release(), Origin::kGenerated,
                 Use::kCertificates);
  }
  if (rsa_bits != 2048 && rsa_bits != 3072 && rsa_bits != 4096) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no RSA key of ", rsa_bits, " bits: ask for 2048, 3072 or 4096"));
  }
  bssl::UniquePtr<RSA> rsa(RSA_new());
  bssl::UniquePtr<BIGNUM> e(BN_new());
  if (!rsa || !e || !BN_set_word(e.get(), RSA_F4) ||
      !RSA_generate_key_ex(rsa.get(), rsa_bits, e.get(), nullptr)) {
    return absl::InternalError("an RSA key could not be made");
  }
  return Adopt(WrapRsa(std::move(rsa)).release(), Origin::kGenerated);
}

absl::StatusOr<PrivateKey> PrivateKey::FromPkcs8(absl::string_view der) {
  return Read(der, Use::kMessages);
}

absl::StatusOr<PrivateKey> PrivateKey::FromAuthorityPkcs8(
    absl::string_view der) {
  return Read(der, Use::kCertificates);
}

absl::StatusOr<PrivateKey> PrivateKey::Read(absl::string_view der, Use use) {
  ErrorScope errors;
  CBS cbs = ToCbs(der);
  bssl::UniquePtr<EVP_PKEY> key(EVP_parse_private_key(&cbs));
  if (key && CBS_len(&cbs) != 0) return UnusableKey("octets after its end");
  return Adopt(key.release(), Origin::kRead, use);
}

absl::StatusOr<PrivateKey> PrivateKey::FromPem(absl::string_view pem) {
  return ReadPem(pem, Use::kMessages);
}

absl::StatusOr<PrivateKey> PrivateKey::FromTlsPem(absl::string_view pem) {
  return ReadPem(pem, Use::kCertificates);
}

absl::StatusOr<PrivateKey> PrivateKey::ReadPem(absl::string_view pem, Use use) {
  ErrorScope errors;
  OTRP_ASSIGN_OR_RETURN(std::vector<PemBlock> blocks, PemDecode(pem));
  int keys = 0;
  absl::StatusOr<PrivateKey> result = UnusableKey(
      "no \"BEGIN PRIVATE KEY\" block; encrypted keys are not read");
  for (PemBlock& block : blocks) {
    const SecretBytes der = SecretBytes::Take(std::move(block.der));
    CBS cbs = ToCbs(der.view());
    if (block.label == "PRIVATE KEY") {
      result = Read(der.view(), use);
    } else if (block.label == "RSA PRIVATE KEY") {
      bssl::UniquePtr<RSA> rsa(RSA_parse_private_key(&cbs));
      if (CBS_len(&cbs) != 0) rsa = nullptr;
      result = Adopt(WrapRsa(std::move(rsa)).release(), Origin::kRead);
    } else if (block.label == "EC PRIVATE KEY") {
      bssl::UniquePtr<EC_KEY> ec(EC_KEY_parse_private_key(&cbs, nullptr));
      if (CBS_len(&cbs) != 0) ec = nullptr;
      result = Adopt(WrapEc(std::move(ec)).release(), Origin::kRead, use);
    } else {
      continue;  // a certificate, or "EC PARAMETERS"
    }
    ++keys;
  }
  if (keys > 1) return UnusableKey("more than one private key");
  return result;
}

absl::StatusOr<PrivateKey> PrivateKey::FromRsaNumbers(
    const RsaPrivateNumbers& numbers) {
  ErrorScope errors;
  OTRP_RETURN_IF_ERROR(
      CheckRsaPublicKey(numbers.pub.modulus, numbers.pub.exponent));
  bssl::UniquePtr<RSA> rsa(RSA_new());
  bssl::UniquePtr<BIGNUM> n = ToBignum(numbers.pub.modulus);
  bssl::UniquePtr<BIGNUM> e = ToBignum(numbers.pub.exponent);
  bssl::UniquePtr<BIGNUM> d = ToBignum(numbers.d.view());
  bssl::UniquePtr<BIGNUM> p = ToBignum(numbers.p.view());
  bssl::UniquePtr<BIGNUM> q = ToBignum(numbers.q.view());
  bssl::UniquePtr<BIGNUM> dp = ToBignum(numbers.dp.view());
  bssl::UniquePtr<BIGNUM> dq = ToBignum(numbers.dq.view());
  bssl::UniquePtr<BIGNUM> qi = ToBignum(numbers.qi.view());
  if (!rsa || !n || !e || !d || !p || !q || !dp || !dq || !qi) {
    return absl::InternalError("no memory for an RSA key");
  }
  // set0: the RSA owns them from here on.
  if (!RSA_set0_key(rsa.get(), n.release(), e.release(), d.release()) ||
      !RSA_set0_factors(rsa.get(), p.release(), q.release()) ||
      !RSA_set0_crt_params(rsa.get(), dp.release(), dq.release(),
                           qi.release()) ||
      !RSA_check_key(rsa.get())) {
    return UnusableKey("the RSA numbers don't belong together");
  }
  return Adopt(WrapRsa(std::move(rsa)).release(), Origin::kRead);
}

absl::StatusOr<PrivateKey> PrivateKey::FromEcScalar(
    absl::string_view scalar, const EcCoordinates& point) {
  ErrorScope errors;
  OTRP_ASSIGN_OR_RETURN(const PublicKey pub,
                        PublicKey::FromEcCoordinates(point));
  if (scalar.size() != kP256Octets) {
    return UnusableKey("a private key of P-256 has 32 octets");
  }
  bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  bssl::UniquePtr<BIGNUM> d = ToBignum(scalar);
  if (!ec || !d || !EC_KEY_set_private_key(ec.get(), d.get()) ||
      !EC_KEY_set_public_key(
          ec.get(), EC_KEY_get0_public_key(EVP_PKEY_get0_EC_KEY(pub.evp())))) {
    return UnusableKey("the scalar is out of range");
  }
  return Adopt(WrapEc(std::move(ec)).release(), Origin::kRead);
}

absl::StatusOr<PrivateKey> PrivateKey::FromToken(evp_pkey_st* owned) {
  ErrorScope errors;
  return Adopt(owned, Origin::kGenerated, Use::kCertificates);
}

bool PrivateKey::in_token() const {
  return EVP_PKEY_is_opaque(impl_->key.get()) != 0;
}

SecretBytes PrivateKey::ToPkcs8() const {
  ErrorScope errors;
  bssl::ScopedCBB cbb;
  if (!CBB_init(cbb.get(), 2048) ||
      !EVP_marshal_private_key(cbb.get(), impl_->key.get())) {
    // A key that was parsed or made can be written; else memory is short, or
    // the caller didn't look for one in a token.
    std::abort();
  }
  return SecretBytes::Take(Finish(cbb.get()));
}

SecretBytes PrivateKey::ToPem() const {
  const SecretBytes pkcs8 = ToPkcs8();
  return SecretBytes::Take(PemEncode("PRIVATE KEY", pkcs8.view()));
}

const PublicKey& PrivateKey::public_key() const { return impl_->pub; }

KeyType PrivateKey::type() const { return impl_->pub.type(); }

evp_pkey_st* PrivateKey::evp() const { return impl_->key.get(); }

}  // namespace crypto
}  // namespace otrp
