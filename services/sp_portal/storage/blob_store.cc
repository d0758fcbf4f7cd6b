#include "services/sp_portal/storage/blob_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "services/sp_portal/errors.h"

namespace otrp {
namespace portal {
namespace {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

// Chunks read at once: some MiB, which PostgreSQL sends as twice as many.
constexpr size_t kChunksPerRead = 4;

constexpr char kInsertBlob[] = R"sql(
    INSERT INTO blob (id, sealed_key, idle_since)
    VALUES ($1::uuid, $2, $3)
    )sql";

constexpr char kInsertChunk[] = R"sql(
    INSERT INTO blob_chunk (blob_id, at, bytes, sealed)
    VALUES ($1::uuid, $2, $3, $4)
    )sql";

// Of two at once, one waits for the other here.
constexpr char kShare[] = R"sql(
    INSERT INTO blob_digest (sha256, blob_id)
    VALUES ($1, $2::uuid)
    ON CONFLICT (sha256) DO UPDATE SET sha256 = EXCLUDED.sha256
    RETURNING blob_id::text
    )sql";

constexpr char kSetIdle[] = R"sql(
    UPDATE blob
    SET idle_since = $2
    WHERE id = $1::uuid
    )sql";

constexpr char kMark[] = R"sql(
    INSERT INTO blob_kek (one, sealed)
    VALUES (true, $1)
    ON CONFLICT DO NOTHING
    )sql";

constexpr char kReadChunks[] = R"sql(
    SELECT at, bytes, sealed
    FROM blob_chunk
    WHERE blob_id = $1::uuid AND at >= $2
    ORDER BY at
    LIMIT $3
    )sql";

constexpr char kBlobsOf[] = R"sql(
    SELECT image_blob::text, pdata_blob::text, image_sha256, pdata_sha256
    FROM app_version
    WHERE spid = $1 AND taid = $2 AND version = $3
    )sql";

constexpr char kUnsealedImage[] = R"sql(
    SELECT image, personalization_data
    FROM app_image
    WHERE spid = $1 AND taid = $2 AND version = $3
    )sql";

constexpr char kNextUnsealed[] = R"sql(
    SELECT spid, taid, version, image, personalization_data
    FROM app_image
    ORDER BY spid, taid, version
    LIMIT 1
    FOR UPDATE SKIP LOCKED
    )sql";

constexpr char kPointAtBlobs[] = R"sql(
    UPDATE app_version
    SET image_blob = $4::uuid, pdata_blob = $5::uuid
    WHERE spid = $1 AND taid = $2 AND version = $3
    )sql";

constexpr char kDeleteUnsealed[] = R"sql(
    DELETE FROM app_image
    WHERE spid = $1 AND taid = $2 AND version = $3
    )sql";

constexpr char kRemoveIdle[] = R"sql(
    DELETE FROM blob
    WHERE id IN (SELECT id FROM blob
                 WHERE idle_since IS NOT NULL
                 ORDER BY idle_since
                 LIMIT $1
                 FOR UPDATE SKIP LOCKED)
    )sql";

}  // namespace

namespace steps {

absl::Status WriteBlob(Tx& tx, const SealedBlob& blob, absl::Time now) {
  OTRP_RETURN_IF_ERROR(
      tx.Exec(kInsertBlob, blob.id, Bytes(blob.sealed_key), now).status());
  for (const SealedChunk& chunk : blob.chunks) {
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsertChunk, blob.id, chunk.at, chunk.bytes,
                                 Bytes(chunk.sealed))
                             .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ShareBlob(Tx& tx, const std::string& id,
                                      absl::string_view sha256,
                                      absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(Row row, tx.Exec1(kShare, Bytes(sha256), id));
  std::string kept;
  OTRP_RETURN_IF_ERROR(row.Scan(&kept));
  OTRP_RETURN_IF_ERROR(DropBlob(tx, id, now));
  OTRP_RETURN_IF_ERROR(KeepBlob(tx, kept));
  return kept;
}

absl::Status DropUnsealed(Tx& tx, const std::string& spid,
                          const std::string& taid, const std::string& version) {
  return tx.Exec(kDeleteUnsealed, spid, taid, version).status();
}

absl::Status KeepBlob(Tx& tx, const std::string& id) {
  return tx.Exec(kSetIdle, id, store::Null{}).status();
}

absl::Status DropBlob(Tx& tx, const std::string& id, absl::Time now) {
  return tx.Exec(kSetIdle, id, now).status();
}

}  // namespace steps

absl::Status BlobStore::CheckKek() {
  if (kek_is_right_) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(const std::string mark, seal_.SealMark());
  OTRP_RETURN_IF_ERROR(pool_.ExecOnce(kMark, Bytes(mark)).status());
  OTRP_ASSIGN_OR_RETURN(Row row, pool_.Query1("SELECT sealed FROM blob_kek"));
  std::string sealed;
  OTRP_RETURN_IF_ERROR(row.Scan(BytesOut(&sealed)));
  if (!seal_.OpensMark(sealed)) {
    return absl::FailedPreconditionError(
        "--kek_file isn't the key that this database's images are sealed with");
  }
  kek_is_right_ = true;
  return absl::OkStatus();
}

absl::StatusOr<SealedBlob> BlobStore::Seal(absl::string_view octets) {
  OTRP_RETURN_IF_ERROR(CheckKek());
  return seal_.Seal(octets);
}

absl::StatusOr<std::string> BlobStore::SealValue(absl::string_view place,
                                                 absl::string_view octets) {
  OTRP_RETURN_IF_ERROR(CheckKek());
  return seal_.SealValue(place, octets);
}

absl::StatusOr<std::string> BlobStore::ReadUnchecked(const std::string& id) {
  OTRP_ASSIGN_OR_RETURN(
      Row blob,
      pool_.Query1("SELECT sealed_key FROM blob WHERE id = $1::uuid", id));
  std::string sealed_key;
  OTRP_RETURN_IF_ERROR(blob.Scan(BytesOut(&sealed_key)));
  OTRP_ASSIGN_OR_RETURN(const SecretBytes key, seal_.OpenKey(id, sealed_key));
  std::string octets;
  for (;;) {
    OTRP_ASSIGN_OR_RETURN(
        Rows rows, pool_.Query(kReadChunks, id, octets.size(), kChunksPerRead));
    for (Row row : rows) {
      SealedChunk chunk;
      OTRP_RETURN_IF_ERROR(
          row.Scan(&chunk.at, &chunk.bytes, BytesOut(&chunk.sealed)));
      OTRP_ASSIGN_OR_RETURN(const SecretBytes opened,
                            BlobSeal::OpenChunk(key, chunk));
      octets.append(opened.view().data(), opened.size());
    }
    if (rows.size() < kChunksPerRead) break;
  }
  return octets;
}

absl::StatusOr<std::string> BlobStore::Read(const std::string& id,
                                            absl::string_view sha256) {
  OTRP_ASSIGN_OR_RETURN(std::string octets, ReadUnchecked(id));
  if (crypto::Sha256(octets) != sha256) {
    return absl::DataLossError(
        absl::StrCat("blob ", id, " isn't what was stored"));
  }
  return octets;
}

absl::StatusOr<Image> BlobStore::GetImage(const std::string& spid,
                                          const std::string& taid,
                                          const std::string& version) {
  // A second time where it was moved between the two statements.
  for (int attempt = 0; attempt < 2; ++attempt) {
    OTRP_ASSIGN_OR_RETURN(Rows rows,
                          pool_.Query(kBlobsOf, spid, taid, version));
    if (rows.empty()) return errors::VersionNotFound(version);
    absl::optional<std::string> image_blob;
    absl::optional<std::string> pdata_blob;
    std::string image_sha256;
    std::string pdata_sha256;
    OTRP_RETURN_IF_ERROR(rows[0].Scan(&image_blob, &pdata_blob,
                                      BytesOut(&image_sha256),
                                      BytesOut(&pdata_sha256)));
    Image image;
    if (image_blob.has_value()) {
      OTRP_ASSIGN_OR_RETURN(image.image, Read(*image_blob, image_sha256));
      if (pdata_blob.has_value()) {
        OTRP_ASSIGN_OR_RETURN(image.personalization_data,
                              Read(*pdata_blob, pdata_sha256));
      }
      return image;
    }
    OTRP_ASSIGN_OR_RETURN(rows,
                          pool_.Query(kUnsealedImage, spid, taid, version));
    if (rows.empty()) continue;
    OTRP_RETURN_IF_ERROR(rows[0].Scan(BytesOut(&image.image),
                                      BytesOut(&image.personalization_data)));
    return image;
  }
  return absl::DataLossError(
      absl::StrCat(spid, "/", taid, "@", version, " has no image"));
}

absl::Status BlobStore::MoveOne(Tx& tx, absl::Time now, bool* moved) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, tx.Exec(kNextUnsealed));
  *moved = !rows.empty();
  if (rows.empty()) return absl::OkStatus();
  std::string spid;
  std::string taid;
  std::string version;
  Image image;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&spid, &taid, &version,
                                    BytesOut(&image.image),
                                    BytesOut(&image.personalization_data)));
  OTRP_ASSIGN_OR_RETURN(const SealedBlob blob, seal_.Seal(image.image));
  OTRP_RETURN_IF_ERROR(steps::WriteBlob(tx, blob, now));
  OTRP_ASSIGN_OR_RETURN(
      const std::string image_blob,
      steps::ShareBlob(tx, blob.id, crypto::Sha256(image.image), now));
  absl::optional<std::string> pdata_blob;
  if (!image.personalization_data.empty()) {
    OTRP_ASSIGN_OR_RETURN(const SealedBlob pdata,
                          seal_.Seal(image.personalization_data));
    OTRP_RETURN_IF_ERROR(steps::WriteBlob(tx, pdata, now));
    OTRP_RETURN_IF_ERROR(steps::KeepBlob(tx, pdata.id));
    pdata_blob = pdata.id;
  }
  OTRP_RETURN_IF_ERROR(
      tx.Exec(kPointAtBlobs, spid, taid, version, image_blob, pdata_blob)
          .status());
  return steps::DropUnsealed(tx, spid, taid, version);
}

absl::StatusOr<int> BlobStore::MoveUnsealed(int limit, absl::Time now) {
  OTRP_RETURN_IF_ERROR(CheckKek());
  int count = 0;
  for (bool moved = true; moved && count < limit;) {
    OTRP_RETURN_IF_ERROR(
        pool_.Run([&](Tx& tx) { return MoveOne(tx, now, &moved); }));
    if (moved) ++count;
  }
  return count;
}

absl::StatusOr<int64_t> BlobStore::RemoveIdle(int limit) {
  int64_t removed = 0;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(removed, tx.ExecCount(kRemoveIdle, limit));
    return absl::OkStatus();
  }));
  return removed;
}

}  // namespace portal
}  // namespace otrp
