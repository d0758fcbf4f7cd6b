// Lists of parts of an authority's certificates, and revocations that share
// signatures, on a real PostgreSQL; looked at with openssl.

#include "services/ca/handlers/crl_shards.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"
#include "libs/telemetry/metrics.h"
#include "services/ca/domain/crl_shard.h"
#include "services/ca/handlers/certificates.h"
#include "services/ca/handlers/directory.h"
#include "services/ca/limits.h"
#include "services/ca/testing/suite.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Code = absl::StatusCode;

constexpr char kPki[] = "http://pki.example";

std::string Path(const std::string& name) {
  return absl::StrCat(::testing::TempDir(), "/", name);
}

std::string File(const std::string& name, absl::string_view bytes) {
  std::ofstream(Path(name), std::ios::binary) << bytes;
  return Path(name);
}

// What it says, whatever it ends with.
std::string Shell(const std::string& command) {
  const int ended =
      std::system(absl::StrCat(command, " >", Path("out"), " 2>&1").c_str());
  return absl::StrCat(FileText(Path("out")), "\nended with ", ended);
}

// CRLs that were signed for the authority so far.
int SignedFor(const std::string& authority) {
  const std::string text = telemetry::Default().Serialize();
  const std::string name =
      absl::StrCat("otrp_ca_crls_signed_total{authority=\"", authority, "\"} ");
  const size_t at = text.find(name);
  return at == std::string::npos ? 0
                                 : std::atoi(text.c_str() + at + name.size());
}

struct Made {
  std::string serial;
  std::string shard;
  std::vector<pki::Certificate> chain;
};

class CrlShardsTest : public SuiteTest {
 protected:
  absl::StatusOr<v1::SetCrlShardsResponse> Divide(const std::string& line,
                                                  int shards) {
    v1::SetCrlShardsRequest request;
    request.set_line(line);
    request.set_shards(shards);
    v1::SetCrlShardsResponse response;
    const absl::Status status =
        SetCrlShards(Operator(), env_, request, response);
    if (!status.ok()) return status;
    EXPECT_THAT(authorities_.Refresh(), IsOk());
    return response;
  }

  Made MakeOne() {
    const auto issued = Issue(v1::PROFILE_TEE, NewCsr());
    EXPECT_THAT(issued.status(), IsOk());
    Made made;
    if (!issued.ok()) return made;
    made.serial = issued->serial();
    made.shard = store_.GetCertificate(made.serial)->crl_shard;
    for (const std::string& der : issued->chain_der()) {
      made.chain.push_back(pki::Certificate::FromDer(der).value());
    }
    return made;
  }

  pki::Crl ListOf(const std::string& shard,
                  const std::string& authority = "tee-ca") {
    v1::GetCrlRequest request;
    request.set_authority(authority);
    request.set_shard(shard);
    v1::GetCrlResponse response;
    EXPECT_THAT(GetCrl(Operator(), env_, request, response), IsOk()) << shard;
    return pki::Crl::Parse(response.crl_der()).value();
  }

  // openssl's word on the leaf, with this list of its issuer and no other.
  std::string Verify(const Made& made, const pki::Crl& list) {
    const std::string der = File("crl.der", list.der());
    File("leaf.pem", pki::ToPem(made.chain[0]));
    File("above.pem", pki::ToPem(made.chain[1]));
    File("root.pem", pki::ToPem(made.chain[2]));
    Shell(absl::StrCat("openssl crl -inform DER -in ", der, " -out ",
                       Path("crl.pem")));
    return Shell(absl::StrCat(
        "openssl verify -attime ", absl::ToUnixSeconds(clock_.Now()),
        " -crl_check -extended_crl -CRLfile ", Path("crl.pem"), " -CAfile ",
        Path("root.pem"), " -untrusted ", Path("above.pem"), " ",
        Path("leaf.pem")));
  }
};

TEST_F(CrlShardsTest, ACertificateNamesTheListOfItsPartAndThatAloneSpeaksOfIt) {
  ASSERT_THAT(Divide("tee-ca", 4).status(), IsOk());
  std::map<std::string, std::vector<Made>> parts;
  // Two of one part, and another one.
  for (int i = 0;
       i < 100 && (parts.size() < 2 || parts.begin()->second.size() < 2); ++i) {
    const Made made = MakeOne();
    EXPECT_EQ(made.shard, CrlShardOf(made.serial, 4));
    parts[made.shard].push_back(made);
  }
  ASSERT_GE(parts.size(), 2u);
  ASSERT_GE(parts.begin()->second.size(), 2u);
  const Made& bad = parts.begin()->second[0];
  const Made& good = parts.begin()->second[1];
  const Made& other = parts.rbegin()->second[0];
  const std::string url =
      absl::StrCat(kPki, "/pki/crl/tee-ca/", bad.shard, ".crl");
  EXPECT_THAT(Shell(absl::StrCat("openssl x509 -noout -text -in ",
                                 File("x.pem", pki::ToPem(bad.chain[0])))),
              HasSubstr("URI:" + url));
  ASSERT_THAT(Revoke(bad.serial), IsOk());

  const pki::Crl list = ListOf(bad.shard);
  const std::string text =
      Shell(absl::StrCat("openssl crl -inform DER -noout -text -in ",
                         File("shown.der", list.der())));
  EXPECT_THAT(text, HasSubstr("X509v3 Issuing Distribution Point: critical"));
  EXPECT_THAT(text, HasSubstr("URI:" + url));
  EXPECT_THAT(Verify(bad, list), HasSubstr("certificate revoked"));
  EXPECT_THAT(Verify(good, list), HasSubstr("ended with 0"));
  EXPECT_THAT(Verify(other, list), Not(HasSubstr("ended with 0")));
  // By our own reader.
  EXPECT_TRUE(list.is_partial());
  EXPECT_TRUE(list.IsFor(bad.chain[0]) && list.IsRevoked(bad.chain[0]));
  EXPECT_TRUE(list.IsFor(good.chain[0]));
  EXPECT_FALSE(list.IsFor(other.chain[0]));

  // The list of all says the same, of all.
  const pki::Crl all = ListOf("");
  EXPECT_FALSE(all.is_partial());
  EXPECT_THAT(Verify(bad, all), HasSubstr("certificate revoked"));
  EXPECT_THAT(Verify(good, all), HasSubstr("ended with 0"));
  EXPECT_THAT(Verify(other, all), HasSubstr("ended with 0"));
  EXPECT_EQ(ListOf(other.shard).size(), 0u);
}

TEST_F(CrlShardsTest, AnotherNumberOfPartsStrandsNoCertificateOfBefore) {
  ASSERT_THAT(Divide("tee-ca", 1).status(), IsOk());
  const Made undivided = MakeOne();
  EXPECT_EQ(undivided.shard, "");
  ASSERT_THAT(Divide("tee-ca", 2).status(), IsOk());
  const Made halved = MakeOne();
  ASSERT_THAT(Divide("tee-ca", 8).status(), IsOk());
  const Made last = MakeOne();
  EXPECT_EQ(halved.shard, CrlShardOf(halved.serial, 2));
  EXPECT_EQ(last.shard, CrlShardOf(last.serial, 8));
  for (const Made* made : {&undivided, &halved, &last}) {
    ASSERT_THAT(Revoke(made->serial), IsOk());
    const pki::Crl list = ListOf(made->shard);
    EXPECT_TRUE(list.IsFor(made->chain[0]) && list.IsRevoked(made->chain[0]))
        << made->shard;
    EXPECT_TRUE(ListOf("").IsRevoked(made->chain[0]));
  }
  // All of them are renewed before they end.
  clock_.Advance(kCrlLifetime * 3 / 4);
  ASSERT_THAT(env_.revocation.PublishStaleCrls(), IsOk());
  for (const Made* made : {&halved, &last}) {
    const pki::Crl list = ListOf(made->shard);
    EXPECT_GT(list.CurrentUntil(absl::ZeroDuration()),
              clock_.Now() + kCrlLifetime / 2);
    EXPECT_TRUE(list.IsRevoked(made->chain[0]));
  }
  v1::GetCrlShardsRequest request;
  request.set_authority("tee-ca");
  v1::GetCrlShardsResponse response;
  ASSERT_THAT(GetCrlShards(Operator(), env_, request, response), IsOk());
  EXPECT_EQ(response.current(), 8);
  EXPECT_THAT(response.served(), ElementsAre(1, 2, 4, 8));
  // The same again is no change, and what is over leaves the lists.
  EXPECT_FALSE(Divide("tee-ca", 8)->changed());
  clock_.Advance(absl::Hours(24) * 3660);
  ASSERT_THAT(env_.revocation.PublishStaleCrls(), IsOk());
  EXPECT_EQ(ListOf(last.shard).size(), 0u);
  clock_.Advance(-(absl::Hours(24) * 3660 + kCrlLifetime * 3 / 4));
}

TEST_F(CrlShardsTest, NonsenseIsRefusedByItsField) {
  EXPECT_THAT(Divide("tee-ca", 0).status(),
              StatusIs(Code::kInvalidArgument, HasSubstr("shards: must be")));
  EXPECT_THAT(Divide("tee-ca", 257).status(),
              StatusIs(Code::kInvalidArgument, HasSubstr("shards: must be")));
  EXPECT_THAT(Divide("nobody", 4).status(),
              StatusIs(Code::kNotFound, HasSubstr("line: ")));
  EXPECT_THAT(Divide("tee-root", 4).status(),
              StatusIs(Code::kFailedPrecondition, HasSubstr("line: ")));
  for (const char* shard : {"999-1", "3-0", "'; --", "*"}) {
    v1::GetCrlRequest request;
    request.set_authority("sp-ca");
    request.set_shard(shard);
    v1::GetCrlResponse response;
    EXPECT_THAT(GetCrl(Operator(), env_, request, response),
                StatusIs(Code::kNotFound, HasSubstr("shard: ")))
        << shard;
  }
}

TEST_F(CrlShardsTest, ManyRevocationsAtOnceCostTwoSignaturesAListAtMost) {
  ASSERT_THAT(Divide("tee-ca", 2).status(), IsOk());
  std::vector<Made> made;
  for (int i = 0; i < 40; ++i) made.push_back(MakeOne());
  Revocation coalescing(authorities_, store_, clock_, Issuer::Urls{kPki},
                        kCrlWindow);
  const int before = SignedFor("tee-ca");
  const auto revoke = [&](const Made& one) {
    ASSERT_THAT(
        store_
            .Revoke(one.serial,
                    {RevocationReason::kKeyCompromise, clock_.Now()}, {})
            .status(),
        IsOk());
    ASSERT_THAT(coalescing.Publish("tee-ca", one.shard), IsOk());
  };
  revoke(made[0]);
  // The first one waits for nobody: that of all, and its part's.
  EXPECT_EQ(SignedFor("tee-ca") - before, 2);
  EXPECT_TRUE(ListOf(made[0].shard).IsRevoked(made[0].chain[0]));
  for (size_t i = 1; i < made.size(); ++i) {
    clock_.Advance(kCrlWindow / 100);
    revoke(made[i]);
  }
  // The other part's first one.
  EXPECT_EQ(SignedFor("tee-ca") - before, 3);
  clock_.Advance(kCrlWindow);
  ASSERT_THAT(coalescing.PublishDue(), IsOk());
  EXPECT_EQ(SignedFor("tee-ca") - before, 6);
  for (const Made& one : made) {
    EXPECT_TRUE(ListOf(one.shard).IsRevoked(one.chain[0]));
    EXPECT_TRUE(ListOf("").IsRevoked(one.chain[0]));
  }
  // Nothing is left to do, for this replica or another one.
  ASSERT_THAT(coalescing.PublishDue(), IsOk());
  ASSERT_THAT(env_.revocation.PublishStaleCrls(), IsOk());
  EXPECT_EQ(SignedFor("tee-ca") - before, 6);
}

TEST_F(CrlShardsTest, TheNextGenerationHasTheListsOfItsPartsAtOnce) {
  ASSERT_THAT(Divide("sp-ca", 3).status(), IsOk());
  const auto record = [](const std::string& name) {
    store::AuditEvent event;
    event.actor = "test";
    event.action = "authority.rotate";
    event.subject = name;
    return event;
  };
  Generations::Wish wish;
  wish.line = "sp-ca";
  const auto next = env_.generations.Prepare(wish, record);
  ASSERT_THAT(next.status(), IsOk());
  for (const char* shard : {"", "3-0", "3-1", "3-2"}) {
    EXPECT_THAT(
        ListOf(shard, (*next)->name).Verify((*next)->certificate, clock_.Now()),
        IsOk());
  }
}

TEST_F(CrlShardsTest, ThatAnAuthorityIsGoneHoldsUpNoOthersList) {
  Revocation coalescing(authorities_, store_, clock_, Issuer::Urls{kPki},
                        kCrlWindow);
  EXPECT_FALSE(coalescing.Publish("nobody", "").ok());
  // Waits, since there was a try.
  EXPECT_THAT(coalescing.Publish("nobody", ""), IsOk());
  EXPECT_THAT(coalescing.PublishDue(), IsOk());
}

TEST_F(CrlShardsTest, WhatAProcessDidNotGetToIsOnTheListsByAnother) {
  ASSERT_THAT(Divide("tee-ca", 2).status(), IsOk());
  const Made made = MakeOne();
  ASSERT_THAT(store_
                  .Revoke(made.serial,
                          {RevocationReason::kKeyCompromise, clock_.Now()}, {})
                  .status(),
              IsOk());
  EXPECT_FALSE(ListOf(made.shard).IsRevoked(made.chain[0]));
  ASSERT_THAT(env_.revocation.PublishStaleCrls(), IsOk());
  EXPECT_TRUE(ListOf(made.shard).IsRevoked(made.chain[0]));
}

}  // namespace
}  // namespace handlers
}  // namespace ca
}  // namespace otrp
