#include "tests/support/postgres_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace testing {
namespace {

// Message types of PostgreSQL's protocol, version 3 (chapter 55.7).
constexpr char kQuery = 'Q';
constexpr char kParse = 'P';
constexpr char kBind = 'B';
constexpr char kReadyForQuery = 'Z';
// ReadyForQuery's status outside of a transaction.
constexpr char kIdle = 'I';

// Cuts the octets of one direction into messages: a type of one octet, four
// octets of length that count themselves, and the body. A client's first
// message has no type.
class Messages {
 public:
  explicit Messages(bool first_without_type)
      : without_type_(first_without_type) {}

  void Append(absl::string_view octets) {
    buffer_.append(octets.data(), octets.size());
  }

  // The next whole message with its header.
  absl::optional<std::string> Next() {
    const size_t type = without_type_ ? 0 : 1;
    if (buffer_.size() < type + 4) return absl::nullopt;
    uint32_t length = 0;
    std::memcpy(&length, buffer_.data() + type, 4);
    const size_t size = type + ntohl(length);
    if (buffer_.size() < size) return absl::nullopt;
    std::string message = buffer_.substr(0, size);
    buffer_.erase(0, size);
    without_type_ = false;
    return message;
  }

 private:
  // The next message has no type.
  bool without_type_;
  std::string buffer_;
};

// The text that starts at `*at` and ends with a zero; moves `*at` behind it.
std::string TakeText(const std::string& message, size_t* at) {
  std::string text(message.c_str() + *at);
  *at += text.size() + 1;
  return text;
}

bool Writes(absl::string_view sql) {
  absl::string_view before;
  for (absl::string_view word :
       absl::StrSplit(sql, absl::ByAnyChar(" \n\t(),;"), absl::SkipEmpty())) {
    if (word == "INSERT" || word == "DELETE") return true;
    // A lock (FOR UPDATE) is no change.
    if (word == "UPDATE" && before != "FOR") return true;
    before = word;
  }
  return false;
}

bool SendAll(int fd, absl::string_view octets) {
  while (!octets.empty()) {
    const ssize_t n = send(fd, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    octets.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

bool Receive(int fd, Messages* into) {
  char buffer[1 << 16];
  ssize_t n = 0;
  do {
    n = recv(fd, buffer, sizeof(buffer), 0);
  } while (n < 0 && errno == EINTR);
  if (n <= 0) return false;
  into->Append(absl::string_view(buffer, static_cast<size_t>(n)));
  return true;
}

absl::Status SystemError(absl::string_view what) {
  return absl::InternalError(absl::StrCat(what, ": ", std::strerror(errno)));
}

}  // namespace

// One connection of a client with its counterpart to the server, passed on by
// a thread of its own.
class PostgresProxy::Link {
 public:
  // Owns both sockets.
  Link(PostgresProxy& proxy, int client, int server)
      : proxy_(proxy), client_(client), server_(server) {
    thread_ = std::thread([this] {
      while (PassOn()) {
      }
      Break();
      ended_ = true;
    });
  }

  ~Link() {
    Break();
    thread_.join();
    close(client_);
    close(server_);
  }

  // The thread notices and ends.
  void Break() {
    shutdown(client_, SHUT_RDWR);
    shutdown(server_, SHUT_RDWR);
  }

  bool ended() const { return ended_; }

 private:
  // False: the connection is over.
  bool PassOn() {
    pollfd fds[2] = {{client_, POLLIN, 0}, {server_, POLLIN, 0}};
    if (poll(fds, 2, -1) < 0) return errno == EINTR;
    if (fds[0].revents != 0 && !FromClient()) return false;
    return fds[1].revents == 0 || FromServer();
  }

  bool FromClient() {
    if (!Receive(client_, &requests_)) return false;
    while (absl::optional<std::string> message = requests_.Next()) {
      if (Commits(*message)) {
        const absl::optional<Planned> planned = proxy_.TakeLoss();
        if (planned.has_value()) {
          when_lost_ = planned->when_lost;
          if (planned->loss == Loss::kRequest) return Lost();
          answer_is_lost_ = true;
        }
      }
      if (!SendAll(server_, *message)) return false;
    }
    return true;
  }

  bool FromServer() {
    if (!Receive(server_, &answers_)) return false;
    while (absl::optional<std::string> message = answers_.Next()) {
      const bool ready = message->front() == kReadyForQuery;
      if (ready) in_transaction_ = message->back() != kIdle;
      // The whole answer is waited for: only then has the server committed.
      if (answer_is_lost_ && ready) return Lost();
      if (!answer_is_lost_ && !SendAll(client_, *message)) return false;
    }
    return true;
  }

  bool Lost() {
    if (when_lost_ != nullptr) when_lost_();
    return false;
  }

  // Notes what a later message refers to.
  bool Commits(const std::string& message) {
    size_t at = 5;
    switch (message.front()) {
      case kQuery: {
        const std::string sql = TakeText(message, &at);
        return in_transaction_ ? absl::StartsWith(sql, "COMMIT") : Writes(sql);
      }
      case kParse: {
        std::string name = TakeText(message, &at);
        statement_writes_[std::move(name)] = Writes(TakeText(message, &at));
        return false;
      }
      case kBind: {
        TakeText(message, &at);  // The portal.
        return !in_transaction_ && statement_writes_[TakeText(message, &at)];
      }
      default: return false;
    }
  }

  PostgresProxy& proxy_;
  const int client_;
  const int server_;
  Messages requests_{/*first_without_type=*/true};
  Messages answers_{/*first_without_type=*/false};
  bool in_transaction_ = false;
  bool answer_is_lost_ = false;
  std::function<void()> when_lost_;
  // By the name under which the client prepared it.
  std::map<std::string, bool> statement_writes_;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<PostgresProxy>> PostgresProxy::Start(
    const TestPostgres& postgres) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return SystemError("socket");
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, generic, size) != 0 || listen(listener, 64) != 0 ||
      getsockname(listener, generic, &size) != 0) {
    const absl::Status error = SystemError("listen on the loopback");
    close(listener);
    return error;
  }
  return std::unique_ptr<PostgresProxy>(
      new PostgresProxy(absl::StrCat(postgres.socket_dir(), "/.s.PGSQL.5432"),
                        listener, ntohs(address.sin_port)));
}

PostgresProxy::PostgresProxy(std::string server_path, int listener, int port)
    : server_path_(std::move(server_path)), listener_(listener), port_(port) {
  acceptor_ = std::thread([this] { Accept(); });
}

PostgresProxy::~PostgresProxy() {
  // Ends accept().
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  // Links take the lock while they end.
  std::vector<std::unique_ptr<Link>> links;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    links.swap(links_);
  }
}

void PostgresProxy::Accept() {
  while (true) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0 && errno == EINTR) continue;
    if (client < 0) return;
    std::lock_guard<std::mutex> lock(mutex_);
    std::unique_ptr<Link> link = reachable_ ? NewLink(client) : nullptr;
    if (link == nullptr) {
      close(client);
      continue;
    }
    for (auto it = links_.begin(); it != links_.end();) {
      it = (*it)->ended() ? links_.erase(it) : std::next(it);
    }
    links_.push_back(std::move(link));
  }
}

std::unique_ptr<PostgresProxy::Link> PostgresProxy::NewLink(int client) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (server_path_.size() >= sizeof(address.sun_path)) return nullptr;
  std::memcpy(address.sun_path, server_path_.data(), server_path_.size());
  const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (server < 0) return nullptr;
  if (connect(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)) !=
      0) {
    close(server);
    return nullptr;
  }
  // Else the kernel holds back what follows a message that isn't acknowledged.
  const int on = 1;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return std::make_unique<Link>(*this, client, server);
}

absl::optional<PostgresProxy::Planned> PostgresProxy::TakeLoss() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!next_loss_.has_value() || next_loss_->passing-- > 0) {
    return absl::nullopt;
  }
  ++lost_commits_;
  return std::exchange(next_loss_, absl::nullopt);
}

void PostgresProxy::LoseNextCommit(Loss loss, int nth,
                                   std::function<void()> when_lost) {
  std::lock_guard<std::mutex> lock(mutex_);
  next_loss_ = Planned{loss, nth - 1, std::move(when_lost)};
}

int PostgresProxy::lost_commits() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return lost_commits_;
}

void PostgresProxy::SetReachable(bool reachable) {
  std::lock_guard<std::mutex> lock(mutex_);
  reachable_ = reachable;
  if (reachable) return;
  for (const auto& link : links_) link->Break();
}

std::string PostgresProxy::Dsn(const TestDatabase& database,
                               const std::string& schema) const {
  return absl::StrCat("host=127.0.0.1 port=", port_,
                      " sslmode=disable gssencmode=disable user=otrp_", schema,
                      " dbname=", database.name());
}

absl::StatusOr<std::unique_ptr<store::Pool>> PostgresProxy::NewPool(
    const TestDatabase& database, const std::string& schema, int size) const {
  store::Pool::Options options;
  options.dsn = Dsn(database, schema);
  options.schema = schema;
  options.size = size;
  return store::Pool::Create(options);
}

}  // namespace testing
}  // namespace otrp
