// A scripted TEE for tests: answers a TSM's requests over the real wire format
// with real crypto, keeps a state, and fails on demand.
//
// What it is not: a device (clients/device): it doesn't check who the TSM is,
// nor the images that it gets, and its certificate is signed by itself.
//
// Thread-safety: none.

#ifndef OTRP_SERVICES_TSM_TESTING_MINI_TEE_H_
#define OTRP_SERVICES_TSM_TESTING_MINI_TEE_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/crypto/keys.h"
#include "libs/json/json.h"

namespace otrp {
namespace tsm {
namespace testing {

class MiniTee {
 public:
  MiniTee(const std::string& name, crypto::KeyType type);

  // 32 octets.
  std::string did() const;
  const std::string& certificate() const { return certificate_; }
  const crypto::PublicKey& public_key() const { return key_.public_key(); }
  const std::string& name() const { return name_; }
  // Of the TSM's certificate in the last request that brought one.
  const std::string& tsm_spki() const { return tsm_spki_; }

  // One request in, the response out.
  std::string Answer(absl::string_view request);
  // An entry of a GetDeviceStateResponse, for devices with several TEEs.
  json::Value StateEntry(absl::string_view request);
  static std::string WrapEntries(std::vector<json::Value> entries);

  // --- What it does wrong ----------------------------------------------------
  // Request name ("InstallTA") -> error code; "GetDeviceState" too.
  std::map<std::string, std::string> failures;
  // Goes with the error codes.
  std::string error_message;
  // Says pass and does nothing.
  std::set<std::string> lazy;
  // Doesn't show its state in answers.
  bool hide_dsi = false;
  // Understands only these; empty: all.
  std::string only_sigalg;
  // Members of the TBS response or of the content that are replaced.
  std::map<std::string, json::Value> replace_tbs;
  std::map<std::string, json::Value> replace_content;
  // And left out.
  std::set<std::string> drop_tbs;
  std::set<std::string> drop_content;
  // Members of the DSI's "tee" that are replaced.
  std::map<std::string, json::Value> replace_tee;
  // Signs with another key.
  bool wrong_key = false;
  // Content names another device.
  bool wrong_did = false;
  // Wraps a fresh content key to the TSM's instead of repeating the request's.
  bool fresh_cek = false;

  // --- What it has -----------------------------------------------------------
  struct Ta {
    // As decrypted.
    std::string image;
    std::string personalization;
  };
  struct Sd {
    std::string spid;
    std::set<std::string> certs;
    std::map<std::string, Ta> tas;
  };
  std::map<std::string, Sd> sds;
  // Names of the requests that it took.
  std::vector<std::string> log;

  std::string Dsi() const;

 private:
  struct Opened {
    std::string name;
    json::Value tbs;
    json::Value content;
    json::Value recipients;
    std::string cek;
    std::vector<std::string> x5c;
  };

  Opened Open(absl::string_view request);
  std::string Apply(const Opened& request);
  std::string InstallTa(const Opened& request, bool update);
  json::Value DsiValue() const;
  const crypto::PrivateKey& SigningKey() const;
  const crypto::PrivateKey& Aik(const std::string& spid) const;

  std::string name_;
  std::string certificate_;
  crypto::PrivateKey key_;
  crypto::PrivateKey other_key_;
  mutable std::map<std::string, crypto::PrivateKey> aiks_;
  crypto::KeyType type_;
  // Of the first GetDeviceStateRequest's x5c, by the octets that stand for a
  // certificate in these tests: the SPKI.
  std::string tsm_spki_;
};

}  // namespace testing
}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_TESTING_MINI_TEE_H_
