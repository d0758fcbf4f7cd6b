#include "services/ca/storage/hold_issuing.h"

#include "absl/types/optional.h"
#include "libs/base/status_macros.h"
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
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows, tx.Exec(R"sql(
      SELECT name, state FROM authority WHERE name = $1 FOR SHARE)sql",
                                                        authority));
  return Check(rows);
}

absl::Status HoldIssuingOf(store::Tx& tx, const std::string& serial) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows, tx.Exec(R"sql(
      SELECT a.name, a.state
      FROM authority AS a
      JOIN certificate AS c ON c.authority = a.name
      WHERE c.serial = $1
      FOR SHARE OF a)sql",
                                                        serial));
  return Check(rows);
}

}  // namespace ca
}  // namespace otrp
