// A connection's octets. However they come in pieces, it is the same requests,
// and no more of them is kept than there is room for.

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/http/head_rules.h"
#include "libs/http/request_reader.h"
#include "tests/fuzz/input.h"

namespace {

using otrp::http::Request;
using otrp::http::internal::RequestReader;

constexpr RequestReader::Limits kLimits = {512, 2048};

// What comes out of the first request; empty where it isn't one, or not at its
// end. `piece` is how much comes at a time.
std::string Read(absl::string_view input, size_t piece) {
  RequestReader reader(kLimits);
  std::string kept;
  std::string seen;
  while (!input.empty()) {
    kept.append(input.data(), std::min(piece, input.size()));
    input.remove_prefix(std::min(piece, input.size()));
    auto step = RequestReader::Step::kHead;
    while (step == RequestReader::Step::kHead) {
      size_t used = 0;
      step = reader.Take(kept, &used);
      OTRP_FUZZ_CHECK(used <= kept.size());
      kept.erase(0, used);
      if (step != RequestReader::Step::kHead) continue;
      const bool refused =
          otrp::http::internal::RefuseHead(reader.http11(), &reader.request())
              .has_value();
      absl::StrAppend(&seen, refused ? "refused " : "head ",
                      reader.request().method, " ", reader.request().path);
    }
    OTRP_FUZZ_CHECK(step != RequestReader::Step::kMore ||
                    (kept.size() <= kLimits.head &&
                     reader.held() <= kLimits.head + 2 * kLimits.body));
    if (step == RequestReader::Step::kRefused) return "";
    if (step == RequestReader::Step::kDone) {
      const Request request = reader.Release();
      OTRP_FUZZ_CHECK(request.body.size() <= kLimits.body);
      absl::StrAppend(&seen, " body ", request.body);
      for (const auto& [name, value] : request.headers) {
        absl::StrAppend(&seen, " ", name, "=", value);
      }
      return seen;
    }
  }
  return "";
}

}  // namespace

OTRP_FUZZ_TARGET(input) {
  // Limits are looked at when a piece has come; so short ones alone are the
  // same in each way.
  if (input.size() > kLimits.head) {
    (void)Read(input, 7);
    (void)Read(input, 300);
    return;
  }
  const std::string whole = Read(input, input.size() + 1);
  OTRP_FUZZ_CHECK(Read(input, 1) == whole);
  OTRP_FUZZ_CHECK(Read(input, 5) == whole);
}
