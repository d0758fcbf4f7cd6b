#include "libs/protocol/ta_image.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"

namespace otrp {
namespace protocol {
namespace {

absl::StatusOr<std::string> HeaderString(const json::Value& header,
                                         absl::string_view name) {
  const json::Value* member = header.Find(name);
  if (member == nullptr || !member->is_string() ||
      member->as_string().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "jws image: the protected header needs a \"", name, "\" string"));
  }
  return std::string(member->as_string());
}

}  // namespace

absl::string_view TaImageFormatName(TaImageFormat format) {
  return format == TaImageFormat::kOptee ? "optee" : "jws";
}

absl::StatusOr<TaImageFormat> TaImageFormatFromName(absl::string_view name) {
  for (TaImageFormat format : {TaImageFormat::kJws, TaImageFormat::kOptee}) {
    if (TaImageFormatName(format) == name) return format;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("image format \"", name, "\" is unknown: jws or optee"));
}

TaImageFormat GuessTaImageFormat(absl::string_view image) {
  return image.substr(0, kOpteeMagic.size()) == kOpteeMagic
             ? TaImageFormat::kOptee
             : TaImageFormat::kJws;
}

absl::StatusOr<UnverifiedTaImage> UnverifiedTaImage::Parse(
    TaImageFormat format, absl::string_view image) {
  if (image.empty()) return absl::InvalidArgumentError("the image is empty");
  if (image.size() > kMaxCheckedTaImageBytes) {
    return absl::InvalidArgumentError("the image is larger than 64 MiB");
  }
  UnverifiedTaImage parsed;
  parsed.format_ = format;
  OTRP_RETURN_IF_ERROR(format == TaImageFormat::kOptee
                           ? parsed.ParseOptee(image)
                           : parsed.ParseJws(image));
  return parsed;
}

absl::Status UnverifiedTaImage::ParseJws(absl::string_view image) {
  OTRP_ASSIGN_OR_RETURN(jws_, jose::UnverifiedJws::ParseText(image));
  OTRP_ASSIGN_OR_RETURN(taid_, HeaderString(jws_->protected_header(), "taid"));
  OTRP_ASSIGN_OR_RETURN(version_,
                        HeaderString(jws_->protected_header(), "taver"));
  x5c_ = jws_->x5c();
  return absl::OkStatus();
}

absl::Status UnverifiedTaImage::ParseOptee(absl::string_view image) {
  OTRP_ASSIGN_OR_RETURN(optee_, ParseOpteeImage(image));
  taid_ = optee_->uuid;
  version_ = optee_->version;
  encrypted_ = optee_->encrypted;
  for (const OpteeImage::Subkey& subkey : optee_->subkeys) {
    subkeys_.push_back(subkey.uuid);
  }
  return absl::OkStatus();
}

absl::StatusOr<VerifiedTaImage> Verify(UnverifiedTaImage image,
                                       const crypto::PublicKey& key) {
  VerifiedTaImage verified;
  if (image.format_ == TaImageFormat::kJws) {
    OTRP_ASSIGN_OR_RETURN(jose::VerifiedJws jws,
                          jose::Verify(*std::move(image.jws_), key));
    verified.binary_ = std::move(jws).TakePayload();
  } else {
    OTRP_RETURN_IF_ERROR(CheckOpteeSignatures(*image.optee_, key));
    if (!image.encrypted_) verified.binary_ = std::move(image.optee_->binary);
  }
  verified.taid_ = std::move(image.taid_);
  verified.version_ = std::move(image.version_);
  return verified;
}

absl::StatusOr<std::string> BuildJwsTaImage(
    absl::string_view binary, absl::string_view taid, absl::string_view version,
    const crypto::PrivateKey& key, const std::vector<std::string>& x5c) {
  if (taid.empty() || version.empty()) {
    return absl::InvalidArgumentError("a jws image needs a taid and a version");
  }
  jose::SignOptions options;
  options.x5c = x5c;
  options.protected_members.Set("taid", json::Value::String(std::string(taid)));
  options.protected_members.Set("taver",
                                json::Value::String(std::string(version)));
  return jose::SignFlattened(binary, key, options);
}

}  // namespace protocol
}  // namespace otrp
