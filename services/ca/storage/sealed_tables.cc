#include "services/ca/storage/sealed_tables.h"

#include "absl/strings/str_cat.h"

namespace otrp {
namespace ca {
namespace {

// As KeyVault binds them (issuing/key_vault.h).
std::string OfAuthority(const std::string& name) {
  return absl::StrCat("ca.authority.", name);
}
std::string OfSigner(const std::string& key) {
  return absl::StrCat("ca.ocsp_signer.", key);
}

// Few rows: one for each generation that isn't retired.
constexpr char kAuthorities[] = R"sql(
    SELECT name, sealed_key
    FROM authority
    WHERE name COLLATE "C" > $1 AND sealed_key <> ''
    ORDER BY name COLLATE "C"
    LIMIT $2)sql";
constexpr char kLockAuthorities[] = R"sql(
    SELECT name, sealed_key
    FROM authority
    WHERE name COLLATE "C" > $1 AND sealed_key <> ''
    ORDER BY name COLLATE "C"
    LIMIT $2
    FOR NO KEY UPDATE)sql";
constexpr char kUpdateAuthority[] =
    "UPDATE authority SET sealed_key = $2 WHERE name = $1";

constexpr char kRequests[] = R"sql(
    SELECT name, sealed_key
    FROM authority_request
    WHERE name COLLATE "C" > $1
    ORDER BY name COLLATE "C"
    LIMIT $2)sql";
constexpr char kLockRequests[] = R"sql(
    SELECT name, sealed_key
    FROM authority_request
    WHERE name COLLATE "C" > $1
    ORDER BY name COLLATE "C"
    LIMIT $2
    FOR NO KEY UPDATE)sql";
constexpr char kUpdateRequest[] =
    "UPDATE authority_request SET sealed_key = $2 WHERE name = $1";

// Their key is their name in the vault: authority and serial.
constexpr char kSigners[] = R"sql(
    SELECT authority || '.' || serial, sealed_key
    FROM ocsp_signer
    WHERE (authority || '.' || serial) COLLATE "C" > $1
    ORDER BY (authority || '.' || serial) COLLATE "C"
    LIMIT $2)sql";
constexpr char kLockSigners[] = R"sql(
    SELECT authority || '.' || serial, sealed_key
    FROM ocsp_signer
    WHERE (authority || '.' || serial) COLLATE "C" > $1
    ORDER BY (authority || '.' || serial) COLLATE "C"
    LIMIT $2
    FOR NO KEY UPDATE)sql";
constexpr char kUpdateSigner[] = R"sql(
    UPDATE ocsp_signer
    SET sealed_key = $2
    WHERE authority || '.' || serial = $1)sql";

}  // namespace

std::vector<service::SealedTable> SealedTables() {
  return {
      {"authority keys", kAuthorities, kLockAuthorities, kUpdateAuthority,
       OfAuthority},
      {"keys of requests for authorities", kRequests, kLockRequests,
       kUpdateRequest, OfAuthority},
      {"OCSP signers' keys", kSigners, kLockSigners, kUpdateSigner, OfSigner}};
}

}  // namespace ca
}  // namespace otrp
