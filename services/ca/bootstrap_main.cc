// ca_bootstrap: makes the hierarchies, the anchors and the mutual-TLS material
// (issuing/bootstrap.h). Run it before the services; running it again is safe.
//
// In a Kubernetes cluster it keeps the material in Secrets, and makes the
// secrets that nobody has given (kubernetes/secrets.h).

#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/service/dsn_flag.h"
#include "libs/store/pool.h"
#include "services/ca/issuing/bootstrap.h"
#include "services/ca/issuing_flags.h"
#include "services/ca/kubernetes/secrets.h"
#include "services/ca/limits.h"
#include "services/ca/storage/ca_store.h"
#include "services/ca/storage/ocsp_store.h"
#include "services/ca/storage/tsm_id_store.h"

ABSL_FLAG(std::string, tls_out, "",
          "Folder for the processes' mutual-TLS material, a folder each; "
          "empty makes none.");
ABSL_FLAG(std::string, dns_names, "",
          "Further DNS names of the services, comma separated; \"*\" stands "
          "for the service's name, e.g. \"otrp-*,otrp-*.otrp.svc\".");
ABSL_FLAG(std::string, web_dns_names, "",
          "Further DNS names under which devices reach the gateway, and people "
          "the REST front, over TLS; comma separated.");
ABSL_FLAG(std::string, tsm_ids, "https://tsm.otrp.example/otrp",
          "Ids that the tsm may have certificates for, comma separated: its "
          "--tsm_id. Registered once; one that another holds stays so. Empty "
          "registers none.");
ABSL_FLAG(absl::Duration, operator_lifetime, absl::Hours(16),
          "How long the operator's certificate in --tls_out lives, 10m to "
          "2160h. It is renewed by the next run in the last third of that, or "
          "by otrpctl renew.");
ABSL_FLAG(std::string, kubernetes_secrets, "",
          "Keeps each folder of --tls_out in the Secret of this prefix and the "
          "folder's name: reads them before, writes what changed after. "
          "--tls_out should be an empty folder in memory.");
ABSL_FLAG(std::string, kubernetes_generate, "",
          "File with a plan of Secrets: makes what is missing and ends, "
          "without a database.");
ABSL_FLAG(std::string, kubernetes_labels, "",
          "Labels of new Secrets, NAME=VALUE, comma separated.");
ABSL_FLAG(std::string, kubernetes_api, "",
          "Address of the API server, https://host:port; empty: the pod's.");
ABSL_FLAG(std::string, kubernetes_account,
          "/var/run/secrets/kubernetes.io/serviceaccount",
          "Folder with token, ca.crt and namespace of the service account.");

namespace {

std::vector<std::string> Words(const std::string& text) {
  return absl::StrSplit(text, ',', absl::SkipEmpty());
}

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

absl::StatusOr<otrp::ca::KubernetesApi> Api() {
  otrp::ca::KubernetesApi::Options options;
  options.url = absl::GetFlag(FLAGS_kubernetes_api);
  options.account = absl::GetFlag(FLAGS_kubernetes_account);
  if (options.url.empty()) {
    std::string host = Variable("KUBERNETES_SERVICE_HOST");
    if (host.empty()) {
      return absl::FailedPreconditionError(
          "this is no pod of a cluster: give --kubernetes_api");
    }
    if (absl::StrContains(host, ':')) host = absl::StrCat("[", host, "]");
    options.url = absl::StrCat("https://", host, ":",
                               Variable("KUBERNETES_SERVICE_PORT"));
  }
  if (!absl::StartsWith(options.url, "https://")) {
    return absl::InvalidArgumentError(
        "--kubernetes_api: must begin with https://");
  }
  return otrp::ca::KubernetesApi::Create(options);
}

absl::StatusOr<std::map<std::string, std::string>> Labels() {
  std::map<std::string, std::string> labels;
  for (const std::string& word :
       Words(absl::GetFlag(FLAGS_kubernetes_labels))) {
    std::pair<std::string, std::string> label =
        absl::StrSplit(word, absl::MaxSplits('=', 1));
    if (label.first.empty() || !absl::StrContains(word, '=')) {
      return absl::InvalidArgumentError(
          "--kubernetes_labels: give NAME=VALUE, comma separated");
    }
    labels.insert(std::move(label));
  }
  return labels;
}

absl::Status Generate(const std::string& plan_file) {
  OTRP_ASSIGN_OR_RETURN(const std::string plan, otrp::ReadWholeFile(plan_file));
  OTRP_ASSIGN_OR_RETURN(const auto labels, Labels());
  OTRP_ASSIGN_OR_RETURN(otrp::ca::KubernetesApi api, Api());
  return otrp::ca::GenerateSecrets(api, plan, labels,
                                   otrp::crypto::SystemRandom());
}

absl::Status MakeEverything(otrp::ca::BootstrapOptions options) {
  otrp::store::Pool::Options pool_options;
  OTRP_ASSIGN_OR_RETURN(pool_options.dsn_source, otrp::service::DsnFromFlag());
  pool_options.access = otrp::service::DatabaseAccessFromFlags();
  OTRP_ASSIGN_OR_RETURN(const otrp::ca::IssuingConfig config,
                        otrp::ca::IssuingConfigFromFlags());
  options.pki_url = config.pki_url;
  pool_options.schema = "ca";
  pool_options.size = 2;
  OTRP_ASSIGN_OR_RETURN(auto pool, otrp::store::Pool::Create(pool_options));
  OTRP_RETURN_IF_ERROR(pool->WaitReady(otrp::ca::kDatabaseWait));
  otrp::ca::CaStore store(*pool);
  otrp::ca::OcspStore ocsp_store(*pool);
  otrp::ca::TsmIdStore tsm_ids(*pool);
  return otrp::ca::Bootstrap(store, ocsp_store, tsm_ids, config.keys(),
                             otrp::RealClock(), otrp::crypto::SystemRandom(),
                             options);
}

absl::Status Run() {
  const std::string plan = absl::GetFlag(FLAGS_kubernetes_generate);
  if (!plan.empty()) return Generate(plan);
  otrp::ca::BootstrapOptions options;
  options.tls_out = absl::GetFlag(FLAGS_tls_out);
  options.dns_names = Words(absl::GetFlag(FLAGS_dns_names));
  options.web_dns_names = Words(absl::GetFlag(FLAGS_web_dns_names));
  options.tsm_ids = Words(absl::GetFlag(FLAGS_tsm_ids));
  options.operator_lifetime = absl::GetFlag(FLAGS_operator_lifetime);
  if (options.operator_lifetime < otrp::ca::kMinLifetime ||
      options.operator_lifetime > otrp::ca::kLongestClientLife) {
    return absl::InvalidArgumentError(
        "--operator_lifetime: must be 10m to 2160h");
  }
  otrp::ca::TlsSecrets tls;
  tls.prefix = absl::GetFlag(FLAGS_kubernetes_secrets);
  if (tls.prefix.empty()) return MakeEverything(std::move(options));
  if (options.tls_out.empty()) {
    return absl::InvalidArgumentError(
        "--kubernetes_secrets: needs --tls_out too");
  }
  tls.directory = options.tls_out;
  tls.folders = otrp::ca::TlsFolders();
  OTRP_ASSIGN_OR_RETURN(tls.labels, Labels());
  OTRP_ASSIGN_OR_RETURN(otrp::ca::KubernetesApi api, Api());
  OTRP_RETURN_IF_ERROR(otrp::ca::LoadTls(api, tls));
  OTRP_RETURN_IF_ERROR(MakeEverything(std::move(options)));
  return otrp::ca::StoreTls(api, tls);
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const absl::Status status = Run();
  if (status.ok()) return 0;
  std::cerr << "ca_bootstrap: " << status.message() << "\n";
  return 1;
}
