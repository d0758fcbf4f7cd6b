// TA images of both formats: none verifies that the key didn't sign.

#include "libs/protocol/ta_image.h"
#include "libs/protocol/test_tee.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  using namespace otrp::protocol;  // NOLINT: its file's only function
  (void)GuessTaImageFormat(input);
  for (TaImageFormat format : {TaImageFormat::kJws, TaImageFormat::kOptee}) {
    auto image = UnverifiedTaImage::Parse(format, input);
    if (!image.ok()) continue;
    OTRP_FUZZ_CHECK(!Verify(*image, test::RsaKey().public_key()).ok());
    OTRP_FUZZ_CHECK(
        !Verify(*std::move(image), test::EcKey().public_key()).ok());
  }
}
