#include "tests/conformance/path.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/pem.h"
#include "libs/pki/crl.h"
#include "libs/pki/verify.h"

namespace otrp {
namespace testing {
namespace {

// Some vectors are made to cost exponential or quadratic time. A path that is
// refused in time takes milliseconds, also in a debug build on a busy machine.
constexpr absl::Duration kPatience = absl::Seconds(10);

// As libs/attest does it.
absl::Status CheckRevocation(const pki::Certificate& subject,
                             const pki::Certificate& issuer,
                             const std::vector<pki::Crl>& crls,
                             absl::Time time) {
  std::vector<const pki::Crl*> about;
  for (const pki::Crl& crl : crls) {
    if (crl.IsFor(subject) && crl.VerifySigner(issuer).ok()) {
      about.push_back(&crl);
    }
  }
  const pki::RevocationWord word =
      pki::WordOf(about, subject, time, absl::ZeroDuration());
  if (word.revoked) return absl::FailedPreconditionError("revoked");
  return time < word.good_until
             ? absl::OkStatus()
             : absl::FailedPreconditionError("no current CRL");
}

}  // namespace

absl::Status Validate(const Path& path) {
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate leaf,
                        pki::Certificate::FromDer(path.leaf));
  std::vector<pki::Certificate> intermediates;
  for (const std::string& der : path.intermediates) {
    OTRP_ASSIGN_OR_RETURN(pki::Certificate certificate,
                          pki::Certificate::FromDer(der));
    intermediates.push_back(std::move(certificate));
  }
  OTRP_ASSIGN_OR_RETURN(const pki::TrustAnchors anchors,
                        pki::TrustAnchors::FromDers(path.anchors));
  std::vector<pki::Crl> crls;
  for (const std::string& der : path.crls) {
    absl::StatusOr<pki::Crl> crl = pki::Crl::Parse(der);
    if (crl.ok()) crls.push_back(*std::move(crl));
  }
  OTRP_ASSIGN_OR_RETURN(
      const pki::VerifiedChain chain,
      pki::VerifyChain(leaf, intermediates, anchors, {path.time, path.role}));
  if (path.crls.empty()) return absl::OkStatus();
  const std::vector<pki::Certificate>& certificates = chain.certificates();
  for (size_t i = 0; i + 1 < certificates.size(); ++i) {
    OTRP_RETURN_IF_ERROR(
        CheckRevocation(certificates[i], certificates[i + 1], crls, path.time));
  }
  return absl::OkStatus();
}

void RecordPath(absl::string_view test, bool expected, const Path& path,
                Conformance* conformance) {
  const absl::Time start = absl::Now();
  const absl::Status status = Validate(path);
  EXPECT_LT(absl::Now() - start, kPatience) << test;
  conformance->Record(test, expected ? "valid" : "invalid",
                      status.ok() ? Outcome::kAccepted : Outcome::kRefused,
                      status.ok() ? "" : absl::StrCat(status.message()));
}

std::string PemBody(absl::string_view pem) {
  const auto blocks = crypto::PemDecode(pem);
  EXPECT_TRUE(blocks.ok() && !blocks->empty()) << blocks.status();
  return blocks.ok() && !blocks->empty() ? blocks->front().der : "";
}

std::vector<std::string> PemBodies(const json::Value* pems) {
  std::vector<std::string> ders;
  if (pems == nullptr) return ders;
  for (const json::Value& pem : pems->items()) {
    ders.push_back(PemBody(pem.as_string()));
  }
  return ders;
}

absl::Time TimeOf(absl::string_view text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error))
      << text << ": " << error;
  return time;
}

}  // namespace testing
}  // namespace otrp
