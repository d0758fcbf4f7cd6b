// What a message counts as, over a real socket.

#include "clients/load/wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace otrp::load {
namespace {

// Answers one connection with these octets, whatever comes.
class OneAnswer {
 public:
  explicit OneAnswer(std::string octets)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(
        ::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
        0);
    EXPECT_EQ(::listen(socket_, 1), 0);
    EXPECT_EQ(
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size),
        0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, octets = std::move(octets)] {
      const int peer = ::accept(socket_, nullptr, nullptr);
      char buffer[4096];
      EXPECT_GT(::read(peer, buffer, sizeof(buffer)), 0);
      EXPECT_EQ(::write(peer, octets.data(), octets.size()),
                static_cast<ssize_t>(octets.size()));
      ::close(peer);
    });
  }
  ~OneAnswer() {
    thread_.join();
    ::close(socket_);
  }
  std::string url() const {
    return absl::StrCat("http://127.0.0.1:", port_, "/otrp");
  }

 private:
  const int socket_;
  int port_ = 0;
  std::thread thread_;
};

Transaction Open(const std::string& url, absl::optional<Failure>* failure) {
  Wire::Options options;
  options.url = url;
  options.timeout = absl::Seconds(5);
  Wire wire(options);
  Transaction transaction;
  Answer answer;
  *failure = wire.Post("open", "", &transaction, &answer);
  return transaction;
}

TEST(WireTest, ARightAnswerIsALatency) {
  const OneAnswer server("HTTP/1.1 204 No Content\r\n\r\n");
  absl::optional<Failure> failure;
  const Transaction transaction = Open(server.url(), &failure);
  EXPECT_FALSE(failure.has_value());
  ASSERT_EQ(transaction.legs.size(), 1u);
  EXPECT_FALSE(transaction.legs[0].failed);
}

TEST(WireTest, AWrongAnswerAndNoneAreFailedMessages) {
  absl::optional<Failure> failure;
  Transaction transaction;
  {
    const OneAnswer server(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    transaction = Open(server.url(), &failure);
  }
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->reason, "http-503");
  ASSERT_EQ(transaction.legs.size(), 1u);
  EXPECT_TRUE(transaction.legs[0].failed);
  // Nobody listens on the discard port of a test machine's loopback.
  transaction = Open("http://127.0.0.1:9/otrp", &failure);
  ASSERT_TRUE(failure.has_value());
  ASSERT_EQ(transaction.legs.size(), 1u);
  EXPECT_TRUE(transaction.legs[0].failed);
}

}  // namespace
}  // namespace otrp::load
