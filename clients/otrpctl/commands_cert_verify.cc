#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/certificate_verdict.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "libs/http/client.h"
#include "libs/pki/certificate.h"
#include "libs/pki/ocsp.h"
#include "otrp/ca/v1/ca.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::ca::v1;

constexpr char kUsualPkiUrl[] = "http://127.0.0.1:8080";
// A list of a million certificates.
constexpr size_t kMaxAnswerBytes = size_t{48} << 20;

absl::StatusOr<std::vector<pki::Certificate>> Parse(
    const std::vector<std::string>& ders) {
  std::vector<pki::Certificate> certificates;
  for (const std::string& der : ders) {
    auto certificate = pki::Certificate::FromDer(der);
    if (!certificate.ok()) {
      return cli::UsageError(
          absl::StrCat("FILE: ", certificate.status().message()));
    }
    certificates.push_back(*std::move(certificate));
  }
  return certificates;
}

// The suite's authorities, and the roots of others that it trusts, where the
// caller may see them.
absl::StatusOr<std::vector<Trusted>> AskForTrusted(Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(
      const v1::ListAuthoritiesResponse ours,
      connections.Call<v1::AuthorityDirectory>(
          Service::kCa, &v1::AuthorityDirectory::Stub::ListAuthorities,
          v1::ListAuthoritiesRequest()));
  std::vector<Trusted> trusted = OursOf(ours);
  const auto others = connections.Call<v1::TrustAnchors>(
      Service::kCa, &v1::TrustAnchors::Stub::ListTrustAnchors,
      v1::ListTrustAnchorsRequest());
  if (absl::IsPermissionDenied(others.status())) return trusted;
  OTRP_RETURN_IF_ERROR(others.status());
  for (const v1::TrustAnchor& anchor : others->anchors()) {
    auto certificate = pki::Certificate::FromDer(anchor.certificate_der());
    if (!certificate.ok()) continue;
    trusted.push_back({absl::StrCat("anchor ", anchor.name()),
                       *std::move(certificate), false});
  }
  return trusted;
}

absl::StatusOr<std::string> BodyOf(absl::StatusOr<http::Response> response) {
  OTRP_RETURN_IF_ERROR(response.status());
  if (response->status == 200) return std::move(response->body);
  return absl::UnavailableError(
      absl::StrCat("the PKI port answers ", response->status));
}

// What it says is signed, so that plain HTTP will do.
absl::StatusOr<std::string> PkiUrl(const cli::Args& args) {
  const char* variable = std::getenv("OTRP_PKI_URL");
  const std::string url = args.Has("pki-url")   ? args.Get("pki-url")
                          : variable != nullptr ? variable
                                                : kUsualPkiUrl;
  if (absl::StartsWith(url, "http://") || absl::StartsWith(url, "https://")) {
    return std::string(absl::StripSuffix(url, "/"));
  }
  return cli::UsageError(
      absl::StrCat(args.Has("pki-url") ? "--pki-url " : "OTRP_PKI_URL ", url,
                   ": must be http://host[:port] or https://host[:port]"));
}

absl::StatusOr<Result> CertVerify(const cli::Args& args,
                                  Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const std::string url, PkiUrl(args));
  OTRP_ASSIGN_OR_RETURN(const std::vector<std::string> ders,
                        ReadAnchors("FILE", args.Positional(0)));
  OTRP_ASSIGN_OR_RETURN(const std::vector<pki::Certificate> certificates,
                        Parse(ders));
  OTRP_ASSIGN_OR_RETURN(const std::vector<Trusted> trusted,
                        AskForTrusted(connections));
  http::Client::Options options;
  options.timeout = connections.timeout();
  options.ca_file = connections.Given("ca-file");
  options.max_body_bytes = kMaxAnswerBytes;
  http::Client client(std::move(options));
  const Ask ask = [&](const pki::Certificate& subject, const Trusted& issuer) {
    Told told;
    told.crl_der =
        BodyOf(client.Get(absl::StrCat(url, "/pki/crl/", issuer.name, ".crl")));
    const auto request = pki::BuildOcspRequest(subject, issuer.certificate);
    told.ocsp_der =
        request.ok()
            ? BodyOf(client.Post(absl::StrCat(url, "/pki/ocsp"),
                                 {{"Content-Type", "application/ocsp-request"}},
                                 *request))
            : request.status();
    return told;
  };
  Verdict verdict = Judge(certificates, trusted, ask, absl::Now());
  Result result;
  result.value = std::move(verdict.value);
  result.name = {"verdict"};
  if (verdict.kind == Verdict::Kind::kUnknown) {
    result.verdict = absl::UnavailableError(verdict.why);
  } else if (verdict.kind != Verdict::Kind::kGood) {
    result.verdict = absl::FailedPreconditionError(
        absl::StrCat(KindWord(verdict.kind), ": ", verdict.why));
  }
  return result;
}

}  // namespace

std::vector<Command> CertVerifyCommands() {
  return {
      {{"cert",
        "verify",
        {{"FILE"}},
        {{"pki-url", "URL", false,
          "the gateway's PKI port (OTRP_PKI_URL); http://127.0.0.1:8080 "
          "without it"}},
        "Says whether a certificate counts now, and what to do where not."},
       CertVerify},
  };
}

}  // namespace otrp::ctl
