// libs/pki against pyca/cryptography's collection: certificates, requests, CRLs
// and OCSP messages with one unusual feature each. The vector says whether
// OpenSSL reads it; what we don't take besides is pinned.

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/crypto/pem.h"
#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"
#include "libs/pki/csr.h"
#include "libs/pki/ocsp.h"
#include "tests/support/vectors.h"

namespace otrp {
namespace {

using testing::Conformance;
using testing::Outcome;

constexpr char kFolder[] = "pyca-x509";

absl::Status Read(absl::string_view kind, bool ocsp_request,
                  const std::string& der) {
  if (kind == "cert") return pki::Certificate::FromDer(der).status();
  if (kind == "csr") return pki::Csr::Parse(der).status();
  if (kind == "crl") return pki::Crl::Parse(der).status();
  if (ocsp_request) return pki::ParseOcspRequest(der).status();
  return pki::OcspResponse::Parse(der).status();
}

// The first block of a PEM file, or the file itself.
std::string DerOf(const std::string& bytes) {
  if (!absl::StrContains(bytes, "-----BEGIN")) return bytes;
  const auto blocks = crypto::PemDecode(bytes);
  return blocks.ok() && !blocks->empty() ? blocks->front().der : "";
}

// Whether OpenSSL reads it; for a request, whether its signature is right too,
// since Csr::Parse() checks that.
bool Expected(const json::Value& entry) {
  const auto parses = entry.GetBool("openssl_parses");
  if (!parses.ok() || !*parses) return false;
  const auto self = entry.GetBool("openssl_self_signature_ok");
  return !self.ok() || *self;
}

void RunKind(const std::string& wanted) {
  const auto index = testing::ReadVectors(absl::StrCat(kFolder, "/index.json"));
  ASSERT_TRUE(index.ok()) << index.status();
  Conformance conformance(absl::StrCat(kFolder, " (", wanted, ")"));
  for (const auto& [name, entry] : index->members()) {
    const absl::string_view kind = entry.GetString("kind").value();
    if (kind != wanted) continue;
    const auto bytes =
        testing::ReadVectorFile(absl::StrCat(kFolder, "/", name));
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    const auto type = entry.GetString("type");
    const absl::Status status =
        Read(kind, type.ok() && absl::StrContains(*type, "req"), DerOf(*bytes));
    conformance.Record(name, Expected(entry) ? "valid" : "invalid",
                       status.ok() ? Outcome::kAccepted : Outcome::kRefused,
                       status.message());
  }
  conformance.Finish();
}

TEST(PycaTest, Certificates) {
  OTRP_REQUIRE_VECTORS();
  RunKind("cert");
}

TEST(PycaTest, Requests) {
  OTRP_REQUIRE_VECTORS();
  RunKind("csr");
}

TEST(PycaTest, RevocationLists) {
  OTRP_REQUIRE_VECTORS();
  RunKind("crl");
}

TEST(PycaTest, OcspMessages) {
  OTRP_REQUIRE_VECTORS();
  RunKind("ocsp");
}

}  // namespace
}  // namespace otrp
