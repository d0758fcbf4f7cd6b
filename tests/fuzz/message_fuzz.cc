// A device's message as the TSM reads it first: from octets to a message of
// which nothing is verified, and nothing verifies.

#include "libs/protocol/device_state.h"
#include "libs/protocol/message.h"
#include "libs/protocol/test_tee.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  using namespace otrp::protocol;  // NOLINT: its file's only function
  auto incoming = Incoming::Parse(input);
  if (!incoming.ok()) return;
  (void)incoming->tid();
  (void)incoming->rid();
  OTRP_FUZZ_CHECK(!incoming->name().empty());
  switch (incoming->kind()) {
    case Incoming::Kind::kResponse:
      OTRP_FUZZ_CHECK(!Verify(std::move(*incoming).TakeResponse(),
                              test::EcKey().public_key())
                           .ok());
      break;
    case Incoming::Kind::kDeviceState: {
      const TsmKeys keys{&test::RsaKey(), &test::EcKey()};
      for (UnverifiedMessage& message :
           std::move(*incoming).TakeDeviceStates()) {
        (void)UnverifiedDeviceState::Open(std::move(message), keys);
      }
      break;
    }
    default: break;
  }
}
