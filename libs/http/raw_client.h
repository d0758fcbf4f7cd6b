// A client that sends whatever octets it is told, for hostile tests.
//
// Thread-safety: belongs to one thread at a time.

#ifndef OTRP_LIBS_HTTP_RAW_CLIENT_H_
#define OTRP_LIBS_HTTP_RAW_CLIENT_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace http {
namespace testing {

class RawClient {
 public:
  // `receive_octets`: of the kernel's buffer, where not its default.
  explicit RawClient(int port, int receive_octets = 0,
                     const char* from = "127.0.0.1")
      : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), port_(port) {
    if (receive_octets > 0) {
      setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_octets,
                 sizeof(receive_octets));
    }
    const int yes = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    sockaddr_in source = Address(from, 0);
    bind(socket_, reinterpret_cast<sockaddr*>(&source), sizeof(source));
  }
  RawClient(RawClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), port_(other.port_) {}
  RawClient& operator=(RawClient&& other) noexcept {
    std::swap(socket_, other.socket_);
    return *this;
  }
  ~RawClient() { Close(); }

  // A listening socket on a free port, and who comes to one.
  static int Listen(int* port) {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Address("127.0.0.1", 0);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    bind(listener, any, size);
    listen(listener, 1);
    getsockname(listener, any, &size);
    *port = ntohs(address.sin_port);
    return listener;
  }
  static RawClient Accept(int listener) {
    RawClient client(0);
    client.Close();
    client.socket_ = accept(listener, nullptr, nullptr);
    return client;
  }

  RawClient& Connect() {
    sockaddr_in target = Address("127.0.0.1", port_);
    connect(socket_, reinterpret_cast<sockaddr*>(&target), sizeof(target));
    return *this;
  }

  void Close() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

  void EndSending() { shutdown(socket_, SHUT_WR); }

  // False where the server takes no more.
  bool Send(absl::string_view octets) {
    while (!octets.empty()) {
      const ssize_t n =
          send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      octets.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

  // Up to `most` octets; empty when the connection has ended or nothing comes
  // for so long.
  std::string Receive(size_t most, int milliseconds = 10'000) {
    pollfd ready = {socket_, POLLIN, 0};
    if (poll(&ready, 1, milliseconds) <= 0) return "";
    std::string octets(most, '\0');
    const ssize_t n = recv(socket_, &octets[0], most, 0);
    octets.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return octets;
  }

  std::string ReceiveUntil(absl::string_view mark) {
    std::string all;
    while (!absl::StrContains(all, mark)) {
      const std::string more = Receive(65536);
      if (more.empty()) break;
      all += more;
    }
    return all;
  }

  std::string ReceiveAll() {
    std::string all;
    for (std::string more; !(more = Receive(65536)).empty();) all += more;
    return all;
  }

  // So many octets a second, until nothing comes any more or there are `most`.
  size_t ReceiveSlowly(size_t per_second, size_t most) {
    const auto start = std::chrono::steady_clock::now();
    size_t received = 0;
    while (received < most) {
      const std::string more = Receive(4096);
      if (more.empty()) break;
      received += more.size();
      std::this_thread::sleep_until(
          start + std::chrono::microseconds(1'000'000 * received / per_second));
    }
    return received;
  }

  // Whether the server has ended the connection.
  bool Ended(int milliseconds = 10'000) {
    const auto end = std::chrono::steady_clock::now() +
                     std::chrono::milliseconds(milliseconds);
    pollfd state = {socket_, POLLRDHUP, 0};
    while (std::chrono::steady_clock::now() < end) {
      if (poll(&state, 1, 20) > 0) return true;
    }
    return false;
  }

 private:
  static sockaddr_in Address(const char* host, int port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET, host, &address.sin_addr);
    return address;
  }

  int socket_;
  const int port_;
};

}  // namespace testing
}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_RAW_CLIENT_H_
