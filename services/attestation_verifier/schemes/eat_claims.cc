#include "services/attestation_verifier/schemes/eat_claims.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace verifier {
namespace schemes {
namespace {

// RFC 9711 section 4.1.
constexpr size_t kMinNonceBytes = 8;
constexpr size_t kMaxNonceBytes = 64;
constexpr size_t kMaxNonceText = 88;
// Beyond the year 9999 is nobody's clock.
constexpr int64_t kMaxSeconds = 253402300799;
constexpr size_t kMaxNameBytes = 128;
constexpr size_t kMinUeidBytes = 7;
constexpr size_t kMaxUeidBytes = 33;

absl::Status Must(absl::string_view claim, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(claim, ": must be ", what));
}

absl::Status CheckNonce(absl::string_view nonce, size_t max) {
  return nonce.size() < kMinNonceBytes || nonce.size() > max
             ? Must("eat_nonce", absl::StrCat("of 8 to ", max, " octets"))
             : absl::OkStatus();
}

// Who takes a UEID makes no use of what is in it (section 4.2.1.2).
absl::Status CheckUeid(absl::string_view ueid) {
  return ueid.size() < kMinUeidBytes || ueid.size() > kMaxUeidBytes
             ? Must("ueid", "7 to 33 octets")
             : absl::OkStatus();
}

// Both encodings behind one face; which claims there are, and what they must
// be, is written once.
class CborClaims {
 public:
  explicit CborClaims(const cbor::Value& claims) : claims_(claims) {}

  absl::Status Nonces(std::vector<std::string>* out) const {
    const cbor::Value* nonce = claims_.Find(eat::kNonce);
    if (nonce == nullptr) return absl::OkStatus();
    const std::vector<cbor::Value> one = {*nonce};
    for (const cbor::Value& item : nonce->is_array() ? nonce->items() : one) {
      if (!item.is_bytes()) return Must("eat_nonce", "octets");
      OTRP_RETURN_IF_ERROR(CheckNonce(item.octets(), kMaxNonceBytes));
      out->push_back(item.octets());
    }
    return absl::OkStatus();
  }

  absl::Status Time(int64_t key, absl::string_view name,
                    absl::optional<absl::Time>* out) const {
    const cbor::Value* time = claims_.Find(key);
    if (time == nullptr) return absl::OkStatus();
    if (!time->is_integer() || time->integer() < 0 ||
        time->integer() > kMaxSeconds) {
      return Must(name, "whole seconds since 1970");
    }
    *out = absl::FromUnixSeconds(time->integer());
    return absl::OkStatus();
  }

  // A text; a version is [text, scheme].
  absl::Status Text(int64_t key, absl::string_view name, bool version,
                    std::string* out) const {
    const cbor::Value* text = claims_.Find(key);
    if (text == nullptr) return absl::OkStatus();
    if (version && text->is_array() && !text->items().empty()) {
      text = &text->items()[0];
    }
    if (!text->is_text()) return Must(name, "a text");
    *out = text->octets();
    return CheckName(name, *out);
  }

  absl::Status Model(std::string* out) const {
    const cbor::Value* model = claims_.Find(eat::kHwModel);
    if (model == nullptr) return absl::OkStatus();
    if (!model->is_bytes() || model->octets().empty() ||
        model->octets().size() > 32) {
      return Must("hwmodel", "1 to 32 octets");
    }
    *out = HexEncode(model->octets());
    return absl::OkStatus();
  }

  // Section 4.2.9: 0 is enabled.
  absl::StatusOr<bool> CanBeDebugged() const {
    const cbor::Value* state = claims_.Find(eat::kDbgStat);
    if (state == nullptr) return false;
    if (!state->is_integer() || state->integer() < 0 || state->integer() > 4) {
      return Must("dbgstat", "0 to 4");
    }
    return state->integer() == 0;
  }

 private:
  const cbor::Value& claims_;
};

class JsonClaims {
 public:
  explicit JsonClaims(const json::Value& claims) : claims_(claims) {}

  absl::Status Nonces(std::vector<std::string>* out) const {
    const json::Value* nonce = claims_.Find("eat_nonce");
    if (nonce == nullptr) return absl::OkStatus();
    std::vector<const json::Value*> items = {nonce};
    if (nonce->is_array()) {
      items.clear();
      for (const json::Value& item : nonce->items()) items.push_back(&item);
    }
    for (const json::Value* item : items) {
      if (!item->is_string()) return Must("eat_nonce", "a text");
      OTRP_RETURN_IF_ERROR(CheckNonce(item->as_string(), kMaxNonceText));
      out->push_back(std::string(item->as_string()));
    }
    return absl::OkStatus();
  }

  absl::Status Time(int64_t key, absl::string_view name,
                    absl::optional<absl::Time>* out) const {
    const json::Value* time = claims_.Find(key == eat::kExp ? "exp" : "nbf");
    if (time == nullptr) return absl::OkStatus();
    if (!time->is_integer() || time->as_integer() < 0 ||
        time->as_integer() > kMaxSeconds) {
      return Must(name, "whole seconds since 1970");
    }
    *out = absl::FromUnixSeconds(time->as_integer());
    return absl::OkStatus();
  }

  absl::Status Text(int64_t, absl::string_view name, bool version,
                    std::string* out) const {
    const json::Value* text = claims_.Find(name);
    if (text == nullptr) return absl::OkStatus();
    if (version && text->is_array() && text->size() > 0) {
      text = &text->items()[0];
    }
    if (!text->is_string()) return Must(name, "a text");
    *out = std::string(text->as_string());
    return CheckName(name, *out);
  }

  absl::Status Model(std::string* out) const {
    const json::Value* model = claims_.Find("hwmodel");
    if (model == nullptr) return absl::OkStatus();
    if (!model->is_string()) return Must("hwmodel", "a text");
    OTRP_RETURN_IF_ERROR(CheckName("hwmodel", model->as_string()));
    *out = std::string(model->as_string());
    return absl::OkStatus();
  }

  absl::StatusOr<bool> CanBeDebugged() const {
    const json::Value* state = claims_.Find("dbgstat");
    if (state == nullptr) return false;
    constexpr absl::string_view kStates[] = {
        "enabled", "disabled", "disabled-since-boot", "disabled-permanently",
        "disabled-fully-and-permanently"};
    if (!state->is_string() ||
        std::find(std::begin(kStates), std::end(kStates), state->as_string()) ==
            std::end(kStates)) {
      return Must("dbgstat", "a state of RFC 9711 section 4.2.9");
    }
    return state->as_string() == kStates[0];
  }

 private:
  const json::Value& claims_;
};

template <typename Encoded>
absl::StatusOr<TokenClaims> Read(const Encoded& in) {
  TokenClaims out;
  OTRP_RETURN_IF_ERROR(in.Nonces(&out.nonces));
  OTRP_RETURN_IF_ERROR(in.Time(eat::kExp, "exp", &out.expires_at));
  OTRP_RETURN_IF_ERROR(in.Time(eat::kNbf, "nbf", &out.not_before));
  OTRP_RETURN_IF_ERROR(
      in.Text(eat::kSwName, "swname", /*version=*/false, &out.tee_name));
  OTRP_RETURN_IF_ERROR(in.Text(eat::kSwVersion, "swversion", /*version=*/true,
                               &out.tee_version));
  // A block of hardware has no software.
  if (out.tee_name.empty()) {
    OTRP_RETURN_IF_ERROR(in.Model(&out.tee_name));
    OTRP_RETURN_IF_ERROR(in.Text(eat::kHwVersion, "hwversion",
                                 /*version=*/true, &out.tee_version));
  }
  OTRP_ASSIGN_OR_RETURN(const bool can_be_debugged, in.CanBeDebugged());
  if (can_be_debugged) {
    out.unsecured = "it can be debugged";
    out.unsecured_claim = "dbgstat";
  }
  return out;
}

}  // namespace

absl::Status CheckName(absl::string_view claim, absl::string_view text) {
  const bool is_plain =
      std::all_of(text.begin(), text.end(),
                  [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  return text.size() > kMaxNameBytes || !is_plain
             ? Must(claim, "up to 128 octets without control characters")
             : absl::OkStatus();
}

absl::StatusOr<TokenClaims> EatClaims(const cbor::Value& claims) {
  return Read(CborClaims(claims));
}

absl::StatusOr<TokenClaims> EatClaims(const json::Value& claims) {
  return Read(JsonClaims(claims));
}

absl::StatusOr<std::string> UeidOf(const cbor::Value& claims) {
  const cbor::Value* ueid = claims.Find(eat::kUeid);
  if (ueid == nullptr) return std::string();
  if (!ueid->is_bytes()) return Must("ueid", "octets");
  OTRP_RETURN_IF_ERROR(CheckUeid(ueid->octets()));
  return ueid->octets();
}

absl::StatusOr<std::string> UeidOf(const json::Value& claims) {
  const json::Value* ueid = claims.Find("ueid");
  if (ueid == nullptr) return std::string();
  if (!ueid->is_string()) return Must("ueid", "a text");
  const absl::StatusOr<std::string> octets = Base64UrlDecode(ueid->as_string());
  if (!octets.ok()) return Must("ueid", "BASE64URL without padding");
  OTRP_RETURN_IF_ERROR(CheckUeid(*octets));
  return *octets;
}

}  // namespace schemes
}  // namespace verifier
}  // namespace otrp
