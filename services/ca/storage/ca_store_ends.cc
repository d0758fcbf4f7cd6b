// When certificates end: CaStore's part about that.

#include <utility>

#include "libs/base/status_macros.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {

absl::StatusOr<std::map<pki::Role, absl::Time>> CaStore::FirstEnds(
    absl::Time now) {
  std::vector<std::string> words;
  for (const pki::Profile& profile : pki::Profiles()) {
    words.emplace_back(profile.word);
  }
  // As ListExpiring() has it: a device's name says nothing.
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        pool_.Query(R"sql(
      SELECT word, first.not_after
      FROM unnest($2::text[]) AS word
      CROSS JOIN LATERAL (
        SELECT certificate.not_after
        FROM certificate
        WHERE certificate.status = 'issued' AND certificate.profile = word
          AND certificate.not_after > $1
          AND (word IN ('tee', 'tfw') OR NOT EXISTS (
                 SELECT 1
                 FROM certificate AS newer
                 WHERE newer.status = 'issued'
                   AND newer.profile = certificate.profile
                   AND newer.subject = certificate.subject
                   AND md5(newer.san_uris) = md5(certificate.san_uris)
                   AND newer.not_after > certificate.not_after))
        ORDER BY certificate.not_after
        LIMIT 1) AS first)sql",
                                    now, store::TextArray(words)));
  std::map<pki::Role, absl::Time> ends;
  for (store::Row row : rows) {
    std::string word;
    absl::Time end;
    OTRP_RETURN_IF_ERROR(row.Scan(&word, &end));
    const pki::Profile* profile = pki::FindProfile(word);
    if (profile != nullptr) ends.emplace(profile->role, end);
  }
  return ends;
}

}  // namespace ca
}  // namespace otrp
