// gRPC's own messages become lines of our log: whatever a process writes to
// stderr can be parsed the same way.

#ifndef OTRP_LIBS_RPC_LIBRARY_LOG_H_
#define OTRP_LIBS_RPC_LIBRARY_LOG_H_

namespace otrp {
namespace rpc {

// From now on, for the whole process. Call it once, before any thread.
// GRPC_VERBOSITY says what gRPC writes; errors only where it isn't set.
void RouteLibraryLog();

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_LIBRARY_LOG_H_
