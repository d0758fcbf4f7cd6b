#include "libs/rpc/peer_serial.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "libs/base/fake_random.h"
#include "libs/pki/certificate.h"
#include "libs/pki/issue.h"
#include "libs/protocol/test_pki.h"

namespace otrp {
namespace rpc {
namespace {

pki::Certificate WithSerial(const protocol::test::Hierarchy& authority,
                            const std::string& serial,
                            const crypto::PublicKey& key) {
  pki::LeafTemplate leaf;
  leaf.role = pki::Role::kClient;
  leaf.serial = serial;
  leaf.common_name = "alice";
  leaf.names.uris = {"otrp://operator/alice"};
  leaf.not_before = protocol::test::Now() - absl::Hours(1);
  leaf.not_after = protocol::test::Now() + absl::Hours(1);
  return pki::IssueLeaf(leaf, key, authority.ca, authority.ca_key).value();
}

TEST(PeerSerialTest, IsThatOfTheCertificateWhateverItsLength) {
  const protocol::test::Hierarchy authority =
      protocol::test::NewHierarchy("service");
  const auto key =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  FakeRandom random(7);
  std::string serial;
  for (int octets = 1; octets <= 20; ++octets) {
    // Above 0x7f DER puts a zero before it, which makes 21 octets of 20.
    for (const char* first : {"1", "7f", "80", "a0"}) {
      serial = first;
      while (serial.size() < static_cast<size_t>(2 * octets)) serial += "5c";
      if (serial.size() > (first[0] >= '8' ? 38u : 40u)) continue;
      const pki::Certificate certificate =
          WithSerial(authority, serial, key.public_key());
      EXPECT_EQ(PeerSerial::OfPem(pki::ToPem(certificate)).view(),
                certificate.serial())
          << serial;
    }
  }
  for (int i = 0; i < 100; ++i) {
    serial = pki::NewSerial(random);
    const pki::Certificate certificate =
        WithSerial(authority, serial, key.public_key());
    ASSERT_EQ(PeerSerial::OfPem(pki::ToPem(certificate)).view(), serial);
  }
}

TEST(PeerSerialTest, WhatIsNoCertificateHasNone) {
  const protocol::test::Hierarchy authority =
      protocol::test::NewHierarchy("service");
  const std::string pem = pki::ToPem(authority.ca);
  ASSERT_NE(PeerSerial::OfPem(pem).view(), "");
  for (size_t length = 0; length < 28 + 48; ++length) {
    EXPECT_EQ(PeerSerial::OfPem(pem.substr(0, length)).view(), "") << length;
  }
  const std::string begin = "-----BEGIN CERTIFICATE-----\n";
  EXPECT_EQ(PeerSerial::OfPem(begin + std::string(64, 'A')).view(), "");
  EXPECT_EQ(PeerSerial::OfPem(begin + std::string(64, '/')).view(), "");
  EXPECT_EQ(PeerSerial::OfPem(begin + std::string(64, '!')).view(), "");
  EXPECT_EQ(PeerSerial::OfPem(
                absl::StrReplaceAll(pem, {{"CERTIFICATE", "PRIVATE KEY"}}))
                .view(),
            "");
}

}  // namespace
}  // namespace rpc
}  // namespace otrp
