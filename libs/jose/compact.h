// JWS in compact form (RFC 7515 section 7.1), as JWTs are: the same message as
// the flattened form, and the same rules.
//
// Thread-safety: a function without state.
// Errors: as jws.h.

#ifndef OTRP_LIBS_JOSE_COMPACT_H_
#define OTRP_LIBS_JOSE_COMPACT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/jose/jws.h"

namespace otrp {
namespace jose {

absl::StatusOr<UnverifiedJws> ParseCompact(absl::string_view compact);

}  // namespace jose
}  // namespace otrp

#endif  // OTRP_LIBS_JOSE_COMPACT_H_
