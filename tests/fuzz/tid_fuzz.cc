// No tid is ours but one that we made.

#include "absl/time/time.h"
#include "libs/protocol/tid.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  OTRP_FUZZ_CHECK(!otrp::protocol::CheckTid("0123456789abcdef0123456789abcdef",
                                            input,
                                            absl::FromUnixSeconds(1800000000))
                       .ok());
}
