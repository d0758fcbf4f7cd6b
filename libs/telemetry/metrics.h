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
  // Set by the three kinds: "counter", "gauge", "histogram".
  const char* kind;
};

struct CounterDef : MetricDef {
  constexpr CounterDef(const char* name, const char* help,
                       std::array<const char*, kMaxLabels> labels)
      : MetricDef{name, help, labels, "counter"} {}
};
struct GaugeDef : MetricDef {
  constexpr GaugeDef(const char* name, const char* help,
                     std::array<const char*, kMaxLabels> labels)
      : MetricDef{name, help, labels, "gauge"} {}
};
// Of seconds; see BucketBounds() in metrics.cc.
struct HistogramDef : MetricDef {
  constexpr HistogramDef(const char* name, const char* help,
                         std::array<const char*, kMaxLabels> labels)
      : MetricDef{name, help, labels, "histogram"} {}
};

// --- The list. docs/metrics.md is made of it; what counts where is said in
// the help text.

inline constexpr GaugeDef kBuildInfo{
    "otrp_build_info", "1; the label says which version runs", {"version"}};
inline constexpr GaugeDef kReady{
    "otrp_ready", "1 where /readyz says yes at the moment, else 0", {}};
inline constexpr CounterDef kRpcHandled{
    "otrp_rpc_handled_total", "RPCs answered", {"service", "method", "code"}};
inline constexpr HistogramDef kRpcDuration{"otrp_rpc_duration_seconds",
                                           "Time in an RPC's handler",
                                           {"service", "method"}};
inline constexpr GaugeDef kRpcInFlight{
    "otrp_rpc_in_flight", "RPCs in their handlers", {}};
inline constexpr CounterDef kHttpRequests{
    "otrp_http_requests_total",
    "HTTP requests answered; the metrics port's own are among them",
    {"route", "code"}};
inline constexpr HistogramDef kHttpDuration{
    "otrp_http_request_duration_seconds", "Time in an HTTP handler", {"route"}};
inline constexpr GaugeDef kHttpInFlight{
    "otrp_http_requests_in_flight", "HTTP requests in their handlers", {}};
inline constexpr CounterDef kMessages{
    "otrp_message_total",
    "OTrP messages of devices; the verdict is what became of one",
    {"type", "dialect", "verdict"}};
inline constexpr HistogramDef kMessageDuration{
    "otrp_message_duration_seconds",
    "Server time for one OTrP message",
    {"type"}};
inline constexpr CounterDef kMessageCpu{"otrp_message_cpu_seconds_total",
                                        "CPU time of the TSM for messages",
                                        {"type"}};
inline constexpr CounterDef kDeviceErrors{
    "otrp_device_error_total",
    "Responses with status fail, by the error code of the first reason",
    {"type", "code"}};
inline constexpr CounterDef kSessions{
    "otrp_session_total", "Device sessions that ended", {"outcome"}};
inline constexpr GaugeDef kSessionsOpen{
    "otrp_sessions_open", "Device sessions under way in the database", {}};
inline constexpr GaugeDef kDevices{
    "otrp_devices", "Devices by their last verdict", {"state"}};
inline constexpr CounterDef kAppraisals{
    "otrp_appraisal_total", "Device states appraised", {"verdict"}};
inline constexpr CounterDef kCryptoOps{
    "otrp_crypto_ops_total", "Public-key operations", {"op", "alg"}};
inline constexpr HistogramDef kDbTransactionDuration{
    "otrp_db_transaction_duration_seconds",
    "Database transactions, repetitions included",
    {"schema"}};
inline constexpr CounterDef kDbFailures{
    "otrp_db_failures_total",
    "Transactions and statements that the database, or the wait for a "
    "connection, made fail",
    {"schema", "code"}};
inline constexpr GaugeDef kDbPoolSize{
    "otrp_db_pool_size", "Database connections at most", {"schema"}};
inline constexpr GaugeDef kDbPoolInUse{
    "otrp_db_pool_in_use", "Database connections in use", {"schema"}};
inline constexpr GaugeDef kDbPoolWaiting{
    "otrp_db_pool_waiting",
    "Callers that wait for a database connection",
    {"schema"}};
inline constexpr GaugeDef kCertificateExpiry{
    "otrp_certificate_expiry_timestamp_seconds",
    "When a certificate that we use expires (Unix time)",
    {"name"}};
inline constexpr GaugeDef kOcspStapleExpiry{
    "otrp_ocsp_staple_expiry_timestamp_seconds",
    "nextUpdate of the OCSP response that we send (Unix time)",
    {"name"}};
inline constexpr GaugeDef kCrlExpiry{
    "otrp_crl_expiry_timestamp_seconds",
    "nextUpdate of the CRL of an authority (Unix time)",
    {"name"}};
inline constexpr CounterDef kAuditEvents{
    "otrp_audit_events_total", "Audit events written", {"action", "outcome"}};
inline constexpr GaugeDef kAuditSealLag{
    "otrp_audit_seal_lag_seconds",
    "Age of the oldest audit event that is not sealed; 0: all are",
    {"schema"}};
inline constexpr GaugeDef kOutboxPending{
    "otrp_outbox_pending",
    "Messages in the outbox, not delivered yet",
    {"schema"}};
inline constexpr GaugeDef kOutboxOldestAge{
    "otrp_outbox_oldest_age_seconds",
    "Age of the oldest message in the outbox; 0: it is empty",
    {"schema"}};

// All of the above and the process's own, by name.
std::vector<const MetricDef*> AllMetrics();

// docs/metrics.md, which has a row for each of them.
std::string MetricsPage();

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
  void Add(const GaugeDef& def, const std::vector<std::string>& labels,
           double by);
  void Observe(const HistogramDef& def, const std::vector<std::string>& labels,
               double seconds);

  // Prometheus text format, with the process's own metrics of the moment.
  std::string Serialize();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The process's.
Metrics& Default();

// Counts in a gauge for as long as it lives.
class InFlight {
 public:
  explicit InFlight(const GaugeDef& def) : def_(def) {
    Default().Add(def_, {}, 1);
  }
  ~InFlight() { Default().Add(def_, {}, -1); }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

 private:
  const GaugeDef& def_;
};

}  // namespace telemetry
}  // namespace otrp

#endif  // OTRP_LIBS_TELEMETRY_METRICS_H_
