#include "libs/base/secret.h"

#include <string.h>

#include <cstddef>
#include <string>
#include <utility>

namespace otrp {

void Wipe(char* bytes, size_t n) {
  if (n > 0) explicit_bzero(bytes, n);
}

void Wipe(std::string* bytes) {
  // A string that has shrunk keeps its old end in its spare capacity.
  bytes->resize(bytes->capacity());
  if (!bytes->empty()) Wipe(&(*bytes)[0], bytes->size());
  bytes->clear();
}

SecretBytes::SecretBytes(absl::string_view bytes) : bytes_(bytes) {}

SecretBytes SecretBytes::OfSize(size_t n) {
  SecretBytes secret;
  secret.bytes_.resize(n, '\0');
  return secret;
}

SecretBytes SecretBytes::Take(std::string&& bytes) {
  SecretBytes secret;
  secret.bytes_ = std::move(bytes);
  // Short strings are copied by a move.
  Wipe(&bytes);
  return secret;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : bytes_(std::move(other.bytes_)) {
  Wipe(&other.bytes_);
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    Wipe(&bytes_);
    bytes_ = std::move(other.bytes_);
    Wipe(&other.bytes_);
  }
  return *this;
}

}  // namespace otrp
