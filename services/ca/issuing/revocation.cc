#include "services/ca/issuing/revocation.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/telemetry/metrics.h"
#include "services/ca/errors.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace {

absl::Time WholeSeconds(absl::Time time) {
  return absl::FromUnixSeconds(absl::ToUnixSeconds(time));
}

}  // namespace

absl::StatusOr<CrlRecord> Revocation::Sign(const Authority& authority,
                                           const pki::CrlTemplate& crl,
                                           absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(
      const pki::Crl made,
      pki::IssueCrl(crl, authority.certificate, authority.key));
  telemetry::kCrlsSigned.With(authority.name).Increment();
  // Before it leaves, as a relying party will.
  const absl::Status good = made.Verify(authority.certificate, now);
  if (!good.ok()) {
    return absl::InternalError(
        absl::StrCat("the signed CRL doesn't verify: ", good.message()));
  }
  return CrlRecord{crl.number, made.der(), crl.this_update, crl.next_update};
}

absl::Status Revocation::Make(const List& list) {
  const auto& [name, shard] = list;
  const AuthorityPtr authority = authorities_.Find(name);
  if (authority == nullptr) return errors::AuthorityNotFound(name);
  const absl::Time now = WholeSeconds(clock_.Now());
  const auto sign = [&, &shard = shard](
                        int64_t number,
                        const std::vector<crypto::RevokedEntry>& revoked) {
    pki::CrlTemplate crl;
    crl.number = number;
    crl.this_update = now - kBackdate;
    crl.next_update = now + kCrlLifetime;
    crl.revoked = revoked;
    if (!shard.empty()) crl.point_url = urls_.Crl(name, shard);
    return Sign(*authority, crl, now);
  };
  // A database that went back in time has forgotten the last number, but not
  // what time it is (RFC 5280 5.2.3).
  const int64_t least = absl::ToUnixMillis(clock_.Now());
  return shard.empty()
             ? store_.ReplaceCrl(name, now - kCrlLifetime, least, sign)
             : store_.ReplaceShardCrl(name, shard, now - kCrlLifetime, least,
                                      sign);
}

bool Revocation::TakeTurn(const List& list) {
  const absl::Time now = clock_.Now();
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto [begun, is_first] = begun_.emplace(list, now);
  if (!is_first && now < begun->second + window_ && now >= begun->second) {
    due_.insert(list);
    return false;
  }
  begun->second = now;
  return true;
}

absl::Status Revocation::Publish(const std::string& authority,
                                 const std::string& shard) {
  if (TakeTurn({authority, ""})) {
    OTRP_RETURN_IF_ERROR(Make({authority, ""}));
  }
  // '*': a part that nobody knows is on each (0046_crl_shards.sql).
  if (shard == "*") return PublishStaleShards();
  if (shard.empty() || !TakeTurn({authority, shard})) return absl::OkStatus();
  return Make({authority, shard});
}

absl::Status Revocation::PublishDue() {
  std::set<List> lists;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    lists.swap(due_);
    // What is revoked from here on isn't surely on the lists that are made now.
    for (const List& list : lists) begun_[list] = clock_.Now();
  }
  absl::Status first;
  for (const List& list : lists) {
    const absl::Status made = Make(list);
    // An authority that was retired meanwhile has no lists any more.
    if (made.ok() || absl::IsNotFound(made)) continue;
    first.Update(made);
    const std::lock_guard<std::mutex> lock(mutex_);
    due_.insert(list);
  }
  return first;
}

absl::Status Revocation::PublishCrl(const std::string& authority) {
  return Make({authority, ""});
}

absl::Status Revocation::PublishStaleShards() {
  for (;;) {
    OTRP_ASSIGN_OR_RETURN(
        const auto stale,
        store_.StaleShardCrls(clock_.Now() + kCrlLifetime / 2, kCrlShardBatch));
    size_t made = 0;
    for (const auto& list : stale) {
      // One that was made just now, of which this replica hears in a moment.
      if (authorities_.Find(list.first) == nullptr) continue;
      OTRP_RETURN_IF_ERROR(Make(list));
      ++made;
    }
    if (made < kCrlShardBatch) return absl::OkStatus();
  }
}

absl::Status Revocation::PublishStaleCrls() {
  OTRP_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                        store_.StaleCrls(clock_.Now() + kCrlLifetime / 2));
  for (const std::string& name : names) {
    // As above.
    if (authorities_.Find(name) == nullptr) continue;
    OTRP_RETURN_IF_ERROR(PublishCrl(name));
  }
  OTRP_RETURN_IF_ERROR(PublishStaleShards());
  for (const auto& [name, authority] : authorities_.all()) {
    OTRP_ASSIGN_OR_RETURN(const CrlRecord crl, store_.GetCrl(name));
    telemetry::kCrlExpiry.With(name).Set(
        static_cast<double>(absl::ToUnixSeconds(crl.next_update)));
    telemetry::kCertificateExpiry.With(name).Set(static_cast<double>(
        absl::ToUnixSeconds(authority->certificate.not_after())));
  }
  return absl::OkStatus();
}

}  // namespace ca
}  // namespace otrp
