// Private to libs/rpc: how HTTP/2 is spoken between our own processes, which
// are a fraction of a millisecond apart. Both ends have the same settings.

#ifndef OTRP_LIBS_RPC_TRANSPORT_H_
#define OTRP_LIBS_RPC_TRANSPORT_H_

#include "grpc/impl/codegen/grpc_types.h"

namespace otrp {
namespace rpc {
namespace internal {

struct TransportSetting {
  const char* name;
  int value;
};

inline constexpr TransportSetting kTransportSettings[] = {
    // A request with a large TA goes out at once: with the default window of
    // 64 KiB, sender and receiver wake each other several times for it.
    {GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 4 << 20},
    // The window is large already; probing for a better one would cost a ping
    // and its answer for nearly every call.
    {GRPC_ARG_HTTP2_BDP_PROBE, 0},
    // Fewer reads and frames for what is large.
    {GRPC_ARG_TCP_READ_CHUNK_SIZE, 64 << 10},
    {GRPC_ARG_HTTP2_MAX_FRAME_SIZE, 1 << 20},
};

}  // namespace internal
}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_TRANSPORT_H_
