#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/store/audit.h"
#include "libs/store/audit_chain.h"

namespace otrp {
namespace store {
namespace {

using internal::kSealBatch;
using internal::kSealOfTransactions;
using internal::Seal;

constexpr size_t kMaxFaults = 100;

// Of format 1, in the order that its hash has. Before the first sealing of the
// new format its events bear no number; one that is younger than the seal
// isn't under it (audit_seal.cc).
constexpr char kOfTransactions[] = R"sql(
    FROM audit_event
    WHERE (xid, id) > ($1::bigint, $2::bigint) AND xid >= $3::bigint
      AND xid < $4::bigint
      AND (seal = $5::bigint OR seal IS NULL AND at <= $6::timestamptz)
    ORDER BY xid, id
    LIMIT $7
    )sql";
constexpr char kStray[] = R"sql(
    SELECT count(*) FROM audit_event
    WHERE seal = $1::bigint AND NOT (xid >= $2::bigint AND xid < $3::bigint)
    )sql";

constexpr char kOfEvents[] = R"sql(
    FROM audit_event
    WHERE seal = $1::bigint AND id > $2::bigint
    ORDER BY id
    LIMIT $3
    )sql";

class Verifier {
 public:
  explicit Verifier(Tx& tx) : tx_(tx) {}

  absl::StatusOr<AuditVerification> Run(const AuditPart& part) {
    OTRP_RETURN_IF_ERROR(StartAfter(part.after_seal));
    while (true) {
      OTRP_ASSIGN_OR_RETURN(
          const Rows rows,
          tx_.Exec(absl::StrCat("SELECT ", internal::kSealColumns,
                                " FROM audit_seal WHERE id > $1 "
                                "ORDER BY id LIMIT 1"),
                   before_.id));
      if (rows.empty()) break;
      if (result_.seals >= part.max_seals ||
          result_.sealed_events >= part.max_events) {
        result_.next_after_seal = before_.id;
        return std::move(result_);
      }
      Seal seal;
      OTRP_RETURN_IF_ERROR(internal::ReadSeal(rows[0], &seal));
      CheckPlace(seal);
      OTRP_RETURN_IF_ERROR(CheckNone(before_.id, seal.id));
      OTRP_RETURN_IF_ERROR(CheckEvents(seal));
      ++result_.seals;
      result_.sealed_events += seal.count;
      before_ = std::move(seal);
    }
    OTRP_RETURN_IF_ERROR(
        CheckNone(before_.id, std::numeric_limits<int64_t>::max()));
    OTRP_RETURN_IF_ERROR(CountUnsealed());
    return std::move(result_);
  }

 private:
  void Fault(std::string text) {
    result_.intact = false;
    if (result_.faults.size() < kMaxFaults) {
      result_.faults.push_back(std::move(text));
    }
  }

  absl::Status StartAfter(int64_t id) {
    before_.hash = std::string(internal::kGenesisHash);
    before_.epoch = 1;
    before_.until_xid = 0;
    if (id == 0) return absl::OkStatus();
    OTRP_ASSIGN_OR_RETURN(
        const Rows rows,
        tx_.Exec(absl::StrCat("SELECT ", internal::kSealColumns,
                              " FROM audit_seal WHERE id = $1"),
                 id));
    if (rows.empty()) {
      return absl::NotFoundError(
          absl::StrCat("after_seal: there is no seal ", id));
    }
    return internal::ReadSeal(rows[0], &before_);
  }

  // What the seal says of itself, against the one before.
  void CheckPlace(const Seal& seal) {
    if (seal.format == kSealOfTransactions) {
      if (!before_.until_xid.has_value()) {
        Fault(absl::StrCat("seal ", seal.id,
                           ": is of format 1 behind seals of "
                           "format 2"));
      } else if (seal.from_xid != before_.until_xid) {
        Fault(absl::StrCat("seal ", seal.id, ": starts at transaction ",
                           seal.from_xid.value_or(0), ", not ",
                           *before_.until_xid,
                           ": a seal is missing before "
                           "it"));
      }
    } else if (seal.id != before_.id + 1) {
      Fault(absl::StrCat("seal ", seal.id, ": follows seal ", before_.id,
                         ": a seal is missing before it"));
    }
    if (seal.prev_hash != before_.hash) {
      Fault(absl::StrCat("seal ", seal.id,
                         ": doesn't continue the seal before it"));
    }
    const bool begins = seal.epoch == before_.epoch + 1;
    if (begins != !seal.reason.empty() ||
        (!begins && seal.epoch != before_.epoch)) {
      Fault(absl::StrCat("seal ", seal.id, ": is of epoch ", seal.epoch,
                         ", which doesn't follow epoch ", before_.epoch));
    } else if (begins) {
      result_.epochs.push_back({seal.epoch, seal.id, seal.at, seal.reason});
    }
  }

  // There is no seal between `low` and `high`, so no event may claim one.
  absl::Status CheckNone(int64_t low, int64_t high) {
    if (high == low + 1) return absl::OkStatus();
    OTRP_ASSIGN_OR_RETURN(
        const Rows rows,
        tx_.Exec("SELECT id, seal FROM audit_event WHERE seal > $1::bigint AND "
                 "seal < $2::bigint ORDER BY seal LIMIT 1",
                 low, high));
    for (const Row& row : rows) {
      int64_t event = 0;
      int64_t seal = 0;
      OTRP_RETURN_IF_ERROR(row.Scan(&event, &seal));
      Fault(absl::StrCat("seal ", seal, ": event ", event,
                         " is under it, but it is missing"));
    }
    return absl::OkStatus();
  }

  absl::Status CheckEvents(const Seal& seal) {
    internal::SealHash hash(seal);
    int64_t last_xid = seal.from_xid.value_or(0) - 1;
    int64_t last_id = 0;
    while (true) {
      OTRP_ASSIGN_OR_RETURN(const Rows rows,
                            ReadEvents(seal, last_xid, last_id));
      for (const Row& row : rows) {
        StoredAuditEvent event;
        OTRP_RETURN_IF_ERROR(internal::ReadEvent(row, &event, &last_xid));
        last_id = event.id;
        hash.Add(event, last_xid);
      }
      if (rows.size() < kSealBatch) break;
    }
    int64_t stray = 0;
    if (seal.format == kSealOfTransactions) {
      OTRP_ASSIGN_OR_RETURN(
          const Row row,
          tx_.Exec1(kStray, seal.id, seal.from_xid, seal.until_xid));
      OTRP_RETURN_IF_ERROR(row.Scan(&stray));
    }
    if (hash.count() + stray != seal.count) {
      Fault(absl::StrCat("seal ", seal.id, ": covers ", seal.count,
                         " events, but there are ", hash.count() + stray));
    } else if (hash.Finish() != seal.hash) {
      Fault(absl::StrCat("seal ", seal.id, ": an event under it was changed"));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Rows> ReadEvents(const Seal& seal, int64_t last_xid,
                                  int64_t last_id) {
    if (seal.format == kSealOfTransactions) {
      return tx_.Exec(
          absl::StrCat("SELECT ", internal::kEventColumns, kOfTransactions),
          last_xid, last_id, seal.from_xid, seal.until_xid, seal.id,
          seal.at + absl::Minutes(1), kSealBatch);
    }
    return tx_.Exec(absl::StrCat("SELECT ", internal::kEventColumns, kOfEvents),
                    seal.id, last_id, kSealBatch);
  }

  absl::Status CountUnsealed() {
    OTRP_ASSIGN_OR_RETURN(
        const Row row,
        tx_.Exec1("SELECT count(*) FROM audit_event WHERE seal IS NULL"));
    OTRP_RETURN_IF_ERROR(row.Scan(&result_.unsealed_events));
    return absl::OkStatus();
  }

  Tx& tx_;
  AuditVerification result_;
  // The seal that the next one must follow.
  Seal before_;
};

}  // namespace

absl::StatusOr<AuditVerification> VerifyAuditLog(Pool& pool,
                                                 const AuditPart& part) {
  AuditVerification result;
  const TxOptions options{Isolation::kRepeatableRead, /*read_only=*/true};
  OTRP_RETURN_IF_ERROR(pool.Run(
      [&](Tx& tx) -> absl::Status {
        OTRP_ASSIGN_OR_RETURN(result, Verifier(tx).Run(part));
        return absl::OkStatus();
      },
      options));
  return result;
}

}  // namespace store
}  // namespace otrp
