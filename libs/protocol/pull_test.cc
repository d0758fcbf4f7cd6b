#include "libs/protocol/pull.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/random.h"
#include "libs/jose/jwe.h"
#include "libs/jose/jws.h"
#include "libs/json/json.h"
#include "libs/pki/verify.h"
#include "libs/protocol/test_pki.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace protocol {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;

constexpr char kTsmId[] = "https://tsm.example/otrp";
constexpr char kUrl[] = "https://pull.bank.example/pull";

crypto::PrivateKey NewKey(crypto::KeyType type = crypto::KeyType::kEcP256) {
  return crypto::PrivateKey::Generate(type).value();
}

class PullTest : public ::testing::Test {
 protected:
  static absl::Time Now() {
    return absl::FromUnixSeconds(absl::ToUnixSeconds(test::Now()));
  }

  PullRequest Asked() const {
    return {kTsmId,
            kUrl,
            "bank",
            "wallet",
            "1.0.0",
            std::string(32, 'd'),
            std::string(kPullNonceBytes, 'n'),
            Now(),
            Dialect::kIetf03,
            aik_.public_key()};
  }

  std::string Sign(const PullRequest& request) const {
    return SignPullRequest(request, "key-7", tsm_key_,
                           {tsm_.der(), tsm_pki_.ca.der()})
        .value();
  }

  absl::StatusOr<VerifiedPullRequest> Open(const std::string& text,
                                           absl::Time now = Now()) const {
    return OpenPullRequest(text, pki::TrustAnchors({tsm_pki_.root}), kTsmId,
                           kUrl, now);
  }

  std::string Answer(const PullRequest& request) const {
    return SignPullAnswer(Open(Sign(request)).value(), "the image", "the data",
                          sp_key_, Now(), crypto::SystemRandom())
        .value();
  }

  absl::StatusOr<VerifiedPullAnswer> Take(const std::string& text,
                                          const PullRequest& asked,
                                          absl::Time now = Now()) const {
    absl::StatusOr<UnverifiedPullAnswer> answer =
        UnverifiedPullAnswer::Parse(text);
    if (!answer.ok()) return answer.status();
    return VerifiedPullAnswer::Verify(*std::move(answer), asked,
                                      {sp_key_.public_key()}, now);
  }

  // What the SP's key says, whatever it is.
  std::string SignedBySp(const json::Value& payload,
                         const std::string& typ = "otrp-pull-answer") const {
    jose::SignOptions options;
    options.protected_members.Set("typ", json::Value::String(typ));
    return jose::SignFlattened(payload.Serialize(), sp_key_, options).value();
  }

  json::Value PayloadOf(const std::string& text) const {
    return json::Parse(jose::UnverifiedJws::ParseText(text)->payload(),
                       json::kStrangers)
        .value();
  }

  const test::Hierarchy tsm_pki_ = test::NewHierarchy("TSM");
  const crypto::PrivateKey tsm_key_ = NewKey();
  const pki::Certificate tsm_ =
      test::NewLeaf(tsm_pki_, pki::Role::kTsm, tsm_key_.public_key());
  const crypto::PrivateKey sp_key_ = NewKey();
  const crypto::PrivateKey aik_ = NewKey();
};

TEST_F(PullTest, WhatIsAskedForIsReadAsItWasAsked) {
  const PullRequest asked = Asked();
  OTRP_ASSERT_OK_AND_ASSIGN(const VerifiedPullRequest opened,
                            Open(Sign(asked)));
  EXPECT_EQ(opened.key_id(), "key-7");
  EXPECT_EQ(opened.request().spid, "bank");
  EXPECT_EQ(opened.request().taid, "wallet");
  EXPECT_EQ(opened.request().version, "1.0.0");
  EXPECT_EQ(opened.request().did, asked.did);
  EXPECT_EQ(opened.request().nonce, asked.nonce);
  EXPECT_EQ(opened.request().at, asked.at);
  EXPECT_EQ(opened.request().aik.ToSpki(), aik_.public_key().ToSpki());
}

TEST_F(PullTest, OnlyTheDeviceReadsWhatIsAnswered) {
  const PullRequest asked = Asked();
  OTRP_ASSERT_OK_AND_ASSIGN(const VerifiedPullAnswer answer,
                            Take(Answer(asked), asked));
  const json::Value& parts = answer.encrypted_ta();
  OTRP_ASSERT_OK_AND_ASSIGN(const jose::UnverifiedJwe wrapped,
                            jose::UnverifiedJwe::Parse(*parts.Find("key")));
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string key,
                            jose::Decrypt(wrapped, aik_));
  const std::string iv = HexDecode(parts.Find("iv")->as_string()).value();
  const auto open = [&](const char* name) {
    return crypto::AesCbcDecrypt(
               key, iv, Base64Decode(parts.Find(name)->as_string()).value())
        .value();
  };
  EXPECT_EQ(open("ciphertadata"), "the image");
  EXPECT_EQ(open("cipherpdata"), "the data");
  EXPECT_FALSE(jose::Decrypt(wrapped, sp_key_).ok());
}

TEST_F(PullTest, ARequestOfNoTsmThatIsTrustedIsRefused) {
  const crypto::PrivateKey key = NewKey();
  const test::Hierarchy other = test::NewHierarchy("TSM");
  const pki::Certificate forged =
      test::NewLeaf(other, pki::Role::kTsm, key.public_key());
  EXPECT_THAT(
      Open(SignPullRequest(Asked(), "", key, {forged.der(), other.ca.der()})
               .value()),
      StatusIs(absl::StatusCode::kUnauthenticated));
  // A certificate of the right authority for something else.
  const pki::Certificate tee =
      test::NewLeaf(tsm_pki_, pki::Role::kTee, key.public_key());
  EXPECT_THAT(
      Open(SignPullRequest(Asked(), "", key, {tee.der(), tsm_pki_.ca.der()})
               .value()),
      StatusIs(absl::StatusCode::kUnauthenticated));
  // The TSM's certificate over another key's signature.
  EXPECT_THAT(
      Open(SignPullRequest(Asked(), "", key, {tsm_.der(), tsm_pki_.ca.der()})
               .value()),
      StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(PullTest, ARequestForAnotherEndpointOrOfAnotherTimeIsRefused) {
  PullRequest elsewhere = Asked();
  elsewhere.audience = "https://pull.rival.example/pull";
  EXPECT_THAT(Open(Sign(elsewhere)),
              StatusIs(absl::StatusCode::kUnauthenticated));
  PullRequest other_tsm = Asked();
  other_tsm.tsm_id = "https://other.example/otrp";
  EXPECT_THAT(Open(Sign(other_tsm)),
              StatusIs(absl::StatusCode::kUnauthenticated));
  const absl::Duration over = kPullMaxAge + absl::Seconds(2);
  EXPECT_THAT(Open(Sign(Asked()), Now() + over),
              StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(Open(Sign(Asked()), Now() - over),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(PullTest, AnAnswerThatAnotherSignedIsRefused) {
  const PullRequest asked = Asked();
  const std::string forged =
      SignPullAnswer(Open(Sign(asked)).value(), "malware", "", NewKey(), Now(),
                     crypto::SystemRandom())
          .value();
  EXPECT_THAT(Take(forged, asked),
              StatusIs(absl::StatusCode::kUnauthenticated));
  // One octet of the payload.
  json::Value text = json::Parse(Answer(asked), json::kStrangers).value();
  std::string payload = text.Find("payload")->as_string();
  payload[20] = payload[20] == 'A' ? 'B' : 'A';
  text.Set("payload", json::Value::String(payload));
  EXPECT_FALSE(Take(text.Serialize(), asked).ok());
  // Nobody may sign now.
  EXPECT_THAT(
      VerifiedPullAnswer::Verify(
          UnverifiedPullAnswer::Parse(Answer(asked)).value(), asked, {}, Now()),
      StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(PullTest, AnAnswerToAnotherRequestIsRefused) {
  const PullRequest asked = Asked();
  std::vector<PullRequest> others(5, asked);
  others[0].nonce = std::string(kPullNonceBytes, 'm');
  others[1].did = std::string(32, 'e');
  others[2].taid = "ledger";
  others[3].version = "0.9.0";
  others[4].spid = "rival";
  for (const PullRequest& other : others) {
    EXPECT_THAT(Take(Answer(other), asked),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
  EXPECT_THAT(Take(Answer(asked), asked), IsOk());
}

TEST_F(PullTest, AnOldAnswerIsRefused) {
  const PullRequest asked = Asked();
  EXPECT_THAT(
      Take(Answer(asked), asked, Now() + kPullMaxAge + absl::Seconds(2)),
      StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(
      Take(Answer(asked), asked, Now() - kPullMaxAge - absl::Seconds(2)),
      StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(PullTest, WhatTheKeySignedForSomethingElseIsNoAnswer) {
  const PullRequest asked = Asked();
  const json::Value payload = PayloadOf(Answer(asked));
  EXPECT_THAT(Take(SignedBySp(payload), asked), IsOk());
  EXPECT_THAT(Take(SignedBySp(payload, "otrp-pull-request"), asked),
              StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(
      Take(jose::SignFlattened(payload.Serialize(), sp_key_).value(), asked),
      StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(PullTest, PartsThatATeeWouldRefuseAreRefusedHere) {
  const PullRequest asked = Asked();
  const json::Value good = PayloadOf(Answer(asked));
  const auto with = [&](const char* name, json::Value value) {
    json::Value payload = good;
    payload.FindMutable("encrypted_ta")->Set(name, std::move(value));
    return Take(SignedBySp(payload), asked).status();
  };
  const auto without = [&](const char* name) {
    json::Value payload = good;
    payload.FindMutable("encrypted_ta")->Remove(name);
    return Take(SignedBySp(payload), asked).status();
  };
  for (const char* name : {"key", "iv", "alg", "ciphertadata"}) {
    EXPECT_THAT(without(name), StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(with(name, json::Value::String("x")),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(without("cipherpdata"), IsOk());
  EXPECT_THAT(with("cipherpdata", json::Value::String("AAAA")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(with("taid", json::Value::String("ledger")),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(PullTest, TheOlderDialectWrapsTheKeyByItself) {
  const crypto::PrivateKey rsa = NewKey(crypto::KeyType::kRsa);
  PullRequest asked = Asked();
  asked.dialect = Dialect::kPei03;
  asked.aik = rsa.public_key();
  OTRP_ASSERT_OK_AND_ASSIGN(const VerifiedPullAnswer answer,
                            Take(Answer(asked), asked));
  EXPECT_TRUE(answer.encrypted_ta().Find("key")->is_string());
  // The other dialect's form isn't good for this one.
  PullRequest other = asked;
  other.dialect = Dialect::kIetf03;
  EXPECT_FALSE(Take(Answer(other), asked).ok());
}

}  // namespace
}  // namespace protocol
}  // namespace otrp
