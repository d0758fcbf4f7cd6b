#include "libs/service/sealed_rows.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/field_error.h"

namespace otrp {
namespace service {
namespace {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

// Rows that are counted at a time.
constexpr int kCountBatch = 1000;

struct Place {
  size_t table = 0;
  std::string after;
};

// "1:sp-ca": the table's number, and the last key of it.
absl::StatusOr<Place> PlaceOf(const std::string& text, size_t tables) {
  Place place;
  if (text.empty()) return place;
  const std::pair<std::string, std::string> halves =
      absl::StrSplit(text, absl::MaxSplits(':', 1));
  if (!absl::SimpleAtoi(halves.first, &place.table) || place.table >= tables) {
    return rpc::FieldMust("page_token", "be one that a former answer gave");
  }
  place.after = halves.second;
  return place;
}

}  // namespace

absl::StatusOr<SealedRows::Page> SealedRows::Rewrap(
    const std::string& from, int limit,
    absl::FunctionRef<store::AuditEvent(int64_t)> audit) {
  OTRP_ASSIGN_OR_RETURN(const Place place, PlaceOf(from, tables_.size()));
  const SealedTable& table = tables_[place.table];
  Page page;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    page = Page();
    OTRP_ASSIGN_OR_RETURN(const Rows rows,
                          tx.Exec(table.select_for_update, place.after, limit));
    std::string key;
    for (Row row : rows) {
      std::string sealed;
      OTRP_RETURN_IF_ERROR(row.Scan(&key, BytesOut(&sealed)));
      ++page.looked_at;
      const absl::StatusOr<absl::optional<std::string>> again =
          kek_.Rewrap(sealed, table.aad(key), random_);
      if (!again.ok()) {
        return absl::DataLossError(absl::StrCat(
            table.what, ": ", key,
            " opens with neither --kek_file nor --previous_kek_file"));
      }
      if (!again->has_value()) continue;
      OTRP_RETURN_IF_ERROR(tx.Exec(table.update, key, Bytes(**again)).status());
      ++page.rewrapped;
    }
    if (page.looked_at == limit) {
      page.next = absl::StrCat(place.table, ":", key);
    } else if (place.table + 1 < tables_.size()) {
      page.next = absl::StrCat(place.table + 1, ":");
    }
    return page.rewrapped == 0 ? absl::OkStatus()
                               : store::AppendAudit(tx, audit(page.rewrapped));
  }));
  return page;
}

absl::StatusOr<std::vector<SealedRows::Count>> SealedRows::CountAll() {
  std::vector<Count> counts;
  for (const SealedTable& table : tables_) {
    Count count;
    count.what = table.what;
    std::string after;
    size_t seen = kCountBatch;
    while (seen == kCountBatch) {
      OTRP_ASSIGN_OR_RETURN(const Rows rows,
                            pool_.Query(table.select, after, kCountBatch));
      seen = 0;
      for (Row row : rows) {
        std::string sealed;
        OTRP_RETURN_IF_ERROR(row.Scan(&after, BytesOut(&sealed)));
        ++seen;
        switch (kek_.Of(sealed, table.aad(after))) {
          case crypto::Kek::Under::kCurrent: ++count.current; break;
          case crypto::Kek::Under::kPrevious: ++count.previous; break;
          case crypto::Kek::Under::kNeither: ++count.unreadable; break;
        }
      }
    }
    counts.push_back(std::move(count));
  }
  return counts;
}

}  // namespace service
}  // namespace otrp
