// Metrics: the one list of their definitions, and where they are counted.
//
//   telemetry::Default().Increment(telemetry::kAuditEvents,
//                                  {"certificate.issue", "ok"});
//
// Labels are given in the order of the definition. Their values must come from
// small, closed sets: never a device, a session or a message.
//
// Thread-safety: thread-safe. The one user of prometheus-cpp.

#ifndef OTRP_LIBS_TELEMETRY_METRICS_H_
#define OTRP_LIBS_TELEMETRY_METRICS_H_

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace otrp {
namespace telemetry {

inline constexpr size_t kMaxLabels = 4;

// What the three kinds have in common. Labels end at the first empty name.
struct MetricDef {
  const char* name;
  const char* help;
  std::array<const char*, kMaxLabels> labels;
};

struct CounterDef : MetricDef {};
struct GaugeDef : MetricDef {};
// Of seconds; see kBucketBounds in metrics.cc.
struct HistogramDef : MetricDef {};

// --- The list; docs/operations.md tells of each.

inline constexpr CounterDef kRpcHandled{
    {"otrp_rpc_handled_total", "RPCs answered", {"service", "method", "code"}}};
inline constexpr HistogramDef kRpcDuration{{"otrp_rpc_duration_seconds",
                                            "Time in an RPC's handler",
                                            {"service", "method"}}};
inline constexpr CounterDef kHttpRequests{
    {"otrp_http_requests_total", "HTTP requests answered", {"route", "code"}}};
inline constexpr HistogramDef kHttpDuration{
    {"otrp_http_request_duration_seconds",
     "Time in an HTTP handler",
     {"route"}}};
inline constexpr CounterDef kMessages{{"otrp_message_total",
                                       "OTrP messages of devices",
                                       {"type", "dialect", "verdict"}}};
inline constexpr HistogramDef kMessageDuration{
    {"otrp_message_duration_seconds",
     "Server time for one OTrP message",
     {"type"}}};
inline constexpr CounterDef kMessageCpu{{"otrp_message_cpu_seconds_total",
                                         "CPU time spent on OTrP messages",
                                         {"type"}}};
inline constexpr CounterDef kSessions{
    {"otrp_session_total", "Device sessions that ended", {"outcome"}}};
inline constexpr CounterDef kCryptoOps{
    {"otrp_crypto_ops_total", "Public-key operations", {"op", "alg"}}};
inline constexpr HistogramDef kDbTransactionDuration{
    {"otrp_db_transaction_duration_seconds",
     "Database transactions, repetitions included",
     {"schema"}}};
inline constexpr GaugeDef kDbPoolInUse{
    {"otrp_db_pool_in_use", "Database connections in use", {"schema"}}};
inline constexpr GaugeDef kCertificateExpiry{
    {"otrp_certificate_expiry_timestamp_seconds",
     "When a certificate that we use expires (Unix time)",
     {"name"}}};
inline constexpr GaugeDef kOcspStapleExpiry{
    {"otrp_ocsp_staple_expiry_timestamp_seconds",
     "nextUpdate of the OCSP response that we send (Unix time)",
     {"name"}}};
inline constexpr GaugeDef kDevices{
    {"otrp_devices", "Devices by state", {"state"}}};
inline constexpr CounterDef kAuditEvents{
    {"otrp_audit_events_total", "Audit events written", {"action", "outcome"}}};
inline constexpr GaugeDef kOutboxPending{
    {"otrp_outbox_pending",
     "Messages in the outbox, not delivered yet",
     {"schema"}}};

// All of the above and the process's own, by name.
std::vector<const MetricDef*> AllMetrics();

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void Increment(const CounterDef& def, const std::vector<std::string>& labels,
                 double by = 1);
  void Set(const GaugeDef& def, const std::vector<std::string>& labels,
           double value);
  void Observe(const HistogramDef& def, const std::vector<std::string>& labels,
               double seconds);

  // Prometheus text format, with otrp_process_cpu_seconds_total and
  // otrp_process_resident_memory_bytes of the moment.
  std::string Serialize();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The process's.
Metrics& Default();

}  // namespace telemetry
}  // namespace otrp

#endif  // OTRP_LIBS_TELEMETRY_METRICS_H_
