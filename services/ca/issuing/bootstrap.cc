#include "services/ca/issuing/bootstrap.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/pki/issue.h"
#include "libs/service/audit.h"
#include "services/ca/domain/order.h"
#include "services/ca/issuing/authorities.h"
#include "services/ca/issuing/issuer.h"
#include "services/ca/issuing/ocsp_signers.h"
#include "services/ca/issuing/revocation.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace {

constexpr char kActor[] = "bootstrap";

// Roots sign for decades, so RSA ones are larger than what devices need.
constexpr int kRootRsaBits = 3072;
constexpr int kIssuingRsaBits = 2048;

// Which certificate of a hierarchy becomes a trust anchor of the verifier and
// the portal. Devices send the TFW's certificate alone ("tfwdata"), so its
// issuer must be the anchor; the others send their chains.
enum class Anchor { kNone, kRoot, kIssuing };

struct Hierarchy {
  pki::Role role;
  const char* title;
  // Added to "<role>-root" and "<role>-ca".
  const char* suffix;
  crypto::KeyType type;
  Anchor anchor;
};

// The service hierarchy is the last one: that it exists says that the first
// bootstrap got so far.
constexpr Hierarchy kHierarchies[] = {
    {pki::Role::kTsm, "TSM", "", crypto::KeyType::kRsa, Anchor::kNone},
    {pki::Role::kTsm, "TSM EC", "-ec", crypto::KeyType::kEcP256, Anchor::kNone},
    {pki::Role::kTee, "TEE OEM", "", crypto::KeyType::kRsa, Anchor::kRoot},
    {pki::Role::kTfw, "TFW", "", crypto::KeyType::kRsa, Anchor::kIssuing},
    {pki::Role::kSp, "SP", "", crypto::KeyType::kRsa, Anchor::kRoot},
    {pki::Role::kService, "Service", "", crypto::KeyType::kEcP256,
     Anchor::kNone},
};

struct Holder {
  const char* directory;
  pki::Role role;
  const char* uri;
};

constexpr Holder kHolders[] = {
    {"ca", pki::Role::kService, "otrp://service/ca"},
    {"tsm", pki::Role::kService, "otrp://service/tsm"},
    {"attestation_verifier", pki::Role::kService,
     "otrp://service/attestation_verifier"},
    {"sp_portal", pki::Role::kService, "otrp://service/sp_portal"},
    {"gateway", pki::Role::kService, "otrp://service/gateway"},
    {"api", pki::Role::kService, "otrp://service/api"},
    {"operator", pki::Role::kClient, "otrp://operator/admin"},
    {"gateway-web", pki::Role::kWeb, ""},
    {"api-web", pki::Role::kWeb, ""},
};

store::AuditEvent Record(const std::string& action,
                         const std::string& subject) {
  store::AuditEvent event;
  event.actor = kActor;
  event.action = action;
  event.subject = subject;
  return event;
}

std::string RootName(const Hierarchy& h) {
  return absl::StrCat(pki::RoleName(h.role), "-root", h.suffix);
}
std::string IssuingName(const Hierarchy& h) {
  return absl::StrCat(pki::RoleName(h.role), "-ca", h.suffix);
}

// Empty where it can't be read.
std::string ReadAll(const std::string& path) {
  return ReadWholeFile(path).value_or("");
}

class Bootstrapper {
 public:
  Bootstrapper(CaStore& store, OcspStore& ocsp_store, TsmIdStore& tsm_ids,
               KeyVault keys, const Clock& clock, Random& random,
               const BootstrapOptions& options)
      : store_(store),
        ocsp_store_(ocsp_store),
        tsm_ids_(tsm_ids),
        keys_(std::move(keys)),
        clock_(clock),
        random_(random),
        options_(options),
        urls_{options.pki_url} {}

  absl::Status Run() {
    for (const Hierarchy& hierarchy : kHierarchies) {
      if (hierarchy.role == pki::Role::kService) {
        OTRP_RETURN_IF_ERROR(AddAnchorsOnce());
      }
      OTRP_RETURN_IF_ERROR(MakeHierarchy(hierarchy));
    }
    OTRP_ASSIGN_OR_RETURN(const Authorities authorities,
                          Authorities::Load(store_, keys_));
    Revocation revocation(authorities, store_, clock_, urls_);
    OTRP_RETURN_IF_ERROR(revocation.PublishStaleCrls());
    OcspSigners signers(authorities, ocsp_store_, clock_, random_, keys_);
    OTRP_RETURN_IF_ERROR(signers.Renew(kActor));
    OTRP_RETURN_IF_ERROR(RegisterTsmIds());
    if (options_.tls_out.empty()) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(MakeFolder(options_.tls_out));
    OTRP_ASSIGN_OR_RETURN(
        const FolderLock lock,
        FolderLock::Take(options_.tls_out, FolderLock::Wait::kYes));
    OTRP_ASSIGN_OR_RETURN(
        Issuer issuer,
        Issuer::Create(authorities, store_, clock_, random_, urls_));
    for (const Holder& holder : kHolders) {
      OTRP_RETURN_IF_ERROR(MakeTls(holder, authorities, issuer));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status RegisterTsmIds() {
    for (const std::string& uri : options_.tsm_ids) {
      OTRP_RETURN_IF_ERROR(CheckTsmId("--tsm_ids", uri));
      store::AuditEvent audit = Record("tsm_id.add", uri);
      audit.details_json =
          service::AuditDetails().Set("holder", kTsmServiceHolder).ToJson();
      const absl::Status added =
          tsm_ids_.Add({uri, kTsmServiceHolder, clock_.Now(), kActor}, audit)
              .status();
      if (absl::IsAlreadyExists(added)) continue;
      OTRP_RETURN_IF_ERROR(added);
    }
    return absl::OkStatus();
  }

  absl::Status MakeHierarchy(const Hierarchy& h) {
    OTRP_ASSIGN_OR_RETURN(const std::vector<AuthorityRecord> there,
                          store_.ListAuthorities());
    const std::string root_name = RootName(h);
    const std::string ca_name = IssuingName(h);
    bool has_root = false;
    bool has_ca = false;
    for (const AuthorityRecord& row : there) {
      has_root = has_root || row.name == root_name;
      has_ca = has_ca || row.name == ca_name;
    }
    if (has_root && has_ca) return absl::OkStatus();
    if (!has_root) {
      OTRP_ASSIGN_OR_RETURN(
          const crypto::PrivateKey key,
          keys_.NewAuthorityKey(root_name, {h.type, kRootRsaBits}));
      pki::AuthorityTemplate root = Template(
          absl::StrCat("OTrP Suite ", h.title, " Root"), pki::RootLifetime());
      root.path_length = 1;
      OTRP_ASSIGN_OR_RETURN(const pki::Certificate certificate,
                            pki::IssueRoot(root, key));
      OTRP_RETURN_IF_ERROR(pki::CheckIssued(certificate, certificate));
      OTRP_RETURN_IF_ERROR(
          Store(h, root_name, root_name, true, certificate, key));
    }
    // Somebody else may have made the root at the same time: the stored one
    // counts.
    OTRP_ASSIGN_OR_RETURN(const Authorities authorities,
                          Authorities::Load(store_, keys_));
    const AuthorityPtr root = authorities.Find(root_name);
    if (root == nullptr) return absl::InternalError("the root is gone");
    OTRP_ASSIGN_OR_RETURN(
        const crypto::PrivateKey key,
        keys_.NewAuthorityKey(ca_name, {h.type, kIssuingRsaBits}));
    pki::AuthorityTemplate issuing =
        Template(absl::StrCat("OTrP Suite ", h.title, " Issuing CA"),
                 pki::IssuingLifetime());
    issuing.crl_url = urls_.Crl(root_name, "");
    issuing.ocsp_url = urls_.Ocsp();
    issuing.issuer_url = urls_.Certificate(root_name);
    OTRP_ASSIGN_OR_RETURN(const pki::Certificate certificate,
                          pki::IssueAuthority(issuing, key.public_key(),
                                              root->certificate, root->key));
    OTRP_RETURN_IF_ERROR(pki::CheckIssued(certificate, root->certificate));
    return Store(h, ca_name, root_name, false, certificate, key);
  }

  pki::AuthorityTemplate Template(const std::string& name,
                                  absl::Duration lifetime) {
    pki::AuthorityTemplate authority;
    authority.serial = pki::NewSerial(random_);
    authority.common_name = name;
    authority.not_before = clock_.Now() - kBackdate;
    authority.not_after = authority.not_before + lifetime;
    return authority;
  }

  absl::Status Store(const Hierarchy& h, const std::string& name,
                     const std::string& issuer, bool is_root,
                     const pki::Certificate& certificate,
                     const crypto::PrivateKey& key) {
    AuthorityRecord row;
    row.name = name;
    row.role = h.role;
    row.is_root = is_root;
    row.issuer = issuer;
    row.key_type = key.type();
    row.certificate_der = certificate.der();
    OTRP_ASSIGN_OR_RETURN(row.sealed_key,
                          keys_.Seal(KeyOwner(name), key, random_));
    const CertificateRecord listed =
        OwnCertificateRecord(certificate, OwnCertificate::kAuthority, issuer);
    return store_.AddAuthority(row, listed, Record("authority.create", name))
        .status();
  }

  // Only by the first bootstrap: what an operator removes later stays away.
  absl::Status AddAnchorsOnce() {
    OTRP_ASSIGN_OR_RETURN(const Authorities authorities,
                          Authorities::Load(store_, keys_));
    if (authorities.Find("service-ca") != nullptr) return absl::OkStatus();
    for (const Hierarchy& h : kHierarchies) {
      if (h.anchor == Anchor::kNone) continue;
      const std::string name =
          h.anchor == Anchor::kRoot ? RootName(h) : IssuingName(h);
      const AuthorityPtr authority = authorities.Find(name);
      if (authority == nullptr) {
        return absl::InternalError(absl::StrCat(name, " is gone"));
      }
      const TrustAnchor anchor{h.role, name, authority->certificate.der(),
                               clock_.Now()};
      OTRP_RETURN_IF_ERROR(
          store_
              .AddAnchor(anchor,
                         Record("trust.add",
                                absl::StrCat(pki::RoleName(h.role), "/", name)))
              .status());
    }
    return absl::OkStatus();
  }

  // True when the directory has a certificate by our authority, for its own
  // key, with the names wanted, and young.
  bool IsGood(const std::string& directory, const Authority& authority,
              const crypto::SubjectNames& names) const {
    const auto certificate = pki::Certificate::FromPem(
        ReadAll(absl::StrCat(directory, "/cert.pem")));
    const SecretBytes key_pem(ReadAll(absl::StrCat(directory, "/key.pem")));
    const auto key = crypto::PrivateKey::FromPem(key_pem.view());
    if (!certificate.ok() || !key.ok() ||
        key->public_key() != certificate->public_key() ||
        certificate->info().issuer_der !=
            authority.certificate.info().subject_der ||
        certificate->san_uris() != names.uris ||
        certificate->san_dns() != names.dns ||
        ReadAll(absl::StrCat(directory, "/ca.pem")).empty()) {
      return false;
    }
    const absl::Duration life =
        certificate->not_after() - certificate->not_before();
    return clock_.Now() < certificate->not_after() - life / 3;
  }

  absl::Status MakeTls(const Holder& holder, const Authorities& authorities,
                       Issuer& issuer) {
    const std::string directory =
        absl::StrCat(options_.tls_out, "/", holder.directory);
    const pki::Profile& profile = pki::ProfileFor(holder.role);
    OTRP_ASSIGN_OR_RETURN(
        const AuthorityPtr authority,
        authorities.IssuerFor(profile.authority, crypto::KeyType::kEcP256,
                              clock_.Now(), profile.lifetime));
    IssueOrder order;
    order.role = holder.role;
    order.common_name = holder.directory;
    if (*holder.uri != '\0') order.names.uris = {holder.uri};
    if (holder.role == pki::Role::kClient) {
      order.lifetime = options_.operator_lifetime;
    } else {
      order.names.dns = {absl::StrCat(holder.directory, ".otrp.internal"),
                         "localhost"};
      for (const std::string& pattern : options_.dns_names) {
        order.names.dns.push_back(absl::StrReplaceAll(
            pattern,
            {{"*", absl::StrReplaceAll(holder.directory, {{"_", "-"}})}}));
      }
      if (holder.role == pki::Role::kWeb) {
        order.names.dns.insert(order.names.dns.end(),
                               options_.web_dns_names.begin(),
                               options_.web_dns_names.end());
      }
      order.names.ips = {"127.0.0.1"};
    }
    if (IsGood(directory, *authority, order.names)) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(MakeFolder(directory));
    OTRP_ASSIGN_OR_RETURN(
        const crypto::PrivateKey key,
        crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
    OTRP_ASSIGN_OR_RETURN(const pki::Csr csr,
                          pki::Csr::Create(key, holder.directory, {}, {}));
    OTRP_ASSIGN_OR_RETURN(
        const Issued issued,
        issuer.Issue(csr, order, [&](const CertificateRecord& signed_one) {
          store::AuditEvent event =
              Record("certificate.issue", signed_one.serial);
          event.details_json = IssueDetails(signed_one, order);
          return event;
        }));
    std::vector<pki::Certificate> chain;
    for (const std::string& der : issued.chain_der) {
      OTRP_ASSIGN_OR_RETURN(pki::Certificate certificate,
                            pki::Certificate::FromDer(der));
      chain.push_back(std::move(certificate));
    }
    const pki::Certificate root = chain.back();
    chain.pop_back();
    // The key before the certificate: a reader that finds a new certificate
    // finds its key too.
    OTRP_RETURN_IF_ERROR(WriteFileAtomically(
        absl::StrCat(directory, "/key.pem"), key.ToPem().view(), 0600));
    OTRP_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(directory, "/ca.pem"),
                                             pki::ToPem(root), 0644));
    return WriteFileAtomically(absl::StrCat(directory, "/cert.pem"),
                               pki::ToPem(chain), 0644);
  }

  CaStore& store_;
  OcspStore& ocsp_store_;
  TsmIdStore& tsm_ids_;
  const KeyVault keys_;
  const Clock& clock_;
  Random& random_;
  const BootstrapOptions& options_;
  Issuer::Urls urls_;
};

}  // namespace

std::vector<std::string> TlsFolders() {
  std::vector<std::string> folders;
  for (const Holder& holder : kHolders) folders.push_back(holder.directory);
  return folders;
}

absl::Status Bootstrap(CaStore& store, OcspStore& ocsp_store,
                       TsmIdStore& tsm_ids, KeyVault keys, const Clock& clock,
                       Random& random, const BootstrapOptions& options) {
  return Bootstrapper(store, ocsp_store, tsm_ids, std::move(keys), clock,
                      random, options)
      .Run();
}

}  // namespace ca
}  // namespace otrp
