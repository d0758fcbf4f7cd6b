// What messaging works with; made once, by the Messenger, and shared by all
// messages.
//
// Thread-safety: every member is thread-safe.

#ifndef OTRP_SERVICES_TSM_MESSAGING_TOOLS_H_
#define OTRP_SERVICES_TSM_MESSAGING_TOOLS_H_

#include <string>

#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "services/tsm/clients/verifier_client.h"
#include "services/tsm/identity/data_sealer.h"
#include "services/tsm/identity/identity.h"
#include "services/tsm/messaging/first_requests.h"
#include "services/tsm/messaging/messenger.h"
#include "services/tsm/messaging/refusals.h"
#include "services/tsm/messaging/secrets.h"
#include "services/tsm/pulling/pull_queue.h"
#include "services/tsm/storage/certificate_cache.h"
#include "services/tsm/storage/image_cache.h"
#include "services/tsm/storage/removal_brake.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {

struct Tools {
  Tools(Messenger::Options options, const Messenger::Collaborators& others);
  Tools(const Tools&) = delete;
  Tools& operator=(const Tools&) = delete;

  TsmStore& store;
  // Our keys, certificates and staples of the moment.
  const IdentitySource& identity;
  VerifierClient& verifier;
  const Clock& clock;
  Random& random;
  // Asks service providers' endpoints.
  PullQueue& pulls;
  // Opens what is for single devices.
  const DataSealer& sealer;
  // Asked before something is removed.
  RemovalBrake& brake;
  // The tamid; our certificates' SAN.
  const std::string tsm_id;
  // Tids, first rids and content keys are derived from them.
  SessionSecrets secrets;
  // First requests, signed ahead.
  RequestPool first_requests;
  ImageCache images;
  CertificateCache certificates;
  // Records messages that changed nothing.
  RefusalLog refusals;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_MESSAGING_TOOLS_H_
