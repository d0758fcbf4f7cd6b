#include "libs/service/usage_ledger.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/store/purge.h"

namespace otrp {
namespace service {
namespace {

// $1 from  $2 to  $3 spid  $4 taids  $5 authorities
constexpr char kInRange[] = R"sql(
    WHERE at >= $1 AND at < $2
      AND (cardinality($4::text[]) = 0 OR item = ANY($4::text[])))sql";
// There is an index of service providers' events alone.
constexpr char kOfSp[] = " AND spid = $3 AND spid <> '' AND $5::text[] = '{}'";
constexpr char kOfOwner[] = " AND (spid = $3 OR authority = ANY($5::text[]))";
constexpr char kOfAll[] = " AND $3::text = '' AND $5::text[] = '{}'";

std::string InRange(const UsageRange& range) {
  return absl::StrCat(kInRange, range.spid.empty()          ? kOfAll
                                : range.authorities.empty() ? kOfSp
                                                            : kOfOwner);
}

const char* ColumnOf(UsageKey key) {
  switch (key) {
    case UsageKey::kSp: return "spid";
    case UsageKey::kCa: return "authority";
    case UsageKey::kTeeVendor: return "tee_vendor";
    case UsageKey::kTsm: return "tsm_id";
  }
  return "";
}

absl::StatusOr<Price> ReadPrice(const store::Row& row) {
  Price price;
  OTRP_RETURN_IF_ERROR(row.Scan(&price.id, &price.kind, &price.party,
                                &price.amount_minor, &price.currency,
                                &price.since, &price.set_by));
  return price;
}

}  // namespace

std::string UsageCte(absl::string_view name, absl::string_view source) {
  return absl::StrCat(name, R"sql( AS (
    INSERT INTO usage_event (at, kind, spid, authority, generation, tee_vendor,
                             tsm_id, item, quantity, price_minor, currency)
    SELECT used.at, used.kind, used.spid, used.authority, used.generation,
           used.tee_vendor, used.tsm_id, used.item, used.quantity,
           coalesce(cost.amount_minor, 0), coalesce(cost.currency, '')
    FROM )sql",
                      source, R"sql( AS used
    LEFT JOIN LATERAL (
      SELECT amount_minor, currency
      FROM price
      WHERE price.kind = used.kind AND price.party IN ('', used.party)
      ORDER BY price.party = '', price.id DESC
      LIMIT 1) AS cost ON true
    ON CONFLICT DO NOTHING))sql");
}

absl::StatusOr<std::vector<UsageEvent>> UsageLedger::List(
    const UsageRange& range, const Place& after, int limit) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        pool_.Query(absl::StrCat(R"sql(
    SELECT id, at, kind, spid, authority, generation, tee_vendor, tsm_id, item,
           quantity, price_minor, currency
    FROM usage_event)sql",
                                                 InRange(range), R"sql(
      AND (at, id) > ($6, $7)
    ORDER BY at, id
    LIMIT $8)sql"),
                                    range.from, range.to, range.spid,
                                    store::TextArray(range.taids),
                                    store::TextArray(range.authorities),
                                    after.at, after.id, limit));
  std::vector<UsageEvent> events;
  for (const store::Row row : rows) {
    UsageEvent e;
    OTRP_RETURN_IF_ERROR(row.Scan(&e.id, &e.at, &e.kind, &e.spid, &e.authority,
                                  &e.generation, &e.tee_vendor, &e.tsm_id,
                                  &e.item, &e.quantity, &e.price_minor,
                                  &e.currency));
    events.push_back(std::move(e));
  }
  return events;
}

absl::StatusOr<absl::optional<absl::Time>> UsageLedger::FirstAt(
    const UsageRange& range) {
  OTRP_ASSIGN_OR_RETURN(
      const std::vector<UsageEvent> first,
      List(range, {range.from - absl::Microseconds(1), 0}, 1));
  if (first.empty()) return absl::optional<absl::Time>();
  return absl::optional<absl::Time>(first[0].at);
}

absl::StatusOr<std::vector<UsageSum>> UsageLedger::Sum(const UsageRange& range,
                                                       UsageKey key) {
  // A product may be beyond bigint before it is known to be.
  OTRP_ASSIGN_OR_RETURN(
      const store::Rows rows,
      pool_.Query(absl::StrCat("SELECT ", ColumnOf(key), R"sql(, kind, currency,
           sum(quantity)::bigint,
           sum(quantity::numeric * price_minor)::bigint
    FROM usage_event)sql",
                               InRange(range), R"sql(
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3)sql"),
                  range.from, range.to, range.spid,
                  store::TextArray(range.taids),
                  store::TextArray(range.authorities)));
  std::vector<UsageSum> sums;
  for (const store::Row row : rows) {
    UsageSum sum;
    OTRP_RETURN_IF_ERROR(row.Scan(&sum.key, &sum.kind, &sum.currency,
                                  &sum.quantity, &sum.amount_minor));
    sums.push_back(std::move(sum));
  }
  return sums;
}

absl::StatusOr<UsageLedger::SetResult> UsageLedger::SetPrice(
    const Price& price, const store::AuditEvent& audit) {
  SetResult result;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    result = SetResult();
    OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                          tx.Exec(R"sql(
        SELECT id, kind, party, amount_minor, currency, since, set_by
        FROM price
        WHERE kind = $1 AND party = $2
        ORDER BY id DESC
        LIMIT 1)sql",
                                  price.kind, price.party));
    if (!rows.empty()) {
      OTRP_ASSIGN_OR_RETURN(result.price, ReadPrice(rows[0]));
      if (result.price.amount_minor == price.amount_minor &&
          result.price.currency == price.currency) {
        return absl::OkStatus();
      }
    }
    OTRP_ASSIGN_OR_RETURN(const store::Row row,
                          tx.Exec1(R"sql(
        INSERT INTO price (kind, party, amount_minor, currency, set_by)
        VALUES ($1, $2, $3, $4, $5)
        RETURNING id, kind, party, amount_minor, currency, since, set_by)sql",
                                   price.kind, price.party, price.amount_minor,
                                   price.currency, price.set_by));
    OTRP_ASSIGN_OR_RETURN(result.price, ReadPrice(row));
    result.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return result;
}

absl::StatusOr<std::vector<Price>> UsageLedger::ListPrices(int64_t after,
                                                           int limit) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows, pool_.Query(R"sql(
      SELECT id, kind, party, amount_minor, currency, since, set_by
      FROM price
      WHERE id > $1
      ORDER BY id
      LIMIT $2)sql",
                                                            after, limit));
  std::vector<Price> prices;
  for (const store::Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(Price price, ReadPrice(row));
    prices.push_back(std::move(price));
  }
  return prices;
}

absl::StatusOr<int64_t> UsageLedger::Purge(absl::Time cutoff,
                                           absl::Duration budget) {
  static constexpr store::PurgeRule kOld = {"usage_event", "at"};
  return store::Purge(pool_, kOld, cutoff, budget);
}

}  // namespace service
}  // namespace otrp
