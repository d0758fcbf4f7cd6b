// How an agent reaches a TSM: a POST and its reply.
//
// A test or a load generator brings its own; HttpTransport is the network's.
// Tampering with messages on their way is a Transport's affair too.
//
// Thread-safety: a Transport serves one session at a time.
// Errors: UNAVAILABLE or DEADLINE_EXCEEDED when no reply came.
// Source: draft-ietf-teep-otrp-over-http-02, docs/wire.md section 7.

#ifndef CLIENTS_DEVICE_TRANSPORT_H_
#define CLIENTS_DEVICE_TRANSPORT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace otrp::device {

struct TransportReply {
  int status = 0;
  std::string content_type;
  std::string body;
  // Of a 503; of a 204, when the TSM may have more.
  absl::optional<absl::Duration> retry_after;
  // Of a 204: the TSM read the device's evidence and doesn't believe it.
  bool refused = false;
};

class Transport {
 public:
  virtual ~Transport() = default;

  // An empty body opens a session.
  virtual absl::StatusOr<TransportReply> Post(absl::string_view body) = 0;
};

struct HttpTransportOptions {
  // http:// or https://
  std::string url;
  // A path below the URL to open sessions at ("es256"); empty: none. A server
  // that doesn't know it gets the URL itself.
  std::string hint;
  // Roots for https; empty: the system's.
  std::string ca_file;
  absl::Duration timeout = absl::Seconds(30);
};

absl::StatusOr<std::unique_ptr<Transport>> CreateHttpTransport(
    HttpTransportOptions options);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_TRANSPORT_H_
