// Writes certificates as libs/pki issues them, for tests that read them with
// other implementations: an authority and, for each profile, a leaf with every
// kind of name, of both types of keys.
//
//   certificate_tool FOLDER    FOLDER/<word>-<type>.pem: leaf, CA, root
//
// Exit code 1 when it fails, and why on stderr.

#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/pem.h"
#include "libs/crypto/random.h"
#include "libs/pki/certificate.h"
#include "libs/pki/issue.h"
#include "libs/pki/profile.h"

namespace otrp {
namespace {

pki::AuthorityTemplate Authority(const std::string& name, int path_length) {
  pki::AuthorityTemplate authority;
  authority.serial = pki::NewSerial(crypto::SystemRandom());
  authority.common_name = name;
  authority.not_before = absl::Now() - absl::Hours(1);
  authority.not_after = absl::Now() + absl::Hours(20 * 365 * 24);
  authority.path_length = path_length;
  return authority;
}

pki::LeafTemplate Leaf(const pki::Profile& profile) {
  pki::LeafTemplate leaf;
  leaf.role = profile.role;
  leaf.serial = pki::NewSerial(crypto::SystemRandom());
  leaf.common_name = "Gerät 1";
  leaf.names.uris = {"https://tsm.example/otrp"};
  leaf.names.dns = {"tsm.example"};
  leaf.names.ips = {"192.0.2.1", "2001:db8::1"};
  leaf.not_before = absl::Now() - absl::Hours(1);
  leaf.not_after = absl::Now() + absl::Hours(24);
  leaf.crl_url = "http://pki.example/pki/crl/ca.crl";
  leaf.ocsp_url = "http://pki.example/pki/ocsp";
  leaf.issuer_url = "http://pki.example/pki/ca/ca.der";
  return leaf;
}

absl::Status WriteAll(const std::string& folder) {
  for (auto type : {crypto::KeyType::kRsa, crypto::KeyType::kEcP256}) {
    OTRP_ASSIGN_OR_RETURN(const auto root_key,
                          crypto::PrivateKey::Generate(type));
    OTRP_ASSIGN_OR_RETURN(const auto ca_key,
                          crypto::PrivateKey::Generate(type));
    OTRP_ASSIGN_OR_RETURN(const auto leaf_key,
                          crypto::PrivateKey::Generate(type));
    OTRP_ASSIGN_OR_RETURN(const pki::Certificate root,
                          pki::IssueRoot(Authority("Root", 1), root_key));
    OTRP_ASSIGN_OR_RETURN(
        const pki::Certificate ca,
        pki::IssueAuthority(Authority("CA", 0), ca_key.public_key(), root,
                            root_key));
    for (const pki::Profile& profile : pki::Profiles()) {
      OTRP_ASSIGN_OR_RETURN(
          const pki::Certificate leaf,
          pki::IssueLeaf(Leaf(profile), leaf_key.public_key(), ca, ca_key));
      std::string pem;
      for (const pki::Certificate& one : {leaf, ca, root}) {
        absl::StrAppend(&pem, crypto::PemEncode("CERTIFICATE", one.der()));
      }
      OTRP_RETURN_IF_ERROR(
          WriteFileAtomically(absl::StrCat(folder, "/", profile.word, "-",
                                           crypto::KeyTypeName(type), ".pem"),
                              pem, 0644));
    }
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace otrp

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: certificate_tool FOLDER\n";
    return 2;
  }
  const absl::Status status = otrp::WriteAll(argv[1]);
  if (status.ok()) return 0;
  std::cerr << status << "\n";
  return 1;
}
