#include "libs/crypto/x509.h"

#include <openssl/bn.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/obj.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/random.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace crypto {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1800000000);

// Certificates with extensions that ours never have, so made by hand.
class Maker {
 public:
  struct Extension {
    int nid;
    std::string der;
    bool critical;
  };

  Maker() : key_(EVP_PKEY_new()) {
    EC_KEY* ec = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
    EXPECT_EQ(EC_KEY_generate_key(ec), 1);
    EVP_PKEY_assign_EC_KEY(key_.get(), ec);
  }

  // All share one key: what is looked at here are extensions.
  std::string Make(const std::string& subject, const std::string& issuer,
                   bool is_ca, const std::vector<Extension>& extensions) {
    bssl::UniquePtr<X509> x(X509_new());
    X509_set_version(x.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x.get()), ++serial_);
    SetName(X509_get_subject_name(x.get()), subject);
    SetName(X509_get_issuer_name(x.get()), issuer);
    ASN1_TIME_set(X509_getm_notBefore(x.get()), absl::ToTimeT(kNow) - 3600);
    ASN1_TIME_set(X509_getm_notAfter(x.get()), absl::ToTimeT(kNow) + 3600);
    X509_set_pubkey(x.get(), key_.get());
    if (is_ca) {
      // BasicConstraints { cA TRUE }; KeyUsage keyCertSign.
      Add(x.get(), {NID_basic_constraints, "\x30\x03\x01\x01\xff", true});
      Add(x.get(), {NID_key_usage, std::string("\x03\x02\x02\x04", 4), true});
    }
    for (const Extension& extension : extensions) Add(x.get(), extension);
    EXPECT_NE(X509_sign(x.get(), key_.get(), EVP_sha256()), 0);
    uint8_t* der = nullptr;
    const int size = i2d_X509(x.get(), &der);
    bssl::UniquePtr<uint8_t> owned(der);
    return std::string(reinterpret_cast<char*>(der), size);
  }

 private:
  static void SetName(X509_NAME* name, const std::string& text) {
    X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                               reinterpret_cast<const uint8_t*>(text.data()),
                               text.size(), -1, 0);
  }

  static void Add(X509* x, const Extension& extension) {
    bssl::UniquePtr<ASN1_OCTET_STRING> value(ASN1_OCTET_STRING_new());
    ASN1_STRING_set(value.get(), extension.der.data(), extension.der.size());
    bssl::UniquePtr<X509_EXTENSION> made(X509_EXTENSION_create_by_NID(
        nullptr, extension.nid, extension.critical, value.get()));
    ASSERT_TRUE(made);
    ASSERT_EQ(X509_add_ext(x, made.get(), -1), 1);
  }

  bssl::UniquePtr<EVP_PKEY> key_;
  int serial_ = 0;
};

// PolicyMappings { 1.2.3 -> 1.2.4 }.
Maker::Extension Mappings() {
  return {NID_policy_mappings,
          std::string("\x30\x0a\x30\x08\x06\x02\x2a\x03\x06\x02\x2a\x04", 12),
          false};
}

// CertificatePolicies 1.2.1, 1.2.2, ... 1.2.<n>.
Maker::Extension Policies(int n) {
  std::string list;
  for (int i = 1; i <= n; ++i) {
    list += std::string("\x30\x04\x06\x02\x2a", 5) + static_cast<char>(i);
  }
  EXPECT_LT(list.size(), 0x10000u);
  std::string der = "\x30\x82";
  der += static_cast<char>(list.size() >> 8);
  der += static_cast<char>(list.size() & 0xff);
  return {NID_certificate_policies, der + list, false};
}

absl::Status Validate(const std::vector<std::string>& chain,
                      ChainFailure* failure) {
  std::vector<CertificateInfo> parsed;
  for (const std::string& der : chain) {
    absl::StatusOr<CertificateInfo> info = ParseX509(der);
    if (!info.ok()) return info.status();
    parsed.push_back(*std::move(info));
  }
  std::vector<const CertificateInfo*> others;
  for (size_t i = 1; i + 1 < parsed.size(); ++i) others.push_back(&parsed[i]);
  std::vector<std::string> built;
  return BuildX509Chain(parsed.front(), others, {&parsed.back()}, kNow, 8,
                        &built, failure);
}

TEST(X509Test, PolicyMappingsAreRefusedBeforeAnyPathIsBuilt) {
  Maker maker;
  const absl::Status status =
      ParseX509(maker.Make("leaf", "ca", false, {Mappings()})).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument,
                               HasSubstr("policyMappings")));
}

TEST(X509Test, MorePoliciesThanACertificateNeedsAreRefused) {
  Maker maker;
  EXPECT_TRUE(ParseX509(maker.Make("leaf", "ca", false, {Policies(32)})).ok());
  EXPECT_THAT(
      ParseX509(maker.Make("leaf", "ca", false, {Policies(33)})).status(),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("more than 32 policies")));
}

TEST(X509Test, TheLongestChainOfTheMostPoliciesIsStillAccepted) {
  Maker maker;
  std::vector<std::string> chain = {
      maker.Make("leaf", "ca1", false, {Policies(32)})};
  for (int i = 1; i <= 6; ++i) {
    chain.push_back(maker.Make(absl::StrCat("ca", i),
                               i == 6 ? "root" : absl::StrCat("ca", i + 1),
                               true, {Policies(32)}));
  }
  chain.push_back(maker.Make("root", "root", true, {}));
  ChainFailure failure;
  const absl::Status status = Validate(chain, &failure);
  EXPECT_TRUE(status.ok()) << status;
}

TEST(X509Test, AddressesOfBothFamiliesAreWrittenAndRead) {
  absl::StatusOr<PrivateKey> key = PrivateKey::Generate(KeyType::kEcP256);
  ASSERT_TRUE(key.ok()) << key.status();
  SubjectNames names;
  names.ips = {"192.0.2.1", "2001:DB8:0:0::1", "::ffff:192.0.2.2"};
  absl::StatusOr<std::string> der = SignX509Request(*key, "pod", names);
  ASSERT_TRUE(der.ok()) << der.status();
  absl::StatusOr<CsrInfo> csr = ParseX509Request(*der);
  ASSERT_TRUE(csr.ok()) << csr.status();
  EXPECT_THAT(csr->names.ips,
              ElementsAre("192.0.2.1", "2001:db8::1", "::ffff:192.0.2.2"));
}

TEST(X509Test, WhatIsNoAddressIsRefused) {
  absl::StatusOr<PrivateKey> key = PrivateKey::Generate(KeyType::kEcP256);
  ASSERT_TRUE(key.ok()) << key.status();
  for (const char* bad : {"1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "::g",
                          "2001:db8::1::2", "fe80::1%eth0", "", "host"}) {
    SubjectNames names;
    names.ips = {bad};
    EXPECT_FALSE(SignX509Request(*key, "pod", names).ok()) << bad;
  }
}

}  // namespace
}  // namespace crypto
}  // namespace otrp
