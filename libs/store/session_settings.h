// Private to libs/store: the settings that every session of ours has, and the
// three ways in which they come to the server.

#ifndef OTRP_LIBS_STORE_SESSION_SETTINGS_H_
#define OTRP_LIBS_STORE_SESSION_SETTINGS_H_

#include <string>

#include "absl/status/status.h"
#include "libs/store/pool.h"
#include "pqxx/connection"

namespace otrp {
namespace store {
namespace internal {

// The caller's connection string with what we add to it: without a pooler the
// settings too, so that a connection never exists without them.
std::string FullDsn(const Pool::Options& options, std::string dsn);

// Sets them on a fresh connection, or looks whether its role has them; nothing
// without a pooler. FAILED_PRECONDITION says which statement is missing. Throws
// the driver's exceptions.
absl::Status Settle(const Pool::Options& options, pqxx::connection& driver);

}  // namespace internal
}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_SESSION_SETTINGS_H_
