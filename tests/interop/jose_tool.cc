// libs/jose at the command line, for tests against other implementations. Keys
// are JWK files, the octets come from stdin and go to stdout.
//
//   jose_tool sign KEY             payload -> flattened JWS
//   jose_tool verify KEY           JWS -> payload
//   jose_tool encrypt KEY ALG ENC FORM   plaintext -> JWE (general, flattened)
//   jose_tool decrypt KEY          JWE -> plaintext
//
// Exit code 1 when it refuses, and why on stderr.

#include <iostream>
#include <iterator>
#include <string>

#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/jose/jwe.h"
#include "libs/jose/jwk.h"
#include "libs/jose/jws.h"

namespace otrp {
namespace {

absl::StatusOr<json::Value> ReadJwk(const std::string& path) {
  OTRP_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
  return json::Parse(text, json::kStrangers);
}

absl::StatusOr<std::string> Encrypt(const crypto::PublicKey& key,
                                    const std::string& alg,
                                    const std::string& enc,
                                    const std::string& form,
                                    const std::string& plaintext) {
  jose::EncryptOptions options;
  OTRP_ASSIGN_OR_RETURN(options.alg, jose::KeyAlgFromName(alg));
  OTRP_ASSIGN_OR_RETURN(options.enc, jose::EncFromName(enc));
  OTRP_ASSIGN_OR_RETURN(const json::Value jwe,
                        form == "general"
                            ? jose::EncryptGeneral(plaintext, key, options,
                                                   crypto::SystemRandom())
                            : jose::EncryptFlattened(plaintext, key, options,
                                                     crypto::SystemRandom()));
  return jwe.Serialize();
}

absl::StatusOr<std::string> Run(int argc, char** argv,
                                const std::string& input) {
  const std::string verb = argc > 2 ? argv[1] : "";
  if (verb != "encrypt" ? argc != 3 : argc != 6) {
    return absl::InvalidArgumentError("see the top of jose_tool.cc");
  }
  OTRP_ASSIGN_OR_RETURN(const json::Value jwk, ReadJwk(argv[2]));
  if (verb == "sign" || verb == "decrypt") {
    OTRP_ASSIGN_OR_RETURN(const crypto::PrivateKey key,
                          jose::PrivateKeyFromJwk(jwk));
    if (verb == "sign") return jose::SignFlattened(input, key);
    OTRP_ASSIGN_OR_RETURN(const jose::UnverifiedJwe jwe,
                          jose::UnverifiedJwe::ParseText(input));
    return jose::Decrypt(jwe, key);
  }
  OTRP_ASSIGN_OR_RETURN(const crypto::PublicKey key, jose::FromJwk(jwk));
  if (verb == "encrypt") return Encrypt(key, argv[3], argv[4], argv[5], input);
  OTRP_ASSIGN_OR_RETURN(jose::UnverifiedJws jws,
                        jose::UnverifiedJws::ParseText(input));
  OTRP_ASSIGN_OR_RETURN(const jose::VerifiedJws verified,
                        jose::Verify(std::move(jws), key));
  return std::string(verified.payload());
}

}  // namespace
}  // namespace otrp

int main(int argc, char** argv) {
  const std::string input((std::istreambuf_iterator<char>(std::cin)),
                          std::istreambuf_iterator<char>());
  const auto output = otrp::Run(argc, argv, input);
  if (!output.ok()) {
    std::cerr << output.status().message() << "\n";
    return 1;
  }
  std::cout << *output << std::flush;
  return 0;
}
