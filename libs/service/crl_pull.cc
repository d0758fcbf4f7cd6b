#include "libs/service/crl_pull.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/pki/certificate.h"
#include "libs/rpc/channel.h"
#include "libs/telemetry/metrics.h"
#include "otrp/ca/v1/ca.grpc.pb.h"

namespace otrp {
namespace service {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(5);
// How often a list is taken that didn't change.
constexpr absl::Duration kAgain = absl::Minutes(5);

absl::Status Older(const std::string& authority, int64_t number,
                   int64_t known) {
  return absl::DataLossError(
      absl::StrCat("the CA's list of ", authority, " has number ", number,
                   ", after ", known, " was seen; was its database restored?"));
}

// Who isn't on it may be revoked.
absl::Status Partial(const std::string& authority) {
  return absl::FailedPreconditionError(
      absl::StrCat("the CA's list of ", authority,
                   " is about a part of its certificates only"));
}

}  // namespace

CrlSource CrlsOf(std::shared_ptr<grpc::Channel> ca) {
  const std::shared_ptr<ca::v1::AuthorityDirectory::Stub> directory =
      ca::v1::AuthorityDirectory::NewStub(ca);
  const std::shared_ptr<ca::v1::RevocationStatus::Stub> status =
      ca::v1::RevocationStatus::NewStub(std::move(ca));
  rpc::CallOptions options;
  options.timeout = kTimeout;
  CrlSource source;
  source.list_authorities =
      [directory, options](const ca::v1::ListAuthoritiesRequest& request) {
        return rpc::Call<ca::v1::ListAuthoritiesResponse>(
            *directory, &ca::v1::AuthorityDirectory::Stub::ListAuthorities,
            request, options);
      };
  source.get_crl = [status, options](const ca::v1::GetCrlRequest& request) {
    return rpc::Call<ca::v1::GetCrlResponse>(
        *status, &ca::v1::RevocationStatus::Stub::GetCrl, request, options);
  };
  return source;
}

CrlPull::CrlPull(CrlSource source, common::v1::Role role, std::string of,
                 const Clock& clock)
    : source_(std::move(source)),
      role_(role),
      of_(std::move(of)),
      clock_(clock) {
  SetFresh(clock_.Now());
}

void CrlPull::SetFresh(absl::Time at) {
  fresh_ms_.store(absl::ToUnixMillis(at), std::memory_order_relaxed);
  telemetry::kRevocationsCurrent.With(of_).Set(
      absl::ToDoubleSeconds(at - absl::UnixEpoch()));
}

absl::Status CrlPull::RunOne(
    const ca::v1::Authority& authority, bool again,
    absl::FunctionRef<absl::Status(const pki::Crl&)> take) {
  Known& known = known_[authority.name()];
  ca::v1::GetCrlRequest request;
  request.set_authority(authority.name());
  request.set_known_number(again ? 0 : known.number);
  OTRP_ASSIGN_OR_RETURN(const ca::v1::GetCrlResponse response,
                        source_.get_crl(request));
  if (!response.crl_der().empty()) {
    OTRP_ASSIGN_OR_RETURN(const pki::Crl crl,
                          pki::Crl::Parse(response.crl_der()));
    OTRP_ASSIGN_OR_RETURN(
        const pki::Certificate issuer,
        pki::Certificate::FromDer(authority.certificate_der()));
    OTRP_RETURN_IF_ERROR(crl.VerifySigner(issuer));
    if (crl.is_partial()) return Partial(authority.name());
    // An older list too: it can only add.
    OTRP_RETURN_IF_ERROR(take(crl));
    if (crl.number() < known.number) {
      return Older(authority.name(), crl.number(), known.number);
    }
    known.number = crl.number();
    known.next_update = crl.next_update().value_or(absl::InfinitePast());
  }
  return known.next_update > clock_.Now()
             ? absl::OkStatus()
             : absl::FailedPreconditionError(absl::StrCat(
                   "the CA's list of ", authority.name(), " has ended"));
}

absl::Status CrlPull::Run(
    absl::FunctionRef<absl::Status(const pki::Crl&)> take) {
  const absl::Time now = clock_.Now();
  const bool again = now >= again_at_;
  ca::v1::ListAuthoritiesRequest request;
  request.set_role(role_);
  OTRP_ASSIGN_OR_RETURN(const ca::v1::ListAuthoritiesResponse authorities,
                        source_.list_authorities(request));
  if (authorities.authorities().empty()) {
    return absl::FailedPreconditionError("the CA has no authority of the role");
  }
  absl::Status first;
  for (const ca::v1::Authority& authority : authorities.authorities()) {
    first.Update(RunOne(authority, again, take));
  }
  if (!first.ok()) return first;
  if (again) again_at_ = now + kAgain;
  SetFresh(now);
  return absl::OkStatus();
}

}  // namespace service
}  // namespace otrp
