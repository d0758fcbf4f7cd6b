#include "services/attestation_verifier/handlers/sources.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/x509.h"
#include "libs/http/ip_address.h"
#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"
#include "libs/pki/ocsp.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "services/attestation_verifier/domain/revocation_sources.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {
namespace handlers {
namespace {

// Without the port, and the brackets of IPv6.
absl::string_view HostOf(absl::string_view authority) {
  if (absl::ConsumePrefix(&authority, "[")) {
    return authority.substr(0, authority.find(']'));
  }
  return authority.substr(0, authority.find(':'));
}

// What a name leads to is looked at when it is connected to.
absl::Status CheckUrl(absl::string_view url, bool any_host) {
  absl::string_view rest = url;
  const bool known = absl::ConsumePrefix(&rest, "https://") ||
                     absl::ConsumePrefix(&rest, "http://");
  const absl::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  const absl::string_view host = HostOf(authority);
  const bool is_plain = std::all_of(url.begin(), url.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c));
  });
  if (!known || !is_plain || url.size() > kMaxUrlBytes || host.empty() ||
      url.find('#') != absl::string_view::npos ||
      authority.find('@') != absl::string_view::npos) {
    return errors::BadSource(
        "url",
        "must be https://host[:port]/path or http://.., up to 512 octets, "
        "without user and fragment");
  }
  const absl::optional<http::IpAddress> address = http::IpAddress::Parse(host);
  if (!any_host && address.has_value() && !http::IsPublic(*address)) {
    return errors::BadSource("url", "its host is none of the public Internet");
  }
  return absl::OkStatus();
}

// The authority that is to sign: what is given, below the anchor, or the anchor
// itself.
absl::StatusOr<std::string> IssuerOf(const Env& env,
                                     const RevocationSource& source) {
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        env.trust.Get());
  for (const Anchor& anchor : snapshot->copy.anchors) {
    if (anchor.role != source.role || anchor.name != source.anchor) continue;
    if (source.issuer_der.empty()) return anchor.certificate_der;
    const absl::StatusOr<pki::Certificate> issuer =
        pki::Certificate::FromDer(source.issuer_der);
    if (!issuer.ok()) {
      return errors::BadSource("issuer_der", issuer.status().message());
    }
    OTRP_ASSIGN_OR_RETURN(const pki::Certificate root,
                          pki::Certificate::FromDer(anchor.certificate_der));
    std::vector<std::string> chain;
    crypto::ChainFailure failure;
    if (!crypto::BuildX509Chain(issuer->info(), {}, {&root.info()},
                                env.clock.Now(), 1, &chain, &failure)
             .ok()) {
      return errors::IssuerIsNotBelow(source.anchor);
    }
    return source.issuer_der;
  }
  return errors::NoAnchorOfSource(source.anchor);
}

absl::StatusOr<RevocationSource> SourceOf(
    const Env& env, const v1::PutRevocationSourceRequest& request) {
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  RevocationSource source;
  source.name = request.name();
  if (request.role() != common::v1::ROLE_TEE &&
      request.role() != common::v1::ROLE_TFW) {
    return errors::BadSource("role", "must be tee or tfw");
  }
  source.role = request.role() == common::v1::ROLE_TEE ? AnchorRole::kTee
                                                       : AnchorRole::kTfw;
  source.anchor = request.anchor();
  const absl::StatusOr<RevocationKind> kind = RevocationKindOf(request.kind());
  if (!kind.ok()) return errors::BadSource("kind", "must be crl or ocsp");
  source.kind = *kind;
  OTRP_RETURN_IF_ERROR(CheckUrl(request.url(), env.any_revocation_host));
  source.url = request.url();
  source.issuer_der = request.issuer_der();
  if (request.allow_stale_hours() < 0 ||
      request.allow_stale_hours() > kMaxStaleHours) {
    return errors::BadSource("allow_stale_hours", "must be 0 to 720");
  }
  source.allow_stale_hours = request.allow_stale_hours();
  OTRP_ASSIGN_OR_RETURN(source.issuer_der, IssuerOf(env, source));
  return source;
}

// Of the list that is in use.
void DescribeData(Env& env, const std::string& name,
                  v1::RevocationSource& out) {
  const absl::StatusOr<RevocationData> held =
      env.store.GetRevocation(DataNameOf(name));
  if (!held.ok()) return;
  const absl::StatusOr<pki::Crl> crl = pki::Crl::Parse(held->der);
  if (!crl.ok()) return;
  *out.mutable_this_update() = rpc::ToProto(crl->this_update());
  if (crl->next_update().has_value()) {
    *out.mutable_next_update() = rpc::ToProto(*crl->next_update());
  }
  out.set_entries(static_cast<int64_t>(crl->size()));
}

void Describe(Env& env, const StoredSource& stored, v1::RevocationSource& out) {
  const RevocationSource& source = stored.source;
  const SourceProgress& progress = stored.progress;
  out.set_name(source.name);
  out.set_role(source.role == AnchorRole::kTee ? common::v1::ROLE_TEE
                                               : common::v1::ROLE_TFW);
  out.set_anchor(source.anchor);
  out.set_kind(std::string(WordOf(source.kind)));
  out.set_url(source.url);
  out.set_issuer_der(source.issuer_der);
  out.set_allow_stale_hours(source.allow_stale_hours);
  if (progress.fetched_at.has_value()) {
    *out.mutable_fetched_at() = rpc::ToProto(*progress.fetched_at);
  }
  if (progress.tried_at.has_value()) {
    *out.mutable_tried_at() = rpc::ToProto(*progress.tried_at);
  }
  out.set_error(progress.error);
  out.set_state(std::string(StateOf(stored, env.clock.Now())));
  if (source.kind == RevocationKind::kCrl) {
    DescribeData(env, source.name, out);
  } else if (progress.current_until.has_value()) {
    *out.mutable_next_update() = rpc::ToProto(*progress.current_until);
  }
}

}  // namespace

absl::Status PutRevocationSource(const rpc::CallContext& call, Env& env,
                                 const v1::PutRevocationSourceRequest& request,
                                 v1::PutRevocationSourceResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const RevocationSource source, SourceOf(env, request));
  OTRP_RETURN_IF_ERROR(env.sources.Put(
      source, service::AuditOf(call, "revocation_source.put", source.name,
                               store::kAuditOk,
                               service::AuditDetails()
                                   .Set("anchor", source.anchor)
                                   .Set("kind", WordOf(source.kind))
                                   .Set("url", source.url))));
  Describe(env, {source}, *response.mutable_source());
  return absl::OkStatus();
}

absl::Status RemoveRevocationSource(
    const rpc::CallContext& call, Env& env,
    const v1::RemoveRevocationSourceRequest& request,
    v1::RemoveRevocationSourceResponse&) {
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  return env.sources.Remove(
      request.name(),
      service::AuditOf(call, "revocation_source.remove", request.name()));
}

absl::Status ListRevocationSources(
    const rpc::CallContext&, Env& env, const v1::ListRevocationSourcesRequest&,
    v1::ListRevocationSourcesResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<StoredSource> sources,
                        env.sources.List());
  for (const StoredSource& source : sources) {
    Describe(env, source, *response.add_sources());
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp
