#include "services/attestation_verifier/handlers/revocation.h"

#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/crypto/der.h"
#include "libs/pki/crl.h"
#include "libs/pki/ocsp.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "libs/telemetry/log.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {
namespace handlers {
namespace {

// An OCSPResponse begins with its status, a CRL with what is signed.
RevocationKind KindOf(absl::string_view bytes) {
  crypto::der::Reader outer(bytes);
  const auto whole = outer.Next(crypto::der::kSequence);
  return whole.ok() && crypto::der::Reader(whole->content)
                           .At(crypto::der::kEnumerated)
             ? RevocationKind::kOcsp
             : RevocationKind::kCrl;
}

// INVALID_ARGUMENT names the field.
absl::StatusOr<v1::RevocationData> Describe(const RevocationData& data) {
  v1::RevocationData out;
  out.set_name(data.name);
  out.set_kind(std::string(WordOf(data.kind)));
  *out.mutable_added_at() = rpc::ToProto(data.added_at);
  if (data.kind == RevocationKind::kCrl) {
    const absl::StatusOr<pki::Crl> crl = pki::Crl::Parse(data.der);
    if (!crl.ok()) {
      return errors::BadRevocationData(crl.status().message());
    }
    out.set_issuer(crl->issuer());
    *out.mutable_this_update() = rpc::ToProto(crl->this_update());
    if (crl->next_update().has_value()) {
      *out.mutable_next_update() = rpc::ToProto(*crl->next_update());
    }
    out.set_entries(static_cast<int64_t>(crl->size()));
    return out;
  }
  const absl::StatusOr<pki::OcspResponse> response =
      pki::OcspResponse::Parse(data.der);
  if (!response.ok()) {
    return errors::BadRevocationData(response.status().message());
  }
  *out.mutable_this_update() = rpc::ToProto(response->produced_at());
  *out.mutable_next_update() = rpc::ToProto(response->ends_at());
  out.set_entries(static_cast<int64_t>(response->size()));
  return out;
}

absl::StatusOr<RevocationData> DataOf(
    const v1::AddRevocationDataRequest& request, absl::Time now) {
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  RevocationData data;
  data.name = request.name();
  data.added_at = now;
  data.der = request.data_der();
  data.kind = KindOf(data.der);
  if (data.der.empty()) return errors::FieldMissing("data_der");
  if (data.der.size() > kMaxRevocationBytes) {
    return errors::FieldTooLong("data_der", kMaxRevocationBytes);
  }
  return data;
}

// Something older in its place would forget revocations.
absl::Status CheckIsNewer(const RevocationData& held,
                          const v1::RevocationData& wanted) {
  const absl::StatusOr<v1::RevocationData> before = Describe(held);
  if (!before.ok() || before->kind() != wanted.kind()) return absl::OkStatus();
  const absl::Time at = rpc::FromProto(before->this_update());
  return rpc::FromProto(wanted.this_update()) < at
             ? errors::RevocationDataIsOlder(held.name, absl::FormatTime(at))
             : absl::OkStatus();
}

// It is stored: the next pull brings it where this one fails.
void HoldNow(const rpc::CallContext& call, Env& env) {
  const absl::Status pulled = env.updater.PullPolicy();
  if (pulled.ok()) return;
  OTRP_LOG(WARNING, "changed revocation data isn't in use yet",
           {{"error", std::string(pulled.message())},
            {"trace_id", call.trace_id()}});
}

}  // namespace

absl::Status AddRevocationData(const rpc::CallContext& call, Env& env,
                               const v1::AddRevocationDataRequest& request,
                               v1::AddRevocationDataResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const RevocationData data,
                        DataOf(request, env.clock.Now()));
  OTRP_ASSIGN_OR_RETURN(*response.mutable_data(), Describe(data));
  const absl::StatusOr<RevocationData> held =
      env.store.GetRevocation(data.name);
  if (!held.ok() && !absl::IsNotFound(held.status())) return held.status();
  if (held.ok() && held->der == data.der) {
    call.Changed(false);
    return absl::OkStatus();
  }
  if (held.ok()) OTRP_RETURN_IF_ERROR(CheckIsNewer(*held, response.data()));
  OTRP_RETURN_IF_ERROR(env.store.PutRevocation(
      data, service::AuditOf(call, "revocation.add", data.name, store::kAuditOk,
                             service::AuditDetails()
                                 .Set("kind", WordOf(data.kind))
                                 .Set("issuer", response.data().issuer())
                                 .Set("entries", response.data().entries()))));
  HoldNow(call, env);
  return absl::OkStatus();
}

absl::Status RemoveRevocationData(
    const rpc::CallContext& call, Env& env,
    const v1::RemoveRevocationDataRequest& request,
    v1::RemoveRevocationDataResponse&) {
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  OTRP_RETURN_IF_ERROR(env.store.RemoveRevocation(
      request.name(),
      service::AuditOf(call, "revocation.remove", request.name())));
  HoldNow(call, env);
  return absl::OkStatus();
}

absl::Status ListRevocationData(const rpc::CallContext&, Env& env,
                                const v1::ListRevocationDataRequest&,
                                v1::ListRevocationDataResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const RevocationList list, env.store.LoadRevocation());
  for (const RevocationData& data : list.data) {
    const absl::StatusOr<v1::RevocationData> described = Describe(data);
    v1::RevocationData& entry = *response.add_data();
    if (described.ok()) {
      entry = *described;
      continue;
    }
    // One that only another version can read hides no other.
    entry.set_name(data.name);
    entry.set_kind(std::string(WordOf(data.kind)));
    *entry.mutable_added_at() = rpc::ToProto(data.added_at);
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp
