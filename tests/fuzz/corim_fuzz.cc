// What is read of a CoRIM can be stored: each value has a name and a version,
// each key an id.

#include "services/attestation_verifier/domain/corim.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  const absl::Time now = absl::FromUnixSeconds(1'750'000'000);
  const auto content = otrp::verifier::ReadCorim(input, now);
  if (content.ok()) {
    for (const auto& value : content->values) {
      OTRP_FUZZ_CHECK(!value.tee_name.empty() && value.tee_name.size() <= 128);
      OTRP_FUZZ_CHECK(!value.tee_version.empty() &&
                      value.tee_version.size() <= 128);
    }
    for (const auto& key : content->keys) {
      OTRP_FUZZ_CHECK(!key.key_id.empty() && key.key_id.size() <= 64);
    }
  }
  if (otrp::verifier::IsSignedCorim(input)) {
    const auto signed_one = otrp::verifier::UnverifiedCorim::Parse(input);
    OTRP_FUZZ_CHECK(!signed_one.ok() || signed_one->chain().size() <= 8);
  }
}
