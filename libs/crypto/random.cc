#include "libs/crypto/random.h"

#include <openssl/rand.h>

#include "libs/crypto/internal.h"

namespace otrp {
namespace crypto {
namespace {

class BoringRandom : public Random {
 public:
  void Fill(char* out, size_t n) override {
    // Ends the process by itself when the kernel gives nothing.
    RAND_bytes(reinterpret_cast<uint8_t*>(out), n);
  }
};

}  // namespace

Random& SystemRandom() {
  static BoringRandom* const random = new BoringRandom;
  return *random;
}

}  // namespace crypto
}  // namespace otrp
