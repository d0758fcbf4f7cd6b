// otrp.portal.v1.Webhooks. Each: validate, fetch, act, fill.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_WEBHOOKS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_WEBHOOKS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/webhooks.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status CreateWebhook(const rpc::CallContext& call, Env& env,
                           const v1::CreateWebhookRequest& request,
                           v1::CreateWebhookResponse& response);

absl::Status GetWebhook(const rpc::CallContext& call, Env& env,
                        const v1::GetWebhookRequest& request,
                        v1::GetWebhookResponse& response);

absl::Status ListWebhooks(const rpc::CallContext& call, Env& env,
                          const v1::ListWebhooksRequest& request,
                          v1::ListWebhooksResponse& response);

absl::Status UpdateWebhook(const rpc::CallContext& call, Env& env,
                           const v1::UpdateWebhookRequest& request,
                           v1::UpdateWebhookResponse& response);

absl::Status RotateWebhookSecret(const rpc::CallContext& call, Env& env,
                                 const v1::RotateWebhookSecretRequest& request,
                                 v1::RotateWebhookSecretResponse& response);

absl::Status DeleteWebhook(const rpc::CallContext& call, Env& env,
                           const v1::DeleteWebhookRequest& request,
                           v1::DeleteWebhookResponse& response);

absl::Status ListWebhookDeliveries(
    const rpc::CallContext& call, Env& env,
    const v1::ListWebhookDeliveriesRequest& request,
    v1::ListWebhookDeliveriesResponse& response);

absl::Status ReplayWebhookDelivery(
    const rpc::CallContext& call, Env& env,
    const v1::ReplayWebhookDeliveryRequest& request,
    v1::ReplayWebhookDeliveryResponse& response);

absl::Status SendTestWebhookEvent(
    const rpc::CallContext& call, Env& env,
    const v1::SendTestWebhookEventRequest& request,
    v1::SendTestWebhookEventResponse& response);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_WEBHOOKS_H_
