// Randomness as a collaborator. The real one is crypto::SystemRandom()
// (libs/crypto/random.h); tests use FakeRandom (fake_random.h).
//
// Thread-safety: implementations are thread-safe.

#ifndef OTRP_LIBS_BASE_RANDOM_H_
#define OTRP_LIBS_BASE_RANDOM_H_

#include <cstddef>
#include <string>

namespace otrp {

class Random {
 public:
  virtual ~Random() = default;

  // Fills out[0..n). Can't fail: an implementation without entropy ends the
  // process.
  virtual void Fill(char* out, size_t n) = 0;

  std::string Bytes(size_t n) {
    std::string out(n, '\0');
    if (n > 0) Fill(&out[0], n);
    return out;
  }
};

}  // namespace otrp

#endif  // OTRP_LIBS_BASE_RANDOM_H_
