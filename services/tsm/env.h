// What the TSM's handlers work with. Made once by server.cc (or a test), then
// shared by all calls.
//
// Thread-safety: every collaborator is thread-safe.

#ifndef OTRP_SERVICES_TSM_ENV_H_
#define OTRP_SERVICES_TSM_ENV_H_

#include <string>

#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/rpc/guard.h"
#include "services/tsm/cache/certificate_cache.h"
#include "services/tsm/cache/image_cache.h"
#include "services/tsm/clients/verifier_client.h"
#include "services/tsm/identity/identity.h"
#include "services/tsm/identity/request_pool.h"
#include "services/tsm/identity/session_secrets.h"
#include "services/tsm/messaging/refusals.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {

struct Env {
  const rpc::Guard& guard;
  TsmStore& store;
  // Our keys, certificates and staples of the moment.
  const IdentitySource& identity;
  // First requests, signed ahead.
  RequestPool& first_requests;
  VerifierClient& verifier;
  ImageCache& images;
  CertificateCache& certificates;
  // Records messages that changed nothing.
  RefusalLog& refusals;
  const Clock& clock;
  Random& random;
  // The tamid; our certificates' SAN.
  const std::string& tsm_id;
  // Tids, first rids and content keys are derived from them.
  const SessionSecrets& session_secrets;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_ENV_H_
