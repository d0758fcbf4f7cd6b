// A TBSCertificate cut into its parts, for lints (lint.h): by the octets alone,
// so that what is wrong with it doesn't have to get past a parser first.
//
// What it is not: a way to trust a certificate (certificate.h, verify.h).
//
// Thread-safety: value of views into the octets, which must outlive it.
// Errors: INVALID_ARGUMENT where the octets aren't of that structure at all.
// Source: RFC 5280 4.1.

#ifndef OTRP_LIBS_PKI_LINT_TBS_H_
#define OTRP_LIBS_PKI_LINT_TBS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace otrp {
namespace pki {

struct TbsExtension {
  // Dotted.
  std::string oid;
  bool critical = false;
  // FALSE, the default, is written all the same.
  bool writes_default = false;
  // Of the OCTET STRING.
  absl::string_view value;
};

struct TbsTime {
  uint8_t tag = 0;
  absl::string_view text;
  // Unset where it isn't one in the form that RFC 5280 4.1.2.5 wants.
  absl::optional<absl::Time> time;
};

// One attribute of a Name.
struct TbsAttribute {
  // Dotted.
  std::string oid;
  // Of the string.
  uint8_t tag = 0;
  absl::string_view text;
};

struct TbsName {
  // With its header.
  absl::string_view whole;
  std::vector<TbsAttribute> attributes;
};

struct Tbs {
  // 1 to 3.
  int version = 1;
  // Content of the INTEGER.
  absl::string_view serial;
  // AlgorithmIdentifier with its header.
  absl::string_view signature;
  TbsName issuer;
  TbsTime not_before;
  TbsTime not_after;
  TbsName subject;
  // SubjectPublicKeyInfo with its header.
  absl::string_view spki;
  bool has_unique_ids = false;
  std::vector<TbsExtension> extensions;

  // Null where there is none.
  const TbsExtension* Find(absl::string_view oid) const;
};

// `der`: the TBSCertificate and nothing else.
absl::StatusOr<Tbs> CutTbs(absl::string_view der);

// One GeneralName: its context tag, and the content.
struct TbsGeneralName {
  int tag = 0;
  absl::string_view content;
};

// Of the elements in `content`.
absl::StatusOr<std::vector<TbsGeneralName>> CutGeneralNames(
    absl::string_view content);

// The policies' OIDs, dotted, of certificatePolicies; at least one.
absl::StatusOr<std::vector<std::string>> CutPolicies(absl::string_view value);

}  // namespace pki
}  // namespace otrp

#endif  // OTRP_LIBS_PKI_LINT_TBS_H_
