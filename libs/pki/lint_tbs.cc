#include "libs/pki/lint_tbs.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/der.h"

namespace otrp {
namespace pki {
namespace {

namespace der = crypto::der;

constexpr uint8_t kBoolean = 0x01;
constexpr uint8_t kSet = 0x31;
constexpr uint8_t kUtcTime = 0x17;

absl::StatusOr<TbsName> CutName(der::Reader& reader) {
  OTRP_ASSIGN_OR_RETURN(const der::Element name, reader.Next(der::kSequence));
  TbsName out;
  out.whole = name.whole;
  der::Reader sets(name.content);
  while (!sets.empty()) {
    OTRP_ASSIGN_OR_RETURN(const der::Element set, sets.Next(kSet));
    der::Reader attributes(set.content);
    while (!attributes.empty()) {
      OTRP_ASSIGN_OR_RETURN(const der::Element attribute,
                            attributes.Next(der::kSequence));
      der::Reader parts(attribute.content);
      OTRP_ASSIGN_OR_RETURN(const der::Element oid, parts.Next(der::kOid));
      OTRP_ASSIGN_OR_RETURN(const der::Element text, parts.Next());
      TbsAttribute cut;
      OTRP_ASSIGN_OR_RETURN(cut.oid, der::ReadOid(oid.content));
      cut.tag = text.tag;
      cut.text = text.content;
      out.attributes.push_back(std::move(cut));
    }
  }
  return out;
}

// Two digits of the year from 50 on are of the last century.
absl::optional<absl::Time> ReadTime(uint8_t tag, absl::string_view text) {
  std::string whole(text);
  if (tag == kUtcTime) {
    if (text.size() != 13) return absl::nullopt;
    whole = absl::StrCat(text[0] >= '5' ? "19" : "20", text);
  } else if (tag != der::kGeneralizedTime) {
    return absl::nullopt;
  }
  const absl::StatusOr<absl::Time> time = der::ReadGeneralizedTime(whole);
  if (!time.ok()) return absl::nullopt;
  return *time;
}

absl::StatusOr<TbsTime> CutTime(der::Reader& reader) {
  OTRP_ASSIGN_OR_RETURN(const der::Element element, reader.Next());
  return TbsTime{element.tag, element.content,
                 ReadTime(element.tag, element.content)};
}

absl::StatusOr<TbsExtension> CutExtension(der::Reader& reader) {
  OTRP_ASSIGN_OR_RETURN(const der::Element whole, reader.Next(der::kSequence));
  der::Reader parts(whole.content);
  TbsExtension out;
  OTRP_ASSIGN_OR_RETURN(const der::Element oid, parts.Next(der::kOid));
  OTRP_ASSIGN_OR_RETURN(out.oid, der::ReadOid(oid.content));
  if (parts.At(kBoolean)) {
    OTRP_ASSIGN_OR_RETURN(const der::Element critical, parts.Next());
    out.critical = critical.content != absl::string_view("\0", 1);
    out.writes_default = !out.critical;
  }
  OTRP_ASSIGN_OR_RETURN(const der::Element value,
                        parts.Next(der::kOctetString));
  out.value = value.content;
  return out;
}

}  // namespace

const TbsExtension* Tbs::Find(absl::string_view oid) const {
  for (const TbsExtension& extension : extensions) {
    if (extension.oid == oid) return &extension;
  }
  return nullptr;
}

absl::StatusOr<Tbs> CutTbs(absl::string_view der) {
  OTRP_RETURN_IF_ERROR(der::CheckStrict(der));
  der::Reader outer(der);
  OTRP_ASSIGN_OR_RETURN(const der::Element all, outer.Next(der::kSequence));
  der::Reader parts(all.content);
  Tbs tbs;
  if (parts.At(der::Explicit(0))) {
    OTRP_ASSIGN_OR_RETURN(const der::Element wrapper, parts.Next());
    der::Reader inner(wrapper.content);
    OTRP_ASSIGN_OR_RETURN(const der::Element number, inner.Next(der::kInteger));
    tbs.version = number.content.size() == 1 ? number.content[0] + 1 : 0;
  }
  OTRP_ASSIGN_OR_RETURN(const der::Element serial, parts.Next(der::kInteger));
  tbs.serial = serial.content;
  OTRP_ASSIGN_OR_RETURN(const der::Element algorithm,
                        parts.Next(der::kSequence));
  tbs.signature = algorithm.whole;
  OTRP_ASSIGN_OR_RETURN(tbs.issuer, CutName(parts));
  OTRP_ASSIGN_OR_RETURN(const der::Element validity,
                        parts.Next(der::kSequence));
  der::Reader times(validity.content);
  OTRP_ASSIGN_OR_RETURN(tbs.not_before, CutTime(times));
  OTRP_ASSIGN_OR_RETURN(tbs.not_after, CutTime(times));
  OTRP_ASSIGN_OR_RETURN(tbs.subject, CutName(parts));
  OTRP_ASSIGN_OR_RETURN(const der::Element spki, parts.Next(der::kSequence));
  tbs.spki = spki.whole;
  while (parts.At(der::Context(1)) || parts.At(der::Context(2))) {
    OTRP_RETURN_IF_ERROR(parts.Next().status());
    tbs.has_unique_ids = true;
  }
  if (!parts.empty()) {
    OTRP_ASSIGN_OR_RETURN(const der::Element wrapper,
                          parts.Next(der::Explicit(3)));
    der::Reader inner(wrapper.content);
    OTRP_ASSIGN_OR_RETURN(const der::Element list, inner.Next(der::kSequence));
    der::Reader extensions(list.content);
    while (!extensions.empty()) {
      OTRP_ASSIGN_OR_RETURN(TbsExtension extension, CutExtension(extensions));
      tbs.extensions.push_back(std::move(extension));
    }
  }
  if (!parts.empty()) {
    return absl::InvalidArgumentError("there is more behind the extensions");
  }
  return tbs;
}

absl::StatusOr<std::vector<TbsGeneralName>> CutGeneralNames(
    absl::string_view content) {
  std::vector<TbsGeneralName> names;
  der::Reader reader(content);
  while (!reader.empty()) {
    OTRP_ASSIGN_OR_RETURN(const der::Element name, reader.Next());
    if ((name.tag & 0xc0) != 0x80) {
      return absl::InvalidArgumentError("a name isn't tagged");
    }
    names.push_back({name.tag & 0x1f, name.content});
  }
  return names;
}

absl::StatusOr<std::vector<std::string>> CutPolicies(absl::string_view value) {
  der::Reader outer(value);
  OTRP_ASSIGN_OR_RETURN(const der::Element all, outer.Next(der::kSequence));
  std::vector<std::string> oids;
  der::Reader entries(all.content);
  while (!entries.empty()) {
    OTRP_ASSIGN_OR_RETURN(const der::Element entry,
                          entries.Next(der::kSequence));
    OTRP_ASSIGN_OR_RETURN(const der::Element oid,
                          der::Reader(entry.content).Next(der::kOid));
    OTRP_ASSIGN_OR_RETURN(oids.emplace_back(), der::ReadOid(oid.content));
  }
  if (oids.empty()) return absl::InvalidArgumentError("there is no policy");
  return oids;
}

}  // namespace pki
}  // namespace otrp
