#include "libs/http/router.h"

#include <chrono>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/variant.h"
#include "libs/http/problem.h"
#include "libs/telemetry/metrics.h"

namespace otrp {
namespace http {
namespace {

// One request in its handler.
class Watch {
 public:
  explicit Watch(std::string route)
      : route_(std::move(route)), in_flight_(telemetry::kHttpInFlight.With()) {}

  void End(int status) const {
    telemetry::kHttpRequests.With(route_, absl::AlphaNum(status).Piece())
        .Increment();
    telemetry::kHttpDuration.With(route_).Observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_)
            .count());
  }

 private:
  const std::string route_;
  const std::chrono::steady_clock::time_point start_ =
      std::chrono::steady_clock::now();
  const telemetry::InFlight in_flight_;
};

// A stream is in flight until nobody reads it; its time is that of its
// beginning.
class WatchedSource final : public BodySource {
 public:
  WatchedSource(std::unique_ptr<Watch> watch,
                std::shared_ptr<BodySource> source)
      : watch_(std::move(watch)), source_(std::move(source)) {}

  void Next(GivePiece give) override { source_->Next(std::move(give)); }
  void Abandon() override {
    watch_.reset();
    source_->Abandon();
  }

 private:
  std::unique_ptr<Watch> watch_;
  const std::shared_ptr<BodySource> source_;
};

}  // namespace

void Router::Add(absl::string_view method, absl::string_view path,
                 absl::string_view route, Handler handler) {
  AddMethod(
      method, path, route,
      {[handler = std::move(handler)](const Request& request, Respond respond) {
         std::move(respond)(handler(request));
       },
       Kind::kBlocking});
}

void Router::AddAsync(absl::string_view method, absl::string_view path,
                      absl::string_view route, AsyncHandler handler) {
  AddMethod(method, path, route, {std::move(handler), Kind::kAsync});
}

void Router::AddMethod(absl::string_view method, absl::string_view path,
                       absl::string_view route, Method value) {
  const bool prefix = absl::ConsumeSuffix(&path, "*");
  Entry& entry = (prefix ? prefixes_ : exact_)[std::string(path)];
  entry.route = std::string(route);
  if (method == "GET") entry.methods["HEAD"] = value;
  entry.methods[std::string(method)] = std::move(value);
}

const Router::Entry* Router::FindEntry(absl::string_view path) const {
  const auto exact = exact_.find(std::string(path));
  if (exact != exact_.end()) return &exact->second;
  const Entry* found = nullptr;
  for (const auto& [prefix, entry] : prefixes_) {
    if (absl::StartsWith(path, prefix)) found = &entry;
  }
  return found;
}

Router::Match Router::Find(const Request& request) const {
  Match match;
  match.entry_ = FindEntry(request.path);
  if (match.entry_ == nullptr) return match;
  const auto& methods = match.entry_->methods;
  const auto method = methods.find(request.method);
  if (method != methods.end()) match.method_ = &method->second;
  return match;
}

Router::Kind Router::Match::kind() const {
  return method_ == nullptr ? Kind::kNone : method_->kind;
}

void Router::Match::Handle(Request request, Respond respond) const {
  auto watch =
      std::make_unique<Watch>(entry_ == nullptr ? "none" : entry_->route);
  Respond counted([watch = std::move(watch),
                   respond = std::move(respond)](Answer answer) mutable {
    auto* streamed = absl::get_if<Streamed>(&answer);
    watch->End(streamed == nullptr ? absl::get<Response>(answer).status
                                   : streamed->head.status);
    if (streamed != nullptr) {
      streamed->body = std::make_shared<WatchedSource>(
          std::move(watch), std::move(streamed->body));
    }
    std::move(respond)(std::move(answer));
  });
  if (entry_ == nullptr) {
    return std::move(counted)(Problem(404, "there is nothing at this path"));
  }
  if (method_ == nullptr) {
    std::string allow;
    for (const auto& [name, unused] : entry_->methods) {
      absl::StrAppend(&allow, allow.empty() ? "" : ", ", name);
    }
    Response response = Problem(405, absl::StrCat("this path takes ", allow));
    response.headers.emplace_back("Allow", allow);
    return std::move(counted)(std::move(response));
  }
  method_->handler(std::move(request), std::move(counted));
}

}  // namespace http
}  // namespace otrp
