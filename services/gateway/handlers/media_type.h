// Content negotiation: what a body is and what a client takes.
//
// Thread-safety: functions without state.
// Source: RFC 9110 sections 8.3 and 12.5.1.

#ifndef OTRP_SERVICES_GATEWAY_HANDLERS_MEDIA_TYPE_H_
#define OTRP_SERVICES_GATEWAY_HANDLERS_MEDIA_TYPE_H_

#include "absl/strings/string_view.h"
#include "libs/http/message.h"

namespace otrp {
namespace gateway {

// Whether a Content-Type is `type` ("application/ocsp-request"), whatever its
// case and parameters.
bool IsMediaType(absl::string_view content_type, absl::string_view type);

// Whether the request takes a response of `type`: no Accept takes everything;
// else the most specific range that fits must not have q=0.
bool Accepts(const http::Request& request, absl::string_view type);

}  // namespace gateway
}  // namespace otrp

#endif  // OTRP_SERVICES_GATEWAY_HANDLERS_MEDIA_TYPE_H_
