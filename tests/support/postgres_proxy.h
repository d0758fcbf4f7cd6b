// A TCP proxy between libpq and a PostgreSQL of tests that can lose a commit,
// as a network does: the caller then can't know whether it happened.
//
//   OTRP_ASSERT_OK_AND_ASSIGN(auto proxy, PostgresProxy::Start(postgres));
//   OTRP_ASSERT_OK_AND_ASSIGN(auto pool, proxy->NewPool(*database, "tsm"));
//   proxy->LoseNextCommit(PostgresProxy::Loss::kAnswer);
//   EXPECT_THAT(store.Commit(step), StatusIs(absl::StatusCode::kUnknown));
//   EXPECT_EQ(proxy->lost_commits(), 1);
//
// It listens on a free port of the loopback and passes octets on to the
// server's Unix socket, so that nothing here can collide with another server.
// A commit is COMMIT, or a statement outside of a transaction that writes.
//
// What it is not: a proxy for connections with TLS; Dsn() asks for none.
//
// Thread-safety: thread-safe. Errors: INTERNAL where the system lacks sockets.

#ifndef OTRP_TESTS_SUPPORT_POSTGRES_PROXY_H_
#define OTRP_TESTS_SUPPORT_POSTGRES_PROXY_H_

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "libs/store/pool.h"
#include "tests/support/postgres.h"

namespace otrp {
namespace testing {

class PostgresProxy {
 public:
  // What the network loses of a commit; both ends' connections break.
  enum class Loss {
    // The server never hears of it: nothing is committed.
    kRequest,
    // The server has answered: what it committed stays.
    kAnswer,
  };

  // `postgres` must outlive the proxy; it may be stopped and started again.
  static absl::StatusOr<std::unique_ptr<PostgresProxy>> Start(
      const TestPostgres& postgres);
  // Breaks what is open and waits for its threads.
  ~PostgresProxy();
  PostgresProxy(const PostgresProxy&) = delete;
  PostgresProxy& operator=(const PostgresProxy&) = delete;

  // As TestDatabase's, through the proxy.
  std::string Dsn(const TestDatabase& database,
                  const std::string& schema) const;
  absl::StatusOr<std::unique_ptr<store::Pool>> NewPool(
      const TestDatabase& database, const std::string& schema,
      int size = 4) const;

  // One commit is lost: the next on any connection, or the `nth` from now on,
  // counted from 1. `when_lost` runs once it is, before the ends notice.
  void LoseNextCommit(Loss loss, int nth = 1,
                      std::function<void()> when_lost = nullptr);
  // How many were, since the start.
  int lost_commits() const;

  // False: open connections break and new ones are refused, until true again.
  // Cheaper than to stop the server, and others may go on using it.
  void SetReachable(bool reachable);

 private:
  class Link;

  PostgresProxy(std::string server_path, int listener, int port);
  void Accept();
  // Null where the server isn't there.
  std::unique_ptr<Link> NewLink(int client);
  struct Planned {
    Loss loss = Loss::kRequest;
    // How many commits pass before.
    int passing = 0;
    std::function<void()> when_lost;
  };
  // Whether the commit that is about to pass is to be lost, and how.
  absl::optional<Planned> TakeLoss();

  const std::string server_path_;
  const int listener_;
  const int port_;
  mutable std::mutex mutex_;
  bool reachable_ = true;
  absl::optional<Planned> next_loss_;
  int lost_commits_ = 0;
  std::vector<std::unique_ptr<Link>> links_;
  std::thread acceptor_;
};

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_SUPPORT_POSTGRES_PROXY_H_
