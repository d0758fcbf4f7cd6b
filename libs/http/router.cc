#include "libs/http/router.h"

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/http/problem.h"
#include "libs/telemetry/metrics.h"

namespace otrp {
namespace http {

void Router::Add(absl::string_view method, absl::string_view path,
                 absl::string_view route, Handler handler) {
  const bool prefix = absl::ConsumeSuffix(&path, "*");
  Entry& entry = (prefix ? prefixes_ : exact_)[std::string(path)];
  entry.route = std::string(route);
  if (method == "GET") entry.handlers["HEAD"] = handler;
  entry.handlers[std::string(method)] = std::move(handler);
}

const Router::Entry* Router::Find(absl::string_view path) const {
  const auto exact = exact_.find(std::string(path));
  if (exact != exact_.end()) return &exact->second;
  const Entry* found = nullptr;
  for (const auto& [prefix, entry] : prefixes_) {
    if (absl::StartsWith(path, prefix)) found = &entry;
  }
  return found;
}

Response Router::Handle(const Request& request) const {
  const auto start = std::chrono::steady_clock::now();
  const telemetry::InFlight in_flight(telemetry::kHttpInFlight);
  const Entry* entry = Find(request.path);
  Response response;
  if (entry == nullptr) {
    response = Problem(404, "there is nothing at this path");
  } else if (const auto handler = entry->handlers.find(request.method);
             handler == entry->handlers.end()) {
    std::string allow;
    for (const auto& [method, unused] : entry->handlers) {
      absl::StrAppend(&allow, allow.empty() ? "" : ", ", method);
    }
    response = Problem(405, absl::StrCat("this path takes ", allow));
    response.headers.emplace_back("Allow", allow);
  } else {
    response = handler->second(request);
  }
  const std::string route = entry == nullptr ? "none" : entry->route;
  telemetry::Default().Increment(telemetry::kHttpRequests,
                                 {route, absl::StrCat(response.status)});
  telemetry::Default().Observe(
      telemetry::kHttpDuration, {route},
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count());
  return response;
}

}  // namespace http
}  // namespace otrp
