#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/files.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/pem.h"
#include "libs/pki/certificate.h"
#include "libs/pki/csr.h"
#include "libs/protocol/ta_image.h"

namespace otrp::ctl {
namespace {

absl::StatusOr<Result> KeyNew(const cli::Args& args, Connections&) {
  const std::string alg = args.Has("alg") ? args.Get("alg") : "rsa";
  if (alg != "rsa" && alg != "ec") {
    return cli::UsageError(absl::StrCat("--alg ", alg,
                                        " is unknown: rsa (2048 bit) or ec "
                                        "(P-256)"));
  }
  // Both, before there is a key that one of them would lack.
  OTRP_ASSIGN_OR_RETURN(
      OutputFile key_file,
      OutputFile::Open("key", args.Get("key"), /*secret=*/true));
  OTRP_ASSIGN_OR_RETURN(OutputFile csr_file,
                        OutputFile::Open("csr", args.Get("csr")));
  OTRP_ASSIGN_OR_RETURN(
      const crypto::PrivateKey key,
      crypto::PrivateKey::Generate(alg == "rsa" ? crypto::KeyType::kRsa
                                                : crypto::KeyType::kEcP256));
  OTRP_ASSIGN_OR_RETURN(const pki::Csr csr,
                        pki::Csr::Create(key, args.Get("cn"), {}, {}));
  OTRP_RETURN_IF_ERROR(key_file.Write(key.ToPem().view()));
  OTRP_RETURN_IF_ERROR(
      csr_file.Write(crypto::PemEncode("CERTIFICATE REQUEST", csr.der())));
  Result result;
  result.value.Set("key", json::Value::String(args.Get("key")));
  result.value.Set("csr", json::Value::String(args.Get("csr")));
  return result;
}

// The image format "jws" (docs/ta-image.md): a flattened JWS over the binary
// with the SP's chain, the TA's id and version in its protected header.
absl::StatusOr<Result> TaSign(const cli::Args& args, Connections&) {
  OTRP_ASSIGN_OR_RETURN(const std::string pem,
                        ReadInput("key", args.Get("key")));
  absl::StatusOr<crypto::PrivateKey> key = crypto::PrivateKey::FromPem(pem);
  if (!key.ok()) {
    return cli::UsageError(
        absl::StrCat("--key ", args.Get("key"),
                     " holds no usable private key: ", key.status().message()));
  }
  OTRP_ASSIGN_OR_RETURN(const std::vector<std::string> chain,
                        ReadCertificates("cert", args.Get("cert")));
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate leaf,
                        pki::Certificate::FromDer(chain[0]));
  if (!(leaf.public_key() == key->public_key())) {
    return cli::UsageError(absl::StrCat("--cert ", args.Get("cert"),
                                        " is not the certificate of --key ",
                                        args.Get("key")));
  }
  OTRP_ASSIGN_OR_RETURN(const std::string binary,
                        ReadInput("in", args.Get("in")));
  OTRP_ASSIGN_OR_RETURN(
      const std::string image,
      protocol::BuildJwsTaImage(binary, args.Get("taid"), args.Get("version"),
                                *key, chain));
  OTRP_RETURN_IF_ERROR(WriteOutput("out", args.Get("out"), image));
  Result result;
  result.value.Set("file", json::Value::String(args.Get("out")));
  result.value.Set(
      "sha256",
      json::Value::String(absl::BytesToHexString(crypto::Sha256(image))));
  return result;
}

}  // namespace

std::vector<Command> LocalCommands() {
  return {
      {{"key",
        "new",
        {},
        {{"cn", "NAME", true, "common name of the request"},
         {"key", "FILE", true, "the new private key, PEM; must not exist"},
         {"csr", "FILE", true, "the request, PEM"},
         {"alg", "rsa|ec", false, "rsa (default) or ec"}},
        "Makes a key and a certificate request; asks no service."},
       KeyNew},
      {{"ta",
        "sign",
        {},
        {{"key", "FILE", true, "the SP's private key, PEM"},
         {"cert", "FILE", true, "the SP's chain, PEM, leaf first"},
         {"taid", "T", true, "id of the trusted application"},
         {"version", "V", true, "dotted numbers, e.g. 1.0.0"},
         {"in", "FILE", true, "the binary"},
         {"out", "FILE", true, "the signed image"}},
        "Signs a binary as an image of format jws; asks no service."},
       TaSign},
  };
}

}  // namespace otrp::ctl
