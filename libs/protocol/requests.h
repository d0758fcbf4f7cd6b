// Builds the seven requests. Plain values in, the message's octets out.
//
//   BuildInstallTa({dialect, tid, rid, ..}, signer, {..}, random)
//
// Not here: which request comes next, and whether the peer deserves it.
//
// A TA image of 16 MiB is copied as rarely as JSON allows: encrypted once,
// encoded once into the payload, encoded once more into the message.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT naming the field; the signer's INTERNAL.
// Source: docs/wire.md sections 1 to 3 and 6.

#ifndef OTRP_LIBS_PROTOCOL_REQUESTS_H_
#define OTRP_LIBS_PROTOCOL_REQUESTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/base/random.h"
#include "libs/crypto/keys.h"
#include "libs/json/json.h"
#include "libs/protocol/dialect.h"

namespace otrp {
namespace protocol {

// The views and the key live with the caller.
struct Signer {
  const crypto::PrivateKey& key;
  // DER, leaf first, root last; empty: no x5c (signerreq is false).
  std::vector<std::string> x5c;
};

struct BuiltRequest {
  // The JSON to send.
  std::string message;
  // SHA-256 of content.recipients[0].encrypted_key as written; empty for
  // GetDeviceState. Goes into the session row, see responses.h.
  std::string encrypted_key_sha256;
};

struct GetDeviceStateParams {
  Dialect dialect = Dialect::kIetf03;
  std::string tid;
  std::string rid;
  // DER, the leaf's first.
  std::vector<std::string> ocsp_responses;
  // What we can check: {"RS256", "ES256"}. Empty: the member is left out.
  std::vector<std::string> supported_sigalgs;
};

// The signer must have x5c.
absl::StatusOr<BuiltRequest> BuildGetDeviceState(
    const GetDeviceStateParams& params, const Signer& signer);

// What the other six have in common.
struct RequestContext {
  Dialect dialect = Dialect::kIetf03;
  std::string tid;
  std::string rid;
  // From the DSI.
  std::string tee_name;
  // Key of the TEE's certificate: encrypts the content.
  const crypto::PublicKey& tee_key;
  // 32 octets: of the DSI last received from that TEE.
  std::string dsi_hash;
  // Another request follows: the answer shall bring the new DSI.
  bool next_dsi = true;
  // The tamid: SAN of the signer's certificate.
  std::string tsm_id;
  // The content key is derived from it, see tid.h.
  absl::string_view session_secret;
};

struct CreateSdParams {
  std::string spid;
  std::string sdname;
  // DER.
  std::string sp_certificate;
  // 32 octets.
  std::string did;
};

struct UpdateSdParams {
  std::string spid;
  std::string sdname;
  // Empty: unchanged.
  std::string new_sdname;
  std::string new_spid;
  // DER.
  std::vector<std::string> add_certificates;
  // SHA-256 of the DER, 32 octets each.
  std::vector<std::string> delete_fingerprints;
  // False: the member is left out.
  bool renew_aik = false;
};

struct DeleteSdParams {
  std::string sdname;
  // Deletes the TAs in it too.
  bool delete_tas = false;
};

// InstallTA and UpdateTA.
struct TaParams {
  std::string spid;
  std::string sdname;
  // DER; empty: left out.
  std::string sp_certificate;
  std::string taid;
  // As the SP uploaded it; in an UpdateTA one of the two may be empty.
  absl::string_view image;
  absl::string_view personalization;
  // The SP's AIK in that TEE.
  const crypto::PublicKey& aik;
  // What the SP has encrypted to that key itself (pull.h), for the context's
  // dialect: goes out as it is, in place of image and personalization. Null:
  // those are encrypted here.
  const json::Value* pulled = nullptr;
};

struct DeleteTaParams {
  std::string sdname;
  std::string taid;
};

absl::StatusOr<BuiltRequest> BuildCreateSd(const RequestContext& context,
                                           const Signer& signer,
                                           const CreateSdParams& params,
                                           Random& random);
absl::StatusOr<BuiltRequest> BuildUpdateSd(const RequestContext& context,
                                           const Signer& signer,
                                           const UpdateSdParams& params,
                                           Random& random);
absl::StatusOr<BuiltRequest> BuildDeleteSd(const RequestContext& context,
                                           const Signer& signer,
                                           const DeleteSdParams& params,
                                           Random& random);
// FAILED_PRECONDITION in pei03 for an EC AIK, which that dialect can't wrap a
// key to.
absl::StatusOr<BuiltRequest> BuildInstallTa(const RequestContext& context,
                                            const Signer& signer,
                                            const TaParams& params,
                                            Random& random);
absl::StatusOr<BuiltRequest> BuildUpdateTa(const RequestContext& context,
                                           const Signer& signer,
                                           const TaParams& params,
                                           Random& random);
absl::StatusOr<BuiltRequest> BuildDeleteTa(const RequestContext& context,
                                           const Signer& signer,
                                           const DeleteTaParams& params,
                                           Random& random);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_REQUESTS_H_
