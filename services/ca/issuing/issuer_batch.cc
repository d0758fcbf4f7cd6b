// Issuer::IssueBatch(): the cycle of issuer.h for many certificates, with one
// transaction for all intents and one for all certificates.

#include <map>
#include <set>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "services/ca/errors.h"
#include "services/ca/issuing/issuer.h"

namespace otrp {
namespace ca {

absl::StatusOr<std::vector<absl::StatusOr<Issued>>> Issuer::IssueBatch(
    BatchStore& batches, const std::vector<BatchOrder>& orders,
    BatchAudit audit) {
  std::vector<std::string> ids;
  std::vector<std::string> keys;
  for (const BatchOrder& one : orders) {
    ids.push_back(one.order.request_id);
    keys.push_back(crypto::Sha256(one.csr.public_key().ToSpki()));
  }
  OTRP_ASSIGN_OR_RETURN(const auto known, store_.FindRequests(ids));
  OTRP_ASSIGN_OR_RETURN(const std::set<std::string> blocked,
                        store_.BlockedKeys(keys));

  std::vector<absl::StatusOr<Begun>> begun;
  std::vector<BatchStore::Intent> intents;
  // Of each intent, whose it is.
  std::vector<size_t> places;
  for (size_t i = 0; i < orders.size(); ++i) {
    const auto found = known.find(ids[i]);
    begun.push_back(
        blocked.count(keys[i]) > 0
            ? absl::StatusOr<Begun>(errors::CompromisedKey())
            : Begin(orders[i].csr, orders[i].order,
                    found == known.end() ? nullptr : &found->second));
    if (!begun[i].ok() || begun[i]->is_recorded) continue;
    intents.push_back({begun[i]->intent, begun[i]->grounds});
    places.push_back(i);
  }
  if (!intents.empty()) {
    OTRP_ASSIGN_OR_RETURN(const std::vector<absl::Status> told,
                          batches.RecordIntents(intents));
    for (size_t i = 0; i < told.size(); ++i) {
      if (!told[i].ok()) begun[places[i]] = told[i];
    }
  }

  std::vector<absl::StatusOr<Issued>> answers;
  std::vector<BatchStore::Signed> made;
  for (size_t i = 0; i < orders.size(); ++i) {
    if (!begun[i].ok()) {
      answers.emplace_back(begun[i].status());
      continue;
    }
    if (!begun[i]->linted.has_value()) {
      answers.emplace_back(
          Answer(*begun[i], begun[i]->intent.der, /*is_new=*/false));
      continue;
    }
    OTRP_ASSIGN_OR_RETURN(const std::string der,
                          Sign(begun[i]->leaf, orders[i].csr, *begun[i]->linted,
                               *begun[i]->authority));
    made.push_back({begun[i]->intent.serial, der,
                    audit(begun[i]->intent, orders[i].order)});
    answers.emplace_back(Answer(*begun[i], der, /*is_new=*/true));
  }
  if (!made.empty()) OTRP_RETURN_IF_ERROR(batches.RecordIssued(made));
  return answers;
}

}  // namespace ca
}  // namespace otrp
