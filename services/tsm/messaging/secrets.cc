#include "services/tsm/messaging/secrets.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "libs/base/hex.h"
#include "libs/crypto/hash.h"

namespace otrp {
namespace tsm {
namespace {

constexpr size_t kIdBytes = 4;

std::string IdOf(const SecretBytes& secret) {
  return HexEncode(crypto::HmacSha256(secret.view(), "id").substr(0, kIdBytes));
}

}  // namespace

SessionSecrets::SessionSecrets(std::vector<SecretBytes> secrets)
    : secrets_(ListOf(std::move(secrets))) {}

SessionSecrets::List SessionSecrets::ListOf(std::vector<SecretBytes> secrets) {
  List list;
  for (SecretBytes& secret : secrets) {
    std::string id = IdOf(secret);
    list.push_back(std::make_shared<const SessionSecret>(
        SessionSecret{std::move(secret), std::move(id)}));
  }
  return list;
}

SessionSecrets::List SessionSecrets::Get() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return secrets_;
}

std::shared_ptr<const SessionSecret> SessionSecrets::Current() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return secrets_.front();
}

std::shared_ptr<const SessionSecret> SessionSecrets::ById(
    absl::string_view id) const {
  if (id.empty()) return Current();
  for (const auto& secret : Get()) {
    if (secret->id == id) return secret;
  }
  return nullptr;
}

absl::StatusOr<SessionSecrets::TidOwner> SessionSecrets::CheckTid(
    absl::string_view tid, absl::Time now) const {
  absl::Status refused;
  for (const auto& secret : Get()) {
    absl::StatusOr<protocol::TidInfo> info =
        protocol::CheckTid(secret->bytes.view(), tid, now);
    if (info.ok()) return TidOwner{*info, secret};
    refused = info.status();
  }
  return refused;
}

bool SessionSecrets::Replace(std::vector<SecretBytes> secrets) {
  if (secrets.empty()) return false;
  List list = ListOf(std::move(secrets));
  const auto same = [](const auto& a, const auto& b) {
    return a->bytes.view() == b->bytes.view();
  };
  std::lock_guard<std::mutex> lock(mutex_);
  if (std::equal(list.begin(), list.end(), secrets_.begin(), secrets_.end(),
                 same)) {
    return false;
  }
  secrets_ = std::move(list);
  return true;
}

}  // namespace tsm
}  // namespace otrp
