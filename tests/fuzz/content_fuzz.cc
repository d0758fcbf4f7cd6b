// What is inside a response that its TEE really signed and encrypted: the first
// octet picks the message, the rest is the content's plaintext.

#include "libs/crypto/hash.h"
#include "libs/protocol/message.h"
#include "libs/protocol/responses.h"
#include "libs/protocol/test_tee.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  using namespace otrp;            // NOLINT: its file's only function
  using namespace otrp::protocol;  // NOLINT
  if (input.empty()) return;
  const auto choice = static_cast<unsigned char>(input[0]);
  input.remove_prefix(1);
  const auto kinds = AllMessages();
  const MessageKind kind = kinds[1 + choice % (kinds.size() - 1)].kind;
  const crypto::PrivateKey& key = test::EcKey();
  json::Value tbs = test::Tbs((choice & 0x80) != 0 ? "fail" : "pass");
  tbs.Set("content", test::Encrypted(input, key.public_key()));
  auto incoming = Incoming::Parse(test::SignedResponse(kind, tbs, key));
  OTRP_FUZZ_CHECK(incoming.ok());
  auto message = Verify(std::move(*incoming).TakeResponse(), key.public_key());
  OTRP_FUZZ_CHECK(message.ok());
  ContentKeys keys;
  keys.session_secret = "0123456789abcdef0123456789abcdef";
  const std::string other = crypto::Sha256("another request");
  keys.encrypted_key_sha256 = other;
  keys.tsm.ec = &key;
  const auto content = OpenContent(*message, keys);
  if (!content.ok()) return;
  OTRP_FUZZ_CHECK(content->reason.has_value() == message->failed());
  if (content->dsi.has_value()) {
    OTRP_FUZZ_CHECK(content->dsi->hash == crypto::Sha256(content->dsi->octets));
  }
}
