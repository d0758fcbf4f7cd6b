// A request at the gateway: the first line is Accept, the second Content-Type,
// the rest the body. What isn't refused is handed on as it came.

#include "libs/http/message.h"
#include "libs/json/json.h"
#include "services/gateway/handlers/media_type.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  using namespace otrp;  // NOLINT: its file's only function
  constexpr char kOtrp[] = "application/otrp+json";
  http::Request request;
  for (const char* name : {"Accept", "Content-Type"}) {
    const size_t end = input.find('\n');
    if (end == absl::string_view::npos) return;
    request.headers.emplace_back(name, std::string(input.substr(0, end)));
    input.remove_prefix(end + 1);
  }
  request.body = std::string(input);
  (void)gateway::Accepts(request, kOtrp);
  if (gateway::IsMediaType(request.header("Content-Type"), kOtrp)) {
    (void)json::Parse(request.body, json::kStrangers);
  }
}
