// OCSP as strangers use and misuse it, over real keys and a real PostgreSQL.

#include "libs/pki/ocsp.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/der.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/random.h"
#include "libs/pki/crl.h"
#include "libs/telemetry/metrics.h"
#include "services/ca/handlers/certificates.h"
#include "services/ca/handlers/directory.h"
#include "services/ca/limits.h"
#include "services/ca/testing/suite.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

namespace der = crypto::der;
using ::otrp::testing::IsOk;
using ::otrp::testing::IsOkAndHolds;

constexpr char kNonceOid[] = "1.3.6.1.5.5.7.48.1.2";

// As many as this process has made, of all authorities.
int Signatures() {
  int all = 0;
  for (absl::string_view line :
       absl::StrSplit(telemetry::Default().Serialize(), '\n')) {
    if (!absl::StartsWith(line, "otrp_ocsp_responses_signed_total{")) continue;
    double number = 0;
    EXPECT_TRUE(absl::SimpleAtod(line.substr(line.rfind(' ') + 1), &number));
    all += static_cast<int>(number);
  }
  return all;
}

std::string RequestFor(const std::vector<pki::CertId>& ids,
                       const std::string& nonce = "") {
  std::string list;
  for (const pki::CertId& id : ids) {
    absl::StrAppend(&list, der::Sequence({id.der}));
  }
  std::string tbs = der::Tlv(der::kSequence, list);
  if (!nonce.empty()) {
    absl::StrAppend(
        &tbs, der::Tlv(der::Explicit(2),
                       der::Sequence({der::Sequence(
                           {der::Oid(kNonceOid),
                            der::OctetString(der::OctetString(nonce))})})));
  }
  return der::Sequence({der::Tlv(der::kSequence, tbs)});
}

std::string Unauthorized() {
  return pki::OcspErrorResponse(pki::OcspError::kUnauthorized);
}

// Takes the next one that is done out of the list.
std::string NextDone(std::vector<std::future<std::string>>& all) {
  while (true) {
    for (auto it = all.begin(); it != all.end(); ++it) {
      if (it->wait_for(std::chrono::milliseconds(1)) !=
          std::future_status::ready) {
        continue;
      }
      std::string result = it->get();
      all.erase(it);
      return result;
    }
  }
}

class OcspTest : public SuiteTest {
 protected:
  struct Subject {
    pki::Certificate leaf;
    pki::Certificate ca;
    pki::CertId Id(absl::string_view hash = "sha1") const {
      return pki::CertIdOf(leaf.serial(), ca, hash);
    }
  };

  Subject NewSubject(v1::Profile profile = v1::PROFILE_TEE,
                     crypto::KeyType type = crypto::KeyType::kEcP256,
                     const std::vector<std::string>& uris = {}) {
    const auto issued = Issue(profile, NewCsr(type), uris);
    EXPECT_THAT(issued.status(), IsOk());
    return {pki::Certificate::FromDer(issued->chain_der(0)).value(),
            pki::Certificate::FromDer(issued->chain_der(1)).value()};
  }

  absl::StatusOr<v1::GetOcspResponseResponse> AskBy(
      const rpc::CallContext& caller, const std::string& request) {
    v1::GetOcspResponseRequest ask;
    ask.set_request_der(request);
    v1::GetOcspResponseResponse answer;
    const absl::Status status = GetOcspResponse(caller, env_, ask, answer);
    if (!status.ok()) return status;
    return answer;
  }

  // What a stranger gets.
  std::string Ask(const std::string& request) {
    const auto answer =
        AskBy(Call(rpc::CallerKind::kService, "gateway"), request);
    EXPECT_THAT(answer.status(), IsOk());
    return answer.ok() ? answer->response_der() : "";
  }

  absl::StatusOr<pki::OcspStatus> StatusOf(const Subject& subject,
                                           const std::string& der) {
    const auto response = pki::OcspResponse::Parse(der);
    if (!response.ok()) return response.status();
    return response->Verify(subject.leaf, subject.ca, clock_.Now());
  }
};

TEST_F(OcspTest, StrangersBuyNoSecondSignatureWhateverTheySend) {
  std::vector<Subject> subjects;
  for (int i = 0; i < 6; ++i) subjects.push_back(NewSubject());
  const int before = Signatures();
  std::mt19937 random(1);
  for (int n = 0; n < 1000; ++n) {
    // Permuted lists, repeated entries, other hashes, unknown ones among them,
    // and a nonce that was never there.
    std::shuffle(subjects.begin(), subjects.end(), random);
    std::vector<pki::CertId> ids;
    for (const Subject& subject : subjects) {
      ids.push_back(subject.Id(pki::kCertIdHashes[random() % 4]));
      ids.push_back(pki::CertIdOf("123456", subject.ca));
    }
    const std::string der =
        Ask(RequestFor(ids, crypto::SystemRandom().Bytes(1 + random() % 128)));
    ASSERT_THAT(StatusOf(subjects[0], der),
                IsOkAndHolds(pki::OcspStatus::kGood));
    ASSERT_EQ(Ask(RequestFor({ids[1], ids[0]})), Unauthorized());
  }
  // One for each certificate and hash.
  EXPECT_EQ(Signatures() - before, 6 * 4);
  // A process that starts anew, or a replica, finds them.
  OcspResponder other(authorities_, signers_, ocsp_store_, clock_);
  const std::string request = RequestFor({subjects[0].Id()});
  EXPECT_EQ(other.Answer(request, OcspResponder::Asker::kStranger).value().der,
            Ask(request));
  EXPECT_EQ(Signatures() - before, 6 * 4);
}

TEST_F(OcspTest, NoAuthoritysKeySignsForStrangers) {
  for (const crypto::KeyType type :
       {crypto::KeyType::kRsa, crypto::KeyType::kEcP256}) {
    const Subject leaf = NewSubject(v1::PROFILE_TSM, type, {kOperatorsTsmId});
    const AuthorityPtr issuing = authorities_.FindIssuer(leaf.Id());
    ASSERT_NE(issuing, nullptr);
    const AuthorityPtr root = authorities_.Find(issuing->issuer);
    ASSERT_TRUE(root->is_root);
    const Subject ca = {issuing->certificate, root->certificate};
    for (const auto& [subject, authority] :
         {std::make_pair(leaf, issuing), std::make_pair(ca, root)}) {
      const std::string der = Ask(RequestFor({subject.Id()}));
      EXPECT_THAT(StatusOf(subject, der), IsOkAndHolds(pki::OcspStatus::kGood));
      // It carries the signer's certificate, which is of the same type, and
      // without it nobody has signed.
      const auto signer = signers_.Of(authority->name);
      EXPECT_EQ(signer->key.type(), type);
      EXPECT_TRUE(absl::StrContains(der, signer->certificate.der()));
      EXPECT_NE(signer->certificate.public_key(),
                authority->certificate.public_key());
    }
  }
}

TEST_F(OcspTest, ClocksAMinuteBehindTakeResponsesAndCrls) {
  const Subject subject = NewSubject();
  const auto answer = AskBy(Call(rpc::CallerKind::kService, "gateway"),
                            RequestFor({subject.Id()}));
  ASSERT_THAT(answer.status(), IsOk());
  EXPECT_LE(answer->this_update().seconds(),
            absl::ToUnixSeconds(clock_.Now() - absl::Minutes(1)));
  EXPECT_THAT(
      pki::OcspResponse::Parse(answer->response_der())
          .value()
          .Verify(subject.leaf, subject.ca, clock_.Now() - absl::Minutes(1)),
      IsOkAndHolds(pki::OcspStatus::kGood));
  ASSERT_THAT(Revoke(subject.leaf.serial()), IsOk());
  const pki::Crl crl = pki::Crl::Parse(store_.GetCrl("tee-ca")->der).value();
  EXPECT_TRUE(crl.IsRevoked(subject.leaf));
  EXPECT_THAT(crl.Verify(subject.ca, clock_.Now() - absl::Minutes(1)), IsOk());
  EXPECT_THAT(
      crl.Verify(subject.ca, clock_.Now() + kCrlLifetime - absl::Seconds(2)),
      IsOk());
}

TEST_F(OcspTest, AResponseIsSignedAnewInTheSecondHalfOfItsLife) {
  const Subject subject = NewSubject();
  const std::string request = RequestFor({subject.Id()});
  const std::string first = Ask(request);
  clock_.Advance(kOcspLifetime / 2 - absl::Seconds(2));
  EXPECT_EQ(Ask(request), first);
  clock_.Advance(absl::Seconds(3));
  const std::string second = Ask(request);
  EXPECT_NE(second, first);
  EXPECT_THAT(StatusOf(subject, second), IsOkAndHolds(pki::OcspStatus::kGood));
}

TEST_F(OcspTest, NoSignersEndComesBeforeThatOfWhatItSigned) {
  const Subject subject = NewSubject();
  const std::string request = RequestFor({subject.Id()});
  for (int i = 0; i < 40; ++i) {
    clock_.Advance(absl::Hours(13));
    ASSERT_THAT(signers_.Renew("test"), IsOk());
    const auto signer = signers_.Of("tee-ca");
    const auto answer = AskBy(Operator(), request);
    ASSERT_THAT(answer.status(), IsOk());
    ASSERT_LE(answer->next_update().seconds(),
              absl::ToUnixSeconds(signer->certificate.not_after()));
    ASSERT_GT(answer->next_update().seconds(),
              absl::ToUnixSeconds(clock_.Now() + kOcspLifetime / 2));
  }
  // Without a renewal it ends, and nothing is signed any more.
  clock_.Advance(kOcspSignerLifetime);
  EXPECT_EQ(signers_.Of("tee-ca"), nullptr);
  EXPECT_EQ(AskBy(Operator(), request).status().code(),
            absl::StatusCode::kUnavailable);
  ASSERT_THAT(signers_.Renew("test"), IsOk());
  EXPECT_THAT(StatusOf(subject, Ask(request)),
              IsOkAndHolds(pki::OcspStatus::kGood));
}

TEST_F(OcspTest, ARevokedSignerIsReplacedAndWhatItSignedWithdrawn) {
  const Subject subject = NewSubject();
  const std::string request = RequestFor({subject.Id()});
  const std::string first = Ask(request);
  const std::string revoked = signers_.Of("tee-ca")->certificate.serial();
  ASSERT_THAT(Revoke(revoked), IsOk());
  const int before = Signatures();
  EXPECT_EQ(AskBy(Operator(), request).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(Signatures(), before) << "what would not be kept is not signed";
  // Another replica replaces it; this one takes that in.
  OcspSigners other(authorities_, ocsp_store_, clock_, crypto::SystemRandom(),
                    TestKek());
  ASSERT_THAT(other.Renew("test"), IsOk());
  ASSERT_THAT(signers_.Renew("test"), IsOk());
  const std::string now = signers_.Of("tee-ca")->certificate.serial();
  EXPECT_NE(now, revoked);
  EXPECT_EQ(now, other.Of("tee-ca")->certificate.serial());
  const std::string second = Ask(request);
  EXPECT_NE(second, first);
  EXPECT_THAT(StatusOf(subject, second), IsOkAndHolds(pki::OcspStatus::kGood));
}

TEST_F(OcspTest, WhatIsNoQuestionOfOursIsAnsweredUnsigned) {
  const Subject subject = NewSubject();
  const std::string malformed =
      pki::OcspErrorResponse(pki::OcspError::kMalformedRequest);
  const int before = Signatures();
  EXPECT_EQ(Ask(""), malformed);
  EXPECT_EQ(Ask("nonsense"), malformed);
  EXPECT_EQ(Ask(RequestFor({})), malformed);
  EXPECT_EQ(Ask(RequestFor({subject.Id()}, std::string(129, 'n'))), malformed);
  EXPECT_EQ(Ask(RequestFor(std::vector<pki::CertId>(kMaxOcspRequestBytes / 50,
                                                    subject.Id()))),
            malformed);
  EXPECT_EQ(Ask(RequestFor({pki::CertIdOf("1234", subject.ca)})),
            Unauthorized());
  EXPECT_EQ(
      Ask(RequestFor({pki::CertIdOf(std::string(4000, 'a'), subject.ca)})),
      Unauthorized());
  EXPECT_EQ(
      Ask(RequestFor({pki::CertIdOf(subject.leaf.serial(), subject.leaf)})),
      Unauthorized());
  // A serial of another authority's.
  EXPECT_EQ(
      Ask(RequestFor({pki::CertIdOf(subject.leaf.serial(),
                                    authorities_.Find("sp-ca")->certificate)})),
      Unauthorized());
  EXPECT_EQ(Signatures(), before);
}

// However many strangers ask, and however long the database takes over it.
TEST_F(OcspTest, StrangersHoldUpNobodyElse) {
  const Subject slow = NewSubject();
  const Subject other = NewSubject();
  const std::string request = RequestFor({slow.Id()});
  const std::string try_later =
      pki::OcspErrorResponse(pki::OcspError::kTryLater);
  std::vector<std::future<std::string>> strangers;
  ASSERT_THAT(database_.superuser().Run([&](store::Tx& tx) -> absl::Status {
    const absl::Status locked = tx.Exec(R"sql(
                SELECT pg_advisory_xact_lock(
                  hashtextextended('ocsp ' || $1, 0)))sql",
                                        slow.leaf.serial())
                                    .status();
    if (!locked.ok()) return locked;
    for (int i = 0; i < 40; ++i) {
      strangers.push_back(
          std::async(std::launch::async, [&] { return Ask(request); }));
    }
    // All but the two that are inside.
    while (strangers.size() > kOcspAtOnce) {
      EXPECT_EQ(NextDone(strangers), try_later);
    }
    EXPECT_EQ(Ask(RequestFor({other.Id()})), try_later);
    EXPECT_THAT(
        AskBy(Call(rpc::CallerKind::kService, "tsm"), RequestFor({other.Id()}))
            .status(),
        IsOk());
    EXPECT_THAT(Issue(v1::PROFILE_TEE, NewCsr()).status(), IsOk());
    EXPECT_THAT(Revoke(other.leaf.serial()), IsOk());
    return absl::OkStatus();
  }),
              IsOk());
  for (int i = 0; i < kOcspAtOnce; ++i) {
    EXPECT_THAT(StatusOf(slow, NextDone(strangers)),
                IsOkAndHolds(pki::OcspStatus::kGood));
  }
  EXPECT_THAT(StatusOf(slow, Ask(request)),
              IsOkAndHolds(pki::OcspStatus::kGood));
}

}  // namespace
}  // namespace handlers
}  // namespace ca
}  // namespace otrp
