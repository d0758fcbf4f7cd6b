// A CA in memory for tests: a root, an issuing authority, real certificates
// and real OCSP responses.
//
// Thread-safety: none but for the switches.

#ifndef OTRP_SERVICES_TSM_TESTING_FAKE_CA_H_
#define OTRP_SERVICES_TSM_TESTING_FAKE_CA_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "libs/base/clock.h"
#include "libs/crypto/keys.h"
#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"
#include "services/tsm/clients/ca_client.h"

namespace otrp {
namespace tsm {
namespace testing {

class FakeCa : public CaClient {
 public:
  explicit FakeCa(const Clock* clock);

  absl::StatusOr<std::vector<std::string>> IssueTsmCertificate(
      absl::string_view csr_der, absl::string_view tsm_id,
      absl::string_view request_id) override;
  absl::StatusOr<std::string> GetOcspResponse(
      absl::string_view request_der) override;

  const std::string& root_der() const { return root_->der(); }

  // The issuing authority's list of what is revoked, for keyCompromise.
  pki::Crl IssueList() const;
  // The same by somebody of the authority's name.
  pki::Crl ForgeList() const;

  bool away = false;
  // Only OCSP is.
  bool ocsp_away = false;
  // Gives certificates for this id instead of the wanted one.
  std::string wrong_id;
  // Serials.
  std::set<std::string> revoked;
  absl::Duration lifetime = absl::Hours(24 * 90);
  absl::Duration staple_lifetime = absl::Hours(24);

  int issued = 0;
  int staples = 0;
  // Serial of the last one.
  std::string last_serial;

 private:
  pki::Crl ListBy(const pki::Certificate& issuer,
                  const crypto::PrivateKey& key) const;

  const Clock& clock_;
  absl::optional<crypto::PrivateKey> root_key_;
  absl::optional<crypto::PrivateKey> key_;
  absl::optional<pki::Certificate> root_;
  absl::optional<pki::Certificate> issuing_;
  // By request id.
  std::map<std::string, std::vector<std::string>> answers_;
};

}  // namespace testing
}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_TESTING_FAKE_CA_H_
