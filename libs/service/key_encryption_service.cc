#include "libs/service/key_encryption_service.h"

#include "absl/status/status.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/field_error.h"
#include "libs/rpc/run.h"
#include "libs/rpc/service.h"
#include "libs/service/audit.h"
#include "otrp/common/v1/key_encryption.grpc.pb.h"

namespace otrp {
namespace service {
namespace {

namespace v1 = ::otrp::common::v1;

constexpr int kUsualPage = 200;
// Its rows are locked until all of them are sealed: some milliseconds.
constexpr int kLargestPage = 1000;

struct Env {
  const rpc::Guard& guard;
  SealedRows& rows;
};

namespace handlers {

absl::Status RewrapKeys(const rpc::CallContext& call, Env& env,
                        const v1::RewrapKeysRequest& request,
                        v1::RewrapKeysResponse& response) {
  if (request.page_size() < 0 || request.page_size() > kLargestPage) {
    return rpc::FieldMust("page_size", "be 0 to 1000");
  }
  if (!env.rows.has_previous()) {
    return absl::FailedPreconditionError(
        "there is no --previous_kek_file, so that nothing is to be sealed "
        "anew");
  }
  OTRP_ASSIGN_OR_RETURN(
      const SealedRows::Page page,
      env.rows.Rewrap(
          request.page_token(),
          request.page_size() == 0 ? kUsualPage : request.page_size(),
          [&](int64_t rewrapped) {
            call.ResetAuditRecords();
            return AuditOf(call, "keys.rewrap", "", store::kAuditOk,
                           AuditDetails().Set("rewrapped", rewrapped));
          }));
  call.Changed(page.rewrapped > 0);
  response.set_looked_at(page.looked_at);
  response.set_rewrapped(page.rewrapped);
  response.set_next_page_token(page.next);
  return absl::OkStatus();
}

absl::Status GetKeyEncryption(const rpc::CallContext&, Env& env,
                              const v1::GetKeyEncryptionRequest&,
                              v1::GetKeyEncryptionResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<SealedRows::Count> counts,
                        env.rows.CountAll());
  bool complete = true;
  for (const SealedRows::Count& count : counts) {
    v1::SealedRows* rows = response.add_rows();
    rows->set_what(count.what);
    rows->set_current(count.current);
    rows->set_previous(count.previous);
    rows->set_unreadable(count.unreadable);
    complete = complete && count.previous == 0 && count.unreadable == 0;
  }
  response.set_has_previous(env.rows.has_previous());
  response.set_complete(complete);
  return absl::OkStatus();
}

}  // namespace handlers

class KeyEncryptionService final
    : public rpc::ServiceOf<v1::KeyEncryption, Env> {
 public:
  KeyEncryptionService(const rpc::Guard& guard, SealedRows& rows)
      : ServiceOf(own_env_), own_env_{guard, rows} {}

  OTRP_FIRST_RPC();
  OTRP_RPC(RewrapKeys);
  OTRP_RPC(GetKeyEncryption);
  OTRP_LAST_RPC();

 private:
  Env own_env_;
};

}  // namespace

std::vector<rpc::AuthzRule> KeyEncryptionRules(const rpc::Allow& changes) {
  return {{"otrp.common.v1.KeyEncryption.RewrapKeys",
           rpc::Effect::kMutates,
           {changes}},
          {"otrp.common.v1.KeyEncryption.GetKeyEncryption",
           rpc::Effect::kReads,
           {rpc::Allow::Operators(), rpc::Allow::Auditors()}}};
}

std::unique_ptr<grpc::Service> NewKeyEncryptionService(const rpc::Guard& guard,
                                                       SealedRows& rows) {
  return std::make_unique<KeyEncryptionService>(guard, rows);
}

}  // namespace service
}  // namespace otrp
