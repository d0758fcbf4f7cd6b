#include "services/sp_portal/storage/upload_store.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "libs/base/status_macros.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

constexpr char kLockSp[] = R"sql(
    SELECT 1 FROM sp WHERE spid = $1 FOR UPDATE
    )sql";

// Same image, same version, still open.
constexpr char kFindSame[] = R"sql(
    SELECT id::text, spid, taid, version, format, size, sha256, received,
           coalesce(blob_id::text, ''), created_at, expires_at
    FROM upload
    WHERE spid = $1 AND taid = $2 AND version = $3 AND format = $4
      AND size = $5 AND sha256 = $6 AND blob_id IS NOT NULL
    LIMIT 1
    )sql";

constexpr char kOpenOnes[] = R"sql(
    SELECT count(*), coalesce(sum(size), 0)::bigint
    FROM upload
    WHERE spid = $1 AND blob_id IS NOT NULL
    )sql";

constexpr char kInsert[] = R"sql(
    INSERT INTO upload (id, spid, taid, version, format, size, sha256, blob_id,
                        created_at, expires_at)
    VALUES ($1::uuid, $2, $3, $4, $5, $6, $7, $1::uuid, $8, $9)
    )sql";

constexpr char kGet[] = R"sql(
    SELECT id::text, spid, taid, version, format, size, sha256, received,
           coalesce(blob_id::text, ''), created_at, expires_at
    FROM upload
    WHERE id = $1::uuid
    )sql";

constexpr char kList[] = R"sql(
    SELECT id::text, spid, taid, version, format, size, sha256, received,
           coalesce(blob_id::text, ''), created_at, expires_at
    FROM upload
    WHERE id > $1::uuid AND ($2::text = '' OR spid = $2)
      AND (cardinality($3::text[]) = 0 OR taid = ANY($3::text[])
           OR lower(taid) = ANY($4::text[]))
    ORDER BY id
    LIMIT $5
    )sql";

constexpr char kLockOpen[] = R"sql(
    SELECT upload.size, upload.received, upload.blob_id::text, blob.sealed_key
    FROM upload JOIN blob ON blob.id = upload.blob_id
    WHERE upload.id = $1::uuid
    FOR UPDATE OF upload
    )sql";

constexpr char kChunkAt[] = R"sql(
    SELECT bytes, sealed FROM blob_chunk WHERE blob_id = $1::uuid AND at = $2
    )sql";

constexpr char kInsertChunk[] = R"sql(
    INSERT INTO blob_chunk (blob_id, at, bytes, sealed)
    VALUES ($1::uuid, $2, $3, $4)
    )sql";

constexpr char kReceived[] = R"sql(
    UPDATE upload SET received = $2, expires_at = $3 WHERE id = $1::uuid
    )sql";

constexpr char kAbort[] = R"sql(
    WITH gone AS (DELETE FROM upload
                  WHERE id = $1::uuid AND blob_id IS NOT NULL
                  RETURNING blob_id)
    UPDATE blob SET idle_since = $2
    WHERE id IN (SELECT blob_id FROM gone)
    )sql";

constexpr char kRemoveExpired[] = R"sql(
    WITH gone AS (DELETE FROM upload
                  WHERE id IN (SELECT id FROM upload
                               WHERE expires_at < $1
                               ORDER BY expires_at
                               LIMIT $2
                               FOR UPDATE SKIP LOCKED)
                  RETURNING blob_id),
         idle AS (UPDATE blob SET idle_since = $1
                  WHERE id IN (SELECT blob_id FROM gone))
    SELECT count(*) FROM gone
    )sql";

constexpr char kFinish[] = R"sql(
    UPDATE upload SET blob_id = NULL
    WHERE id = $1::uuid AND blob_id IS NOT NULL AND received = size
    )sql";

absl::StatusOr<Upload> ReadUpload(const Row& row) {
  Upload u;
  std::string format;
  OTRP_RETURN_IF_ERROR(row.Scan(&u.id, &u.spid, &u.taid, &u.version, &format,
                                &u.size, BytesOut(&u.sha256), &u.received,
                                &u.blob_id, &u.created_at, &u.expires_at));
  OTRP_ASSIGN_OR_RETURN(u.format, protocol::TaImageFormatFromName(format));
  return u;
}

std::string FormatName(const Upload& upload) {
  return std::string(protocol::TaImageFormatName(upload.format));
}

absl::Status CheckRoom(Tx& tx, const Upload& wanted) {
  OTRP_ASSIGN_OR_RETURN(Row row, tx.Exec1(kOpenOnes, wanted.spid));
  int64_t uploads = 0;
  int64_t bytes = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&uploads, &bytes));
  if (uploads >= kMaxOpenUploads) return errors::TooManyUploads();
  if (bytes + wanted.size > kMaxOpenUploadBytes) {
    return errors::TooManyUploadBytes();
  }
  return absl::OkStatus();
}

// An open upload, locked.
struct OpenUpload {
  int64_t size = 0;
  int64_t received = 0;
  std::string blob_id;
  SecretBytes key;
};

absl::StatusOr<OpenUpload> LockOpen(Tx& tx, const BlobSeal& seal,
                                    const std::string& id) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, tx.Exec(kLockOpen, id));
  if (rows.empty()) return errors::UploadNotFound(id);
  OpenUpload open;
  std::string sealed_key;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&open.size, &open.received, &open.blob_id,
                                    BytesOut(&sealed_key)));
  OTRP_ASSIGN_OR_RETURN(open.key, seal.OpenKey(open.blob_id, sealed_key));
  return open;
}

// A chunk that was written before must be the same one.
absl::Status CheckRepeated(Tx& tx, const OpenUpload& open, int64_t offset,
                           absl::string_view data) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, tx.Exec(kChunkAt, open.blob_id, offset));
  if (rows.empty()) return errors::WrongOffset(open.received);
  SealedChunk chunk;
  chunk.at = offset;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&chunk.bytes, BytesOut(&chunk.sealed)));
  OTRP_ASSIGN_OR_RETURN(const SecretBytes there,
                        BlobSeal::OpenChunk(open.key, chunk));
  return there.view() == data ? absl::OkStatus() : errors::OtherChunk();
}

}  // namespace

namespace steps {

absl::Status FinishUpload(Tx& tx, const std::string& id) {
  OTRP_ASSIGN_OR_RETURN(const int64_t finished, tx.ExecCount(kFinish, id));
  return finished == 1 ? absl::OkStatus() : errors::UploadEnded();
}

}  // namespace steps

absl::StatusOr<UploadStore::Created> UploadStore::Create(
    const Upload& wanted, const store::AuditEvent& audit) {
  OTRP_ASSIGN_OR_RETURN(const SealedBlob blob, blobs_.Seal(""));
  Created created;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    created = Created();
    // So that two at once are counted one after the other.
    OTRP_ASSIGN_OR_RETURN(Rows sp, tx.Exec(kLockSp, wanted.spid));
    if (sp.empty()) return errors::SpNotFound(wanted.spid);
    OTRP_ASSIGN_OR_RETURN(
        Rows same,
        tx.Exec(kFindSame, wanted.spid, wanted.taid, wanted.version,
                FormatName(wanted), wanted.size, Bytes(wanted.sha256)));
    if (!same.empty()) {
      OTRP_ASSIGN_OR_RETURN(created.upload, ReadUpload(same[0]));
      return absl::OkStatus();
    }
    OTRP_RETURN_IF_ERROR(CheckRoom(tx, wanted));
    OTRP_RETURN_IF_ERROR(steps::WriteBlob(tx, blob, wanted.created_at));
    OTRP_RETURN_IF_ERROR(steps::KeepBlob(tx, blob.id));
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsert, blob.id, wanted.spid, wanted.taid,
                                 wanted.version, FormatName(wanted),
                                 wanted.size, Bytes(wanted.sha256),
                                 wanted.created_at, wanted.expires_at)
                             .status());
    created.upload = wanted;
    created.upload.id = blob.id;
    created.upload.blob_id = blob.id;
    created.made = true;
    return store::AppendAudit(tx, audit);
  }));
  return created;
}

absl::StatusOr<Upload> UploadStore::Get(const std::string& id) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kGet, id));
  return rows.empty() ? errors::UploadNotFound(id) : ReadUpload(rows[0]);
}

absl::StatusOr<std::vector<Upload>> UploadStore::List(const Visible& visible,
                                                      const std::string& after,
                                                      int limit) {
  OTRP_ASSIGN_OR_RETURN(
      Rows rows,
      pool_.Query(kList, after, visible.spid, store::TextArray(visible.taids),
                  store::TextArray(visible.uuids), limit));
  std::vector<Upload> uploads;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(Upload upload, ReadUpload(row));
    uploads.push_back(std::move(upload));
  }
  return uploads;
}

absl::StatusOr<int64_t> UploadStore::Write(const std::string& id,
                                           int64_t offset,
                                           absl::string_view data,
                                           absl::Time expires_at) {
  const int64_t bytes = static_cast<int64_t>(data.size());
  int64_t received = 0;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(const OpenUpload open,
                          LockOpen(tx, blobs_.seal(), id));
    received = open.received;
    if (offset < open.received) return CheckRepeated(tx, open, offset, data);
    if (offset > open.received) return errors::WrongOffset(open.received);
    if (bytes > open.size - offset) return errors::ChunkBeyondSize(open.size);
    if (bytes < kMinChunkBytes && offset + bytes < open.size) {
      return errors::BadChunkSize();
    }
    OTRP_ASSIGN_OR_RETURN(const SealedChunk chunk,
                          blobs_.seal().SealChunk(open.key, offset, data));
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsertChunk, open.blob_id, chunk.at,
                                 chunk.bytes, Bytes(chunk.sealed))
                             .status());
    received = offset + bytes;
    return tx.Exec(kReceived, id, received, expires_at).status();
  }));
  return received;
}

absl::Status UploadStore::Abort(const std::string& id, absl::Time now,
                                const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(const int64_t gone, tx.ExecCount(kAbort, id, now));
    if (gone == 0) return errors::UploadNotFound(id);
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<int64_t> UploadStore::RemoveExpired(absl::Time now, int limit) {
  int64_t removed = 0;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(Row row, tx.Exec1(kRemoveExpired, now, limit));
    return row.Scan(&removed);
  }));
  return removed;
}

}  // namespace portal
}  // namespace otrp
