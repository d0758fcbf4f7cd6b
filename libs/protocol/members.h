// How members of messages are written where they aren't plain text: the one
// table of it. Builders write and parsers read a member by its constant, whose
// type is its encoding, so that none is written in two ways; section 1 of
// docs/wire.md shows the table (./otrp docs).
//
// Inside libs/protocol only. The members of JOSE are libs/jose's.
//
// Thread-safety: constants, and functions without state.
// Errors: INVALID_ARGUMENT naming the member.
// Source: draft-ietf-teep-opentrustprotocol-03, its schemas; docs/wire.md.

#ifndef OTRP_LIBS_PROTOCOL_MEMBERS_H_
#define OTRP_LIBS_PROTOCOL_MEMBERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/json/json.h"
#include "libs/protocol/dialect.h"

namespace otrp {
namespace protocol {

enum class Encoding {
  // Octets: written with padding; any kind of base64 is read.
  kBase64,
  // Octets: written in upper case; TEEs read either case, and base64.
  kHex,
  // Written by dialect; both forms are read.
  kBoolean,
  // A number in a string; a number is read, too.
  kCount,
  // An SP's key in a TEE (ParseAik()).
  kKey,
  // The name of an algorithm, or its base64.
  kAlgorithm,
};

// `part`: the messages, or the object, that it stands in.
struct MemberRow {
  absl::string_view name;
  absl::string_view part;
  Encoding encoding;
};

template <Encoding kEncoding>
struct Member {
  absl::string_view name;
  absl::string_view part;

  constexpr MemberRow row() const { return {name, part, kEncoding}; }
};

namespace member {

using Base64 = Member<Encoding::kBase64>;
using Hex = Member<Encoding::kHex>;
using Boolean = Member<Encoding::kBoolean>;
using Count = Member<Encoding::kCount>;
using Key = Member<Encoding::kKey>;
using Algorithm = Member<Encoding::kAlgorithm>;

inline constexpr Base64 kOcspDat{"ocspdat", "GetDeviceStateTBSRequest"};
inline constexpr Base64 kIcaOcspDat{"icaocspdat", "GetDeviceStateTBSRequest"};
inline constexpr Boolean kNextDsi{"nextdsi", "the other requests' TBS"};
inline constexpr Base64 kDsiHash{"dsihash", "the other requests' TBS"};
inline constexpr Base64 kDid{"did", "content"};
inline constexpr Base64 kSpCert{"spcert", "content, changes"};
inline constexpr Hex kDelOldSpCert{"deloldspcert", "changes"};
inline constexpr Boolean kRenewTeeSpAik{"renewteespaik", "changes"};
inline constexpr Boolean kDeleteTa{"deleteta", "content of DeleteSD"};
inline constexpr Base64 kTaKey{"key", "encrypted_ta in pei03"};
inline constexpr Hex kTaIv{"iv", "encrypted_ta"};
inline constexpr Base64 kCipherTaData{"ciphertadata",
                                      "encrypted_ta of InstallTA"};
inline constexpr Base64 kCipherPData{"cipherpdata",
                                     "encrypted_ta of InstallTA"};
inline constexpr Base64 kCipherNewTaData{"ciphernewtadata",
                                         "encrypted_ta of UpdateTA"};
inline constexpr Base64 kCipherNewPData{"ciphernewpdata",
                                        "encrypted_ta of UpdateTA"};
inline constexpr Boolean kSignerReq{"signerreq",
                                    "GetDeviceTEEStateTBSResponse"};
inline constexpr Key kTeeSpAik{"teespaik", "content of responses"};
inline constexpr Base64 kTfwCert{"cert", "tfwdata"};
inline constexpr Algorithm kTfwSigAlg{"sigalg", "tfwdata"};
inline constexpr Base64 kTfwSig{"sig", "tfwdata"};
inline constexpr Base64 kTeeCert{"cert", "tee"};
inline constexpr Base64 kCaCert{"cacert", "tee"};
inline constexpr Count kCnt{"cnt", "sdlist"};
inline constexpr Key kSpAik{"spaik", "teeaiklist"};

}  // namespace member

// All of the above, in the order of the page.
const std::vector<MemberRow>& AllMembers();

// --- Writing -----------------------------------------------------------------

void Set(const member::Base64& name, absl::string_view octets,
         json::Value* object);
void Set(const member::Hex& name, absl::string_view octets,
         json::Value* object);
void Set(const member::Boolean& name, Dialect dialect, bool value,
         json::Value* object);
// Arrays.
void SetList(const member::Base64& name, const std::vector<std::string>& list,
             json::Value* object);
void SetList(const member::Hex& name, const std::vector<std::string>& list,
             json::Value* object);

// --- Reading -----------------------------------------------------------------

// Not empty.
absl::StatusOr<std::string> Read(const member::Base64& name,
                                 const json::Value& object,
                                 absl::string_view where);
// One string or an array of them; empty where the member is absent or "".
absl::StatusOr<std::vector<std::string>> ReadList(const member::Base64& name,
                                                  const json::Value& object,
                                                  absl::string_view where);
// "RS256" for its base64, too; other names as they stand there. Not empty.
absl::StatusOr<std::string> Read(const member::Algorithm& name,
                                 const json::Value& object,
                                 absl::string_view where);
// Of the member's value: true, "true", "1", false, "false", "0".
absl::StatusOr<bool> ReadValue(const member::Boolean& name,
                               const json::Value& value,
                               absl::string_view where);
// Of the member's value: 1 or "1"; not negative.
absl::StatusOr<int64_t> ReadValue(const member::Count& name,
                                  const json::Value& value,
                                  absl::string_view where);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_MEMBERS_H_
