// Makes a change of trust hold at once instead of at the verifier's next pull.

#ifndef CLIENTS_OTRPCTL_REFRESH_VERIFIER_H_
#define CLIENTS_OTRPCTL_REFRESH_VERIFIER_H_

#include "absl/strings/str_cat.h"
#include "clients/otrpctl/command.h"
#include "clients/otrpctl/connections.h"
#include "otrp/verifier/v1/verifier.grpc.pb.h"

namespace otrp::ctl {

// A verifier that can't be told is a note.
inline void RefreshVerifier(Connections& connections, Result* result) {
  const auto refreshed = connections.Call<verifier::v1::PolicyAdmin>(
      Service::kVerifier, &verifier::v1::PolicyAdmin::Stub::Refresh,
      verifier::v1::RefreshRequest());
  if (refreshed.ok()) return;
  result->notes.push_back(absl::StrCat(
      "stored, but the verifier couldn't be told (it will pull the change by "
      "itself): ",
      refreshed.status().message()));
}

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_REFRESH_VERIFIER_H_
