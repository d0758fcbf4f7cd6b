#include "services/attestation_verifier/storage/withdrawals.h"

namespace otrp {
namespace verifier {
namespace {

constexpr char kLock[] = R"sql(
    SELECT pg_advisory_xact_lock(
      hashtextextended(current_schema() || ' withdrawals', 0))
    )sql";

}  // namespace

absl::Status LockWithdrawals(store::Tx& tx) { return tx.Exec(kLock).status(); }

}  // namespace verifier
}  // namespace otrp
