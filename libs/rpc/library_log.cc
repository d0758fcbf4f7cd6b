#include "libs/rpc/library_log.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "grpc/support/log.h"
#include "libs/telemetry/log.h"

namespace otrp {
namespace rpc {
namespace {

void Write(gpr_log_func_args* args) {
  const telemetry::Severity severity = args->severity == GPR_LOG_SEVERITY_ERROR
                                           ? telemetry::Severity::WARNING
                                           : telemetry::Severity::INFO;
  static telemetry::LogSite site;
  telemetry::Log(site, severity, "grpc",
                 {{"detail", std::string(args->message)},
                  {"at", absl::StrCat(args->file, ":", args->line)}});
}

}  // namespace

void RouteLibraryLog() { gpr_set_log_function(&Write); }

}  // namespace rpc
}  // namespace otrp
