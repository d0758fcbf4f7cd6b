#include "services/api/clients/remembering_authenticator.h"

#include <algorithm>
#include <utility>

#include "libs/crypto/hash.h"
#include "services/api/limits.h"

namespace otrp {
namespace api {

namespace {

// A session's and a token's never meet.
std::string DigestOf(const Secret& secret) {
  switch (secret.kind) {
    case Secret::Kind::kToken: return crypto::Sha256("token " + secret.value);
    case Secret::Kind::kSession: break;
  }
  return crypto::Sha256("session " + secret.value);
}

}  // namespace

RememberingAuthenticator::RememberingAuthenticator(Authenticator& other,
                                                   const Clock& clock)
    : other_(other), clock_(clock) {}

void RememberingAuthenticator::Authenticate(const Secret& secret,
                                            const std::string& traceparent,
                                            Done done) {
  std::string digest = DigestOf(secret);
  absl::optional<Principal> known = memory_->Find(digest, clock_.Now());
  if (known.has_value()) return done(*std::move(known));
  // From before the question: what is true then may not be later.
  const absl::Time asked = clock_.Now();
  other_.Authenticate(
      secret, traceparent,
      [memory = memory_, asked, digest = std::move(digest),
       done = std::move(done)](absl::StatusOr<Principal> principal) {
        if (principal.ok()) memory->Keep(digest, *principal, asked);
        done(std::move(principal));
      });
}

void RememberingAuthenticator::Forget(const Secret& secret) {
  memory_->Forget(DigestOf(secret));
}

void RememberingAuthenticator::Memory::Forget(const std::string& digest) {
  std::lock_guard<std::mutex> lock(mutex_);
  entries_.erase(digest);
}

absl::optional<Principal> RememberingAuthenticator::Memory::Find(
    const std::string& digest, absl::Time now) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto it = entries_.find(digest);
  if (it == entries_.end()) return absl::nullopt;
  if (now < it->second.until) return it->second.principal;
  entries_.erase(it);
  return absl::nullopt;
}

void RememberingAuthenticator::Memory::Keep(const std::string& digest,
                                            const Principal& principal,
                                            absl::Time now) {
  std::lock_guard<std::mutex> lock(mutex_);
  // All are old within seconds: no order is worth keeping.
  if (entries_.size() >= kMaxRememberedTokens) entries_.clear();
  entries_[digest] = {principal,
                      std::min(now + kTokenMemory, principal.expires_at)};
}

}  // namespace api
}  // namespace otrp
