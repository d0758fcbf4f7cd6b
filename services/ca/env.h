// The collaborators of the CA's handlers.

#ifndef OTRP_SERVICES_CA_ENV_H_
#define OTRP_SERVICES_CA_ENV_H_

#include "libs/base/clock.h"
#include "libs/rpc/guard.h"
#include "services/ca/domain/ca_admins.h"
#include "services/ca/domain/order.h"
#include "services/ca/issuing/authorities.h"
#include "services/ca/issuing/generations.h"
#include "services/ca/issuing/issuer.h"
#include "services/ca/issuing/ocsp_responder.h"
#include "services/ca/issuing/revocation.h"
#include "services/ca/storage/batch_store.h"
#include "services/ca/storage/ca_store.h"
#include "services/ca/storage/recovery_store.h"
#include "services/ca/storage/renewal_store.h"
#include "services/ca/storage/request_store.h"
#include "services/ca/storage/tsm_id_store.h"

namespace otrp {
namespace ca {

struct Env {
  const rpc::Guard& guard;
  CaStore& store;
  const Authorities& authorities;
  Generations& generations;
  Issuer& issuer;
  Revocation& revocation;
  OcspResponder& ocsp;
  const Clock& clock;
  TsmIdStore& tsm_ids;
  RecoveryStore& recovery;
  BatchStore& batches;
  RequestStore& requests;
  RenewalStore& renewals;
  ClientLives client_lives = {};
  // Whether operators get some certificates only with another one's approval.
  bool four_eyes = false;
  CaAdmins ca_admins = {};
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ENV_H_
