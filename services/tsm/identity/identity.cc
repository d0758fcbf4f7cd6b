#include "services/tsm/identity/identity.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/pki/certificate.h"
#include "libs/pki/csr.h"
#include "libs/pki/ocsp.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/identity/proof.h"
#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {
namespace {

constexpr char kActor[] = "otrp://service/tsm";

constexpr crypto::KeyType kTypes[] = {crypto::KeyType::kRsa,
                                      crypto::KeyType::kEcP256};

store::AuditEvent IdentityAudit(absl::string_view action,
                                absl::string_view subject) {
  store::AuditEvent event;
  event.actor = kActor;
  event.action = std::string(action);
  event.subject = std::string(subject);
  return event;
}

// In the last third of its life, a certificate is renewed.
bool NeedsRenewal(const pki::Certificate& leaf, absl::Time now) {
  const absl::Duration life = leaf.not_after() - leaf.not_before();
  return now >= leaf.not_after() - life / 3;
}

absl::StatusOr<std::vector<pki::Certificate>> ParseChain(
    const std::vector<std::string>& ders) {
  std::vector<pki::Certificate> chain;
  for (const std::string& der : ders) {
    OTRP_ASSIGN_OR_RETURN(pki::Certificate certificate,
                          pki::Certificate::FromDer(der));
    chain.push_back(std::move(certificate));
  }
  return chain;
}

bool IsUsable(const std::shared_ptr<const SigningIdentity>& identity,
              absl::Time now) {
  return identity != nullptr && now < identity->not_after &&
         now < identity->staples_until;
}

// When the current certificate and its staples end, or have ended.
void Measure(const StoredIdentity& stored) {
  const std::string name =
      absl::StrCat("tsm-", crypto::KeyTypeName(stored.key_type));
  if (stored.not_after.has_value()) {
    telemetry::kCertificateExpiry.With(name).Set(
        static_cast<double>(absl::ToUnixSeconds(*stored.not_after)));
  }
  if (stored.staples_until.has_value()) {
    telemetry::kOcspStapleExpiry.With(name).Set(
        static_cast<double>(absl::ToUnixSeconds(*stored.staples_until)));
  }
}

// Null where the list says nothing of it.
const pki::RevokedEntry* FindEntry(const pki::Crl& crl,
                                   const std::vector<pki::Certificate>& chain,
                                   size_t n) {
  if (!crl.IsFor(chain[n]) || !crl.IsRevoked(chain[n]) ||
      !crl.VerifySigner(chain[n + 1]).ok()) {
    return nullptr;
  }
  for (const pki::RevokedEntry& entry : crl.revoked()) {
    if (entry.serial == chain[n].serial()) return &entry;
  }
  return nullptr;
}

// Current, next, and then those that were retired, the latest first.
bool ReadsBefore(const StoredIdentity& a, const StoredIdentity& b) {
  const auto rank = [](IdentityState state) {
    return state == IdentityState::kCurrent ? 0
           : state == IdentityState::kNext  ? 1
                                            : 2;
  };
  if (a.state != b.state) return rank(a.state) < rank(b.state);
  return a.created_at > b.created_at;
}

}  // namespace

// A stored identity, opened.
struct IdentityManager::Loaded {
  StoredIdentity stored;
  std::shared_ptr<const ReadingKey> reader;
  // Ours, or empty.
  std::vector<pki::Certificate> chain;
  // Of `chain`; unset where they don't fit or have run out.
  absl::optional<VerifiedStaples> staples;
  // The database knows that it is revoked.
  bool revocation_stored = false;
  // What was last made of the above.
  std::shared_ptr<const SigningIdentity> signer;

  bool revoked() const { return stored.revoked_at.has_value(); }
  // Whole, and not revoked.
  bool MaySign() const {
    return !revoked() && !chain.empty() && staples.has_value();
  }

  void ReadProof(const std::string& tsm_id, absl::Time now) {
    chain.clear();
    staples.reset();
    if (stored.chain_pem.empty()) return;
    absl::StatusOr<std::vector<pki::Certificate>> parsed =
        pki::ParsePemBundle(stored.chain_pem);
    // An id that was changed in the settings needs another certificate.
    if (!parsed.ok() || !CheckIssued(*parsed, reader->key, tsm_id).ok()) {
      return;
    }
    chain = *std::move(parsed);
    absl::StatusOr<VerifiedStaples> verified =
        VerifyStaples(stored.staples, chain, now);
    if (verified.ok()) staples = *std::move(verified);
  }

  // The same one as long as nothing is new: holders that compare pointers keep
  // what they made of it.
  const std::shared_ptr<const SigningIdentity>& Signer() {
    std::vector<std::string> ders;
    absl::Time not_after = absl::InfiniteFuture();
    for (const pki::Certificate& certificate : chain) {
      ders.emplace_back(certificate.der());
      not_after = std::min(not_after, certificate.not_after());
    }
    if (signer == nullptr || signer->chain != ders ||
        signer->staples != staples->ders) {
      signer = std::make_shared<SigningIdentity>(
          SigningIdentity{stored.key_type, reader->key, std::move(ders),
                          staples->ders, not_after, staples->until, stored.id});
    }
    return signer;
  }
};

IdentityManager::IdentityManager(std::string tsm_id, TsmStore* store,
                                 CaClient* ca, const Clock* clock,
                                 const IdentityKeys* keys)
    : tsm_id_(std::move(tsm_id)),
      store_(*store),
      ca_(*ca),
      clock_(*clock),
      keys_(*keys) {}

IdentityManager::~IdentityManager() = default;

std::shared_ptr<const SigningIdentity> IdentityManager::Get(
    crypto::KeyType type) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = published_.current.find(type);
  return found != published_.current.end() &&
                 IsUsable(found->second, clock_.Now())
             ? found->second
             : nullptr;
}

std::shared_ptr<const SigningIdentity> IdentityManager::ById(
    absl::string_view id) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = published_.by_id.find(id);
  return found != published_.by_id.end() &&
                 IsUsable(found->second, clock_.Now())
             ? found->second
             : nullptr;
}

std::vector<std::shared_ptr<const ReadingKey>> IdentityManager::Readers(
    crypto::KeyType type) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = published_.readers.find(type);
  if (found == published_.readers.end()) return {};
  return found->second;
}

absl::Status IdentityManager::Ready() const {
  for (crypto::KeyType type : kTypes) {
    if (Get(type) != nullptr) continue;
    const absl::string_view name = crypto::KeyTypeName(type);
    std::lock_guard<std::mutex> lock(mutex_);
    return absl::UnavailableError(
        published_.revoked.count(type) > 0
            ? absl::StrCat("the certificate of the ", name,
                           " key is revoked: otrpctl tsm identity rotate")
            : absl::StrCat("no certificate with valid OCSP staples for the ",
                           name, " key"));
  }
  return absl::OkStatus();
}

absl::Status IdentityManager::Refresh() {
  std::lock_guard<std::mutex> lock(refresh_mutex_);
  absl::Status first = Load();
  for (crypto::KeyType type : kTypes) {
    const bool there =
        std::any_of(loaded_.begin(), loaded_.end(), [&](const auto& entry) {
          const StoredIdentity& stored = entry.second->stored;
          return stored.key_type == type &&
                 stored.state == IdentityState::kCurrent;
        });
    if (there || !first.ok()) continue;
    OTRP_RETURN_IF_ERROR(store_.EnsureIdentityKey(
        type, [&] { return keys_.MakeFirst(type); },
        IdentityAudit("identity.key", crypto::KeyTypeName(type))));
    first.Update(Load());
  }
  // What other replicas have made, before the CA is asked for anything.
  Publish();
  for (const auto& entry : loaded_) first.Update(Care(*entry.second));
  first.Update(PromoteDue());
  first.Update(RemoveOver());
  Publish();
  return first;
}

absl::Status IdentityManager::Learn(const pki::Crl& crl) {
  std::lock_guard<std::mutex> lock(refresh_mutex_);
  // The list comes again.
  if (loaded_.empty()) return absl::UnavailableError("no identity is loaded");
  absl::Status first;
  for (const auto& [id, loaded] : loaded_) {
    for (size_t n = 0; !loaded->revoked() && n + 1 < loaded->chain.size();
         ++n) {
      const pki::RevokedEntry* entry = FindEntry(crl, loaded->chain, n);
      if (entry == nullptr) continue;
      first.Update(Revoke(*loaded, entry->revoked_at, entry->reason));
    }
  }
  Publish();
  return first;
}

absl::Status IdentityManager::Load() {
  OTRP_ASSIGN_OR_RETURN(std::vector<StoredIdentity> all,
                        store_.LoadIdentities());
  for (auto at = loaded_.begin(); at != loaded_.end();) {
    const bool there = std::any_of(
        all.begin(), all.end(),
        [&](const StoredIdentity& stored) { return stored.id == at->first; });
    at = there ? std::next(at) : loaded_.erase(at);
  }
  absl::Status first;
  for (StoredIdentity& stored : all) first.Update(LoadOne(std::move(stored)));
  return first;
}

absl::Status IdentityManager::LoadOne(StoredIdentity stored) {
  std::unique_ptr<Loaded>& slot = loaded_[stored.id];
  if (slot == nullptr || slot->stored.sealed_key != stored.sealed_key) {
    absl::StatusOr<crypto::PrivateKey> key = keys_.Open(stored);
    if (!key.ok()) {
      loaded_.erase(stored.id);
      return key.status();
    }
    slot = std::make_unique<Loaded>();
    slot->reader = std::make_shared<const ReadingKey>(
        ReadingKey{stored.id, *std::move(key)});
  }
  const bool same_proof = slot->stored.chain_pem == stored.chain_pem &&
                          slot->stored.staples == stored.staples;
  slot->revocation_stored = stored.revoked_at.has_value();
  // What is known here before the database knows it is no less true.
  if (slot->revoked() && !slot->revocation_stored) {
    stored.revoked_at = slot->stored.revoked_at;
    stored.revocation_reason = slot->stored.revocation_reason;
  }
  slot->stored = std::move(stored);
  if (!same_proof) slot->ReadProof(tsm_id_, clock_.Now());
  return absl::OkStatus();
}

absl::Status IdentityManager::Care(Loaded& loaded) {
  if (loaded.revoked()) {
    return loaded.revocation_stored ? absl::OkStatus()
                                    : Revoke(loaded, *loaded.stored.revoked_at,
                                             loaded.stored.revocation_reason);
  }
  const absl::Time now = clock_.Now();
  absl::Status renewal;
  if (loaded.stored.state != IdentityState::kRetired &&
      (loaded.chain.empty() || NeedsRenewal(loaded.chain.front(), now))) {
    renewal = Renew(loaded);
    if (renewal.ok() || loaded.revoked()) return renewal;
  }
  // The old one may still be good for a while.
  if (loaded.chain.empty()) return renewal;
  if (!loaded.staples.has_value() || now >= loaded.staples->renew_at) {
    renewal.Update(Prove(loaded, loaded.chain, /*is_new=*/false));
  }
  return renewal;
}

absl::Status IdentityManager::Renew(Loaded& loaded) {
  OTRP_ASSIGN_OR_RETURN(std::vector<pki::Certificate> chain, Issue(loaded));
  OTRP_RETURN_IF_ERROR(CheckIssued(chain, loaded.reader->key, tsm_id_));
  return Prove(loaded, std::move(chain), /*is_new=*/true);
}

absl::StatusOr<std::vector<pki::Certificate>> IdentityManager::Issue(
    const Loaded& loaded) {
  const StoredIdentity& stored = loaded.stored;
  const crypto::PrivateKey& key = loaded.reader->key;
  OTRP_ASSIGN_OR_RETURN(pki::Csr csr,
                        pki::Csr::Create(key, "OTrP TSM", {tsm_id_}, {}));
  // The same until this renewal has come through, on all replicas, so that
  // repetitions don't make further certificates.
  const std::string fingerprint = HexEncode(
      crypto::Sha256(absl::StrCat(key.public_key().ToSpki(), tsm_id_)));
  const std::string request_id = absl::StrCat(
      "tsm-", crypto::KeyTypeName(stored.key_type), "-",
      fingerprint.substr(0, 32), "-",
      stored.not_after.has_value() ? absl::ToUnixSeconds(*stored.not_after)
                                   : 0);
  OTRP_ASSIGN_OR_RETURN(
      const std::vector<std::string> ders,
      ca_.IssueTsmCertificate(csr.der(), tsm_id_, request_id));
  return ParseChain(ders);
}

absl::Status IdentityManager::Prove(Loaded& loaded,
                                    std::vector<pki::Certificate> chain,
                                    bool is_new) {
  const absl::Time now = clock_.Now();
  std::vector<std::string> staples;
  // The root vouches for itself.
  for (size_t n = 0; n + 1 < chain.size(); ++n) {
    OTRP_ASSIGN_OR_RETURN(std::string request,
                          pki::BuildOcspRequest(chain[n], chain[n + 1]));
    OTRP_ASSIGN_OR_RETURN(std::string der, ca_.GetOcspResponse(request));
    OTRP_ASSIGN_OR_RETURN(const pki::OcspAnswer answer,
                          CheckStaple(der, n, chain, now));
    if (answer.status == pki::OcspStatus::kRevoked) {
      OTRP_RETURN_IF_ERROR(Revoke(loaded, now, /*reason=*/0));
      return absl::FailedPreconditionError(
          absl::StrCat("the CA says that certificate ", n, " of our chain ",
                       loaded.stored.id, " is revoked"));
    }
    staples.push_back(std::move(der));
  }
  OTRP_ASSIGN_OR_RETURN(VerifiedStaples verified,
                        VerifyStaples(staples, chain, now));
  const IdentityProof proof = {pki::ToPem(chain), chain.front().not_after(),
                               std::move(staples), verified.until};
  absl::optional<store::AuditEvent> audit;
  if (is_new) audit = IdentityAudit("identity.certificate", loaded.stored.id);
  OTRP_ASSIGN_OR_RETURN(
      const bool saved,
      store_.SaveIdentityProof(loaded.stored.id, loaded.stored.chain_pem, proof,
                               now, audit));
  if (!saved) {
    return absl::AbortedError("another replica was first with a certificate");
  }
  StoredIdentity& stored = loaded.stored;
  stored.chain_pem = proof.chain_pem;
  stored.not_after = proof.not_after;
  stored.staples = proof.staples;
  stored.staples_until = proof.staples_until;
  if (!stored.complete_at.has_value()) stored.complete_at = now;
  loaded.chain = std::move(chain);
  loaded.staples = std::move(verified);
  return absl::OkStatus();
}

absl::Status IdentityManager::Revoke(Loaded& loaded, absl::Time at,
                                     int reason) {
  StoredIdentity& stored = loaded.stored;
  if (!loaded.revoked()) {
    OTRP_LOG(ERROR, "a certificate of ours is revoked: it signs no more",
             {{"identity", stored.id},
              {"state", WordOf(stored.state)},
              {"reason", absl::StrCat(reason)}});
  }
  stored.revoked_at = at;
  stored.revocation_reason = std::max(0, reason);
  OTRP_RETURN_IF_ERROR(
      store_
          .RevokeIdentity(stored.id, at, stored.revocation_reason,
                          IdentityAudit("identity.revoked", stored.id))
          .status());
  loaded.revocation_stored = true;
  return absl::OkStatus();
}

absl::Status IdentityManager::PromoteDue() {
  const absl::Time now = clock_.Now();
  bool any = false;
  for (const auto& [id, loaded] : loaded_) {
    const StoredIdentity& stored = loaded->stored;
    if (stored.state != IdentityState::kNext || !loaded->MaySign() ||
        !stored.complete_at.has_value() ||
        now < *stored.complete_at + kIdentitySettle) {
      continue;
    }
    OTRP_ASSIGN_OR_RETURN(
        const bool promoted,
        store_.PromoteIdentity(id, now, IdentityAudit("identity.promote", id)));
    any |= promoted;
  }
  return any ? Load() : absl::OkStatus();
}

absl::Status IdentityManager::RemoveOver() {
  const absl::Time before = clock_.Now() - kKeepRetired;
  for (const auto& [id, loaded] : loaded_) {
    const absl::optional<absl::Time>& retired_at = loaded->stored.retired_at;
    if (!retired_at.has_value() || *retired_at >= before) continue;
    OTRP_RETURN_IF_ERROR(store_
                             .RemoveRetiredIdentities(
                                 before, IdentityAudit("identity.remove", id))
                             .status());
    return Load();
  }
  return absl::OkStatus();
}

void IdentityManager::Publish() {
  Published next;
  std::vector<Loaded*> all;
  for (const auto& entry : loaded_) all.push_back(entry.second.get());
  std::sort(all.begin(), all.end(), [](const Loaded* a, const Loaded* b) {
    return ReadsBefore(a->stored, b->stored);
  });
  for (Loaded* loaded : all) {
    const StoredIdentity& stored = loaded->stored;
    next.readers[stored.key_type].push_back(loaded->reader);
    const bool current = stored.state == IdentityState::kCurrent;
    if (current) Measure(stored);
    if (current && loaded->revoked()) next.revoked[stored.key_type] = true;
    if (!loaded->MaySign() || stored.state == IdentityState::kNext) continue;
    next.by_id[stored.id] = loaded->Signer();
    if (current) next.current[stored.key_type] = loaded->Signer();
  }
  std::lock_guard<std::mutex> lock(mutex_);
  published_ = std::move(next);
}

}  // namespace tsm
}  // namespace otrp
