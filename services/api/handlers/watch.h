// A GET that goes on: server-sent events, of which each is what the GET would
// answer now. Asked for by "Accept: text/event-stream".
//
//   id: "0c1f..."         the ETag of the answer
//   event: state
//   data: {...}           the answer, in one line
//
//   event: problem
//   data: {...}           what went wrong since, application/problem+json
//
// The call is repeated, and an event sent where the ETag is another one. A
// reader who takes his time skips states, and never holds more than one. Who
// may not read any more is told so, and the stream ends; after other failures
// it goes on.
//
// Thread-safety: thread-safe.
// Source: the HTML standard, section 9.2 (server-sent events).

#ifndef OTRP_SERVICES_API_HANDLERS_WATCH_H_
#define OTRP_SERVICES_API_HANDLERS_WATCH_H_

#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpcpp/alarm.h"
#include "libs/http/message.h"
#include "libs/http/stream.h"
#include "libs/rest/routes.h"
#include "libs/rpc/identity.h"
#include "libs/telemetry/trace.h"
#include "services/api/clients/authenticator.h"
#include "services/api/clients/backends.h"
#include "services/api/domain/places.h"
#include "services/api/env.h"
#include "services/api/handlers/credential.h"

namespace otrp {
namespace api {
namespace handlers {

class Watch final : public http::BodySource,
                    public std::enable_shared_from_this<Watch> {
 public:
  // What is asked, and by whom.
  struct Subject {
    const rest::Route* route;
    rest::Variables variables;
    std::string query;
    Credential credential;
    rpc::Identity caller;
    telemetry::TraceContext trace;
  };

  static bool IsAskedFor(const http::Request& request);

  // `env` must outlive it, as Env::streams sees to.
  Watch(const Env& env, Subject subject, std::unique_ptr<Places::Place> place);

  // What the first call has answered; no event for a reader who had it last.
  void Begin(absl::string_view body, absl::string_view last_event_id);

  void Next(http::GivePiece give) override;
  void Abandon() override;

 private:
  // The steps of a look at what there is now.
  void Look();
  void Call();
  void Tell(absl::StatusOr<AnyMessage> response);
  void TellState(absl::string_view body);
  void TellProblem(const absl::Status& status);

  // Each takes the lock.
  bool IsOver();
  void LookLater();
  void Send(std::string piece);
  void SendNothing();

  const Env& env_;
  Subject subject_;
  const absl::Time end_;

  std::mutex mutex_;
  std::unique_ptr<Places::Place> place_;
  bool over_ = false;
  absl::optional<http::GivePiece> give_;
  std::unique_ptr<grpc::Alarm> alarm_;
  // Sent as soon as somebody asks.
  std::string first_;
  // The last look found the stream's end.
  bool ending_ = false;

  // Of the looks, which follow one another.
  std::string etag_;
  // HTTP's, of the problem that was told last and lasts; 0: none.
  int problem_ = 0;
  absl::Time sent_at_;
};

}  // namespace handlers
}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_HANDLERS_WATCH_H_
