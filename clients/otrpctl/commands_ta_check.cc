#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/files.h"
#include "libs/base/files.h"
#include "libs/base/hex.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/pki/certificate.h"
#include "libs/protocol/ta_check.h"

namespace otrp::ctl {
namespace {

using protocol::TaImageFormat;

absl::Status Refused(const std::string& file, const absl::Status& why) {
  return absl::FailedPreconditionError(absl::StrCat(
      file, ": the portal would refuse it: image: ", why.message()));
}

absl::StatusOr<std::string> ReadImage(const std::string& file) {
  absl::StatusOr<std::string> image =
      ReadWholeFile(file, protocol::kMaxCheckedTaImageBytes);
  if (!image.ok()) {
    return cli::UsageError(absl::StrCat("FILE: ", image.status().message()));
  }
  return image;
}

absl::StatusOr<TaImageFormat> FormatOf(const cli::Args& args,
                                       absl::string_view image) {
  if (!args.Has("format")) return protocol::GuessTaImageFormat(image);
  absl::StatusOr<TaImageFormat> format =
      protocol::TaImageFormatFromName(args.Get("format"));
  if (format.ok()) return format;
  return cli::UsageError(absl::StrCat("--format ", args.Get("format"),
                                      " is unknown: jws or optee"));
}

// Who signed, where that can be said here: the SP's certificate of --cert; else
// the one that a jws image brings along.
absl::Status CheckSignature(const cli::Args& args, const std::string& file,
                            const protocol::UnverifiedTaImage& parsed,
                            TaImageFormat format, Result* result) {
  std::vector<std::string> certificates = parsed.x5c();
  if (args.Has("cert")) {
    OTRP_ASSIGN_OR_RETURN(certificates,
                          ReadCertificates("cert", args.Get("cert")));
  } else if (certificates.empty()) {
    result->value.Set("signature", json::Value::String("not checked"));
    result->notes.push_back(
        "the image doesn't bring its signer's certificate; give the SP's "
        "with --cert FILE to have the signature checked");
    return absl::OkStatus();
  } else {
    result->notes.push_back(
        "checked with the certificate that the image brings along; whether it "
        "is the SP's says --cert FILE");
  }
  certificates.resize(1);
  absl::StatusOr<pki::Certificate> signer =
      pki::Certificate::FromDer(certificates[0]);
  if (!signer.ok()) return Refused(file, signer.status());
  if (signer->not_after() <= absl::Now()) {
    return Refused(file,
                   absl::FailedPreconditionError(absl::StrCat(
                       "its signer's certificate ended at ",
                       absl::FormatTime(absl::RFC3339_sec, signer->not_after(),
                                        absl::UTCTimeZone()))));
  }
  const absl::StatusOr<protocol::SignedTaImage> checked =
      protocol::CheckTaSignature(parsed, certificates);
  if (!checked.ok()) return Refused(file, checked.status());
  const absl::Status names = protocol::CheckTaNames(
      checked->image, format, args.GetOr("taid", checked->image.taid()),
      args.GetOr("version", checked->image.version()));
  if (!names.ok()) return Refused(file, names);
  result->value.Set("signature", json::Value::String("good"));
  result->value.Set("signer", json::Value::String(signer->subject()));
  result->value.Set(
      "signer_fingerprint",
      json::Value::String(HexEncode(crypto::Sha256(certificates[0]))));
  return absl::OkStatus();
}

absl::StatusOr<Result> TaCheck(const cli::Args& args, Connections&) {
  const std::string file = args.Positional(0);
  OTRP_ASSIGN_OR_RETURN(const std::string image, ReadImage(file));
  OTRP_ASSIGN_OR_RETURN(const TaImageFormat format, FormatOf(args, image));
  const absl::StatusOr<protocol::UnverifiedTaImage> parsed =
      protocol::ParseForCheck(format, image);
  if (!parsed.ok()) return Refused(file, parsed.status());
  Result result;
  result.value.Set(
      "format",
      json::Value::String(std::string(protocol::TaImageFormatName(format))));
  result.value.Set("taid", json::Value::String(parsed->taid()));
  result.value.Set("version", json::Value::String(parsed->version()));
  result.value.Set("encrypted", json::Value::Bool(parsed->encrypted()));
  if (!parsed->subkeys().empty()) {
    result.value.Set(
        "subkeys", json::Value::String(absl::StrJoin(parsed->subkeys(), " ")));
  }
  OTRP_RETURN_IF_ERROR(CheckSignature(args, file, *parsed, format, &result));
  if (image.size() > kMaxTaImageBytes) {
    result.notes.push_back(
        "the image is larger than the 16 MiB that devices get: it can be "
        "pushed, but not released");
  }
  if (parsed->encrypted()) {
    result.notes.push_back(
        "the image is encrypted: only a device with the key for it can see "
        "whether the signature is over this content");
  }
  return result;
}

}  // namespace

std::vector<Command> TaCheckCommands() {
  return {
      {{"ta",
        "check",
        {{"FILE"}},
        {{"format", "jws|optee", false, "by its first octets by default"},
         {"cert", "FILE", false, "the SP's certificate, PEM"},
         {"taid", "T", false, "the id to upload it for"},
         {"version", "V", false, "the version to upload it as"}},
        "Says what the portal would say of an image; asks no service."},
       TaCheck},
  };
}

}  // namespace otrp::ctl
