// libs/pki against the test data of BoringSSL's libpki, which isn't the
// validator that libs/pki has below it.

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/pem.h"
#include "libs/crypto/x509.h"
#include "libs/pki/certificate.h"
#include "libs/pki/ocsp.h"
#include "tests/conformance/path.h"

namespace otrp {
namespace {

using testing::Conformance;
using testing::Outcome;

constexpr char kChains[] = "boringssl-pki/verify_certificate_chain.json";
constexpr char kCrls[] = "boringssl-pki/crl.json";
constexpr char kOcsp[] = "boringssl-pki/ocsp.json";
constexpr absl::Duration kTick = absl::Seconds(1);

// Purposes of other applications (MLS, C2PA) have no role of ours; asked for
// one, a certificate of theirs must be refused.
pki::Role RoleOf(absl::string_view purpose) {
  if (absl::StartsWith(purpose, "SERVER_AUTH")) return pki::Role::kWeb;
  if (absl::StartsWith(purpose, "CLIENT_AUTH")) return pki::Role::kClient;
  // Any usage at all: libs/pki always asks for a role's.
  if (purpose == "ANY_EKU") return pki::Role::kWeb;
  return pki::Role::kTee;
}

// libs/pki has one kind of trust, that in anchors. A leaf that is trusted as it
// is can be said with it where it is the whole chain.
bool IsAnchor(absl::string_view trust, size_t chain_size) {
  return absl::StartsWith(trust, "TRUSTED_ANCHOR") ||
         (absl::StartsWith(trust, "TRUSTED_LEAF") && chain_size == 1);
}

testing::Path PathOf(const json::Value& test) {
  testing::Path path;
  std::vector<std::string> chain = testing::PemBodies(test.Find("chain"));
  path.leaf = chain.front();
  if (IsAnchor(*test.GetString("last_cert_trust"), chain.size())) {
    path.anchors.push_back(chain.back());
    if (chain.size() > 1) chain.pop_back();
  }
  path.intermediates.assign(chain.begin() + 1, chain.end());
  path.time = testing::TimeOf(*test.GetString("validation_time"));
  path.role = RoleOf(*test.GetString("key_purpose"));
  return path;
}

// The blocks of one of the PEM files, by their labels.
std::map<std::string, std::string> Blocks(absl::string_view file) {
  std::map<std::string, std::string> blocks;
  const auto text =
      testing::ReadVectorFile(absl::StrCat("boringssl-pki/", file));
  EXPECT_TRUE(text.ok()) << text.status();
  if (!text.ok()) return blocks;
  const auto decoded = crypto::PemDecode(*text);
  EXPECT_TRUE(decoded.ok()) << file << ": " << decoded.status();
  if (!decoded.ok()) return blocks;
  for (const crypto::PemBlock& block : *decoded) {
    blocks[block.label] = block.der;
  }
  return blocks;
}

// Where the vectors know a status, ours must be usable and the same; where they
// don't, ours must be an error or unknown.
void RecordStatus(const json::Value& test,
                  const absl::StatusOr<pki::OcspStatus>& ours,
                  Conformance* conformance) {
  const std::string file(*test.GetString("file"));
  const absl::string_view expected =
      *test.GetString("expected_revocation_status");
  const bool known = ours.ok() && *ours != pki::OcspStatus::kUnknown;
  if (known && expected != "UNKNOWN") {
    EXPECT_EQ(*ours == pki::OcspStatus::kRevoked, expected == "REVOKED")
        << file;
  }
  conformance->Record(file, expected == "UNKNOWN" ? "invalid" : "valid",
                      known ? Outcome::kAccepted : Outcome::kRefused,
                      ours.ok() ? "" : absl::StrCat(ours.status().message()));
}

// The issuers' keys here have 1,024 bits, so that no pki::Certificate can be
// had of them: this asks libs/crypto what pki::Crl::Verify() asks it.
absl::StatusOr<pki::OcspStatus> CrlStatus(
    std::map<std::string, std::string> blocks, absl::Time time) {
  OTRP_ASSIGN_OR_RETURN(const crypto::CrlInfo crl,
                        crypto::ParseX509Crl(blocks["CRL"]));
  OTRP_ASSIGN_OR_RETURN(const crypto::CertificateInfo issuer,
                        crypto::ParseX509(blocks["CA CERTIFICATE"]));
  OTRP_ASSIGN_OR_RETURN(const crypto::CertificateInfo subject,
                        crypto::ParseX509(blocks["CERTIFICATE"]));
  OTRP_RETURN_IF_ERROR(crypto::VerifyX509Crl(crl.der, issuer));
  if (!crypto::CoversX509(crl, subject) ||
      crl.issuer_der != issuer.subject_der) {
    return absl::FailedPreconditionError("about other certificates");
  }
  if (issuer.has_key_usage && (issuer.key_usage & crypto::kCrlSign) == 0) {
    return absl::FailedPreconditionError("no cRLSign");
  }
  if (time < crl.this_update ||
      time >= crl.next_update.value_or(time + kTick)) {
    return absl::FailedPreconditionError("not current");
  }
  for (const crypto::RevokedEntry& entry : crl.revoked) {
    if (entry.serial == subject.serial) return pki::OcspStatus::kRevoked;
  }
  if (!crl.next_update.has_value()) {
    return absl::FailedPreconditionError(
        "without an end it makes nothing good");
  }
  return pki::OcspStatus::kGood;
}

absl::StatusOr<pki::OcspStatus> ResponseStatus(
    std::map<std::string, std::string> blocks, absl::Time time) {
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate subject,
                        pki::Certificate::FromDer(blocks["CERTIFICATE"]));
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate issuer,
                        pki::Certificate::FromDer(blocks["CA CERTIFICATE"]));
  // What we would have asked is what they would have asked.
  const auto request = pki::BuildOcspRequest(subject, issuer);
  EXPECT_TRUE(request.ok() && *request == blocks["OCSP REQUEST"]);
  OTRP_ASSIGN_OR_RETURN(const pki::OcspResponse response,
                        pki::OcspResponse::Parse(blocks["OCSP RESPONSE"]));
  return response.Verify(subject, issuer, time);
}

template <typename StatusOf>
void RunStatuses(const char* file, StatusOf status_of) {
  const auto vectors = testing::ReadVectors(file);
  ASSERT_TRUE(vectors.ok()) << vectors.status();
  const absl::Time time = testing::TimeOf(*vectors->GetString("verify_time"));
  Conformance conformance(file);
  for (const json::Value& test : vectors->Find("tests")->items()) {
    SCOPED_TRACE(*test.GetString("file"));
    RecordStatus(test, status_of(Blocks(*test.GetString("file")), time),
                 &conformance);
  }
  conformance.Finish();
}

TEST(X509BoringsslTest, Crls) {
  OTRP_REQUIRE_VECTORS();
  RunStatuses(kCrls, CrlStatus);
}

TEST(X509BoringsslTest, OcspResponses) {
  OTRP_REQUIRE_VECTORS();
  RunStatuses(kOcsp, ResponseStatus);
}

// Nearly all of the responses are signed with SHA-1, so that OcspResponses
// above says little about reading them; this does.
TEST(X509BoringsslTest, OcspParsing) {
  OTRP_REQUIRE_VECTORS();
  const auto vectors = testing::ReadVectors(kOcsp);
  ASSERT_TRUE(vectors.ok()) << vectors.status();
  Conformance conformance(absl::StrCat(kOcsp, " (parsing)"));
  for (const json::Value& test : vectors->Find("tests")->items()) {
    const std::string file(*test.GetString("file"));
    const absl::string_view expected =
        *test.GetString("expected_response_status");
    const bool readable = expected != "PARSE_RESPONSE_ERROR" &&
                          expected != "UNHANDLED_CRITICAL_EXTENSION";
    const auto response =
        pki::OcspResponse::Parse(Blocks(file)["OCSP RESPONSE"]);
    conformance.Record(
        file, readable ? "valid" : "invalid",
        response.ok() ? Outcome::kAccepted : Outcome::kRefused,
        response.ok() ? "" : absl::StrCat(response.status().message()));
  }
  conformance.Finish();
}

TEST(X509BoringsslTest, Chains) {
  OTRP_REQUIRE_VECTORS();
  const auto vectors = testing::ReadVectors(kChains);
  ASSERT_TRUE(vectors.ok()) << vectors.status();
  Conformance conformance(kChains);
  for (const json::Value& test : vectors->Find("tests")->items()) {
    testing::RecordPath(*test.GetString("id"), *test.GetBool("expected_valid"),
                        PathOf(test), &conformance);
  }
  conformance.Finish();
}

}  // namespace
}  // namespace otrp
