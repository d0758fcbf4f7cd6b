#include "libs/store/audit_chain.h"

#include "absl/strings/str_cat.h"

namespace otrp {
namespace store {
namespace internal {
namespace {

// Unambiguous: each field goes with its length.
void AppendField(absl::string_view field, std::string* out) {
  absl::StrAppend(out, field.size(), ":", field, ";");
}

std::string HeaderOf(const Seal& seal) {
  std::string header;
  if (seal.format == kSealOfTransactions) {
    AppendField(absl::StrCat(seal.from_xid.value_or(0)), &header);
    AppendField(absl::StrCat(seal.until_xid.value_or(0)), &header);
    return header;
  }
  AppendField(absl::StrCat("format ", seal.format), &header);
  AppendField(absl::StrCat(seal.id), &header);
  AppendField(absl::StrCat(seal.epoch), &header);
  AppendField(seal.reason, &header);
  AppendField(seal.server, &header);
  return header;
}

}  // namespace

absl::Status ReadSeal(const Row& row, Seal* seal) {
  return row.Scan(&seal->id, &seal->format, &seal->epoch, &seal->reason,
                  &seal->server, &seal->count, BytesOut(&seal->prev_hash),
                  BytesOut(&seal->hash), &seal->at, &seal->from_xid,
                  &seal->until_xid);
}

absl::Status ReadEvent(const Row& row, StoredAuditEvent* e, int64_t* xid) {
  return row.Scan(&e->id, &e->at, &e->event.actor, &e->event.action,
                  &e->event.subject, &e->event.outcome, &e->event.details_json,
                  &e->event.trace_id, xid);
}

SealHash::SealHash(const Seal& seal) : format_(seal.format) {
  hasher_.Update(seal.prev_hash);
  hasher_.Update(HeaderOf(seal));
}

void SealHash::Add(const StoredAuditEvent& e, int64_t xid) {
  std::string fields;
  AppendField(absl::StrCat(e.id), &fields);
  if (format_ == kSealOfTransactions) {
    AppendField(absl::StrCat(xid), &fields);
  }
  AppendField(absl::StrCat(absl::ToUnixMicros(e.at)), &fields);
  AppendField(e.event.actor, &fields);
  AppendField(e.event.action, &fields);
  AppendField(e.event.subject, &fields);
  AppendField(e.event.outcome, &fields);
  AppendField(e.event.details_json, &fields);
  AppendField(e.event.trace_id, &fields);
  hasher_.Update(fields);
  ++count_;
}

}  // namespace internal
}  // namespace store
}  // namespace otrp
