// BoringSSL's operations with nothing around them, for benchmarks to hold the
// rest against: keys are there, buffers are there, results are thrown away.
// Nothing here protects anything; only tests/bench may use it.
//
//   bare::Operations bare(bare::Keys::kRsa2048, longest);
//   bare.Sign(size);   // hashes `size` octets and signs
//
// Thread-safety: thread-compatible; one object a thread.
// Errors: none. An operation that fails ends the process.

#ifndef OTRP_LIBS_CRYPTO_BARE_H_
#define OTRP_LIBS_CRYPTO_BARE_H_

#include <cstddef>
#include <memory>

#include "absl/strings/string_view.h"

namespace otrp {
namespace crypto {
namespace bare {

// RS256 with RSA1_5, or ES256 with ECDH-ES and AES-128 key wrap.
enum class Keys { kRsa2048, kP256 };

class Operations {
 public:
  // `longest`: octets of the longest message.
  Operations(Keys keys, size_t longest);
  ~Operations();
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  // SHA-256 over `size` octets, and the private operation.
  void Sign(size_t size);
  // SHA-256 over `size` octets, and the public operation.
  void Verify(size_t size);
  // A content key to somebody's public key. P-256: a new key, its point
  // written out, the agreement, its derivation, the wrap.
  void Wrap();
  // A content key with our private key. P-256: the other's point read and
  // found on the curve, the agreement, its derivation, the unwrap.
  void Unwrap();
  // AES-128-CBC over `size` octets.
  void EncryptCbc(size_t size);
  // A128CBC-HS256 over `size` octets.
  void Seal(size_t size);
  void Open(size_t size);
  // SHA-256 over `size` octets.
  void Hash(size_t size);
  // A certificate with its public key, into BoringSSL's structures.
  void ReadCertificate(absl::string_view der);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bare
}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_BARE_H_
