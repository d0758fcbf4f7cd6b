// A server that echoes, for tests with raw clients.
//
// Thread-safety: functions without state.

#ifndef OTRP_LIBS_HTTP_ECHO_SERVER_H_
#define OTRP_LIBS_HTTP_ECHO_SERVER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/http/server.h"

namespace otrp {
namespace http {
namespace testing {

inline constexpr size_t kMiB = size_t{1} << 20;
inline constexpr char kGet[] = "GET /files/a HTTP/1.1\r\nHost: a\r\n\r\n";
inline constexpr char kChunked[] =
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

// The head of a request with a body of that length.
inline std::string Post(size_t length, absl::string_view fields = "") {
  return absl::StrCat("POST /echo HTTP/1.1\r\nHost: a\r\n", fields,
                      "Content-Length: ", length, "\r\n\r\n");
}

inline Router EchoRouter() {
  Router router;
  const auto echo = [](const Request& request) {
    Response response;
    response.headers.emplace_back("X-Peer", request.peer);
    response.body = request.body;
    return response;
  };
  router.Add("POST", "/echo", "echo", echo);
  router.Add("GET", "/files/*", "files", echo);
  router.Add("GET", "/large", "large", [](const Request&) {
    Response response;
    response.body = std::string(2 * kMiB, 'x');
    return response;
  });
  return router;
}

inline std::unique_ptr<Server> Start(Router router, Server::Options options) {
  options.listen = "127.0.0.1:0";
  auto server = Server::Start(options, std::move(router));
  EXPECT_TRUE(server.ok()) << server.status();
  return server.ok() ? *std::move(server) : nullptr;
}

}  // namespace testing
}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_ECHO_SERVER_H_
