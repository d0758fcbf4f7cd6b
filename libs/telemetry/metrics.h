// Metrics: the one list of their definitions, and where they are counted.
//
//   telemetry::kAuditEvents.With("certificate.issue", "ok").Increment();
//
// Labels' values are given in the order of the definition, as many as it has:
// another number doesn't compile. They must come from small, closed sets: never
// a device, a session or a message. Should they not, a metric still has no
// more than kMaxSeries time series; what comes after is counted as "other".
//
// With() finds a time series without a lock and without allocation, once it
// is there. Who counts for the same labels again and again may keep what
// With() gives and saves the search.
//
// Thread-safety: thread-safe. The one user of prometheus-cpp.

#ifndef OTRP_LIBS_TELEMETRY_METRICS_H_
#define OTRP_LIBS_TELEMETRY_METRICS_H_

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace otrp {
namespace telemetry {

inline constexpr size_t kMaxLabels = 4;

// Time series of one metric: some sixty methods by a dozen codes, and room.
inline constexpr size_t kMaxSeries = 1000;

// Time series: pointers to what lives as long as its Metrics. No locks but the
// one that prometheus-cpp has in a histogram.
class Counter {
 public:
  // `by` is not negative.
  void Increment(double by = 1) const;

 private:
  friend class Metrics;
  explicit Counter(prometheus::Counter* series) : series_(series) {}
  prometheus::Counter* series_;
};

class Gauge {
 public:
  void Set(double value) const;
  void Add(double by) const;

 private:
  friend class Metrics;
  explicit Gauge(prometheus::Gauge* series) : series_(series) {}
  prometheus::Gauge* series_;
};

class Histogram {
 public:
  void Observe(double seconds) const;

 private:
  friend class Metrics;
  explicit Histogram(prometheus::Histogram* series) : series_(series) {}
  prometheus::Histogram* series_;
};

// What the three kinds have in common. Labels end at the first null.
struct MetricDef {
  const char* name;
  const char* help;
  // "counter", "gauge", "histogram".
  const char* kind;
  std::array<const char*, kMaxLabels> labels;
};

// A definition with N labels whose time series are Series.
template <typename Series, size_t N>
struct TypedDef : MetricDef {
  constexpr TypedDef(const char* name, const char* help, const char* kind,
                     const std::array<const char*, N>& names)
      : MetricDef{name, help, kind, {}} {
    static_assert(N <= kMaxLabels, "raise kMaxLabels");
    for (size_t i = 0; i < N; ++i) labels[i] = names[i];
  }

  // The process's time series of these labels' values.
  template <typename... Values>
  Series With(const Values&... values) const;
};

template <size_t N>
struct CounterDef : TypedDef<Counter, N> {
  constexpr CounterDef(const char* name, const char* help,
                       const std::array<const char*, N>& labels = {})
      : TypedDef<Counter, N>(name, help, "counter", labels) {}
};
template <size_t N>
CounterDef(const char*, const char*, const char* const (&)[N]) -> CounterDef<N>;
CounterDef(const char*, const char*)->CounterDef<0>;

template <size_t N>
struct GaugeDef : TypedDef<Gauge, N> {
  constexpr GaugeDef(const char* name, const char* help,
                     const std::array<const char*, N>& labels = {})
      : TypedDef<Gauge, N>(name, help, "gauge", labels) {}
};
template <size_t N>
GaugeDef(const char*, const char*, const char* const (&)[N]) -> GaugeDef<N>;
GaugeDef(const char*, const char*)->GaugeDef<0>;

// Of seconds; see BucketBounds() in metrics.cc.
template <size_t N>
struct HistogramDef : TypedDef<Histogram, N> {
  constexpr HistogramDef(const char* name, const char* help,
                         const std::array<const char*, N>& labels = {})
      : TypedDef<Histogram, N>(name, help, "histogram", labels) {}
};
template <size_t N>
HistogramDef(const char*, const char*, const char* const (&)[N])
    -> HistogramDef<N>;

// --- The list. docs/metrics.md is made of it; what counts where is said in
// the help text.

inline constexpr GaugeDef kBuildInfo{
    "otrp_build_info", "1; the label says which version runs", {"version"}};
inline constexpr GaugeDef kReady{
    "otrp_ready", "1 where /readyz says yes at the moment, else 0"};
inline constexpr CounterDef kRpcHandled{
    "otrp_rpc_handled_total", "RPCs answered", {"service", "method", "code"}};
inline constexpr HistogramDef kRpcDuration{"otrp_rpc_duration_seconds",
                                           "Time in an RPC's handler",
                                           {"service", "method"}};
inline constexpr GaugeDef kRpcInFlight{"otrp_rpc_in_flight",
                                       "RPCs in their handlers"};
inline constexpr GaugeDef kPeerConnected{
    "otrp_peer_connected",
    "1 where the gateway has a connection to this service, else 0",
    {"peer"}};
inline constexpr HistogramDef kQueueDuration{
    "otrp_queue_duration_seconds",
    "Time that work waited: database, for a connection; http, for its turn in "
    "a handler",
    {"queue"}};
inline constexpr CounterDef kHttpRequests{
    "otrp_http_requests_total",
    "HTTP requests answered; the metrics port's own are among them",
    {"route", "code"}};
inline constexpr HistogramDef kHttpDuration{
    "otrp_http_request_duration_seconds", "Time in an HTTP handler", {"route"}};
inline constexpr GaugeDef kHttpInFlight{"otrp_http_requests_in_flight",
                                        "HTTP requests in their handlers"};
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
    "otrp_sessions_open", "Device sessions under way in the database"};
inline constexpr GaugeDef kDevices{
    "otrp_devices", "Devices by their last verdict", {"state"}};
inline constexpr CounterDef kPulls{
    "otrp_pull_total",
    "Service providers' endpoints asked for a TA; the outcome is what became "
    "of the answer",
    {"outcome"}};
inline constexpr HistogramDef kPullDuration{
    "otrp_pull_duration_seconds",
    "Time from a request to a service provider's endpoint to its checked "
    "answer",
    {"outcome"}};
inline constexpr GaugeDef kPullsWaiting{
    "otrp_pulls_waiting",
    "Devices' TAs that are to be asked for at service providers' endpoints"};
inline constexpr GaugeDef kPullEndpointsDown{
    "otrp_pull_endpoints_down",
    "Endpoints of service providers that failed several times in a row"};
inline constexpr GaugeDef kCatalogueVersion{
    "otrp_catalogue_version",
    "Version of the catalogue that devices are judged by; grows with changes"};
inline constexpr GaugeDef kCatalogueBytes{
    "otrp_catalogue_bytes",
    "Estimated memory of the catalogue that devices are judged by"};
inline constexpr GaugeDef kCatalogueAge{
    "otrp_catalogue_age_seconds",
    "Time since the catalogue in memory was last found to be the newest"};
inline constexpr CounterDef kRemovals{
    "otrp_removal_total",
    "Requests to devices that take something from them",
    {"kind"}};
inline constexpr GaugeDef kRemovalsPaused{
    "otrp_removals_paused", "1 while the brake holds removals, else 0"};
inline constexpr GaugeDef kDevicesLosing{
    "otrp_devices_losing",
    "Devices that something was taken from within the last hour, up to the "
    "brake's limit"};
inline constexpr CounterDef kAppraisals{
    "otrp_appraisal_total", "Device states appraised", {"verdict"}};
inline constexpr GaugeDef kDevicesOverdue{
    "otrp_devices_overdue",
    "Accepted devices that haven't attested within the policy's "
    "attest_by_hours; counted up to 10000"};
inline constexpr GaugeDef kRevocationSources{
    "otrp_revocation_sources",
    "Sources of third parties' revocation data: current; stale (what was had "
    "has run out, or nothing was had yet)",
    {"state"}};
inline constexpr GaugeDef kRevocationSourceAge{
    "otrp_revocation_source_age_seconds",
    "For how long the source of revocation data that was read longest ago has "
    "not been; 0: there is none"};
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
inline constexpr GaugeDef kProfileExpiry{
    "otrp_ca_profile_earliest_end_timestamp_seconds",
    "When the next certificate of a profile ends that isn't revoked and that "
    "no newer one replaces (Unix time); 0: there is none",
    {"profile"}};
inline constexpr CounterDef kCrlsSigned{
    "otrp_ca_crls_signed_total",
    "CRLs that were signed, those of a part of an authority's certificates too",
    {"authority"}};
inline constexpr GaugeDef kRevocationsCurrent{
    "otrp_revocations_current_timestamp_seconds",
    "When all that the CA has revoked was known here last (Unix time): of "
    "callers of this process, or of signers of images",
    {"of"}};
inline constexpr CounterDef kCallersRefused{
    "otrp_callers_refused_total",
    "Calls and requests of good certificates that don't count: revoked, denied "
    "(--denied_callers_file), or stale (too long nothing was known)",
    {"why"}};
inline constexpr CounterDef kOcspSigned{
    "otrp_ocsp_responses_signed_total",
    "OCSP responses signed; answers from store are not counted",
    {"authority"}};
inline constexpr GaugeDef kIntendedCertificates{
    "otrp_ca_intended_certificates",
    "Certificates that are about to be signed, or were when a process died: "
    "those that nobody completes are revoked after ten minutes"};
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
inline constexpr GaugeDef kOutboxParked{
    "otrp_outbox_parked",
    "Messages in the outbox that were refused for good or failed too often: "
    "they and those behind them in their lanes wait for an operator",
    {"schema"}};
inline constexpr GaugeDef kOutboxLanesWaiting{
    "otrp_outbox_lanes_waiting",
    "Lanes of the outbox, one for each service provider, whose first message "
    "is parked or waits for its next try",
    {"schema"}};

inline constexpr CounterDef kWebhookDeliveries{
    "otrp_webhook_deliveries_total",
    "Attempts to deliver an event to a webhook: delivered, failed (there will "
    "be another one), dead (given up)",
    {"result"}};
inline constexpr GaugeDef kWebhookPending{
    "otrp_webhook_pending",
    "Events to be delivered to webhooks, those that wait for another attempt "
    "among them"};
inline constexpr GaugeDef kWebhookLateness{
    "otrp_webhook_lateness_seconds",
    "For how long the oldest of them has been due; 0: none is"};

inline constexpr GaugeDef kPurgeLag{
    "otrp_purge_lag_seconds",
    "For how long the oldest row has been due for removal; 0: none is left",
    {"schema", "table"}};

inline constexpr GaugeDef kProcessMemory{"otrp_process_resident_memory_bytes",
                                         "Resident memory of the process"};
inline constexpr GaugeDef kProcessMalloc{
    "otrp_process_malloc_bytes",
    "Of malloc: in_use, or kept: free for later, perhaps never touched yet",
    {"state"}};
inline constexpr CounterDef kProcessCpu{"otrp_process_cpu_seconds_total",
                                        "CPU time of the process"};
inline constexpr GaugeDef kProcessStart{"otrp_process_start_time_seconds",
                                        "When the process started (Unix time)"};
inline constexpr GaugeDef kProcessFds{"otrp_process_open_fds",
                                      "Open file descriptors"};

// All of them; a test counts.
inline constexpr const MetricDef* kAllMetrics[] = {
    &kBuildInfo,
    &kReady,
    &kRpcHandled,
    &kRpcDuration,
    &kRpcInFlight,
    &kPeerConnected,
    &kQueueDuration,
    &kHttpRequests,
    &kHttpDuration,
    &kHttpInFlight,
    &kMessages,
    &kMessageDuration,
    &kMessageCpu,
    &kDeviceErrors,
    &kSessions,
    &kSessionsOpen,
    &kDevices,
    &kPulls,
    &kPullDuration,
    &kPullsWaiting,
    &kPullEndpointsDown,
    &kCatalogueVersion,
    &kCatalogueBytes,
    &kCatalogueAge,
    &kRemovals,
    &kRemovalsPaused,
    &kDevicesLosing,
    &kAppraisals,
    &kDevicesOverdue,
    &kRevocationSources,
    &kRevocationSourceAge,
    &kCryptoOps,
    &kDbTransactionDuration,
    &kDbFailures,
    &kDbPoolSize,
    &kDbPoolInUse,
    &kDbPoolWaiting,
    &kCertificateExpiry,
    &kOcspStapleExpiry,
    &kCrlExpiry,
    &kProfileExpiry,
    &kCrlsSigned,
    &kRevocationsCurrent,
    &kCallersRefused,
    &kOcspSigned,
    &kAuditEvents,
    &kAuditSealLag,
    &kIntendedCertificates,
    &kOutboxPending,
    &kOutboxOldestAge,
    &kOutboxParked,
    &kOutboxLanesWaiting,
    &kWebhookDeliveries,
    &kWebhookPending,
    &kWebhookLateness,
    &kPurgeLag,
    &kProcessMemory,
    &kProcessMalloc,
    &kProcessCpu,
    &kProcessStart,
    &kProcessFds,
};

// The same, by name.
std::vector<const MetricDef*> AllMetrics();

// docs/metrics.md, which has a row for each of them.
std::string MetricsPage();

// One set of time series. The process has one, Default(); more are for tests.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // As TypedDef::With(), in this set. Values are strings of any kind.
  template <typename Series, size_t N, typename... Values>
  Series With(const TypedDef<Series, N>& def, const Values&... values) {
    static_assert(sizeof...(Values) == N,
                  "one value for each label of the definition");
    const std::array<absl::string_view, N> views{absl::string_view(values)...};
    return Series(Find(def, views, static_cast<Series*>(nullptr)));
  }

  // Prometheus text format, with the process's own metrics of the moment.
  std::string Serialize();

 private:
  class Impl;
  using Values = absl::Span<const absl::string_view>;
  prometheus::Counter* Find(const MetricDef& def, Values values, Counter*);
  prometheus::Gauge* Find(const MetricDef& def, Values values, Gauge*);
  prometheus::Histogram* Find(const MetricDef& def, Values values, Histogram*);

  std::unique_ptr<Impl> impl_;
};

// The process's.
Metrics& Default();

template <typename Series, size_t N>
template <typename... Values>
Series TypedDef<Series, N>::With(const Values&... values) const {
  return Default().With(*this, values...);
}

// Counts in a gauge for as long as it lives.
class InFlight {
 public:
  explicit InFlight(Gauge gauge) : gauge_(gauge) { gauge_.Add(1); }
  ~InFlight() { gauge_.Add(-1); }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

 private:
  const Gauge gauge_;
};

}  // namespace telemetry
}  // namespace otrp

#endif  // OTRP_LIBS_TELEMETRY_METRICS_H_
