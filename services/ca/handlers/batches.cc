#include "services/ca/handlers/batches.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"
#include "libs/pki/csr.h"
#include "libs/rpc/field_error.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "services/ca/domain/order.h"
#include "services/ca/errors.h"
#include "services/ca/handlers/convert.h"
#include "services/ca/handlers/market.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

absl::StatusOr<Issuer::BatchOrder> OrderOf(const rpc::CallContext& call,
                                           const Env& env,
                                           const pki::Profile& profile,
                                           const std::string& authority,
                                           const v1::BatchItem& item) {
  if (item.csr_der().empty() || item.csr_der().size() > kMaxCsrBytes) {
    return errors::BadCsr("must be a PKCS#10 request in DER, up to 16 KiB");
  }
  absl::StatusOr<pki::Csr> csr = pki::Csr::ParseFor(item.csr_der(), profile);
  if (!csr.ok()) return errors::BadCsr(csr.status().message());
  if (item.request_id().empty()) return errors::NeedsRequestId();
  const Wish wish = {item.common_name(),
                     {item.san_uris().begin(), item.san_uris().end()},
                     item.request_id(),
                     /*lifetime_seconds=*/0,
                     authority};
  OTRP_ASSIGN_OR_RETURN(
      IssueOrder order,
      MakeOrder(call.caller(), profile, *csr, wish, env.client_lives));
  return Issuer::BatchOrder{*std::move(csr), std::move(order)};
}

// What can be refused without the database is; the rest goes to `orders`, with
// its place among the items in `places`.
std::vector<absl::Status> Sort(const rpc::CallContext& call, const Env& env,
                               const pki::Profile& profile,
                               const v1::IssueBatchRequest& request,
                               std::vector<Issuer::BatchOrder>* orders,
                               std::vector<int>* places) {
  std::vector<absl::Status> told;
  std::map<std::string, int> by_key;
  for (int i = 0; i < request.items_size(); ++i) {
    absl::StatusOr<Issuer::BatchOrder> order =
        OrderOf(call, env, profile, request.authority(), request.items(i));
    told.push_back(order.status());
    if (!order.ok()) continue;
    const auto [first, is_new] =
        by_key.emplace(order->csr.public_key().ToSpki(), i);
    if (!is_new) {
      told.back() = errors::TwiceInBatch(static_cast<size_t>(first->second));
      continue;
    }
    orders->push_back(*std::move(order));
    places->push_back(i);
  }
  return told;
}

void Refuse(const absl::Status& why, v1::BatchResult* result) {
  const absl::string_view field =
      rpc::FieldOf(why.message(), *v1::BatchItem::descriptor());
  absl::string_view reason = why.message();
  if (!field.empty()) {
    reason.remove_prefix(field.size());
    reason = absl::StripLeadingAsciiWhitespace(absl::StripPrefix(reason, ":"));
  }
  result->set_field(std::string(field));
  result->set_reason(std::string(reason));
}

// Its place among the response's chains.
int ChainOf(const Issued& issued, v1::IssueBatchResponse* response) {
  for (int i = 0; i < response->chains_size(); ++i) {
    if (response->chains(i).issuer_chain_der(0) == issued.chain_der[1]) {
      return i;
    }
  }
  v1::BatchChain* chain = response->add_chains();
  for (size_t i = 1; i < issued.chain_der.size(); ++i) {
    chain->add_issuer_chain_der(issued.chain_der[i]);
  }
  return response->chains_size() - 1;
}

}  // namespace

absl::Status IssueBatch(const rpc::CallContext& call, Env& env,
                        const v1::IssueBatchRequest& request,
                        v1::IssueBatchResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const pki::Profile profile,
                        FromProto(request.profile()));
  OTRP_RETURN_IF_ERROR(
      CheckMayHaveOf(env, call.caller(), profile, request.authority()));
  if (profile.names != pki::NameRule::kOwnUris) {
    return errors::BadBatchProfile();
  }
  if (request.items().empty() ||
      static_cast<size_t>(request.items_size()) > kMaxBatch) {
    return errors::BadBatchSize(kMaxBatch);
  }
  std::vector<Issuer::BatchOrder> orders;
  std::vector<int> places;
  const std::vector<absl::Status> told =
      Sort(call, env, profile, request, &orders, &places);
  for (const absl::Status& status : told) {
    Refuse(status, response.add_results());
  }
  bool changed = false;
  OTRP_ASSIGN_OR_RETURN(
      const auto answers,
      env.issuer.IssueBatch(
          env.batches, orders,
          [&](const CertificateRecord& signed_one, const IssueOrder& order) {
            // One for each certificate; they count as the call's one.
            call.ResetAuditRecords();
            return service::AuditOf(call, "certificate.issue",
                                    signed_one.serial, store::kAuditOk,
                                    IssueDetails(signed_one, order));
          }));
  for (size_t i = 0; i < answers.size(); ++i) {
    v1::BatchResult* result = response.mutable_results(places[i]);
    if (!answers[i].ok()) {
      Refuse(answers[i].status(), result);
      continue;
    }
    const Issued& issued = *answers[i];
    changed = changed || issued.is_new;
    result->set_serial(issued.serial);
    result->set_certificate_der(issued.chain_der[0]);
    result->set_chain(ChainOf(issued, &response));
    *result->mutable_not_after() = rpc::ToProto(issued.not_after);
  }
  call.Changed(changed);
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace ca
}  // namespace otrp
