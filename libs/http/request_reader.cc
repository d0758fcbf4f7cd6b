#include "libs/http/request_reader.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/http/beast.h"
#include "libs/http/problem.h"

namespace otrp {
namespace http {
namespace internal {
namespace {

// A body as it comes. Content-Length makes nothing be allocated: it is only
// somebody's word.
struct GrowingBody {
  using value_type = std::string;
  class reader {
   public:
    template <bool is_request, class Fields>
    reader(bhttp::header<is_request, Fields>&, value_type& body)
        : body_(body) {}
    void init(const boost::optional<std::uint64_t>&, error_code& error) {
      error = {};
    }
    template <class Buffers>
    size_t put(const Buffers& buffers, error_code& error) {
      error = {};
      size_t taken = 0;
      for (auto it = asio::buffer_sequence_begin(buffers);
           it != asio::buffer_sequence_end(buffers); ++it) {
        const asio::const_buffer part = *it;
        body_.append(static_cast<const char*>(part.data()), part.size());
        taken += part.size();
      }
      return taken;
    }
    void finish(error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

// How much of `octets` the parser takes: up to the end of the head, else as far
// as it gets.
template <typename Parser>
size_t Put(Parser& parser, absl::string_view octets, error_code* error) {
  const bool head = !parser.is_header_done();
  size_t taken = 0;
  while (true) {
    taken += parser.put(
        asio::buffer(octets.data() + taken, octets.size() - taken), *error);
    // A step a call: the head's end must not be run over.
    if (*error || parser.is_done() || taken == octets.size() ||
        (head && parser.is_header_done())) {
      return taken;
    }
  }
}

int StatusOf(const error_code& error) {
  if (error == bhttp::error::body_limit) return 413;
  return error == bhttp::error::header_limit ? 431 : 400;
}

}  // namespace

struct RequestReader::Parser : bhttp::request_parser<GrowingBody> {};

RequestReader::RequestReader(const Limits& limits)
    : limits_(limits), parser_(std::make_unique<Parser>()) {
  parser_->header_limit(static_cast<std::uint32_t>(limits_.head));
  parser_->body_limit(limits_.body);
}

RequestReader::~RequestReader() = default;

RequestReader::Step RequestReader::Take(absl::string_view octets,
                                        size_t* used) {
  *used = 0;
  if (!begun_) {
    *used = SkipEmptyLines(octets);
    if (empty_line_octets_ > kMaxEmptyLineOctets) {
      return Refuse(400, "too many empty lines");
    }
    octets.remove_prefix(*used);
    // Half an empty line, perhaps.
    if (octets.empty() || octets == "\r") return Step::kMore;
    begun_ = true;
  }
  size_t taken = 0;
  const Step step =
      head_done_ ? TakeBody(octets, &taken) : TakeHead(octets, &taken);
  *used += taken;
  return step;
}

size_t RequestReader::SkipEmptyLines(absl::string_view octets) {
  const size_t before = octets.size();
  while (absl::ConsumePrefix(&octets, "\r\n")) empty_line_octets_ += 2;
  return before - octets.size();
}

RequestReader::Step RequestReader::TakeHead(absl::string_view octets,
                                            size_t* used) {
  error_code error;
  *used = Put(*parser_, octets, &error);
  if (error && error != bhttp::error::need_more) {
    return RefuseAs(StatusOf(error));
  }
  // The parser forgets fields that it has seen the end of; this doesn't.
  head_octets_ += *used;
  const size_t rest = parser_->is_header_done() ? 0 : octets.size() - *used;
  if (head_octets_ + rest > limits_.head) {
    return RefuseAs(431);
  }
  if (!parser_->is_header_done()) return Step::kMore;
  head_done_ = true;
  CopyHead();
  return Step::kHead;
}

RequestReader::Step RequestReader::TakeBody(absl::string_view octets,
                                            size_t* used) {
  if (parser_->is_done()) return Step::kDone;
  if (octets.empty()) return Step::kMore;
  error_code error;
  *used = Put(*parser_, octets, &error);
  if (error && error != bhttp::error::need_more) {
    return RefuseAs(StatusOf(error));
  }
  body_octets_ += *used;
  const size_t content = parser_->get().body().size();
  const size_t rest = parser_->is_done() ? 0 : octets.size() - *used;
  if (rest > limits_.head) {
    return Refuse(431, absl::StrCat("a chunk's line or the trailer may have ",
                                    limits_.head, " octets"));
  }
  if (body_octets_ - content > kFreeChunkOctets + content) {
    return Refuse(400, "the chunks are too small for their number");
  }
  return parser_->is_done() ? Step::kDone : Step::kMore;
}

RequestReader::Step RequestReader::RefuseAs(int status) {
  switch (status) {
    case 413:
      return Refuse(
          413, absl::StrCat("the body may have ", limits_.body, " octets"));
    case 431:
      return Refuse(431, absl::StrCat("request line and fields may have ",
                                      limits_.head, " octets"));
    default: return Refuse(400, "not a request of HTTP/1.1");
  }
}

RequestReader::Step RequestReader::Refuse(int status,
                                          const std::string& detail) {
  refusal_ = Problem(status, detail);
  return Step::kRefused;
}

// Now, since the parser adds a trailer's fields to those of the head, where
// nobody expects them.
void RequestReader::CopyHead() {
  const auto& message = parser_->get();
  http11_ = message.version() == 11;
  keep_alive_ = parser_->keep_alive();
  request_.method = std::string(View(message.method_string()));
  request_.target = std::string(View(message.target()));
  for (const auto& field : message) {
    request_.headers.emplace_back(View(field.name_string()),
                                  View(field.value()));
  }
}

Request RequestReader::Release() {
  request_.body = std::move(parser_->get().body());
  return std::move(request_);
}

size_t RequestReader::held() const {
  return head_octets_ + parser_->get().body().capacity();
}

}  // namespace internal
}  // namespace http
}  // namespace otrp
