// How the database is reached: what stands between it and us, and what a
// connection over a network must have.
//
// Thread-safety: values and functions without state.

#ifndef OTRP_LIBS_STORE_ACCESS_H_
#define OTRP_LIBS_STORE_ACCESS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace store {

// A pooler such as PgBouncer takes no startup options, in which the settings of
// our sessions come to the server otherwise.
enum class Pooler {
  // The server itself, or what passes everything on.
  kNone,
  // A client has one connection of the server's as long as it stays: settings
  // come as its first statement.
  kSession,
  // A client has one for a transaction: nothing outlives that, so settings are
  // the role's ("ALTER ROLE ... SET", checked at each connection) and no
  // statement is prepared.
  kTransaction,
};

// libpq's, in the order of what they promise.
enum class SslMode {
  kDisable,
  kAllow,
  kPrefer,
  kRequire,
  kVerifyCa,
  kVerifyFull
};

struct Access {
  Pooler pooler = Pooler::kNone;
  // Lowest sslmode to a host that isn't this machine; below kRequire, whoever
  // is in between reads all, and may answer.
  SslMode least_ssl = SslMode::kRequire;
};

// For flags: "none", "session", "transaction", and libpq's words for sslmode.
bool AbslParseFlag(absl::string_view text, Pooler* pooler, std::string* error);
std::string AbslUnparseFlag(Pooler pooler);
bool AbslParseFlag(absl::string_view text, SslMode* mode, std::string* error);
std::string AbslUnparseFlag(SslMode mode);

// Of a connection string, without connecting: INVALID_ARGUMENT where libpq
// can't read it, or where it goes to another machine with a lower sslmode than
// `least`. Says neither user nor password.
absl::Status CheckConnectionString(const std::string& dsn, SslMode least);

}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_ACCESS_H_
