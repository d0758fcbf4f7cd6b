#include "services/tsm/handlers/sessions.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "services/tsm/errors.h"
#include "services/tsm/handlers/convert.h"
#include "services/tsm/handlers/validate.h"

namespace otrp {
namespace tsm {
namespace handlers {
namespace {

// "<microseconds>/<tid>".
std::string SortKey(const Session& session) {
  return absl::StrCat(absl::ToUnixMicros(session.opened_at), "/", session.tid);
}

absl::StatusOr<absl::optional<SessionCursor>> ParseCursor(
    const std::string& key) {
  if (key.empty()) return absl::optional<SessionCursor>();
  const size_t slash = key.find('/');
  int64_t micros = 0;
  if (slash == std::string::npos ||
      !absl::SimpleAtoi(absl::string_view(key).substr(0, slash), &micros)) {
    return service::BadPageToken();
  }
  return absl::make_optional(
      SessionCursor{absl::FromUnixMicros(micros), key.substr(slash + 1)});
}

}  // namespace

absl::Status ListSessions(const rpc::CallContext&, Env& env,
                          const v1::ListSessionsRequest& request,
                          v1::ListSessionsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(absl::optional<SessionCursor> cursor,
                        ParseCursor(page.after()));
  if (!request.did().empty()) {
    OTRP_RETURN_IF_ERROR(service::CheckDid("did", request.did()));
  }
  OTRP_ASSIGN_OR_RETURN(
      std::vector<Session> sessions,
      env.store.ListSessions(cursor, page.limit(), request.did()));
  page.Finish(sessions, response, &SortKey);
  const absl::Time now = env.clock.Now();
  for (const Session& session : sessions) {
    ToProto(session, {}, now, *response.add_sessions());
  }
  return absl::OkStatus();
}

absl::Status GetSession(const rpc::CallContext&, Env& env,
                        const v1::GetSessionRequest& request,
                        v1::GetSessionResponse& response) {
  if (request.tid().empty() || request.tid().size() > kMaxIdBytes) {
    return errors::BadTid();
  }
  absl::StatusOr<std::pair<Session, std::vector<SessionMessage>>> found =
      env.store.GetSession(request.tid());
  if (absl::IsNotFound(found.status())) return errors::NoSuchSession();
  OTRP_RETURN_IF_ERROR(found.status());
  ToProto(found->first, found->second, env.clock.Now(),
          *response.mutable_session());
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp
