#include "libs/crypto/pkcs11.h"

#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/engine.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/internal.h"
#include "libs/crypto/pkcs11_library.h"

namespace otrp {
namespace crypto {
namespace {

using internal::ErrorScope;
using internal::FindObjects;
using internal::Octets;
using internal::Pkcs11Library;
using internal::Pkcs11Uri;
using internal::ReadAttribute;
using internal::ToCbs;
using internal::ToView;

// What is to be signed with: where it is, and by which name it is found again
// after the token was away, when its old handle means nothing or another key.
class TokenKey {
 public:
  TokenKey(std::shared_ptr<Pkcs11Library> library, Pkcs11Uri uri)
      : library_(std::move(library)), uri_(std::move(uri)) {}

  absl::Status Sign(CK_MECHANISM_TYPE type, absl::string_view input,
                    std::string* signature);

  // Remembers why a signature failed; true: it didn't.
  bool Believe(const absl::Status& status, bool right);

 private:
  struct Place {
    CK_SLOT_ID slot;
    CK_OBJECT_HANDLE object;
    // Of the library, of which these are.
    int64_t restarts;
  };
  absl::Status LookAndSign(CK_MECHANISM_TYPE type, absl::string_view input,
                           std::string* signature);
  absl::StatusOr<Place> Look() const;
  absl::Status SignAt(const Place& place, CK_MECHANISM_TYPE type,
                      absl::string_view input, std::string* signature) const;

  const std::shared_ptr<Pkcs11Library> library_;
  const Pkcs11Uri uri_;
  std::mutex mutex_;
  absl::optional<Place> place_;
};

// `*object` is set where one alone matches.
CK_RV FindOne(CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE session,
              CK_OBJECT_CLASS object_class,
              const std::vector<CK_ATTRIBUTE>& names, size_t* matching,
              CK_OBJECT_HANDLE* object) {
  std::vector<CK_OBJECT_HANDLE> found;
  const CK_RV result =
      FindObjects(functions, session, object_class, names, &found);
  *matching = found.size();
  if (found.size() == 1) *object = found[0];
  return result;
}

absl::Status OneOnly(size_t matching, absl::string_view what) {
  if (matching == 1) return absl::OkStatus();
  if (matching == 0) {
    return absl::NotFoundError(
        absl::StrCat("the token has no ", what, " of the key's URI"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("a key's PKCS #11 URI: means more than one ", what));
}

absl::StatusOr<TokenKey::Place> TokenKey::Look() const {
  Place place = {};
  place.restarts = library_->restarts();
  OTRP_ASSIGN_OR_RETURN(place.slot, library_->SlotOf(uri_.get()));
  size_t matching = 0;
  OTRP_RETURN_IF_ERROR(library_->Do(
      place.slot, "doesn't tell of the key",
      [&](CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE session) -> CK_RV {
        return FindOne(functions, session, CKO_PRIVATE_KEY,
                       internal::NamesOf(uri_.get()), &matching, &place.object);
      }));
  OTRP_RETURN_IF_ERROR(OneOnly(matching, "private key"));
  return place;
}

absl::Status TokenKey::SignAt(const Place& place, CK_MECHANISM_TYPE type,
                              absl::string_view input,
                              std::string* signature) const {
  const CK_ULONG room = signature->size();
  return library_->Do(
      place.slot, "doesn't sign",
      [&](CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE session) -> CK_RV {
        CK_MECHANISM mechanism = {type, nullptr, 0};
        CK_RV result = functions->C_SignInit(session, &mechanism, place.object);
        if (result != CKR_OK) return result;
        CK_ULONG size = room;
        result = functions->C_Sign(session, const_cast<uint8_t*>(Octets(input)),
                                   input.size(), Octets(signature), &size);
        if (result == CKR_OK) signature->resize(size);
        return result;
      });
}

absl::Status TokenKey::Sign(CK_MECHANISM_TYPE type, absl::string_view input,
                            std::string* signature) {
  absl::optional<Place> place;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    place = place_;
  }
  if (place.has_value() && place->restarts == library_->restarts()) {
    const absl::Status status = SignAt(*place, type, input, signature);
    if (status.ok()) return status;
  }
  absl::Status status = LookAndSign(type, input, signature);
  if (!status.ok() && library_->Restart()) {
    status = LookAndSign(type, input, signature);
  }
  return status;
}

absl::Status TokenKey::LookAndSign(CK_MECHANISM_TYPE type,
                                   absl::string_view input,
                                   std::string* signature) {
  OTRP_ASSIGN_OR_RETURN(const Place place, Look());
  OTRP_RETURN_IF_ERROR(SignAt(place, type, input, signature));
  std::lock_guard<std::mutex> lock(mutex_);
  place_ = place;
  return absl::OkStatus();
}

bool TokenKey::Believe(const absl::Status& status, bool right) {
  const bool good = status.ok() && right;
  if (!good) {
    std::lock_guard<std::mutex> lock(mutex_);
    // The handle may be another key's by now.
    place_.reset();
  }
  library_->SetTrouble(
      status.ok() && !right
          ? absl::UnavailableError("the token made a wrong signature")
          : status);
  return good;
}

// --- BoringSSL's side -----------------------------------------------------

void FreeTokenKey(void*, void* ptr, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<TokenKey*>(ptr);
}

int RsaIndex() {
  static const int index =
      RSA_get_ex_new_index(0, nullptr, nullptr, nullptr, &FreeTokenKey);
  return index;
}

int EcIndex() {
  static const int index =
      EC_KEY_get_ex_new_index(0, nullptr, nullptr, nullptr, &FreeTokenKey);
  return index;
}

int SignRsa(int hash, const uint8_t* digest, unsigned digest_size, uint8_t* out,
            unsigned* out_size, const RSA* rsa) {
  auto* key = static_cast<TokenKey*>(RSA_get_ex_data(rsa, RsaIndex()));
  uint8_t* info = nullptr;
  size_t info_size = 0;
  int allocated = 0;
  if (!RSA_add_pkcs1_prefix(&info, &info_size, &allocated, hash, digest,
                            digest_size)) {
    return 0;
  }
  const std::string input(ToView(info, info_size));
  if (allocated != 0) OPENSSL_free(info);
  std::string signature(RSA_size(rsa), '\0');
  const absl::Status status = key->Sign(CKM_RSA_PKCS, input, &signature);
  if (!key->Believe(status,
                    signature.size() == RSA_size(rsa) &&
                        RSA_verify(hash, digest, digest_size, Octets(signature),
                                   signature.size(), const_cast<RSA*>(rsa)))) {
    return 0;
  }
  signature.copy(reinterpret_cast<char*>(out), signature.size());
  *out_size = signature.size();
  return 1;
}

int SignEc(const uint8_t* digest, size_t digest_size, uint8_t* out,
           unsigned* out_size, EC_KEY* ec) {
  auto* key = static_cast<TokenKey*>(EC_KEY_get_ex_data(ec, EcIndex()));
  const size_t half = BN_num_bytes(EC_GROUP_get0_order(EC_KEY_get0_group(ec)));
  // r and s one after the other; a digest longer than the order is cut there
  // (FIPS 186-4 6.4), which tokens leave to us.
  std::string signature(2 * half, '\0');
  const absl::Status status = key->Sign(
      CKM_ECDSA, ToView(digest, std::min(digest_size, half)), &signature);
  bssl::UniquePtr<ECDSA_SIG> parts;
  if (status.ok() && signature.size() == 2 * half) {
    parts.reset(ECDSA_SIG_new());
    bssl::UniquePtr<BIGNUM> r(BN_bin2bn(Octets(signature), half, nullptr));
    bssl::UniquePtr<BIGNUM> s(
        BN_bin2bn(Octets(signature) + half, half, nullptr));
    if (parts && r && s && ECDSA_SIG_set0(parts.get(), r.get(), s.get())) {
      r.release();
      s.release();
    } else {
      parts.reset();
    }
  }
  if (!key->Believe(status, parts && ECDSA_do_verify(digest, digest_size,
                                                     parts.get(), ec))) {
    return 0;
  }
  uint8_t* der = nullptr;
  size_t der_size = 0;
  if (!ECDSA_SIG_to_bytes(&der, &der_size, parts.get())) return 0;
  bssl::UniquePtr<uint8_t> owned(der);
  ToView(der, der_size).copy(reinterpret_cast<char*>(out), der_size);
  *out_size = der_size;
  return 1;
}

// Nothing but signing with PKCS#1 padding is asked of an authority's key.
int NoTransform(RSA*, uint8_t*, const uint8_t*, size_t) { return 0; }

ENGINE* Engine() {
  static ENGINE* const engine = [] {
    static RSA_METHOD rsa = {};
    rsa.common.is_static = 1;
    rsa.flags = RSA_FLAG_OPAQUE;
    rsa.sign = &SignRsa;
    rsa.private_transform = &NoTransform;
    static ECDSA_METHOD ecdsa = {};
    ecdsa.common.is_static = 1;
    ecdsa.flags = ECDSA_FLAG_OPAQUE;
    ecdsa.sign = &SignEc;
    ENGINE* made = ENGINE_new();
    ENGINE_set_RSA_method(made, &rsa, sizeof(rsa));
    ENGINE_set_ECDSA_method(made, &ecdsa, sizeof(ecdsa));
    return made;
  }();
  return engine;
}

absl::Status UnusableKey(absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("the token's key can't be used: ", why));
}

// What the token says of the public half.
struct PublicHalf {
  CK_KEY_TYPE type = 0;
  std::string modulus, exponent;
  // DER: an OBJECT IDENTIFIER; an OCTET STRING with a point.
  std::string curve, point;
};

absl::StatusOr<bssl::UniquePtr<EVP_PKEY>> WrapRsa(
    const PublicHalf& half, std::unique_ptr<TokenKey> token_key) {
  bssl::UniquePtr<RSA> rsa(RSA_new_method(Engine()));
  bssl::UniquePtr<BIGNUM> n(
      BN_bin2bn(Octets(half.modulus), half.modulus.size(), nullptr));
  bssl::UniquePtr<BIGNUM> e(
      BN_bin2bn(Octets(half.exponent), half.exponent.size(), nullptr));
  if (!rsa || !n || !e || !RSA_set0_key(rsa.get(), n.get(), e.get(), nullptr)) {
    return UnusableKey("its modulus can't be read");
  }
  n.release();
  e.release();
  if (!RSA_set_ex_data(rsa.get(), RsaIndex(), token_key.get())) {
    return absl::InternalError("no memory for a key");
  }
  token_key.release();
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  if (!key || !EVP_PKEY_set1_RSA(key.get(), rsa.get())) {
    return absl::InternalError("no memory for a key");
  }
  return key;
}

absl::StatusOr<bssl::UniquePtr<EVP_PKEY>> WrapEc(
    const PublicHalf& half, std::unique_ptr<TokenKey> token_key) {
  CBS curve = ToCbs(half.curve);
  CBS point = ToCbs(half.point);
  bssl::UniquePtr<EC_GROUP> group(EC_KEY_parse_curve_name(&curve));
  if (!group) return UnusableKey("its curve isn't P-256 or P-384");
  CBS inner;
  // Some libraries give the point without the OCTET STRING around it.
  if (!CBS_get_asn1(&point, &inner, CBS_ASN1_OCTETSTRING) ||
      CBS_len(&point) != 0) {
    inner = ToCbs(half.point);
  }
  bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_method(Engine()));
  bssl::UniquePtr<EC_POINT> pub(EC_POINT_new(group.get()));
  if (!ec || !pub || !EC_KEY_set_group(ec.get(), group.get()) ||
      !EC_POINT_oct2point(group.get(), pub.get(), CBS_data(&inner),
                          CBS_len(&inner), nullptr) ||
      !EC_KEY_set_public_key(ec.get(), pub.get())) {
    return UnusableKey("its point can't be read");
  }
  if (!EC_KEY_set_ex_data(ec.get(), EcIndex(), token_key.get())) {
    return absl::InternalError("no memory for a key");
  }
  token_key.release();
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  if (!key || !EVP_PKEY_set1_EC_KEY(key.get(), ec.get())) {
    return absl::InternalError("no memory for a key");
  }
  return key;
}

CK_RV ReadPublicHalf(CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE session,
                     CK_OBJECT_HANDLE object, PublicHalf* half) {
  std::string type;
  CK_RV result = ReadAttribute(functions, session, object, CKA_KEY_TYPE, &type);
  if (result != CKR_OK) return result;
  if (type.size() != sizeof(half->type)) return CKR_GENERAL_ERROR;
  type.copy(reinterpret_cast<char*>(&half->type), sizeof(half->type));
  const std::pair<CK_ATTRIBUTE_TYPE, std::string*> rsa[] = {
      {CKA_MODULUS, &half->modulus}, {CKA_PUBLIC_EXPONENT, &half->exponent}};
  const std::pair<CK_ATTRIBUTE_TYPE, std::string*> ec[] = {
      {CKA_EC_PARAMS, &half->curve}, {CKA_EC_POINT, &half->point}};
  for (const auto& [attribute, value] : half->type == CKK_RSA ? rsa : ec) {
    result = ReadAttribute(functions, session, object, attribute, value);
    if (result != CKR_OK) return result;
  }
  return CKR_OK;
}

std::string CurveDer(KeyType type) {
  bssl::ScopedCBB cbb;
  bssl::UniquePtr<EC_GROUP> group(EC_GROUP_new_by_curve_name(
      type == KeyType::kEcP256 ? NID_X9_62_prime256v1 : NID_secp384r1));
  uint8_t* der = nullptr;
  size_t size = 0;
  if (!CBB_init(cbb.get(), 16) ||
      !EC_KEY_marshal_curve_name(cbb.get(), group.get()) ||
      !CBB_finish(cbb.get(), &der, &size)) {
    return "";
  }
  bssl::UniquePtr<uint8_t> owned(der);
  return std::string(ToView(der, size));
}

CK_RV MakePair(CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE session,
               const std::vector<CK_ATTRIBUTE>& names, KeyType type,
               int rsa_bits) {
  CK_BBOOL yes = CK_TRUE;
  CK_BBOOL no = CK_FALSE;
  CK_ULONG bits = rsa_bits;
  CK_BYTE f4[] = {1, 0, 1};
  std::string curve = type == KeyType::kRsa ? "" : CurveDer(type);
  std::vector<CK_ATTRIBUTE> pub = names;
  pub.push_back({CKA_TOKEN, &yes, sizeof(yes)});
  pub.push_back({CKA_VERIFY, &yes, sizeof(yes)});
  if (type == KeyType::kRsa) {
    pub.push_back({CKA_MODULUS_BITS, &bits, sizeof(bits)});
    pub.push_back({CKA_PUBLIC_EXPONENT, f4, sizeof(f4)});
  } else {
    pub.push_back({CKA_EC_PARAMS, &curve[0], curve.size()});
  }
  std::vector<CK_ATTRIBUTE> own = names;
  for (const CK_ATTRIBUTE_TYPE what :
       {CKA_TOKEN, CKA_PRIVATE, CKA_SENSITIVE, CKA_SIGN}) {
    own.push_back({what, &yes, sizeof(yes)});
  }
  own.push_back({CKA_EXTRACTABLE, &no, sizeof(no)});
  CK_MECHANISM mechanism = {
      type == KeyType::kRsa ? CKM_RSA_PKCS_KEY_PAIR_GEN : CKM_EC_KEY_PAIR_GEN,
      nullptr, 0};
  CK_OBJECT_HANDLE made[2] = {};
  return functions->C_GenerateKeyPair(session, &mechanism, pub.data(),
                                      pub.size(), own.data(), own.size(),
                                      &made[0], &made[1]);
}

}  // namespace

bool IsPkcs11Uri(absl::string_view text) {
  return absl::StartsWith(text, "pkcs11:");
}

absl::Status CheckPkcs11Uri(absl::string_view uri) {
  return internal::ReadPkcs11Uri(uri).status();
}

Pkcs11::Pkcs11(std::shared_ptr<Pkcs11Library> library)
    : library_(std::move(library)) {}
Pkcs11::~Pkcs11() = default;

absl::StatusOr<std::unique_ptr<Pkcs11>> Pkcs11::Open(const std::string& library,
                                                     SecretBytes pin) {
  OTRP_ASSIGN_OR_RETURN(std::shared_ptr<Pkcs11Library> opened,
                        Pkcs11Library::Open(library, std::move(pin)));
  return std::unique_ptr<Pkcs11>(new Pkcs11(std::move(opened)));
}

absl::StatusOr<PrivateKey> Pkcs11::Find(absl::string_view uri) {
  absl::StatusOr<PrivateKey> found = FindOnce(uri);
  // A token that was away, or a key that another process has made since.
  const bool gone =
      absl::IsUnavailable(found.status()) || absl::IsNotFound(found.status());
  return gone && library_->Restart() ? FindOnce(uri) : std::move(found);
}

absl::StatusOr<PrivateKey> Pkcs11::FindOnce(absl::string_view uri) {
  ErrorScope errors;
  OTRP_ASSIGN_OR_RETURN(Pkcs11Uri read, internal::ReadPkcs11Uri(uri));
  OTRP_ASSIGN_OR_RETURN(const CK_SLOT_ID slot, library_->SlotOf(read.get()));
  const std::vector<CK_ATTRIBUTE> names = internal::NamesOf(read.get());
  size_t privates = 0;
  size_t publics = 0;
  PublicHalf half;
  OTRP_RETURN_IF_ERROR(library_->Do(
      slot, "doesn't tell of the key",
      [&](CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE session) -> CK_RV {
        CK_OBJECT_HANDLE object = 0;
        CK_RV result = FindOne(functions, session, CKO_PRIVATE_KEY, names,
                               &privates, &object);
        if (result == CKR_OK) {
          result = FindOne(functions, session, CKO_PUBLIC_KEY, names, &publics,
                           &object);
        }
        if (result != CKR_OK || publics != 1) return result;
        return ReadPublicHalf(functions, session, object, &half);
      }));
  OTRP_RETURN_IF_ERROR(OneOnly(privates, "private key"));
  OTRP_RETURN_IF_ERROR(OneOnly(publics, "public key"));
  auto token_key = std::make_unique<TokenKey>(library_, std::move(read));
  if (half.type != CKK_RSA && half.type != CKK_EC) {
    return UnusableKey("it is neither RSA nor EC");
  }
  OTRP_ASSIGN_OR_RETURN(bssl::UniquePtr<EVP_PKEY> key,
                        half.type == CKK_RSA
                            ? WrapRsa(half, std::move(token_key))
                            : WrapEc(half, std::move(token_key)));
  return PrivateKey::FromToken(key.release());
}

absl::StatusOr<PrivateKey> Pkcs11::Generate(absl::string_view uri, KeyType type,
                                            int rsa_bits) {
  if (type == KeyType::kEcP521) return UnusableKey("nobody signs on P-521");
  if (type == KeyType::kRsa && rsa_bits != 2048 && rsa_bits != 3072 &&
      rsa_bits != 4096) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no RSA key of ", rsa_bits, " bits: ask for 2048, 3072 or 4096"));
  }
  OTRP_ASSIGN_OR_RETURN(const Pkcs11Uri read, internal::ReadPkcs11Uri(uri));
  OTRP_ASSIGN_OR_RETURN(const CK_SLOT_ID slot, library_->SlotOf(read.get()));
  const std::vector<CK_ATTRIBUTE> names = internal::NamesOf(read.get());
  bool taken = false;
  OTRP_RETURN_IF_ERROR(library_->Do(
      slot, "doesn't make the key",
      [&](CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE session) -> CK_RV {
        std::vector<CK_OBJECT_HANDLE> found;
        const CK_RV result =
            FindObjects(functions, session, CKO_PRIVATE_KEY, names, &found);
        taken = !found.empty();
        if (result != CKR_OK || taken) return result;
        return MakePair(functions, session, names, type, rsa_bits);
      }));
  if (taken) {
    return absl::AlreadyExistsError("the token has a key of that name already");
  }
  return Find(uri);
}

absl::Status Pkcs11::trouble() const { return library_->trouble(); }

}  // namespace crypto
}  // namespace otrp
