// Makes and ends generations of authorities (domain/generation.h).
//
// Whatever is signed is looked at as relying parties will, and stored together
// with its row before anybody hears of it; the first CRL and OCSP signer follow
// at once, and by the ca's own tasks where this process dies in between.
//
// Thread-safety: thread-safe.
// Errors: those of the store and of domain/generation.h; NOT_FOUND names the
// field.

#ifndef OTRP_SERVICES_CA_ISSUING_GENERATIONS_H_
#define OTRP_SERVICES_CA_ISSUING_GENERATIONS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/pki/issue.h"
#include "libs/pki/key_kind.h"
#include "services/ca/issuing/authorities.h"
#include "services/ca/issuing/issuer.h"
#include "services/ca/issuing/key_vault.h"
#include "services/ca/issuing/ocsp_signers.h"
#include "services/ca/issuing/revocation.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {

class Generations {
 public:
  // The record of a change of the generation of this name.
  using Audit = absl::FunctionRef<store::AuditEvent(const std::string& name)>;

  // All must outlive it, and what `keys` stands on.
  Generations(Authorities& authorities, CaStore& store, Revocation& revocation,
              OcspSigners& signers, const Clock& clock, Random& random,
              KeyVault keys, Issuer::Urls urls)
      : authorities_(authorities),
        store_(store),
        revocation_(revocation),
        signers_(signers),
        clock_(clock),
        random_(random),
        keys_(std::move(keys)),
        urls_(std::move(urls)) {}

  struct Wish {
    std::string line;
    // Zero: what is usual.
    absl::Duration lifetime;
    // Empty: as the active one's.
    absl::optional<pki::KeyKind> key;
  };
  absl::StatusOr<AuthorityPtr> Prepare(const Wish& wish, Audit audit);

  // generations_create.cc. Of a new line, which who wants its certificates has
  // to name.
  struct CreateWish {
    std::string line;
    pki::Role role = pki::Role::kTee;
    std::string common_name;
    // As in Wish; empty: as the root's.
    absl::optional<pki::KeyKind> key;
    absl::Duration lifetime;
    AuthorityTerms terms;
    // Name of the trust anchor that it becomes; empty: none.
    std::string anchor;
  };
  struct Change;
  // ALREADY_EXISTS for a line with other terms.
  absl::StatusOr<Change> Create(const CreateWish& wish, Audit audit);
  // NOT_FOUND.
  absl::StatusOr<Change> SetPolicies(
      const std::string& line, const std::vector<std::string>& policy_oids,
      const std::string& cps_uri, Audit audit);

  struct RequestWish {
    std::string line;
    // As in Wish.
    absl::optional<pki::KeyKind> key;
    // Empty: as the last one's, with its number.
    std::string common_name;
    // Forgets the request that is there.
    bool replace = false;
  };
  // generations_import.cc. A key and its request, for another's root; the one
  // that is there where it isn't to be replaced.
  absl::StatusOr<AuthorityRequest> Request(const RequestWish& wish,
                                           Audit audit);
  struct ImportWish {
    std::string line;
    std::string certificate_der;
    std::vector<std::string> above_der;
    // Empty: the key of the request.
    absl::string_view pkcs8;
  };
  absl::StatusOr<AuthorityPtr> Import(const ImportWish& wish, Audit audit);

  struct Change {
    // As it stands; null for a retired one.
    AuthorityPtr authority;
    bool changed = false;
  };
  absl::StatusOr<Change> Activate(const std::string& name, Audit audit);
  absl::StatusOr<Change> Retire(const std::string& name, Audit audit);
  // `reason` as in RFC 5280.
  absl::StatusOr<Change> Revoke(const std::string& name,
                                RevocationReason reason, Audit audit);

  struct Crossed {
    AuthorityPtr authority;
    std::string certificate_der;
    bool changed = false;
  };
  // The key of `name`, certified by `signer`: generations of one root.
  absl::StatusOr<Crossed> CrossSign(const std::string& name,
                                    const std::string& signer, Audit audit);

 private:
  // "OTrP Suite SP Issuing CA G2".
  static std::string NextCommonName(const pki::Certificate& last, bool is_root,
                                    int generation);
  // Of the kind that the line's last key has.
  static pki::KeyKind KindOf(const crypto::PublicKey& key);

  absl::Status CheckOutside(const AuthorityRecord& last) const;
  // `requested`: whether it is that of the line's request.
  absl::StatusOr<crypto::PrivateKey> KeyFor(const ImportWish& wish,
                                            const std::string& name,
                                            const pki::Certificate& certificate,
                                            bool* requested);
  absl::StatusOr<AuthorityPtr> RootFor(
      pki::Role role, const absl::optional<pki::KeyKind>& key) const;
  static void AddTerms(const AuthorityTerms& terms,
                       pki::AuthorityTemplate* authority);
  // The line's generations, by number. NOT_FOUND.
  absl::StatusOr<std::vector<AuthorityRecord>> Line(const std::string& line);
  pki::AuthorityTemplate Template(const std::string& common_name,
                                  absl::Duration lifetime) const;
  absl::StatusOr<pki::Certificate> CertificateFor(
      const pki::AuthorityTemplate& wanted, const crypto::PublicKey& key,
      const Authority& issuer) const;
  absl::Status AddCross(const Authority& signer, const std::string& name,
                        const pki::Certificate& certificate,
                        NewGeneration* made) const;
  absl::StatusOr<absl::optional<TrustAnchor>> AnchorFor(
      const AuthorityRecord& before, const AuthorityRecord& made);
  // Takes the change in, and makes what a new one needs.
  absl::StatusOr<AuthorityPtr> Publish(const std::string& name);

  Authorities& authorities_;
  CaStore& store_;
  Revocation& revocation_;
  OcspSigners& signers_;
  const Clock& clock_;
  Random& random_;
  const KeyVault keys_;
  const Issuer::Urls urls_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_GENERATIONS_H_
