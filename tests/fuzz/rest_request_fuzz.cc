// A request to the REST interface: the method, a space, path and query up to
// the end of the line, then the body. What is read can be written, and what is
// refused names its member and makes a problem that is JSON.

#include <algorithm>
#include <memory>

#include "absl/strings/match.h"
#include "google/protobuf/message.h"
#include "libs/json/json.h"
#include "libs/rest/mounts.h"
#include "libs/rest/path.h"
#include "libs/rest/problem.h"
#include "libs/rest/routes.h"
#include "libs/rest/transcoder.h"
#include "tests/fuzz/input.h"

namespace {

absl::string_view CutAt(char mark, absl::string_view* text) {
  const size_t end = std::min(text->find(mark), text->size());
  const absl::string_view front = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return front;
}

}  // namespace

OTRP_FUZZ_TARGET(input) {
  using namespace otrp;  // NOLINT: its file's only function
  static const auto* const routes =
      new rest::RouteTable(rest::NewRouteTable().value());
  absl::string_view target = CutAt('\n', &input);
  const absl::string_view method = CutAt(' ', &target);
  const absl::StatusOr<rest::Path> path = rest::ParsePath(CutAt('?', &target));
  if (!path.ok()) return;
  for (const std::string& segment : path->segments) {
    const auto again =
        rest::PercentDecode(rest::PercentEncode(segment), rest::Escapes::kPath);
    OTRP_FUZZ_CHECK(again.ok() && *again == segment);
  }
  const rest::RouteTable::Match match = routes->Find(method, *path);
  if (match.route == nullptr) return;
  const auto& type = *match.route->rpc->input_type();
  const std::unique_ptr<google::protobuf::Message> request(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(&type)
          ->New());
  const absl::Status status = rest::ReadRequest(*match.route, match.variables,
                                                target, input, request.get());
  if (status.ok()) {
    const absl::StatusOr<std::string> text = rest::WriteResponse(*request);
    OTRP_FUZZ_CHECK(text.ok() && json::Parse(*text, json::kOurs).ok());
    return;
  }
  OTRP_FUZZ_CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  OTRP_FUZZ_CHECK(absl::StartsWith(status.message(), rest::MemberOf(status)));
  OTRP_FUZZ_CHECK(
      json::Parse(rest::ProblemOf(status, &type, "t").body, json::kOurs).ok());
}
