// What every statement of verifier_store_test is planned on when the tests
// have run.

#include "tests/support/plan_check.h"

namespace otrp {
namespace verifier {
namespace {

constexpr char kFill[] = R"sql(
  INSERT INTO appraisal (at, tid, did, accepted, reasons, policy_version)
    SELECT now() - make_interval(secs => n), 'tid', sha256(n::text::bytea),
      true, '[]', 1
    FROM generate_series(1, 100000) AS n;
  INSERT INTO appraised_device (did, at, accepted, reasons, policy_version,
                                claims)
    SELECT sha256(n::text::bytea), now() - make_interval(secs => n), true,
      '[]', 1, '{}'
    FROM generate_series(1, 100000) AS n;
  INSERT INTO withdrawal (did, at, code, detail)
    SELECT did, at, 'code', '' FROM appraised_device;
  INSERT INTO reference_value_history (name, state, anchor, tee_name,
                                       tee_version, changed_at, changed_by,
                                       reason)
    SELECT n::text, 'active', 'a', 't', 'v', now(), 'alice', ''
    FROM generate_series(1, 100000) AS n;
  INSERT INTO usage_event (at, kind, spid, authority, generation, tee_vendor,
      tsm_id, item, quantity, price_minor, currency)
    SELECT at, 'appraisal-accepted', '', '', 0, 'acme', '', '', 1, 5, 'EUR'
    FROM appraisal;
  INSERT INTO price (kind, party, amount_minor, currency, set_by)
    SELECT 'appraisal-accepted', 'vendor ' || n, 1, 'EUR', 'a'
    FROM generate_series(1, 100000) AS n;
  INSERT INTO appraisal_evidence (appraisal_id, at, did, accepted, media_type,
                                  octets, challenge)
    SELECT id, at, did, true, 't', '', '' FROM appraisal;
  INSERT INTO evidence_anchor VALUES ('a', 'psa', now(), 'alice');
  INSERT INTO evidence_key (key_id, anchor, spki, did, added_at, added_by)
    SELECT did, 'a', did, did, at, 'alice' FROM appraised_device;
  INSERT INTO policy_version (version, policy, set_by)
    SELECT n, '{}', 'operator' FROM generate_series(1, 100000) AS n;
  INSERT INTO scoped_policy_version (spid, anchor, version, policy, set_by,
                                     set_at)
    SELECT (n % 100)::text, 'a', n, '{}', 'operator', now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO policy_draft (spid, anchor, policy, state, note, version,
                            created_by, created_at)
    SELECT '', '', '{}', 'draft', '', 0, 'operator', now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO policy_draft_event (draft_id, state, by_whom, at, detail)
    SELECT draft_id, 'draft', 'operator', now(), '' FROM policy_draft;
)sql";

const auto* const kPlans = testing::PlanCheck::Add(
    {"verifier",
     "services/attestation_verifier/storage/migrations",
     kFill,
     {"appraisal", "appraised_device", "policy_version", "withdrawal",
      "reference_value_history", "usage_event", "price", "appraisal_evidence",
      "evidence_key", "scoped_policy_version", "policy_draft",
      "policy_draft_event"},
     {}});

}  // namespace
}  // namespace verifier
}  // namespace otrp
