// Re-reads what a CA has issued, by what it publishes: rows, certificates,
// authorities and lists are held against each other, and against RFC 5280 and
// the profiles, here and not in the ca. What is wrong there, or was changed in
// its database, shows up.
//
// Not thread-safe.

#ifndef CLIENTS_OTRPCTL_CERTIFICATE_AUDIT_H_
#define CLIENTS_OTRPCTL_CERTIFICATE_AUDIT_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"
#include "libs/pki/profile.h"
#include "otrp/ca/v1/ca.pb.h"

namespace otrp::ctl {

struct AuditFinding {
  // Of a certificate; empty: of an authority.
  std::string serial;
  // A constant such as "signature", or a lint's name.
  std::string check;
  // What is wrong, and where that stands.
  std::string detail;
  bool is_warning = false;
};

class CertificateAudit {
 public:
  explicit CertificateAudit(absl::Time now) : now_(now) {}

  // All of them, before any certificate. `crl_der`: empty where there is none.
  void AddAuthority(const ca::v1::Authority& authority,
                    absl::string_view crl_der);
  // In any order.
  void AddCertificate(const ca::v1::Certificate& row);
  // After the last one: what lists tell of serials that no row has.
  void Finish();

  int64_t certificates() const { return certificates_; }
  const std::vector<AuditFinding>& findings() const { return findings_; }
  // Whether one of them is more than a warning.
  bool failed() const;

 private:
  struct Signer {
    pki::Certificate certificate;
    absl::optional<pki::Crl> crl;
  };

  void Add(const std::string& serial, absl::string_view check,
           absl::string_view detail, bool is_warning = false);
  // Null where it isn't known or can't be read.
  const Signer* SignerOf(const ca::v1::Certificate& row);
  void CheckRow(const ca::v1::Certificate& row,
                const pki::Certificate& certificate);
  void CheckContent(const ca::v1::Certificate& row,
                    const pki::Certificate& certificate, const Signer& signer);
  void CheckStatus(const ca::v1::Certificate& row, const Signer& signer);

  const absl::Time now_;
  std::map<std::string, Signer> signers_;
  std::set<std::string> serials_;
  int64_t certificates_ = 0;
  std::vector<AuditFinding> findings_;
};

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_CERTIFICATE_AUDIT_H_
