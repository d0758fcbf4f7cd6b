// A device's state inside a GetDeviceStateResponse that was really signed and
// encrypted: the input is the DSI.

#include "libs/crypto/hash.h"
#include "libs/protocol/device_state.h"
#include "libs/protocol/message.h"
#include "libs/protocol/test_tee.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  using namespace otrp;            // NOLINT: its file's only function
  using namespace otrp::protocol;  // NOLINT
  const crypto::PrivateKey& key = test::EcKey();
  json::Value tbs = test::Tbs();
  tbs.Set("signerreq", json::Value::Bool(true));
  tbs.Set("edsi", test::Encrypted(input, key.public_key()));
  auto incoming = Incoming::Parse(test::DeviceStateResponse(tbs, key));
  OTRP_FUZZ_CHECK(incoming.ok());
  auto messages = std::move(*incoming).TakeDeviceStates();
  OTRP_FUZZ_CHECK(messages.size() == 1);
  TsmKeys keys;
  keys.ec = &key;
  auto state = UnverifiedDeviceState::Open(std::move(messages[0]), keys);
  if (!state.ok()) return;
  OTRP_FUZZ_CHECK(state->dsi() == input);
  // The certificate inside the DSI must be of the key that signed.
  OTRP_FUZZ_CHECK(
      !VerifyDeviceState(*std::move(state), test::OtherEcKey().public_key())
           .ok());
}
