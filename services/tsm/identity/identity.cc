#include "services/tsm/identity/identity.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/hash.h"
#include "libs/pki/certificate.h"
#include "libs/pki/csr.h"
#include "libs/pki/ocsp.h"
#include "libs/telemetry/metrics.h"
#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {
namespace {

constexpr int kRsaBits = 2048;
constexpr char kActor[] = "otrp://service/tsm";

constexpr crypto::KeyType kTypes[] = {crypto::KeyType::kRsa,
                                      crypto::KeyType::kEcP256};

store::AuditEvent IdentityAudit(absl::string_view action,
                                crypto::KeyType type) {
  store::AuditEvent event;
  event.actor = kActor;
  event.action = std::string(action);
  event.subject = std::string(crypto::KeyTypeName(type));
  return event;
}

// Binds a sealed key to its row.
std::string SealContext(crypto::KeyType type) {
  return absl::StrCat("tsm.identity.", crypto::KeyTypeName(type));
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

// What the staple of the n-th certificate of our chain says about it.
absl::StatusOr<pki::OcspAnswer> AnswerOf(
    absl::string_view staple, size_t n,
    const std::vector<pki::Certificate>& chain, absl::Time now) {
  if (n + 1 >= chain.size()) {
    return absl::InternalError("a staple belongs to no certificate of ours");
  }
  OTRP_ASSIGN_OR_RETURN(const pki::OcspResponse response,
                        pki::OcspResponse::Parse(staple));
  return response.Answer(chain[n], chain[n + 1], now);
}

// The CA is trusted to issue, not to be free of mistakes: what it gives must
// be for our key and our id, or devices would refuse every message.
absl::Status CheckIssued(const std::vector<pki::Certificate>& chain,
                         const crypto::PrivateKey& key,
                         const std::string& tsm_id) {
  if (chain.size() < 2) {
    return absl::InternalError("the CA's answer is not a chain");
  }
  if (!(chain.front().public_key() == key.public_key())) {
    return absl::InternalError(
        "the CA's certificate is for another key than ours");
  }
  const std::vector<std::string> uris = chain.front().san_uris();
  if (std::find(uris.begin(), uris.end(), tsm_id) == uris.end()) {
    return absl::InternalError(
        absl::StrCat("the CA's certificate lacks our id ", tsm_id));
  }
  return absl::OkStatus();
}

}  // namespace

// What a refresh works on: a stored identity, opened.
struct IdentityManager::Loaded {
  absl::optional<crypto::PrivateKey> key;
  std::vector<pki::Certificate> chain;
  std::vector<std::string> staples;
  absl::optional<absl::Time> staples_until;
};

IdentityManager::IdentityManager(Options options, TsmStore* store, CaClient* ca,
                                 const Clock* clock, Random* random)
    : options_(std::move(options)),
      store_(*store),
      ca_(*ca),
      clock_(*clock),
      random_(*random) {}

std::shared_ptr<const SigningIdentity> IdentityManager::Get(
    crypto::KeyType type) const {
  std::shared_ptr<const SigningIdentity> identity;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    auto found = current_.find(type);
    if (found != current_.end()) identity = found->second;
  }
  if (identity == nullptr) return nullptr;
  const absl::Time now = clock_.Now();
  if (now >= identity->not_after || now >= identity->staples_until) {
    return nullptr;
  }
  return identity;
}

absl::Status IdentityManager::Ready() const {
  for (crypto::KeyType type : kTypes) {
    if (Get(type) == nullptr) {
      return absl::UnavailableError(
          absl::StrCat("no certificate with valid OCSP staples for the ",
                       crypto::KeyTypeName(type), " key"));
    }
  }
  return absl::OkStatus();
}

absl::Status IdentityManager::Refresh() {
  std::lock_guard<std::mutex> lock(refresh_mutex_);
  for (crypto::KeyType type : kTypes) {
    OTRP_RETURN_IF_ERROR(EnsureKey(type));
  }
  OTRP_ASSIGN_OR_RETURN(std::vector<StoredIdentity> all,
                        store_.LoadIdentities());
  absl::Status first = absl::OkStatus();
  for (crypto::KeyType type : kTypes) {
    for (const StoredIdentity& stored : all) {
      if (stored.key_type != type) continue;
      const absl::Status status = RefreshOne(type, stored);
      if (!status.ok() && first.ok()) first = status;
    }
  }
  return first;
}

absl::Status IdentityManager::EnsureKey(crypto::KeyType type) {
  return store_.EnsureIdentityKey(
      type,
      [&]() -> absl::StatusOr<std::string> {
        OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey key,
                              crypto::PrivateKey::Generate(type, kRsaBits));
        const SecretBytes pkcs8 = key.ToPkcs8();
        return crypto::AesGcmSeal(options_.kek.view(), pkcs8.view(),
                                  SealContext(type), random_);
      },
      IdentityAudit("identity.key", type));
}

absl::StatusOr<crypto::PrivateKey> IdentityManager::OpenKey(
    const StoredIdentity& stored) {
  absl::StatusOr<SecretBytes> pkcs8 = crypto::AesGcmOpen(
      options_.kek.view(), stored.sealed_key, SealContext(stored.key_type));
  if (!pkcs8.ok()) {
    return absl::DataLossError(
        absl::StrCat("the sealed ", crypto::KeyTypeName(stored.key_type),
                     " key doesn't open: is --kek_file the one that it was "
                     "sealed with?"));
  }
  return crypto::PrivateKey::FromPkcs8(pkcs8->view());
}

absl::StatusOr<std::vector<std::string>> IdentityManager::Issue(
    crypto::KeyType type, const crypto::PrivateKey& key,
    const StoredIdentity& stored) {
  OTRP_ASSIGN_OR_RETURN(
      pki::Csr csr, pki::Csr::Create(key, "OTrP TSM", {options_.tsm_id}, {}));
  // The same until this renewal has come through, on all replicas, so that
  // repetitions don't make further certificates.
  const std::string fingerprint = HexEncode(
      crypto::Sha256(absl::StrCat(key.public_key().ToSpki(), options_.tsm_id)));
  const std::string request_id = absl::StrCat(
      "tsm-", crypto::KeyTypeName(type), "-", fingerprint.substr(0, 32), "-",
      stored.not_after.has_value() ? absl::ToUnixSeconds(*stored.not_after)
                                   : 0);
  return ca_.IssueTsmCertificate(csr.der(), options_.tsm_id, request_id);
}

absl::Status IdentityManager::RefreshOne(crypto::KeyType type,
                                         const StoredIdentity& stored) {
  Loaded loaded;
  OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey key, OpenKey(stored));
  loaded.key = key;
  if (!stored.chain_pem.empty()) {
    OTRP_ASSIGN_OR_RETURN(loaded.chain, pki::ParsePemBundle(stored.chain_pem));
    // An id that was changed in the settings needs another certificate.
    if (!CheckIssued(loaded.chain, key, options_.tsm_id).ok()) {
      loaded.chain.clear();
    }
  }
  loaded.staples = stored.staples;
  loaded.staples_until = stored.staples_until;

  absl::Status renewal = absl::OkStatus();
  if (loaded.chain.empty() ||
      NeedsRenewal(loaded.chain.front(), clock_.Now())) {
    renewal = [&]() -> absl::Status {
      OTRP_ASSIGN_OR_RETURN(std::vector<std::string> ders,
                            Issue(type, key, stored));
      OTRP_ASSIGN_OR_RETURN(std::vector<pki::Certificate> chain,
                            ParseChain(ders));
      OTRP_RETURN_IF_ERROR(CheckIssued(chain, key, options_.tsm_id));
      OTRP_RETURN_IF_ERROR(store_.SaveCertificate(
          type, pki::ToPem(chain), chain.front().not_after(),
          IdentityAudit("identity.certificate", type)));
      loaded.chain = std::move(chain);
      loaded.staples.clear();
      loaded.staples_until.reset();
      return absl::OkStatus();
    }();
    // The old one may still be good for a while.
    if (loaded.chain.empty()) return renewal;
  }
  const absl::Status staples = FetchStaples(type, &loaded);
  if (absl::IsFailedPrecondition(staples)) {
    std::lock_guard<std::mutex> lock(mutex_);
    current_.erase(type);
    return staples;
  }
  Publish(type, loaded);
  return renewal.ok() ? staples : renewal;
}

absl::Status IdentityManager::FetchStaples(crypto::KeyType type,
                                           Loaded* loaded) {
  const absl::Time now = clock_.Now();
  // Fresh enough: more than half of the shortest life is left.
  if (!loaded->staples.empty() && loaded->staples_until.has_value()) {
    absl::Time renew_at = absl::InfiniteFuture();
    for (size_t i = 0; i < loaded->staples.size(); ++i) {
      const absl::StatusOr<pki::OcspAnswer> staple =
          AnswerOf(loaded->staples[i], i, loaded->chain, now);
      if (!staple.ok()) {
        renew_at = absl::InfinitePast();
        break;
      }
      renew_at = std::min(
          renew_at,
          staple->this_update +
              std::max(kStapleMinAge,
                       (staple->next_update - staple->this_update) / 2));
    }
    if (now < renew_at) return absl::OkStatus();
  }
  std::vector<std::string> staples;
  absl::Time until = absl::InfiniteFuture();
  // The root vouches for itself.
  for (size_t i = 0; i + 1 < loaded->chain.size(); ++i) {
    OTRP_ASSIGN_OR_RETURN(
        std::string request,
        pki::BuildOcspRequest(loaded->chain[i], loaded->chain[i + 1]));
    OTRP_ASSIGN_OR_RETURN(std::string der, ca_.GetOcspResponse(request));
    OTRP_ASSIGN_OR_RETURN(const pki::OcspAnswer answer,
                          AnswerOf(der, i, loaded->chain, now));
    if (answer.status == pki::OcspStatus::kRevoked) {
      return absl::FailedPreconditionError(
          absl::StrCat("the CA says that certificate ", i, " of our ",
                       crypto::KeyTypeName(type), " chain is revoked"));
    }
    if (answer.status != pki::OcspStatus::kGood) {
      return absl::UnavailableError("the CA doesn't know our certificate");
    }
    until = std::min(until, answer.next_update);
    staples.push_back(std::move(der));
  }
  OTRP_RETURN_IF_ERROR(store_.SaveStaples(type, staples, until));
  loaded->staples = std::move(staples);
  loaded->staples_until = until;
  return absl::OkStatus();
}

void IdentityManager::Publish(crypto::KeyType type, const Loaded& loaded) {
  if (loaded.staples.empty() || !loaded.staples_until.has_value()) return;
  auto identity = std::make_shared<SigningIdentity>(
      SigningIdentity{type,
                      *loaded.key,
                      {},
                      loaded.staples,
                      loaded.chain.front().not_after(),
                      *loaded.staples_until});
  for (const pki::Certificate& certificate : loaded.chain) {
    identity->chain.emplace_back(certificate.der());
    identity->not_after =
        std::min(identity->not_after, certificate.not_after());
  }
  const std::string name = absl::StrCat("tsm-", crypto::KeyTypeName(type));
  telemetry::kCertificateExpiry.With(name).Set(
      static_cast<double>(absl::ToUnixSeconds(identity->not_after)));
  telemetry::kOcspStapleExpiry.With(name).Set(
      static_cast<double>(absl::ToUnixSeconds(identity->staples_until)));
  std::lock_guard<std::mutex> lock(mutex_);
  std::shared_ptr<const SigningIdentity>& slot = current_[type];
  // Nothing new: holders that compare pointers keep what they made of it.
  if (slot != nullptr && slot->chain == identity->chain &&
      slot->staples == identity->staples) {
    return;
  }
  slot = std::move(identity);
}

}  // namespace tsm
}  // namespace otrp
