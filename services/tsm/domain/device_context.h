// Everything that planning the next request to a device needs.
//
// What is parsed out of its stored octets is parsed once: at its first use, or
// where a message brought it and it was parsed there.
//
// Thread-safety: values. Errors: those of parsing; what is stored was parsed
// before, so they mean damaged rows.

#ifndef OTRP_SERVICES_TSM_DOMAIN_DEVICE_CONTEXT_H_
#define OTRP_SERVICES_TSM_DOMAIN_DEVICE_CONTEXT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "libs/crypto/keys.h"
#include "libs/protocol/dsi.h"
#include "services/tsm/domain/catalogue.h"
#include "services/tsm/domain/model.h"
#include "services/tsm/domain/resolve.h"

namespace otrp {
namespace tsm {

struct DeviceContext {
  Device device;
  absl::optional<TeeState> state;
  std::vector<SecurityDomain> domains;
  std::vector<FormerContent> former;
  std::vector<Task> tasks;
  // By Decide().
  Goals goals;
  // What `goals` follows from, beside `device` and `domains`.
  OwnRows own;
  std::shared_ptr<const Catalogue> catalogue;
  // Of the moment at which the rows about the device were read.
  int64_t catalogue_version = 0;
  // When it last began to lose something; the epoch: never.
  absl::Time losing_since = absl::UnixEpoch();
  std::vector<std::string> groups;
  // "key=value".
  std::vector<std::string> labels;
  // Actions that the TEE says it has done, to be held against the state that it
  // has proved since.
  std::vector<std::string> claimed;
  // device.tee_spki and state->dsi, where they were needed already.
  absl::optional<crypto::PublicKey> tee_key;
  absl::optional<protocol::Dsi> dsi;

  // Sets `goals`, and what the catalogue says of the contents of `domains`, by
  // what is known of the device now. To be called wherever something changes
  // that assignments' conditions are about, or `domains` do.
  void Decide();

  // A state that the TEE has proved just now; what it claimed before is to be
  // found in it. `octets` are those of `parsed`,
  // `hash` is their SHA-256.
  void SetState(std::string octets, std::string hash, protocol::Dsi parsed);
};

// The key of the TEE's certificate; lives in `context`.
absl::StatusOr<const crypto::PublicKey*> TeeKeyOf(DeviceContext& context);

// The last proven state, which must be there; lives in `context`.
absl::StatusOr<const protocol::Dsi*> DsiOf(DeviceContext& context);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_DEVICE_CONTEXT_H_
