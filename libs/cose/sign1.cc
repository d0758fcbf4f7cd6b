#include "libs/cose/sign1.h"

#include "absl/strings/str_cat.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/der.h"
#include "libs/crypto/sign.h"

namespace otrp {
namespace cose {
namespace {

using cbor::Value;

constexpr int64_t kMac0Tag = 17;
// Header parameters.
constexpr int64_t kAlg = 1;
constexpr int64_t kCrit = 2;
constexpr int64_t kKid = 4;
constexpr int64_t kX5chain = 33;

constexpr size_t kMaxKidBytes = 64;

constexpr char kEcdsaWithSha384[] = "1.2.840.10045.4.3.3";
constexpr size_t kP384Octets = 48;

struct AlgRow {
  SigAlg alg;
  absl::string_view name;
  int64_t number;
  crypto::KeyType key;
};

constexpr AlgRow kAlgs[] = {
    {SigAlg::kES256, "ES256", -7, crypto::KeyType::kEcP256},
    {SigAlg::kES384, "ES384", -35, crypto::KeyType::kEcP384},
};

const AlgRow& RowOf(SigAlg alg) {
  return alg == SigAlg::kES256 ? kAlgs[0] : kAlgs[1];
}

absl::Status Malformed(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("no COSE_Sign1: ", why));
}

absl::StatusOr<SigAlg> AlgOf(const Value& header) {
  const Value* alg = header.Find(kAlg);
  if (alg == nullptr || !alg->is_integer()) {
    return Malformed("alg isn't in the protected header");
  }
  for (const AlgRow& row : kAlgs) {
    if (row.number == alg->integer()) return row.alg;
  }
  return Malformed(absl::StrCat("algorithm ", alg->integer(),
                                "; ES256 (-7) and ES384 (-35) are taken"));
}

// One certificate, or an array of two and more (RFC 9360).
absl::StatusOr<std::vector<std::string>> ChainOf(const Value& x5chain) {
  if (x5chain.is_bytes()) return std::vector<std::string>{x5chain.octets()};
  std::vector<std::string> chain;
  if (x5chain.is_array()) {
    for (const Value& item : x5chain.items()) {
      if (!item.is_bytes()) return Malformed("x5chain has other than octets");
      chain.push_back(item.octets());
    }
  }
  if (chain.empty() || chain.size() > kMaxChainLength) {
    return Malformed("x5chain is no chain of certificates");
  }
  return chain;
}

// The message in or without its tag.
absl::StatusOr<const Value*> ArrayOf(const Value& message) {
  if (message.is_tag(kMac0Tag)) {
    return absl::InvalidArgumentError(
        "a COSE_Mac0: who can check it could have made it; sign with "
        "COSE_Sign1");
  }
  const Value* array = &message;
  if (message.is(Value::Type::kTag)) {
    if (!message.is_tag(kSign1Tag)) return Malformed("it has another tag");
    array = &message.items()[0];
  }
  const std::vector<Value>& parts = array->items();
  if (!array->is_array() || parts.size() != 4 || !parts[0].is_bytes() ||
      !parts[1].is_map() || !parts[2].is_bytes() || !parts[3].is_bytes()) {
    return Malformed("it isn't [bstr, map, bstr, bstr]");
  }
  return array;
}

absl::Status VerifyEs384(const crypto::PublicKey& key, absl::string_view tbs,
                         absl::string_view signature) {
  namespace der = crypto::der;
  if (signature.size() != 2 * kP384Octets) {
    return absl::InvalidArgumentError("the signature is wrong");
  }
  return crypto::VerifyStrongSignature(
      key, kEcdsaWithSha384, tbs,
      der::Sequence({der::PositiveInteger(signature.substr(0, kP384Octets)),
                     der::PositiveInteger(signature.substr(kP384Octets))}));
}

}  // namespace

absl::string_view SigAlgName(SigAlg alg) { return RowOf(alg).name; }

absl::Status UnverifiedSign1::ReadHeaders(const Value& header,
                                          const Value& unprotected) {
  OTRP_ASSIGN_OR_RETURN(alg_, AlgOf(header));
  for (int64_t parameter : {kAlg, kCrit, kKid, kX5chain}) {
    const Value* value = header.Find(parameter);
    const Value* open = unprotected.Find(parameter);
    if (value != nullptr && open != nullptr) {
      return Malformed("a header parameter stands in both headers");
    }
    if (value == nullptr) value = open;
    if (value == nullptr) continue;
    if (parameter == kCrit) return Malformed("crit: no extension is known");
    if (parameter == kKid) {
      if (!value->is_bytes() || value->octets().size() > kMaxKidBytes) {
        return Malformed("kid isn't up to 64 octets");
      }
      kid_ = value->octets();
    }
    if (parameter == kX5chain) {
      OTRP_ASSIGN_OR_RETURN(x5chain_, ChainOf(*value));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<UnverifiedSign1> UnverifiedSign1::Parse(
    absl::string_view octets, const cbor::Limits& limits) {
  OTRP_ASSIGN_OR_RETURN(const Value message, cbor::Parse(octets, limits));
  OTRP_ASSIGN_OR_RETURN(const Value* array, ArrayOf(message));
  const std::vector<Value>& parts = array->items();
  OTRP_ASSIGN_OR_RETURN(Value header, cbor::Parse(parts[0].octets()));
  if (!header.is_map()) return Malformed("the protected header is no map");
  UnverifiedSign1 parsed;
  OTRP_RETURN_IF_ERROR(parsed.ReadHeaders(header, parts[1]));
  parsed.protected_ = parts[0].octets();
  parsed.header_ = std::move(header);
  parsed.payload_ = parts[2].octets();
  parsed.signature_ = parts[3].octets();
  return parsed;
}

absl::StatusOr<VerifiedSign1> VerifiedSign1::Verify(
    UnverifiedSign1 message, const crypto::PublicKey& key) {
  const AlgRow& row = RowOf(message.alg_);
  if (key.type() != row.key) {
    return absl::InvalidArgumentError(
        absl::StrCat(row.name, " isn't the algorithm of the key, which is ",
                     crypto::KeyTypeName(key.type())));
  }
  // RFC 9052 section 4.4, without external data.
  std::string tbs;
  cbor::AppendArrayHead(4, &tbs);
  cbor::AppendText("Signature1", &tbs);
  cbor::AppendBytes(message.protected_, &tbs);
  cbor::AppendBytes("", &tbs);
  cbor::AppendBytes(message.payload_, &tbs);
  OTRP_RETURN_IF_ERROR(message.alg_ == SigAlg::kES256
                           ? crypto::VerifySha256(key, tbs, message.signature_,
                                                  crypto::EcFormat::kP1363)
                           : VerifyEs384(key, tbs, message.signature_));
  return VerifiedSign1(std::move(message.payload_), std::move(message.header_));
}

}  // namespace cose
}  // namespace otrp
