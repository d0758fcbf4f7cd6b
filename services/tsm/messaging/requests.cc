#include "services/tsm/messaging/requests.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/ids.h"
#include "libs/base/secret.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/keys.h"
#include "libs/protocol/requests.h"
#include "services/tsm/messaging/first_requests.h"
#include "services/tsm/messaging/own_keys.h"
#include "services/tsm/messaging/wishes.h"

namespace otrp {
namespace tsm {
namespace {

using protocol::MessageKind;

// What all six builders take.
struct Parts {
  Tools& tools;
  DeviceContext& device;
  const PlannedRequest& planned;
  const protocol::RequestContext& context;
  const protocol::Signer& signer;
  const json::Value* pulled;
};

absl::StatusOr<std::string> CertificateOf(Tools& tools,
                                          const std::string& fingerprint) {
  absl::StatusOr<std::string> der = tools.certificates.Get(fingerprint);
  if (absl::IsNotFound(der.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat("the catalogue lacks the SP certificate ", fingerprint));
  }
  return der;
}

absl::StatusOr<protocol::BuiltRequest> CreateSd(const Parts& p) {
  if (p.planned.add_certs.empty()) {
    return absl::InternalError("CreateSD was planned without a certificate");
  }
  protocol::CreateSdParams params;
  params.spid = p.planned.spid;
  params.sdname = p.planned.sdname;
  params.did = p.device.device.did;
  OTRP_ASSIGN_OR_RETURN(params.sp_certificate,
                        CertificateOf(p.tools, p.planned.add_certs.front()));
  return protocol::BuildCreateSd(p.context, p.signer, params, p.tools.random);
}

absl::StatusOr<protocol::BuiltRequest> UpdateSd(const Parts& p) {
  protocol::UpdateSdParams params;
  params.spid = p.planned.spid;
  params.sdname = p.planned.sdname;
  for (const std::string& fingerprint : p.planned.add_certs) {
    OTRP_ASSIGN_OR_RETURN(std::string der, CertificateOf(p.tools, fingerprint));
    params.add_certificates.push_back(std::move(der));
  }
  for (const std::string& fingerprint : p.planned.remove_certs) {
    OTRP_ASSIGN_OR_RETURN(std::string octets, HexDecode(fingerprint));
    params.delete_fingerprints.push_back(std::move(octets));
  }
  return protocol::BuildUpdateSd(p.context, p.signer, params, p.tools.random);
}

absl::StatusOr<protocol::BuiltRequest> DeleteSd(const Parts& p) {
  return protocol::BuildDeleteSd(p.context, p.signer, {p.planned.sdname},
                                 p.tools.random);
}

absl::StatusOr<protocol::BuiltRequest> DeleteTa(const Parts& p) {
  return protocol::BuildDeleteTa(
      p.context, p.signer, {p.planned.sdname, p.planned.taid}, p.tools.random);
}

// The device's own data; empty where there is none.
absl::StatusOr<SecretBytes> OwnData(const Parts& p, const DesiredTa& wish) {
  if (!wish.personalized || p.pulled != nullptr) return SecretBytes();
  const std::string& did = p.device.device.did;
  OTRP_ASSIGN_OR_RETURN(
      const absl::optional<std::string> sealed,
      p.tools.store.LoadPersonalization(did, wish.spid, wish.taid));
  // It was removed meanwhile.
  if (!sealed.has_value()) return SecretBytes();
  return p.tools.sealer.Open({wish.spid, wish.taid, did}, *sealed);
}

// InstallTA and UpdateTA.
absl::StatusOr<protocol::BuiltRequest> ShipTa(const Parts& p) {
  OTRP_ASSIGN_OR_RETURN(const DesiredTa* wish, WishOf(p.planned, p.device));
  OTRP_ASSIGN_OR_RETURN(const crypto::PublicKey* aik,
                        AikOf(p.device, p.planned.spid));
  auto image = std::make_shared<const ReleaseImage>();
  if (p.pulled == nullptr) {
    OTRP_ASSIGN_OR_RETURN(image, p.tools.images.Get(wish->release_id));
  }
  OTRP_ASSIGN_OR_RETURN(const SecretBytes own, OwnData(p, *wish));
  const absl::string_view data =
      own.empty() ? image->personalization : own.view();
  const protocol::TaParams params = {p.planned.spid, p.planned.sdname, "",
                                     p.planned.taid, image->image,     data,
                                     *aik,           p.pulled};
  return p.planned.kind == MessageKind::kInstallTa
             ? protocol::BuildInstallTa(p.context, p.signer, params,
                                        p.tools.random)
             : protocol::BuildUpdateTa(p.context, p.signer, params,
                                       p.tools.random);
}

absl::StatusOr<protocol::BuiltRequest> Build(const Parts& p) {
  switch (p.planned.kind) {
    case MessageKind::kCreateSd: return CreateSd(p);
    case MessageKind::kUpdateSd: return UpdateSd(p);
    case MessageKind::kDeleteSd: return DeleteSd(p);
    case MessageKind::kInstallTa:
    case MessageKind::kUpdateTa: return ShipTa(p);
    case MessageKind::kDeleteTa: return DeleteTa(p);
    case MessageKind::kGetDeviceState: break;
  }
  return absl::InternalError("a GetDeviceState isn't planned");
}

}  // namespace

absl::StatusOr<SignedRequest> BuildRequest(Tools& tools,
                                           const RequestFrame& frame,
                                           const PlannedRequest& planned,
                                           DeviceContext& device,
                                           const json::Value* pulled) {
  OTRP_ASSIGN_OR_RETURN(std::shared_ptr<const SigningIdentity> identity,
                        SignerFor(tools.identity, frame.es256, frame.identity));
  OTRP_ASSIGN_OR_RETURN(const crypto::PublicKey* tee_key, TeeKeyOf(device));
  protocol::Signer signer = {identity->key, {}};
  if (device.device.signer_required) signer.x5c = identity->chain;

  SignedRequest request;
  request.rid = NewUuid(tools.random);
  const std::shared_ptr<const SessionSecret> secret = tools.secrets.Current();
  const protocol::RequestContext context = {
      frame.dialect,          frame.tid,    request.rid,
      device.device.tee_name, *tee_key,     device.state->dsihash,
      /*next_dsi=*/true,      tools.tsm_id, secret->bytes.view()};
  CountKeyOp("sign", identity->key_type);
  OTRP_ASSIGN_OR_RETURN(
      protocol::BuiltRequest built,
      Build({tools, device, planned, context, signer, pulled}));
  request.message = std::move(built.message);
  request.secret_id = secret->id;
  request.identity = identity->id;
  request.encrypted_key_sha256 = HexEncode(built.encrypted_key_sha256);
  return request;
}

absl::StatusOr<SignedRequest> BuildGetDeviceState(Tools& tools,
                                                  const RequestFrame& frame) {
  OTRP_ASSIGN_OR_RETURN(std::shared_ptr<const SigningIdentity> identity,
                        SignerFor(tools.identity, frame.es256));
  SignedRequest request;
  request.rid = NewUuid(tools.random);
  request.identity = identity->id;
  OTRP_ASSIGN_OR_RETURN(
      request.message,
      SignGetDeviceState(frame.dialect, *identity, frame.tid, request.rid));
  return request;
}

}  // namespace tsm
}  // namespace otrp
