#include "services/sp_portal/handlers/applications.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/channel.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/handlers/convert.h"
#include "services/sp_portal/handlers/events.h"
#include "services/sp_portal/handlers/new_version.h"
#include "services/sp_portal/handlers/tenancy.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

std::string KeyOf(const std::string& spid, const std::string& taid) {
  return absl::StrCat(spid, "/", taid);
}

}  // namespace

absl::Status PushImage(const rpc::CallContext& call, Env& env,
                       const v1::PushImageRequest& request,
                       v1::PushImageResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const std::string taid,
                        TaidFor(call, env, request.spid(), request.taid()));
  OTRP_ASSIGN_OR_RETURN(const service::Version order,
                        service::Version::Parse(request.version()));
  if (request.image().empty() || request.image().size() > kMaxTaImageBytes) {
    return errors::BadImageSize();
  }
  if (request.personalization_data().size() > kMaxPersonalizationBytes) {
    return errors::BadPersonalizationSize();
  }
  OTRP_ASSIGN_OR_RETURN(const protocol::TaImageFormat format,
                        FormatOf(request.format()));

  AppVersion version;
  version.spid = request.spid();
  version.taid = taid;
  version.version = order.text();
  version.format = format;
  OTRP_ASSIGN_OR_RETURN(version.manifest, ManifestOf(request.has_manifest(),
                                                     request.manifest(), taid));
  OTRP_RETURN_IF_ERROR(CheckImage(env, request.image(), &version));
  NewImage image;
  image.image = request.image();
  image.personalization_data = request.personalization_data();
  OTRP_RETURN_IF_ERROR(AddVersion(call, env, image, version));
  response.set_image_sha256(version.image_sha256);
  response.set_signer_fingerprint(version.signer_fingerprint);
  return absl::OkStatus();
}

absl::Status ReleaseVersion(const rpc::CallContext& call, Env& env,
                            const v1::ReleaseVersionRequest& request,
                            v1::ReleaseVersionResponse& response) {
  const std::string& spid = request.spid();
  OTRP_ASSIGN_OR_RETURN(const std::string taid,
                        TaidFor(call, env, spid, request.taid()));
  OTRP_ASSIGN_OR_RETURN(const service::Version asked,
                        service::Version::Parse(request.version()));
  OTRP_ASSIGN_OR_RETURN(const service::Channel channel,
                        service::ParseChannel(request.channel()));
  OTRP_ASSIGN_OR_RETURN(const Sp sp, env.store.GetSp(spid));
  OTRP_RETURN_IF_ERROR(CheckActive(sp));
  OTRP_ASSIGN_OR_RETURN(const AppVersion version,
                        env.store.GetVersion(spid, taid, asked));
  // As it was pushed, which is what its image says.
  OTRP_ASSIGN_OR_RETURN(const service::Version order,
                        service::Version::Parse(version.version));
  if (version.image_bytes > static_cast<int64_t>(kMaxTaImageBytes)) {
    return errors::TooLargeForDevices(version.version, version.image_bytes);
  }
  const auto signer =
      std::find_if(sp.certificates.begin(), sp.certificates.end(),
                   [&](const SpCertificate& c) {
                     return c.fingerprint == version.signer_fingerprint;
                   });
  if (signer == sp.certificates.end()) {
    return absl::InternalError("a version without its signer's certificate");
  }
  OTRP_RETURN_IF_ERROR(CheckNotRevoked("version", *signer));

  // Image and personalization data, where there are any, are filled in at
  // delivery.
  tsm::v1::ApplyRequest event;
  auto* released = channel == service::Channel::kStable
                       ? event.mutable_version_released()
                       : event.mutable_channel_version_released();
  released->set_spid(spid);
  released->set_taid(taid);
  released->set_version(version.version);
  released->set_signer_certificate_der(signer->der);
  released->set_channel(service::ChannelName(channel));
  released->set_pull(version.pull);
  *released->mutable_pushed_at() = rpc::ToProto(version.pushed_at);
  const std::string key = KeyOf(spid, taid);
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.store.Release(
          spid, taid, order, channel, env.require_review,
          NewMessage(call, env, key, std::move(event)),
          service::AuditOf(
              call, "ta.release", key, store::kAuditOk,
              service::AuditDetails()
                  .Set("version", version.version)
                  .Set("channel", service::ChannelName(channel)))));
  response.set_delivered(Finish(call, env, change));
  response.set_version(version.version);
  response.set_channel(service::ChannelName(channel));
  return absl::OkStatus();
}

absl::Status WithdrawApplication(const rpc::CallContext& call, Env& env,
                                 const v1::WithdrawApplicationRequest& request,
                                 v1::WithdrawApplicationResponse& response) {
  const std::string& spid = request.spid();
  OTRP_ASSIGN_OR_RETURN(const std::string taid,
                        TaidFor(call, env, spid, request.taid()));
  OTRP_RETURN_IF_ERROR(CheckMayTakeAway(call, env, spid));
  tsm::v1::ApplyRequest event;
  event.mutable_application_withdrawn()->set_spid(spid);
  event.mutable_application_withdrawn()->set_taid(taid);
  const std::string key = KeyOf(spid, taid);
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.store.Withdraw(spid, taid,
                         NewMessage(call, env, key, std::move(event)),
                         service::AuditOf(call, "ta.withdraw", key)));
  response.set_delivered(Finish(call, env, change));
  return absl::OkStatus();
}

absl::Status ListApplications(const rpc::CallContext& call, Env& env,
                              const v1::ListApplicationsRequest& request,
                              v1::ListApplicationsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(const Visible visible, VisibleTo(call, request.spid()));
  // Ids have no slash.
  const std::pair<std::string, std::string> after =
      absl::StrSplit(page.after(), absl::MaxSplits('/', 1));
  OTRP_ASSIGN_OR_RETURN(
      std::vector<App> apps,
      env.store.ListApps(visible, after.first, after.second, page.limit()));
  page.Finish(apps, response,
              [](const App& app) { return KeyOf(app.spid, app.taid); });
  for (const App& app : apps) ToProto(app, *response.add_applications());
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
