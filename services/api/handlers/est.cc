#include "services/api/handlers/est.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "libs/base/base64.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/pkcs7.h"
#include "libs/rest/problem.h"
#include "libs/rest/transcoder.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/trace.h"
#include "otrp/ca/v1/ca.pb.h"
#include "otrp/ca/v1/renewal.pb.h"
#include "otrp/portal/v1/portal.pb.h"
#include "services/api/clients/authenticator.h"
#include "services/api/handlers/answers.h"
#include "services/api/handlers/credential.h"
#include "services/api/limits.h"

namespace otrp {
namespace api {
namespace handlers {
namespace {

constexpr char kCertsOnly[] = "application/pkcs7-mime; smime-type=certs-only";
constexpr char kPkcs7[] = "application/pkcs7-mime";
constexpr char kPkcs10[] = "application/pkcs10";
// Of a request's id: as many as tell any two apart.
constexpr size_t kIdDigits = 32;

// CsrAttrs (RFC 7030 4.5.2): a key of id-ecPublicKey on prime256v1, a request
// signed by ecdsa-with-SHA256. RSA keys of 2048 bits and more are taken too.
constexpr absl::string_view kCsrAttributes(
    "\x30\x21"
    "\x30\x15"
    "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
    "\x31\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
    "\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
    35);

struct Operation {
  absl::string_view name;
  absl::string_view method;
};

constexpr Operation kOperations[] = {{"cacerts", "GET"},
                                     {"csrattrs", "GET"},
                                     {"simpleenroll", "POST"},
                                     {"simplereenroll", "POST"}};

const google::protobuf::MethodDescriptor& MethodOf(
    const google::protobuf::FileDescriptor* file, const std::string& service,
    const std::string& method) {
  return *file->FindServiceByName(service)->FindMethodByName(method);
}

// HTTP Basic (RFC 7617), where the token is the password, as the other handlers
// have it; `user` is what stands before it. Other headers stay as they are.
absl::StatusOr<http::Request> AsBearer(const http::Request& request,
                                       std::string* user) {
  http::Request copy = request;
  // A credential has no business in it, and nothing else needs it.
  copy.body.clear();
  constexpr absl::string_view kBasic = "basic ";
  for (http::Header& header : copy.headers) {
    if (!absl::EqualsIgnoreCase(header.first, "Authorization") ||
        !absl::StartsWithIgnoreCase(header.second, kBasic)) {
      continue;
    }
    const absl::StatusOr<std::string> pair =
        Base64Decode(absl::StripAsciiWhitespace(
            absl::string_view(header.second).substr(kBasic.size())));
    const size_t colon = pair.ok() ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos) {
      return absl::UnauthenticatedError(
          "Authorization: Basic must be a name and a token");
    }
    *user = pair->substr(0, colon);
    header.second = absl::StrCat("Bearer ", pair->substr(colon + 1));
  }
  return copy;
}

// The request in a body: base64, whatever Content-Transfer-Encoding says, with
// line breaks anywhere (RFC 8951 3.1).
absl::StatusOr<std::string> CsrIn(const http::Request& request) {
  std::string text = request.body;
  text.erase(std::remove_if(text.begin(), text.end(),
                            [](char c) {
                              return absl::ascii_isspace(
                                  static_cast<unsigned char>(c));
                            }),
             text.end());
  absl::StatusOr<std::string> der = Base64Decode(text);
  if (der.ok() && !der->empty()) return der;
  return absl::InvalidArgumentError(
      "the body must be a PKCS#10 request in DER, as base64");
}

bool IsForDevices(const ca::v1::Authority& authority) {
  return !authority.is_root() && authority.state() != "revoked" &&
         (authority.role() == common::v1::ROLE_TEE ||
          authority.role() == common::v1::ROLE_TFW);
}

// The generations of the line, and what is above them.
std::set<std::string> ChainNames(const ca::v1::ListAuthoritiesResponse& all,
                                 const std::string& line) {
  std::set<std::string> names;
  for (const ca::v1::Authority& authority : all.authorities()) {
    if (authority.line() == line && IsForDevices(authority)) {
      names.insert(authority.name());
    }
  }
  for (size_t before = 0; before != names.size();) {
    before = names.size();
    for (const ca::v1::Authority& authority : all.authorities()) {
      if (names.count(authority.name()) > 0) names.insert(authority.issuer());
    }
  }
  return names;
}

class Est : public std::enable_shared_from_this<Est> {
 public:
  Est(const Env& env, Scheme scheme, http::Request request,
      http::Respond respond)
      : env_(env),
        scheme_(scheme),
        request_(std::move(request)),
        respond_(std::move(respond)),
        trace_(telemetry::TraceContext::FromHeaderOrNew(
            request_.header("traceparent"), env.random)),
        deadline_(env.clock.Now() + kCallTimeout) {}

  void Begin() {
    if (!FindOperation()) return;
    if (scheme_ == Scheme::kHttp) {
      return Refuse(403, "EST needs HTTPS (RFC 7030 section 3.3)");
    }
    if (request_.body.size() > kMaxEstBytes) {
      return Refuse(413, "a certificate request is shorter");
    }
    Identify();
  }

 private:
  bool FindOperation() {
    absl::string_view name = absl::StripPrefix(request_.path, kEstPath);
    // Of one authority (RFC 7030 3.2.2): "tee-acme/simpleenroll".
    const size_t slash = name.find('/');
    if (slash != absl::string_view::npos) {
      label_ = std::string(name.substr(0, slash));
      name.remove_prefix(slash + 1);
      if (!rpc::IsIdentityName(label_)) {
        Refuse(404, "there is no authority of this name");
        return false;
      }
    }
    for (const Operation& operation : kOperations) {
      if (operation.name != name) continue;
      operation_ = &operation;
      if (request_.method == operation.method ||
          (operation.method == "GET" && request_.method == "HEAD")) {
        return true;
      }
      headers_.emplace_back("Allow", std::string(operation.method));
      Refuse(405, absl::StrCat("this path takes ", operation.method));
      return false;
    }
    Refuse(404, "there is no such operation of EST");
    return false;
  }

  bool IsForAnybody() const { return operation_->method == "GET"; }

  void Identify() {
    absl::StatusOr<http::Request> plain = AsBearer(request_, &user_);
    absl::StatusOr<Credential> credential =
        plain.ok() ? CredentialOf(scheme_, *plain)
                   : absl::StatusOr<Credential>(plain.status());
    if (!credential.ok()) {
      if (absl::IsUnauthenticated(credential.status()) &&
          !TakeStrangersTurn()) {
        return;
      }
      return Fail(credential.status());
    }
    credential_ = *std::move(credential);
    switch (credential_.kind) {
      case Credential::Kind::kCertificate: return AdmitCertificate();
      case Credential::Kind::kSecret: return AskForPrincipal();
      case Credential::Kind::kNone: break;
    }
    if (!TakeStrangersTurn()) return;
    if (IsForAnybody()) return Do();
    Fail(absl::UnauthenticatedError(
        "show a client certificate, or a token as the password of HTTP Basic"));
  }

  void AdmitCertificate() {
    const absl::Status good =
        env_.revocations.Check(credential_.serial, credential_.caller);
    if (good.ok()) return Admit(credential_.caller);
    if (absl::IsUnauthenticated(good) && !TakeStrangersTurn()) return;
    Fail(good);
  }

  void AskForPrincipal() {
    // Taken before the answer, so that many at once are no way to more tries.
    if (!TakeStrangersTurn()) return;
    env_.authenticator.Authenticate(
        credential_.secret, trace_.ToHeader(),
        [self = shared_from_this()](absl::StatusOr<Principal> principal) {
          if (!absl::IsUnauthenticated(principal.status())) {
            self->env_.strangers.GiveBack(AddressOf(self->request_),
                                          self->env_.clock.Now());
          }
          if (!principal.ok()) return self->Fail(principal.status());
          const bool is_his =
              self->user_.empty() || self->user_ == principal->caller.name;
          if (!is_his || self->env_.clock.Now() >= principal->expires_at) {
            return self->Fail(
                absl::UnauthenticatedError("the name or token is not good"));
          }
          self->Admit(std::move(principal->caller));
        });
  }

  void Admit(rpc::Identity caller) {
    caller_ = std::move(caller);
    const TokenBuckets::Left left =
        env_.callers.Take(caller_->ToString(), env_.clock.Now());
    if (!left.taken) {
      return Fail(
          absl::ResourceExhaustedError("too many requests of this caller"),
          left.until);
    }
    Do();
  }

  void Do() {
    if (operation_->name == "cacerts") {
      return label_.empty() ? TellAuthorities() : TellChain();
    }
    if (operation_->name == "csrattrs") {
      return Reply("application/csrattrs", kCsrAttributes);
    }
    if (!rest::IsMediaType(request_.header("Content-Type"), kPkcs10)) {
      return Refuse(415, absl::StrCat("Content-Type must be ", kPkcs10));
    }
    absl::StatusOr<std::string> csr = CsrIn(request_);
    if (!csr.ok()) return Fail(csr.status());
    if (!label_.empty()) return FindProfile(*std::move(csr));
    if (operation_->name == "simpleenroll") return Enroll(*std::move(csr));
    Renew(*std::move(csr));
  }

  // Whoever asks: what is to be trusted by who gets certificates here.
  void TellAuthorities() {
    caller_.reset();
    Call<ca::v1::ListAuthoritiesResponse>(
        "ca",
        MethodOf(ca::v1::Certificate::descriptor()->file(),
                 "AuthorityDirectory", "ListAuthorities"),
        std::make_unique<ca::v1::ListAuthoritiesRequest>(),
        [](Est& self, const ca::v1::ListAuthoritiesResponse& response) {
          std::vector<std::string> ders;
          for (const ca::v1::Authority& authority : response.authorities()) {
            const bool issues_here =
                authority.role() == common::v1::ROLE_SP ||
                authority.role() == common::v1::ROLE_SERVICE;
            if (!issues_here || authority.state() == "revoked") continue;
            ders.push_back(authority.certificate_der());
            for (const std::string& der : authority.cross_certificates_der()) {
              ders.push_back(der);
            }
          }
          self.ReplyCertificates(kPkcs7, ders);
        });
  }

  // Of the label: each of its generations with what is above it.
  void TellChain() {
    caller_.reset();
    ListAuthorities([](Est& self,
                       const ca::v1::ListAuthoritiesResponse& response) {
      const std::set<std::string> wanted = ChainNames(response, self.label_);
      std::vector<std::string> ders;
      for (const ca::v1::Authority& authority : response.authorities()) {
        if (wanted.count(authority.name()) > 0) {
          ders.push_back(authority.certificate_der());
        }
      }
      if (ders.empty()) return self.RefuseLabel();
      self.ReplyCertificates(kPkcs7, ders);
    });
  }

  // A device maker's: what the authority of the label issues.
  void FindProfile(std::string csr) {
    ListAuthorities([csr = std::move(csr)](
                        Est& self,
                        const ca::v1::ListAuthoritiesResponse& response) {
      for (const ca::v1::Authority& authority : response.authorities()) {
        if (authority.line() != self.label_ || !IsForDevices(authority)) {
          continue;
        }
        return self.EnrollDevice(csr, authority.role() == common::v1::ROLE_TEE
                                          ? ca::v1::PROFILE_TEE
                                          : ca::v1::PROFILE_TFW);
      }
      self.RefuseLabel();
    });
  }

  // Whether the caller may have it says the ca: whose authority it is.
  void EnrollDevice(const std::string& csr, ca::v1::Profile profile) {
    auto request = std::make_unique<ca::v1::IssueCertificateRequest>();
    request->set_profile(profile);
    request->set_authority(label_);
    request->set_csr_der(csr);
    // The same request again, because the answer was lost, is the same
    // certificate; who enrols again wants another one.
    if (operation_->name == "simpleenroll") {
      request->set_request_id(absl::StrCat(
          "est:",
          absl::BytesToHexString(crypto::Sha256(csr)).substr(0, kIdDigits)));
    }
    Call<ca::v1::IssueCertificateResponse>(
        "ca",
        MethodOf(ca::v1::Certificate::descriptor()->file(),
                 "CertificateAuthority", "IssueCertificate"),
        std::move(request),
        [](Est& self, const ca::v1::IssueCertificateResponse& response) {
          self.ReplyCertificates(kCertsOnly, {response.chain_der(0)});
        });
  }

  template <typename Then>
  void ListAuthorities(Then then) {
    Call<ca::v1::ListAuthoritiesResponse>(
        "ca",
        MethodOf(ca::v1::Certificate::descriptor()->file(),
                 "AuthorityDirectory", "ListAuthorities"),
        std::make_unique<ca::v1::ListAuthoritiesRequest>(), std::move(then));
  }

  void RefuseLabel() {
    Refuse(404, "there is no authority for devices of this name");
  }

  void Enroll(std::string csr) {
    if (caller_->kind != rpc::CallerKind::kSp) {
      return Fail(absl::PermissionDeniedError(
          "simpleenroll is for service providers' signing keys"));
    }
    auto request = std::make_unique<portal::v1::EnrollCertificateRequest>();
    request->set_spid(caller_->name);
    request->set_csr_der(std::move(csr));
    Call<portal::v1::EnrollCertificateResponse>(
        "sp_portal",
        MethodOf(portal::v1::ServiceProvider::descriptor()->file(),
                 "ServiceProviders", "EnrollCertificate"),
        std::move(request),
        [](Est& self, const portal::v1::EnrollCertificateResponse& response) {
          self.ReplyCertificates(kCertsOnly, {response.chain_der(0)});
        });
  }

  void Renew(std::string csr) {
    if (credential_.kind != Credential::Kind::kCertificate) {
      return Fail(absl::PermissionDeniedError(
          "simplereenroll renews the client certificate of the connection"));
    }
    auto request = std::make_unique<ca::v1::RenewCertificateRequest>();
    request->set_csr_der(std::move(csr));
    request->set_shown_serial(credential_.serial);
    Call<ca::v1::RenewCertificateResponse>(
        "ca",
        MethodOf(ca::v1::RenewCertificateRequest::descriptor()->file(),
                 "CertificateRenewal", "RenewCertificate"),
        std::move(request),
        [](Est& self, const ca::v1::RenewCertificateResponse& response) {
          self.ReplyCertificates(kCertsOnly, {response.chain_der(0)});
        });
  }

  template <typename Response, typename Then>
  void Call(absl::string_view backend,
            const google::protobuf::MethodDescriptor& method,
            AnyMessage request, Then then) {
    rpc::CallOptions options;
    options.timeout = kCallTimeout;
    options.deadline = deadline_;
    options.traceparent = trace_.ToHeader();
    options.caller = caller_;
    env_.backends.Call(
        backend, method, std::move(request), options,
        [self = shared_from_this(), then](absl::StatusOr<AnyMessage> response) {
          if (!response.ok()) return self->Fail(response.status());
          then(*self, dynamic_cast<const Response&>(**response));
        });
  }

  bool TakeStrangersTurn() {
    const TokenBuckets::Left left =
        env_.strangers.Take(AddressOf(request_), env_.clock.Now());
    if (left.taken) return true;
    Fail(absl::ResourceExhaustedError(
             "too many requests without a good credential from this address"),
         left.until);
    return false;
  }

  void ReplyCertificates(absl::string_view media_type,
                         const std::vector<std::string>& ders) {
    const absl::StatusOr<std::string> message = crypto::CertsOnly(ders);
    if (!message.ok()) return Fail(message.status());
    Reply(media_type, *message);
  }

  void Reply(absl::string_view media_type, absl::string_view der) {
    http::Response response;
    response.headers = {{"Content-Type", std::string(media_type)},
                        // Said for clients of before RFC 8951.
                        {"Content-Transfer-Encoding", "base64"},
                        {"Cache-Control", "no-store"}};
    response.body = Base64Encode(der);
    Send(std::move(response));
  }

  void Fail(const absl::Status& status,
            absl::Duration retry_after = absl::Seconds(1)) {
    // The same numbers as REST's, in RFC 7030's form.
    const http::Response problem =
        rest::ProblemOf(status, nullptr, trace_.trace_id, retry_after);
    if (http::HasHeader(problem.headers, "Retry-After")) {
      headers_.emplace_back("Retry-After",
                            std::string(problem.header("Retry-After")));
    }
    Refuse(problem.status, problem.status >= 500
                               ? "this can't be done now"
                               : std::string(status.message()));
  }

  void Refuse(int status, absl::string_view why) {
    http::Response response;
    response.status = status;
    response.headers = {{"Content-Type", "text/plain; charset=utf-8"},
                        {"Cache-Control", "no-store"}};
    if (status == 401) {
      response.headers.emplace_back("WWW-Authenticate",
                                    "Basic realm=\"EST\", charset=\"UTF-8\"");
    }
    response.body = absl::StrCat(why, "\n");
    Send(std::move(response));
  }

  void Send(http::Response response) {
    for (http::Header& header : headers_) {
      response.headers.push_back(std::move(header));
    }
    Finish(scheme_, trace_.trace_id, &response);
    OTRP_LOG(DEBUG, "request",
             {{"route", "est"},
              {"caller", caller_.has_value() ? caller_->ToString() : "none"},
              {"status", absl::StrCat(response.status)},
              {"trace_id", trace_.trace_id}});
    std::move(respond_)(std::move(response));
  }

  const Env& env_;
  const Scheme scheme_;
  const http::Request request_;
  http::Respond respond_;
  const telemetry::TraceContext trace_;
  const absl::Time deadline_;
  const Operation* operation_ = nullptr;
  // The authority's name in the path; empty: the suite's own.
  std::string label_;
  Credential credential_;
  // Of HTTP Basic.
  std::string user_;
  absl::optional<rpc::Identity> caller_;
  std::vector<http::Header> headers_;
};

}  // namespace

void AnswerEst(const Env& env, Scheme scheme, http::Request request,
               http::Respond respond) {
  std::make_shared<Est>(env, scheme, std::move(request), std::move(respond))
      ->Begin();
}

}  // namespace handlers
}  // namespace api
}  // namespace otrp
