// Times between processes: google.protobuf.Timestamp, to the microsecond.
//
//   *response.mutable_at() = rpc::ToProto(event.at);
//
// Thread-safety: functions without state.

#ifndef OTRP_LIBS_RPC_TIME_H_
#define OTRP_LIBS_RPC_TIME_H_

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"

namespace otrp {
namespace rpc {

// PostgreSQL keeps microseconds; what is finer is cut off towards the past.
// From year 1 to 9999.
inline google::protobuf::Timestamp ToProto(absl::Time time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(
      absl::ToUnixMicros(time));
}

inline absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_TIME_H_
