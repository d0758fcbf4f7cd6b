#include "services/ca/issuing/authorities.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "services/ca/errors.h"

namespace otrp {
namespace ca {
namespace {

std::string IssuerHashes(const pki::CertId& id) {
  return absl::StrCat(id.hash, " ", id.issuer_name_hash, id.issuer_key_hash);
}

}  // namespace

CertificateRecord OwnCertificateRecord(const pki::Certificate& certificate,
                                       OwnCertificate own,
                                       const std::string& authority) {
  CertificateRecord row;
  row.serial = certificate.serial();
  row.own = own;
  row.authority = authority;
  row.subject = certificate.common_name();
  row.not_before = certificate.not_before();
  row.not_after = certificate.not_after();
  row.state = CertificateState::kIssued;
  row.der = certificate.der();
  row.request_sha256 = crypto::Sha256(certificate.der());
  return row;
}

std::shared_ptr<const Authorities::Snapshot> Authorities::Now() const {
  const std::lock_guard<std::mutex> lock(*mutex_);
  return now_;
}

absl::StatusOr<Authorities> Authorities::Load(CaStore& store, KeyVault keys) {
  Authorities out(store, std::move(keys));
  OTRP_RETURN_IF_ERROR(out.Refresh());
  return out;
}

absl::StatusOr<AuthorityPtr> Authorities::Open(const AuthorityRecord& row,
                                               const AuthorityList& list,
                                               const Snapshot* before) const {
  std::vector<std::pair<std::string, pki::Certificate>> crossed;
  for (const CrossCertificate& cross : list.crossed) {
    if (cross.authority != row.name) continue;
    OTRP_ASSIGN_OR_RETURN(pki::Certificate certificate,
                          pki::Certificate::FromDer(cross.certificate_der));
    crossed.emplace_back(cross.issuer, std::move(certificate));
  }
  std::vector<pki::Certificate> above;
  if (!row.above_pem.empty()) {
    OTRP_ASSIGN_OR_RETURN(above, pki::ParsePemBundle(row.above_pem));
  }
  const auto divided = list.crl_shards.find(row.line);
  const int shards = divided == list.crl_shards.end() ? 1 : divided->second;
  const auto opened = [&](pki::Certificate certificate,
                          crypto::PrivateKey key) -> AuthorityPtr {
    return std::make_shared<const Authority>(Authority{
        row.name, row.line, row.generation, row.state, row.role, row.is_root,
        row.issuer, std::move(certificate), std::move(key), std::move(crossed),
        std::move(above), shards, row.terms});
  };
  if (before != nullptr) {
    const auto known = before->by_name.find(row.name);
    // A name keeps its key.
    if (known != before->by_name.end() &&
        known->second->certificate.der() == row.certificate_der) {
      return opened(known->second->certificate, known->second->key);
    }
  }
  OTRP_ASSIGN_OR_RETURN(pki::Certificate certificate,
                        pki::Certificate::FromDer(row.certificate_der));
  OTRP_ASSIGN_OR_RETURN(
      crypto::PrivateKey key,
      keys_.Open(KeyOwner(row.name), row.sealed_key, certificate));
  return opened(std::move(certificate), std::move(key));
}

absl::Status Authorities::Refresh() {
  const std::shared_ptr<const Snapshot> before = Now();
  if (before != nullptr) {
    OTRP_ASSIGN_OR_RETURN(const int64_t version, store_->AuthorityVersion());
    if (version == before->version) return absl::OkStatus();
  }
  OTRP_ASSIGN_OR_RETURN(const AuthorityList list, store_->ReadAuthorities());
  if (list.authorities.empty()) return errors::NotBootstrapped();
  auto taken = std::make_shared<Snapshot>();
  taken->version = list.version;
  for (const AuthorityRecord& row : list.authorities) {
    if (row.state == AuthorityState::kRetired) continue;
    OTRP_ASSIGN_OR_RETURN(const AuthorityPtr authority,
                          Open(row, list, before.get()));
    taken->by_name.emplace(row.name, authority);
    for (absl::string_view hash : pki::kCertIdHashes) {
      const pki::CertId id =
          pki::CertIdOf(/*serial=*/"1", authority->certificate, hash);
      taken->by_hashes.emplace(IssuerHashes(id), authority);
    }
  }
  const std::lock_guard<std::mutex> lock(*mutex_);
  // Another thread may have been faster with something newer.
  if (now_ == nullptr || now_->version < taken->version) now_ = taken;
  return absl::OkStatus();
}

AuthorityPtr Authorities::Find(absl::string_view name) const {
  const std::shared_ptr<const Snapshot> now = Now();
  const auto found = now->by_name.find(std::string(name));
  return found == now->by_name.end() ? nullptr : found->second;
}

AuthorityPtr Authorities::FindIssuer(const pki::CertId& id) const {
  const std::shared_ptr<const Snapshot> now = Now();
  const auto found = now->by_hashes.find(IssuerHashes(id));
  return found == now->by_hashes.end() ? nullptr : found->second;
}

absl::StatusOr<AuthorityPtr> Authorities::IssuerFor(
    pki::Role role, crypto::KeyType type, absl::Time now,
    absl::Duration lifetime, absl::string_view line) const {
  const auto suits = [&](const AuthorityPtr& authority) {
    return (authority->key.type() == crypto::KeyType::kRsa) ==
           (type == crypto::KeyType::kRsa);
  };
  // A line stands for its active generation, or else for the newest that was
  // one.
  std::map<std::string, AuthorityPtr> lines;
  const std::shared_ptr<const Snapshot> snapshot = Now();
  for (const auto& [name, authority] : snapshot->by_name) {
    if (authority->is_root || authority->role != role ||
        authority->state == AuthorityState::kNext) {
      continue;
    }
    if (line.empty() ? authority->terms.is_named : authority->line != line) {
      continue;
    }
    AuthorityPtr& kept = lines[authority->line];
    if (kept == nullptr || authority->state == AuthorityState::kActive ||
        (kept->state != AuthorityState::kActive &&
         authority->generation > kept->generation)) {
      kept = authority;
    }
  }
  AuthorityPtr best;
  for (const auto& [name, authority] : lines) {
    if (best == nullptr || (suits(authority) && !suits(best))) best = authority;
  }
  if (best == nullptr) {
    return line.empty() ? errors::AuthorityNotFound(pki::RoleName(role))
                        : errors::IssuerNotFound(line);
  }
  // Devices of one kind of keys know chains of that kind.
  if (!line.empty() && role == pki::Role::kTsm && !suits(best)) {
    return errors::IssuerOfOtherKeys(line);
  }
  if (best->state != AuthorityState::kActive) {
    return errors::NoActiveAuthority(best->line);
  }
  OTRP_RETURN_IF_ERROR(
      EndOfLeaf(best->name, best->certificate.not_after(), now, lifetime)
          .status());
  return best;
}

AuthorityPtr Authorities::ActiveOf(absl::string_view line) const {
  const std::shared_ptr<const Snapshot> now = Now();
  for (const auto& [name, authority] : now->by_name) {
    if (authority->line == line &&
        authority->state == AuthorityState::kActive) {
      return authority;
    }
  }
  return nullptr;
}

std::map<std::string, AuthorityPtr> Authorities::all() const {
  return Now()->by_name;
}

std::vector<std::string> Authorities::ChainAbove(
    const Authority& authority) const {
  std::vector<std::string> chain;
  for (const pki::Certificate& one : CertificatesAbove(authority)) {
    chain.push_back(one.der());
  }
  return chain;
}

std::vector<pki::Certificate> Authorities::CertificatesAbove(
    const Authority& authority) const {
  const std::shared_ptr<const Snapshot> now = Now();
  const auto find = [&](const std::string& name) -> const Authority* {
    const auto found = now->by_name.find(name);
    return found == now->by_name.end() ? nullptr : found->second.get();
  };
  std::vector<pki::Certificate> chain;
  const Authority* at = &authority;
  while (at != nullptr) {
    const Authority* above = at->is_root ? nullptr : find(at->issuer);
    const pki::Certificate* certificate = &at->certificate;
    for (const auto& [issuer, crossed] : at->crossed) {
      const Authority* older = find(issuer);
      // Generations go down, so that this ends.
      if (older == nullptr || older->generation >= at->generation) continue;
      above = older;
      certificate = &crossed;
    }
    chain.push_back(*certificate);
    chain.insert(chain.end(), at->above.begin(), at->above.end());
    at = above;
  }
  return chain;
}

}  // namespace ca
}  // namespace otrp
