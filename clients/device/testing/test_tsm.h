// A small TSM for the device's tests: signs and encrypts through libs/jose, by
// hand, without the server's codec. Whatever a test wants to be wrong it can
// change in a Draft before it is sealed.

#ifndef CLIENTS_DEVICE_TESTING_TEST_TSM_H_
#define CLIENTS_DEVICE_TESTING_TEST_TSM_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "clients/device/dialect.h"
#include "clients/device/testing/test_pki.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/crypto/keys.h"
#include "libs/jose/jwe.h"
#include "libs/json/json.h"

namespace otrp::device {

using Members = std::map<std::string, json::Value>;

json::Value ToObject(const Members& members);
json::Value Text(absl::string_view text);

// A service provider and its signer certificate.
struct TestSp {
  std::string spid;
  crypto::PrivateKey key;
  std::string cert;

  // Base64 of the certificate.
  json::Value Cert() const;
  // A signed image of format jws.
  std::string Image(absl::string_view taid, absl::string_view version,
                    absl::string_view binary) const;
};

// `number` picks its key.
TestSp MakeTestSp(absl::string_view spid, int number, absl::Time now);

// An unsealed request.
struct Draft {
  std::string message;
  Members tbs;
  // Absent in GetDeviceState.
  absl::optional<Members> content;
  std::vector<std::string> x5c;
  // What the signed object is called; normally message + "TBSRequest".
  std::string inner_name;
};

struct Answer {
  // "CreateSDResponse".
  std::string name;
  json::Value tbs;
  std::string status;
  // Decrypted, or null.
  json::Value content;
  bool encrypted = false;
  // The response repeats the request's encrypted_key.
  bool same_key = false;
  std::string error_code;
  // Of edsi, or of content.
  json::Value dsi;
  bool has_dsi = false;
};

class TestTsm {
 public:
  struct Options {
    crypto::KeyType key_type = crypto::KeyType::kRsa;
    Dialect dialect = Dialect::kIetf03;
    std::string id = "https://tsm.example/otrp";
    // Picks its keys: two TSMs below one root need two.
    int number = 0;
  };

  TestTsm(Options options, const TestCa& root, const Clock& clock,
          Random& random);

  // A root for TSMs of a key type, the same each time.
  static TestCa MakeRoot(crypto::KeyType type, const Clock& clock);

  Draft DeviceState();
  // With the last DSI's hash, TEE name and nextdsi; `content` gets the owner.
  Draft Command(absl::string_view message, Members content);
  // "encrypted_ta" to the AIK of `spid` in the last DSI, in the dialect's form.
  json::Value EncryptTa(absl::string_view spid,
                        absl::optional<std::string> image,
                        absl::optional<std::string> pdata, bool update);

  // What `other` knows of the device: for one who read the other's mail.
  void KnowDeviceOf(const TestTsm& other);

  std::string Seal(const Draft& draft);
  // Verifies the TEE's signature, decrypts, remembers the DSI. Failures are
  // GoogleTest's.
  Answer Open(const std::string& response);

  std::string OwnerMember() const;
  // Leaf, intermediate, root.
  const std::vector<std::string>& chain() const { return chain_; }
  const crypto::PrivateKey& key() const { return key_; }
  const TestCa& intermediate() const { return intermediate_; }
  const TestCa& root() const { return root_; }
  const std::string& did() const { return did_; }
  // OCSP responses of leaf and intermediate.
  void SetOcsp(std::vector<std::string> responses);
  std::vector<std::string> GoodOcsp() const;
  // Issues a new leaf for the same key.
  void Reissue(const TestLeaf& leaf);
  absl::optional<crypto::PublicKey> Aik(absl::string_view spid) const;
  const std::string& dsi_hash() const { return dsi_hash_; }

 private:
  void ReadContent(Answer* answer);
  void ReadDsi(Answer* answer, const std::string& octets);

  Options options_;
  const Clock& clock_;
  Random& random_;
  TestCa root_;
  TestCa intermediate_;
  crypto::PrivateKey key_;
  std::vector<std::string> chain_;
  std::vector<std::string> ocsp_;
  int rid_ = 0;

  // Of the device, by its last DSI.
  absl::optional<crypto::PublicKey> tee_key_;
  std::string tee_name_;
  std::string did_;
  std::string dsi_hash_;
  json::Value last_dsi_;
  // Of the last sealed request.
  std::string cek_;
  std::string encrypted_key_;
};

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_TESTING_TEST_TSM_H_
