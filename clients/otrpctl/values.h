// Proto messages as the JSON that otrpctl prints, and words of the command
// line as proto values. docs/otrpctl.md lists the members; they are stable.

#ifndef CLIENTS_OTRPCTL_VALUES_H_
#define CLIENTS_OTRPCTL_VALUES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/timestamp.pb.h"
#include "libs/cli/cli.h"
#include "libs/json/json.h"
#include "otrp/ca/v1/ca.pb.h"
#include "otrp/common/v1/common.pb.h"

namespace otrp::ctl {

// RFC 3339 in UTC; null where unset.
json::Value Time(const google::protobuf::Timestamp& time, bool is_set);

json::Value Strings(const std::vector<std::string>& strings);

// 64 hex digits, either case, to 32 octets.
absl::StatusOr<std::string> ParseDid(absl::string_view word);

absl::StatusOr<common::v1::Role> ParseRole(absl::string_view word);
std::string RoleName(common::v1::Role role);

// "clientAuth,1.2.3" as OIDs; what is no word of ours is left as it is, for the
// service to judge. And back.
std::vector<std::string> ParseUsages(absl::string_view words);
std::string UsageName(absl::string_view oid);

absl::StatusOr<ca::v1::Profile> ParseProfile(absl::string_view word);
std::string ProfileName(ca::v1::Profile profile);
// All, for help; and those that can be asked for.
std::string ProfileWords(absl::string_view separator);
std::string IssuedProfileWords(absl::string_view separator);

// "90d", "12h", "30m", as seconds. `flag`: for the error.
absl::StatusOr<int64_t> ParseDays(absl::string_view flag,
                                  const std::string& word);
// Of --life; 0 without it.
absl::StatusOr<int64_t> LifeOf(const cli::Args& args);
// --life, of what is to end.
cli::Flag LifeFlag(const std::string& help);

// "keyCompromise" and "key-compromise" alike.
absl::StatusOr<ca::v1::RevocationReason> ParseReason(absl::string_view word);
std::string ReasonName(ca::v1::RevocationReason reason);
// --reason, with all of them.
cli::Flag RevocationReasonFlag();

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_VALUES_H_
