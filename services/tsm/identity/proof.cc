#include "services/tsm/identity/proof.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {

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

absl::StatusOr<pki::OcspAnswer> CheckStaple(
    absl::string_view staple, size_t n,
    const std::vector<pki::Certificate>& chain, absl::Time now) {
  if (n + 1 >= chain.size()) {
    return absl::InternalError("a staple belongs to no certificate of ours");
  }
  OTRP_ASSIGN_OR_RETURN(const pki::OcspResponse response,
                        pki::OcspResponse::Parse(staple));
  return response.Answer(chain[n], chain[n + 1], now);
}

absl::StatusOr<VerifiedStaples> VerifyStaples(
    const std::vector<std::string>& staples,
    const std::vector<pki::Certificate>& chain, absl::Time now) {
  if (chain.size() < 2 || staples.size() + 1 != chain.size()) {
    return absl::InternalError("a chain without a staple for each certificate");
  }
  VerifiedStaples verified = {staples, absl::InfiniteFuture(),
                              absl::InfiniteFuture()};
  for (size_t i = 0; i < staples.size(); ++i) {
    OTRP_ASSIGN_OR_RETURN(const pki::OcspAnswer answer,
                          CheckStaple(staples[i], i, chain, now));
    if (answer.status != pki::OcspStatus::kGood) {
      return absl::UnavailableError("a staple doesn't say \"good\"");
    }
    verified.until = std::min(verified.until, answer.next_update);
    verified.renew_at =
        std::min(verified.renew_at,
                 answer.this_update +
                     std::max(kStapleMinAge,
                              (answer.next_update - answer.this_update) / 2));
  }
  return verified;
}

}  // namespace tsm
}  // namespace otrp
