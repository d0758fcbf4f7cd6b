// ca_bootstrap: makes the hierarchies, the anchors and the mutual-TLS material
// (issuing/bootstrap.h). Run it before the services; running it again is safe.

#include <iostream>
#include <memory>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_split.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/store/pool.h"
#include "services/ca/config.h"
#include "services/ca/issuing/bootstrap.h"
#include "services/ca/storage/pg_ca_store.h"

ABSL_FLAG(std::string, tls_out, "",
          "Folder for the processes' mutual-TLS material, a folder each; "
          "empty makes none.");
ABSL_FLAG(std::string, dns_names, "",
          "Further DNS names of the services, comma separated; \"*\" stands "
          "for the service's name, e.g. \"otrp-*,otrp-*.otrp.svc\".");

namespace {

absl::Status Run() {
  OTRP_ASSIGN_OR_RETURN(const otrp::ca::CommonConfig config,
                        otrp::ca::CommonConfigFromFlags());
  otrp::store::Pool::Options options;
  options.dsn = config.dsn;
  options.schema = "ca";
  options.size = 2;
  OTRP_ASSIGN_OR_RETURN(auto pool, otrp::store::Pool::Create(options));
  OTRP_RETURN_IF_ERROR(pool->WaitReady(absl::Seconds(30)));
  otrp::ca::PgCaStore store(*pool);
  otrp::ca::BootstrapOptions bootstrap;
  bootstrap.pki_url = config.pki_url;
  bootstrap.tls_out = absl::GetFlag(FLAGS_tls_out);
  bootstrap.dns_names =
      absl::StrSplit(absl::GetFlag(FLAGS_dns_names), ',', absl::SkipEmpty());
  return otrp::ca::Bootstrap(store, config.kek.view(), otrp::RealClock(),
                             otrp::crypto::SystemRandom(), bootstrap);
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const absl::Status status = Run();
  if (status.ok()) return 0;
  std::cerr << "ca_bootstrap: " << status.message() << "\n";
  return 1;
}
