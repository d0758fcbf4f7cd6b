// Octets that must not stay behind: wiped when they are destroyed, assigned
// over or moved from. Move-only, and without any way to print it.
//
// Not protected against swapping or a debugger. A view() must not outlive the
// object, nor be copied into a std::string without need.
//
// Thread-safety: like std::string.

#ifndef OTRP_LIBS_BASE_SECRET_H_
#define OTRP_LIBS_BASE_SECRET_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace otrp {

// Overwrites with zeros in a way that the compiler may not leave out.
void Wipe(std::string* bytes);
void Wipe(char* bytes, size_t n);

class SecretBytes {
 public:
  SecretBytes() = default;
  // Copies; the caller's octets stay its own affair.
  explicit SecretBytes(absl::string_view bytes);
  // n zero octets, to be filled through data().
  static SecretBytes OfSize(size_t n);
  // Takes a string over and wipes the caller's.
  static SecretBytes Take(std::string&& bytes);

  ~SecretBytes() { Wipe(&bytes_); }
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  absl::string_view view() const { return bytes_; }
  char* data() { return bytes_.empty() ? nullptr : &bytes_[0]; }
  size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

 private:
  std::string bytes_;
};

}  // namespace otrp

#endif  // OTRP_LIBS_BASE_SECRET_H_
