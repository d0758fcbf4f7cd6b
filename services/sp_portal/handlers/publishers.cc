#include "services/sp_portal/handlers/publishers.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/printable.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "services/sp_portal/domain/bearer.h"
#include "services/sp_portal/domain/id_token.h"
#include "services/sp_portal/domain/names.h"
#include "services/sp_portal/domain/publisher.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/handlers/access.h"
#include "services/sp_portal/handlers/tenancy.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

constexpr char kDefaultAudience[] = "otrp";
constexpr char kGrantType[] = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr char kIdTokenType[] = "urn:ietf:params:oauth:token-type:id_token";
constexpr char kJwtType[] = "urn:ietf:params:oauth:token-type:jwt";
constexpr char kAccessTokenType[] =
    "urn:ietf:params:oauth:token-type:access_token";

void ToProto(const Issuer& issuer, v1::Issuer& out) {
  out.set_issuer(issuer.issuer);
  out.set_audience(issuer.audience);
  out.set_pinned(issuer.pinned);
  const absl::StatusOr<IssuerKeys> keys = IssuerKeys::Parse(issuer.jwks);
  out.set_keys(keys.ok() ? static_cast<int32_t>(keys->size()) : 0);
  if (issuer.fetched_at.has_value()) {
    *out.mutable_fetched_at() = rpc::ToProto(*issuer.fetched_at);
  }
  out.set_fetch_error(issuer.fetch_error);
}

void ToProto(const Publisher& publisher, v1::Publisher& out) {
  out.set_publisher_id(publisher.id);
  out.set_spid(publisher.spid);
  out.set_issuer(publisher.issuer);
  out.set_subject(publisher.subject);
  for (const auto& [name, value] : publisher.claims) {
    (*out.mutable_claims())[name] = value;
  }
  out.set_role(publisher.role);
  for (const std::string& taid : publisher.taids) out.add_taids(taid);
  out.set_added_by(publisher.added_by);
  *out.mutable_added_at() = rpc::ToProto(publisher.added_at);
}

absl::Status CheckIssuerUrl(const Env& env, const std::string& issuer) {
  const bool https = absl::StartsWith(issuer, "https://");
  const bool allowed =
      https || (env.insecure_issuers && absl::StartsWith(issuer, "http://"));
  return allowed && CheckDisplayName(issuer).ok() &&
                 issuer.find_first_of(" ?#@") == std::string::npos
             ? absl::OkStatus()
             : errors::BadIssuer();
}

absl::Status CheckClaims(const v1::AddPublisherRequest& request) {
  if (static_cast<size_t>(request.claims_size()) > kMaxPublisherClaims) {
    return errors::TooManyClaims();
  }
  for (const auto& [name, value] : request.claims()) {
    if (!CheckDisplayName(name).ok() || !CheckDisplayName(value).ok()) {
      return errors::BadText("claims");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> PublisherRole(const std::string& role) {
  if (role.empty()) return std::string(kDeveloper);
  if (role == kAuditor || role == kDeveloper || role == kReleaser) return role;
  return errors::BadPublisherRole();
}

// What a valid ID token is of; UNAUTHENTICATED says what is wrong with it.
absl::StatusOr<IdToken> Verify(Env& env, const std::string& compact,
                               std::string* issuer_url) {
  absl::StatusOr<UnverifiedIdToken> token = UnverifiedIdToken::Parse(compact);
  if (!token.ok()) return errors::BadIdToken(token.status().message());
  *issuer_url = token->issuer();
  OTRP_ASSIGN_OR_RETURN(const absl::optional<Issuer> issuer,
                        env.publishers.FindIssuer(*issuer_url));
  if (!issuer.has_value()) {
    return errors::BadIdToken("its issuer isn't one that is trusted here");
  }
  const absl::StatusOr<IssuerKeys> keys = IssuerKeys::Parse(issuer->jwks);
  if (!keys.ok() || keys->Candidates(token->kid()).empty()) {
    // A new key, perhaps. Who asks again in a while finds it.
    if (!issuer->pinned) env.issuers.Kick();
    return errors::BadIdToken("its key isn't known; try again in a minute");
  }
  absl::StatusOr<IdToken> verified =
      VerifyIdToken(*std::move(token), *keys,
                    {issuer->issuer, issuer->audience, env.clock.Now()});
  if (!verified.ok()) return errors::BadIdToken(verified.status().message());
  return verified;
}

}  // namespace

absl::Status SetIssuer(const rpc::CallContext& call, Env& env,
                       const v1::SetIssuerRequest& request,
                       v1::SetIssuerResponse& response) {
  OTRP_RETURN_IF_ERROR(CheckIssuerUrl(env, request.issuer()));
  OTRP_RETURN_IF_ERROR(CheckPerson(call));
  Issuer issuer;
  issuer.issuer = request.issuer();
  issuer.audience =
      request.audience().empty() ? kDefaultAudience : request.audience();
  OTRP_RETURN_IF_ERROR(CheckText("audience", issuer.audience));
  issuer.pinned = !request.jwks().empty();
  issuer.jwks = request.jwks();
  issuer.set_by = call.caller().ToString();
  if (issuer.pinned) {
    if (issuer.jwks.size() > kMaxJwksBytes) return errors::BadJwks("too long");
    const absl::Status keys = IssuerKeys::Parse(issuer.jwks).status();
    if (!keys.ok()) return errors::BadJwks(keys.message());
  }
  OTRP_RETURN_IF_ERROR(env.publishers.SetIssuer(
      issuer,
      service::AuditOf(call, "issuer.set", issuer.issuer, store::kAuditOk,
                       service::AuditDetails()
                           .Set("audience", issuer.audience)
                           .Set("pinned", json::Value::Bool(issuer.pinned)))));
  env.issuers.Kick();
  OTRP_ASSIGN_OR_RETURN(const absl::optional<Issuer> stored,
                        env.publishers.FindIssuer(issuer.issuer));
  if (!stored.has_value()) return errors::IssuerNotFound(issuer.issuer);
  ToProto(*stored, *response.mutable_issuer());
  return absl::OkStatus();
}

absl::Status ListIssuers(const rpc::CallContext&, Env& env,
                         const v1::ListIssuersRequest& request,
                         v1::ListIssuersResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(std::vector<Issuer> issuers,
                        env.publishers.ListIssuers(page.after(), page.limit()));
  page.Finish(issuers, response, [](const Issuer& i) { return i.issuer; });
  for (const Issuer& issuer : issuers) ToProto(issuer, *response.add_issuers());
  return absl::OkStatus();
}

absl::Status RemoveIssuer(const rpc::CallContext& call, Env& env,
                          const v1::RemoveIssuerRequest& request,
                          v1::RemoveIssuerResponse&) {
  OTRP_RETURN_IF_ERROR(CheckText("issuer", request.issuer()));
  return env.publishers.RemoveIssuer(
      request.issuer(),
      service::AuditOf(call, "issuer.remove", request.issuer()));
}

absl::Status AddPublisher(const rpc::CallContext& call, Env& env,
                          const v1::AddPublisherRequest& request,
                          v1::AddPublisherResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", request.spid()));
  OTRP_RETURN_IF_ERROR(CheckTenant(call, request.spid()));
  OTRP_RETURN_IF_ERROR(CheckPerson(call));
  OTRP_RETURN_IF_ERROR(CheckText("subject", request.subject()));
  if (request.subject() == "*") return errors::SubjectOfAnybody();
  OTRP_RETURN_IF_ERROR(CheckClaims(request));
  Publisher publisher;
  OTRP_ASSIGN_OR_RETURN(publisher.role, PublisherRole(request.role()));
  OTRP_ASSIGN_OR_RETURN(publisher.taids, TaidsOf(call, request.taids()));
  OTRP_RETURN_IF_ERROR(CheckText("issuer", request.issuer()));
  OTRP_ASSIGN_OR_RETURN(const absl::optional<Issuer> issuer,
                        env.publishers.FindIssuer(request.issuer()));
  if (!issuer.has_value()) return errors::IssuerNotFound(request.issuer());
  publisher.id = NewId("pub_", env.random);
  publisher.spid = request.spid();
  publisher.issuer = request.issuer();
  publisher.subject = request.subject();
  for (const auto& [name, value] : request.claims()) {
    publisher.claims.emplace(name, value);
  }
  publisher.added_by = call.caller().ToString();
  publisher.added_at = env.clock.Now();
  OTRP_RETURN_IF_ERROR(env.publishers.AddPublisher(
      publisher,
      service::AuditOf(call, "publisher.add",
                       absl::StrCat(publisher.spid, "/", publisher.id),
                       store::kAuditOk,
                       service::AuditDetails()
                           .Set("issuer", publisher.issuer)
                           .Set("subject", publisher.subject)
                           .Set("role", publisher.role))));
  ToProto(publisher, *response.mutable_publisher());
  return absl::OkStatus();
}

absl::Status ListPublishers(const rpc::CallContext& call, Env& env,
                            const v1::ListPublishersRequest& request,
                            v1::ListPublishersResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", request.spid()));
  OTRP_RETURN_IF_ERROR(CheckTenant(call, request.spid()));
  OTRP_ASSIGN_OR_RETURN(std::vector<Publisher> publishers,
                        env.publishers.ListPublishers(
                            request.spid(), page.after(), page.limit()));
  page.Finish(publishers, response, [](const Publisher& p) { return p.id; });
  for (const Publisher& publisher : publishers) {
    ToProto(publisher, *response.add_publishers());
  }
  return absl::OkStatus();
}

absl::Status RemovePublisher(const rpc::CallContext& call, Env& env,
                             const v1::RemovePublisherRequest& request,
                             v1::RemovePublisherResponse&) {
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", request.spid()));
  OTRP_RETURN_IF_ERROR(
      service::CheckName("publisher_id", request.publisher_id()));
  OTRP_RETURN_IF_ERROR(CheckTenant(call, request.spid()));
  return env.publishers.RemovePublisher(
      request.spid(), request.publisher_id(), env.clock.Now(),
      service::AuditOf(
          call, "publisher.remove",
          absl::StrCat(request.spid(), "/", request.publisher_id())));
}

absl::Status ExchangeToken(const rpc::CallContext& call, Env& env,
                           const v1::ExchangeTokenRequest& request,
                           v1::ExchangeTokenResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", request.spid()));
  const std::string& grant = request.grant_type();
  if (!grant.empty() && grant != kGrantType) return errors::BadGrantType();
  const std::string& type = request.subject_token_type();
  if (!type.empty() && type != kIdTokenType && type != kJwtType) {
    return errors::BadSubjectTokenType();
  }
  if (request.subject_token().size() > kMaxIdTokenBytes) {
    return errors::BadIdToken("it is longer than 16 KiB");
  }
  std::string issuer;
  OTRP_ASSIGN_OR_RETURN(const IdToken id_token,
                        Verify(env, request.subject_token(), &issuer));
  OTRP_ASSIGN_OR_RETURN(const std::vector<Publisher> publishers,
                        env.publishers.PublishersOf(request.spid(), issuer));
  const Publisher* publisher = BestFit(publishers, id_token);
  if (publisher == nullptr) return errors::NoPublisherFits();

  Token token;
  token.id = NewId("tok_", env.random);
  token.tenant = publisher->spid;
  token.publisher = publisher->id;
  token.name = Printable(id_token.subject(), kMaxNameCharacters);
  token.role = publisher->role;
  token.taids = publisher->taids;
  token.created_at = env.clock.Now();
  token.expires_at = token.created_at + kExchangedTokenLife;
  const Bearer secret = NewBearer(kTokenPrefix, env.random);
  OTRP_RETURN_IF_ERROR(env.publishers.Exchange(
      token, secret.sha256, id_token.digest(),
      service::AuditOf(call, "token.exchange",
                       absl::StrCat(token.tenant, "/", token.id),
                       store::kAuditOk,
                       service::AuditDetails()
                           .Set("publisher_id", publisher->id)
                           .Set("issuer", issuer)
                           .Set("subject", token.name)
                           .Set("role", token.role))));
  response.set_access_token(secret.secret);
  response.set_issued_token_type(kAccessTokenType);
  response.set_token_type("Bearer");
  response.set_expires_in(
      static_cast<int32_t>(absl::ToInt64Seconds(kExchangedTokenLife)));
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
