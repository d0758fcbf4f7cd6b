#include "services/attestation_verifier/storage/base_policy.h"

#include "libs/base/status_macros.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/storage/json_columns.h"

namespace otrp {
namespace verifier {
namespace {

constexpr char kCurrentPolicy[] = R"sql(
    SELECT version, policy::text
    FROM policy_version
    ORDER BY version DESC
    LIMIT 1
    )sql";

constexpr char kInsertPolicy[] = R"sql(
    INSERT INTO policy_version (version, policy, set_by)
    VALUES ($1, $2::jsonb, $3)
    )sql";

}  // namespace

absl::StatusOr<VersionedPolicy> LoadBasePolicy(store::Tx& tx) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows, tx.Exec(kCurrentPolicy));
  VersionedPolicy current;
  for (const store::Row row : rows) {
    std::string text;
    OTRP_RETURN_IF_ERROR(row.Scan(&current.version, &text));
    OTRP_ASSIGN_OR_RETURN(current.policy, PolicyFromJson(text));
  }
  return current;
}

absl::StatusOr<int64_t> SetBasePolicy(store::Tx& tx,
                                      const attest::Policy& policy,
                                      int64_t expected,
                                      const std::string& set_by) {
  OTRP_ASSIGN_OR_RETURN(const VersionedPolicy current, LoadBasePolicy(tx));
  if (expected != 0 && expected != current.version) {
    return errors::PolicyChanged(current.version);
  }
  const int64_t version = current.version + 1;
  // Two setters at once: the second one's key is taken.
  const absl::Status inserted =
      tx.Exec(kInsertPolicy, version, PolicyToJson(policy), set_by).status();
  if (absl::IsAlreadyExists(inserted)) return errors::PolicyChanged(version);
  OTRP_RETURN_IF_ERROR(inserted);
  return version;
}

}  // namespace verifier
}  // namespace otrp
