// The TSM's own keys: what it does without a certificate that counts, with
// several keys, and how an operator has them replaced.

#include "services/tsm/handlers/identities.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/testing/mini_tee.h"
#include "services/tsm/testing/tsm_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace testing {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kUnavailable = absl::StatusCode::kUnavailable;

class IdentitiesTest : public ::testing::Test {
 protected:
  IdentitiesTest() { tsm_.verifier.Trust(tee_); }

  void OfferWallet() {
    tsm_.Certificate("cert 1");
    tsm_.Release("1.0.0", "cert 1");
    tsm_.Assign(true);
  }

  // The answer to a session's first request.
  std::string FirstState() {
    absl::StatusOr<std::string> request = tsm_.Advance("");
    EXPECT_TRUE(request.ok()) << request.status();
    return request.ok() ? tee_.Answer(*request) : "";
  }

  absl::StatusOr<v1::RotateIdentitiesResponse> Rotate(
      const rpc::CallContext& call, const std::string& key_type = "") {
    v1::RotateIdentitiesRequest request;
    request.set_key_type(key_type);
    v1::RotateIdentitiesResponse response;
    const absl::Status status =
        handlers::RotateIdentities(call, *tsm_.env, request, response);
    if (!status.ok()) return status;
    return response;
  }

  TsmFixture tsm_;
  MiniTee tee_{"Primus", crypto::KeyType::kEcP256};
};

TEST_F(IdentitiesTest, WithoutStaplesWhatHasToBeSignedWaitsAndIsNoForgery) {
  OfferWallet();
  const std::string state = FirstState();
  tsm_.identity.away = true;
  EXPECT_THAT(tsm_.Advance(state), StatusIs(kUnavailable));
  EXPECT_THAT(tsm_.Sessions(), IsEmpty());
  EXPECT_EQ(tsm_.Refusals("not-authentic"), 0);
  // Nothing was consumed.
  tsm_.identity.away = false;
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string request, tsm_.Advance(state));
  EXPECT_EQ(NameOf(request), "CreateSDRequest");
}

TEST_F(IdentitiesTest, WithoutStaplesWhatOnlyHasToBeReadIsTaken) {
  const std::string state = FirstState();
  tsm_.identity.away = true;
  EXPECT_THAT(tsm_.Advance(state), IsOkAndHolds(""));
  ASSERT_THAT(tsm_.Sessions(), SizeIs(1));
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kDone);
}

TEST_F(IdentitiesTest, WithoutStaplesTheLastAnswerOfASessionIsTaken) {
  OfferWallet();
  std::string request = tsm_.Advance("").value();
  while (NameOf(request) != "InstallTARequest") {
    OTRP_ASSERT_OK_AND_ASSIGN(request, tsm_.Advance(tee_.Answer(request)));
  }
  const std::string last = tee_.Answer(request);
  tsm_.identity.away = true;
  EXPECT_THAT(tsm_.Advance(last), IsOkAndHolds(""));
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kDone);
}

TEST_F(IdentitiesTest, BeforeItsKeysAreReadTheTsmCallsNothingAForgery) {
  const std::string state = FirstState();
  tsm_.identity.unread = true;
  EXPECT_THAT(tsm_.Advance(state), StatusIs(kUnavailable));
  EXPECT_EQ(tsm_.Refusals("not-authentic"), 0);
  tsm_.identity.unread = false;
  EXPECT_THAT(tsm_.Advance(state), IsOkAndHolds(""));
}

TEST_F(IdentitiesTest, WhatIsEncryptedToARetiredKeyIsRead) {
  const std::string state = FirstState();
  tsm_.identity.Rotate(crypto::KeyType::kRsa);
  tsm_.identity.Rotate(crypto::KeyType::kRsa);
  EXPECT_THAT(tsm_.Advance(state), IsOkAndHolds(""));
  EXPECT_EQ(tsm_.DeviceOf(tee_).device.verdict, Verdict::kAccepted);
}

TEST_F(IdentitiesTest, ASessionWhoseSignerCountsNoMoreBeginsAnewWithTheNext) {
  OfferWallet();
  const std::string state = FirstState();
  tsm_.identity.RevokeAll();
  tsm_.identity.Rotate(crypto::KeyType::kRsa);
  OTRP_ASSERT_OK_AND_ASSIGN(std::string request, tsm_.Advance(state));
  EXPECT_EQ(NameOf(request), "GetDeviceStateRequest");
  std::vector<std::string> names;
  while (!request.empty()) {
    names.push_back(NameOf(request));
    OTRP_ASSERT_OK_AND_ASSIGN(request, tsm_.Advance(tee_.Answer(request)));
  }
  EXPECT_THAT(names, ElementsAre("GetDeviceStateRequest", "CreateSDRequest",
                                 "InstallTARequest"));
}

TEST_F(IdentitiesTest, AnOperatorHasKeysReplacedOnceAtATime) {
  const rpc::CallContext call = tsm_.Call("m");
  OTRP_ASSERT_OK_AND_ASSIGN(auto first, Rotate(call));
  EXPECT_EQ(call.audit_records(), 1);
  ASSERT_EQ(first.identities_size(), 2);
  EXPECT_EQ(first.identities(0).key_type(), "EC");
  EXPECT_EQ(first.identities(0).state(), "next");
  EXPECT_EQ(first.identities(1).key_type(), "RSA");
  EXPECT_EQ(first.identities(1).serial(), "");
  // They are on their way.
  const rpc::CallContext again = tsm_.Call("m");
  OTRP_ASSERT_OK_AND_ASSIGN(auto second, Rotate(again, "RSA"));
  EXPECT_TRUE(again.nothing_changed());
  EXPECT_EQ(second.identities(1).identity_id(),
            first.identities(1).identity_id());
  EXPECT_THAT(tsm_.AuditActions(), ElementsAre("identity.rotate"));
}

TEST_F(IdentitiesTest, ATypeThatThereIsNotIsRefusedByName) {
  EXPECT_THAT(
      Rotate(tsm_.Call("m"), "DSA"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("key_type:")));
  EXPECT_THAT(tsm_.AuditActions(), IsEmpty());
}

TEST_F(IdentitiesTest, TheListSaysWhatWasRevokedAndWhy) {
  OTRP_ASSERT_OK(Rotate(tsm_.Call("m"), "EC"));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto stored, tsm_.store.LoadIdentities());
  OTRP_ASSERT_OK(tsm_.store.RevokeIdentity(stored[0].id, tsm_.clock.Now(), 1,
                                           store::AuditEvent()));
  v1::ListIdentitiesResponse response;
  OTRP_ASSERT_OK(handlers::ListIdentities(
      tsm_.Call("m"), *tsm_.env, v1::ListIdentitiesRequest(), response));
  ASSERT_EQ(response.identities_size(), 1);
  EXPECT_EQ(response.identities(0).revocation_reason(), "keyCompromise");
  EXPECT_EQ(response.identities(0).revoked_at().seconds(),
            absl::ToUnixSeconds(tsm_.clock.Now()));
}

}  // namespace
}  // namespace testing
}  // namespace tsm
}  // namespace otrp
