// Certificates and OCSP responses for the device's tests. Keys come from a pool
// that is made once per process, since RSA keys take their time.

#ifndef CLIENTS_DEVICE_TESTING_TEST_PKI_H_
#define CLIENTS_DEVICE_TESTING_TEST_PKI_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/crypto/keys.h"

namespace otrp::device {

// The same key for the same number.
const crypto::PrivateKey& PooledKey(crypto::KeyType type, int number);

struct TestCa {
  crypto::PrivateKey key;
  std::string der;
};

enum class TestRole { kTsm, kTee, kTfw, kSp };

TestCa MakeTestRoot(absl::string_view name, TestRole role,
                    const crypto::PrivateKey& key, absl::Time now);
TestCa MakeTestIntermediate(absl::string_view name, TestRole role,
                            const TestCa& parent, const crypto::PrivateKey& key,
                            absl::Time now);

struct TestLeaf {
  std::string name = "leaf";
  TestRole role = TestRole::kTsm;
  // Empty: none.
  std::string san_uri;
  absl::Time not_before;
  absl::Time not_after;
};

// DER.
std::string IssueTestLeaf(const TestLeaf& leaf, const TestCa& ca,
                          const crypto::PublicKey& key);

enum class TestOcsp { kGood, kRevoked, kUnknown };

// DER of a response about `cert`, signed by its issuer.
std::string MakeTestOcsp(const std::string& cert, const TestCa& issuer,
                         TestOcsp status, absl::Time this_update,
                         absl::Time next_update);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_TESTING_TEST_PKI_H_
