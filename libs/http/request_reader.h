// Makes a request out of octets, head first, and stops whoever sends more of
// any part than there is room for. Private to libs/http.
//
// Thread-safety: belongs to one thread at a time.
// Source: RFC 9112. Every part of it that has no end of its own has a limit
// here: empty lines before the request line; the request line and the fields
// together; a chunk's size line with its extensions; all that is no content in
// a chunked body; the trailer; the content.

#ifndef OTRP_LIBS_HTTP_REQUEST_READER_H_
#define OTRP_LIBS_HTTP_REQUEST_READER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/http/message.h"

namespace otrp {
namespace http {
namespace internal {

class RequestReader {
 public:
  struct Limits {
    // Request line and fields; also a chunk's size line, and the trailer.
    size_t head = 0;
    size_t body = 0;
  };
  // All that is no content in a chunked body may have so many octets, and as
  // many again as the content that has come: chunks of one octet are five
  // times their content.
  static constexpr size_t kFreeChunkOctets = 64 * 1024;
  // Some clients end a body with an empty line (RFC 9112 2.2).
  static constexpr size_t kMaxEmptyLineOctets = 16;

  enum class Step {
    // Reads on with what was left of the octets, and more.
    kMore,
    // The head is there, once a request.
    kHead,
    // All of it is.
    kDone,
    // The peer sends no request that we take; see refusal().
    kRefused,
  };

  explicit RequestReader(const Limits& limits);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  // Takes `*used` octets of what has come. What it left comes again, with
  // what follows; it never leaves more than `limits.head`.
  Step Take(absl::string_view octets, size_t* used);

  // Whether anything but empty lines has come.
  bool begun() const { return begun_; }
  // From kHead on. Without body; path and query aren't set.
  Request& request() { return request_; }
  bool http11() const { return http11_; }
  // Whether the connection may serve another request after this one.
  bool keep_alive() const { return keep_alive_; }
  // After kDone: the request with its body.
  Request Release();
  // After kRefused.
  const Response& refusal() const { return *refusal_; }
  // Memory that depends on what was sent.
  size_t held() const;

 private:
  // Boost.Beast's.
  struct Parser;

  size_t SkipEmptyLines(absl::string_view octets);
  Step TakeHead(absl::string_view octets, size_t* used);
  Step TakeBody(absl::string_view octets, size_t* used);
  Step RefuseAs(int status);
  Step Refuse(int status, const std::string& detail);
  void CopyHead();

  const Limits limits_;
  const std::unique_ptr<Parser> parser_;
  bool begun_ = false;
  bool head_done_ = false;
  size_t empty_line_octets_ = 0;
  size_t head_octets_ = 0;
  // In the body, chunks' lines and all.
  size_t body_octets_ = 0;
  bool http11_ = false;
  bool keep_alive_ = false;
  Request request_;
  absl::optional<Response> refusal_;
};

}  // namespace internal
}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_REQUEST_READER_H_
