#include "services/ca/domain/model.h"

namespace otrp {
namespace ca {
namespace {

struct StateRow {
  CertificateState state;
  absl::string_view word;
};

constexpr StateRow kStates[] = {
    {CertificateState::kIntended, "intended"},
    {CertificateState::kIssued, "issued"},
    {CertificateState::kRevoked, "revoked"},
};

struct OwnRow {
  OwnCertificate own;
  absl::string_view word;
};

constexpr OwnRow kOwn[] = {
    {OwnCertificate::kAuthority, "authority"},
    {OwnCertificate::kOcspSigner, "ocsp"},
};

}  // namespace

absl::string_view OwnCertificateWord(OwnCertificate own) {
  for (const OwnRow& row : kOwn) {
    if (row.own == own) return row.word;
  }
  return "";
}

absl::optional<OwnCertificate> OwnCertificateFromWord(absl::string_view word) {
  for (const OwnRow& row : kOwn) {
    if (row.word == word) return row.own;
  }
  return absl::nullopt;
}

absl::string_view StateWord(CertificateState state) {
  for (const StateRow& row : kStates) {
    if (row.state == state) return row.word;
  }
  return "";
}

absl::optional<CertificateState> StateFromWord(absl::string_view word) {
  for (const StateRow& row : kStates) {
    if (row.word == word) return row.state;
  }
  return absl::nullopt;
}

}  // namespace ca
}  // namespace otrp
