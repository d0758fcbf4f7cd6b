// Calls of RPCs over the REST interface, by the protos' options alone.
//
// The server is verified, always; a redirect is an error, so that the token
// goes to the server that it is for and to nobody else.
//
// Thread-safety: none. Errors: as by gRPC; UNAVAILABLE and DEADLINE_EXCEEDED
// name the server. UNIMPLEMENTED for an RPC without a path of the interface.

#ifndef CLIENTS_OTRPCTL_REST_CALLER_H_
#define CLIENTS_OTRPCTL_REST_CALLER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "libs/base/secret.h"
#include "libs/http/client.h"

namespace otrp::ctl {

class RestCaller {
 public:
  // `server` as CheckServer() gives it. `ca_file`: PEM roots; empty: the
  // system's.
  RestCaller(std::string server, std::string ca_file, absl::Duration timeout);

  // Of the calls from now on; until then they have no credential.
  void UseToken(SecretBytes token);

  // The RPC of `service` ("otrp.tsm.v1.Devices") that takes `request`.
  // `backend`: the process, as channels name it.
  absl::Status Call(absl::string_view backend, absl::string_view service,
                    const google::protobuf::Message& request,
                    google::protobuf::Message* response);

  const std::string& server() const { return server_; }

 private:
  absl::Status Explain(const absl::Status& status) const;

  const std::string server_;
  SecretBytes token_;
  http::Client client_;
};

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_REST_CALLER_H_
