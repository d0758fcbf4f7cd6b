// A simulated device's HTTP: a POST at a time over a connection that is kept,
// every answer checked, the time of connecting told apart.
//
// Thread-safety: one thread at a time.
// Errors: a Failure; a status code that isn't 200 or 204 is one too.
// Source: draft-ietf-teep-otrp-over-http-02, docs/wire.md section 7.

#ifndef CLIENTS_LOAD_WIRE_H_
#define CLIENTS_LOAD_WIRE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "clients/load/results.h"
#include "libs/http/client.h"

namespace otrp::load {

// INVALID_ARGUMENT unless the URL is http(s) and its host is this machine's
// loopback, or `anywhere`.
absl::Status CheckTarget(absl::string_view url, bool anywhere);

struct Answer {
  // False for 204: the TSM has nothing more.
  bool has_message = false;
  std::string body;
};

class Wire {
 public:
  struct Options {
    // With the dialect's path.
    std::string url;
    std::string ca_file;
    absl::Duration timeout = absl::Seconds(30);
  };

  explicit Wire(Options options);

  // Opens a session. `hint`: a path below the URL ("es256"); empty: none. A
  // server that doesn't know it, of an earlier version, gets the URL itself
  // from then on.
  absl::optional<Failure> Open(absl::string_view hint, Transaction* transaction,
                               Answer* answer);
  // Adds a leg, octets and connections to the transaction.
  absl::optional<Failure> Post(absl::string_view leg_name,
                               const std::string& body,
                               Transaction* transaction, Answer* answer);
  // The next message makes a new connection.
  void Disconnect();

 private:
  absl::optional<Failure> PostTo(const std::string& url,
                                 absl::string_view leg_name,
                                 const std::string& body,
                                 Transaction* transaction, Answer* answer);

  const Options options_;
  bool knows_hints_ = true;
  std::unique_ptr<http::Client> client_;
};

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_WIRE_H_
