#ifndef OTRP_LIBS_HTTP_BEAST_H_
#define OTRP_LIBS_HTTP_BEAST_H_

// What the server and the client share of Boost.Beast. Private to this folder:
// each file that includes it takes half a minute to compile.

#include <string>

#include "absl/strings/string_view.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/beast/core.hpp"
#include "boost/beast/http.hpp"
#include "boost/beast/ssl.hpp"

namespace otrp {
namespace http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

inline absl::string_view View(beast::string_view v) {
  return {v.data(), v.size()};
}

// TLS 1.2 and later.
inline void RefuseOldTls(asio::ssl::context& context) {
  context.set_options(
      asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
      asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
      asio::ssl::context::no_tlsv1_1);
}

}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_BEAST_H_
