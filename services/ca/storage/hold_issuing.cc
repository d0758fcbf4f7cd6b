#include "services/ca/storage/hold_issuing.h"

#include "absl/types/optional.h"
#include "libs/base/status_macros.h"
#include "libs/store/value.h"
#include "services/ca/domain/generation.h"
#include "services/ca/errors.h"

namespace otrp {
namespace ca {
namespace {

absl::Status Check(const store::Rows& rows) {
  for (store::Row row : rows) {
    std::string name, word;
    OTRP_RETURN_IF_ERROR(row.Scan(&name, &word));
    const absl::optional<AuthorityState> state = AuthorityStateFromWord(word);
    if (!state.has_value() || !IsTrusted(*state)) {
      return errors::AuthorityMayNotIssue(name);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status HoldIssuing(store::Tx& tx, const std::string& authority) {
  return HoldIssuing(tx, std::vector<std::string>{authority});
}

// In the order of their names, so that two wait for each other and not for
// ever.
absl::Status HoldIssuing(store::Tx& tx,
                         const std::vector<std::string>& authorities) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        tx.Exec(R"sql(
      SELECT name, state
      FROM authority
      WHERE name = ANY($1::text[])
      ORDER BY name
      FOR SHARE)sql",
                                store::TextArray(authorities)));
  return Check(rows);
}

absl::Status HoldIssuingOf(store::Tx& tx, const std::string& serial) {
  return HoldIssuingOf(tx, std::vector<std::string>{serial});
}

absl::Status HoldIssuingOf(store::Tx& tx,
                           const std::vector<std::string>& serials) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        tx.Exec(R"sql(
      SELECT name, state
      FROM authority
      WHERE name IN (SELECT authority
                     FROM certificate
                     WHERE serial = ANY($1::text[]))
      ORDER BY name
      FOR SHARE)sql",
                                store::TextArray(serials)));
  return Check(rows);
}

}  // namespace ca
}  // namespace otrp
