// Certificate requests (PKCS#10, RFC 2986).
//
// A Csr always carries a good signature by its own key: Parse() checks it, so
// that holding a Csr proves possession of the key. The names in it are wishes;
// what is granted is up to the profile (profile.h, services/ca).
//
// Thread-safety: immutable. Errors: INVALID_ARGUMENT that says what is wrong.

#ifndef OTRP_LIBS_PKI_CSR_H_
#define OTRP_LIBS_PKI_CSR_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/x509.h"
#include "libs/pki/profile.h"

namespace otrp {
namespace pki {

class Csr {
 public:
  static absl::StatusOr<Csr> Create(const crypto::PrivateKey& key,
                                    absl::string_view common_name,
                                    const std::vector<std::string>& san_uris,
                                    const std::vector<std::string>& san_dns);
  static absl::StatusOr<Csr> Parse(absl::string_view der);
  // The same with a key that certificates of the profile may have.
  static absl::StatusOr<Csr> ParseFor(absl::string_view der,
                                      const Profile& profile);
  // The same with a key that an authority may have.
  static absl::StatusOr<Csr> ParseAuthority(absl::string_view der);

  const std::string& der() const { return info_.der; }
  const std::string& common_name() const { return info_.common_name; }
  const std::vector<std::string>& san_uris() const { return info_.names.uris; }
  const std::vector<std::string>& san_dns() const { return info_.names.dns; }
  const crypto::PublicKey& public_key() const { return key_; }

 private:
  Csr(crypto::CsrInfo info, crypto::PublicKey key)
      : info_(std::move(info)), key_(std::move(key)) {}
  crypto::CsrInfo info_;
  crypto::PublicKey key_;
};

}  // namespace pki
}  // namespace otrp

#endif  // OTRP_LIBS_PKI_CSR_H_
