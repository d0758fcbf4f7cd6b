// Parts of an authority's certificates, each with a CRL of its own: "16-3" is
// part 3, from 0, of 16. Which one a certificate is of follows from its serial
// and from how many there were when it was issued; it stays.
//
// Thread-safety: functions without state.
// Source: RFC 5280 5.2.5 (issuingDistributionPoint).

#ifndef OTRP_SERVICES_CA_DOMAIN_CRL_SHARD_H_
#define OTRP_SERVICES_CA_DOMAIN_CRL_SHARD_H_

#include <string>

#include "absl/strings/string_view.h"

namespace otrp {
namespace ca {

// More would be lists that are looked at each minute and hold nothing.
inline constexpr int kMaxCrlShards = 256;

// Of a serial in hex. Empty for one of one: the list of all certificates.
std::string CrlShardOf(absl::string_view serial, int shards);
// Of part `part` of `shards`.
std::string CrlShardName(int shards, int part);
// Whether it is a part's name, as CrlShardName() writes it.
bool IsCrlShard(absl::string_view name);

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_DOMAIN_CRL_SHARD_H_
