// One session of a device with its TSM: an empty POST, then request and
// response until the TSM has nothing more (204).
//
// The agent carries messages. It keeps a list of them, which says what each
// request was and what the TEE answered, and whether the TSM refused the
// device.
//
// Thread-safety: functions without state; the broker may be shared.
// Errors: UNAVAILABLE when the TSM can't be reached or stays overloaded,
// FAILED_PRECONDITION when it answers what isn't OTrP over HTTP.
// Source: docs/wire.md sections 5 and 7.

#ifndef CLIENTS_DEVICE_AGENT_H_
#define CLIENTS_DEVICE_AGENT_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "clients/device/broker.h"
#include "clients/device/transport.h"

namespace otrp::device {

struct Exchange {
  // "CreateSDRequest"; "unknown" for what isn't a request.
  std::string request;
  // "RS256": what it was signed with, by its own words.
  std::string sigalg;
  // Of a GetDeviceState: what all TEEs signed their answers with, else empty.
  std::string answer_sigalg;
  // "pass" or "fail".
  std::string status;
  // Of the TEE or of the agent; empty unless it failed.
  std::string error_code;
  std::string error_message;
  // TEE and TSM together: from the request's arrival to the next one's.
  double milliseconds = 0;
};

struct SessionReport {
  std::vector<Exchange> exchanges;
  // OK: the TSM ended the session with 204.
  absl::Status end;
  // It ended it because it doesn't believe the device's evidence.
  bool refused = false;
  // It ended it and says that it may have something after that.
  absl::optional<absl::Duration> come_again;

  // Ended well, and every message passed; the device wasn't refused.
  bool AllPassed() const;
};

// What later sessions had better begin with: what a TEE took after it had
// refused another signature; else what is `known`; else ES256 where that is how
// the TEEs sign, since EC is what they are made for. Empty: nothing is known.
std::string LearnSigAlg(const SessionReport& report, const std::string& known);

struct AgentOptions {
  // A lost answer: the same bytes are sent again and get the same answer.
  int attempts = 3;
  absl::Duration pause = absl::Milliseconds(300);
  // The longest Retry-After that is waited for.
  absl::Duration max_retry_after = absl::Seconds(10);
  // A TSM that never has enough.
  int max_messages = 512;
  std::function<void(absl::Duration)> sleep;
};

// Further sessions for as long as the TSM says that it may have something
// later, but none that begins after `patience`. The report is of all of them.
SessionReport RunSessions(Broker& broker, Transport& transport,
                          absl::Duration patience,
                          const AgentOptions& options = {});

SessionReport RunSession(Broker& broker, Transport& transport,
                         const AgentOptions& options = {});

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_AGENT_H_
