#include "libs/pki/lint.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/crypto/der.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/x509.h"
#include "libs/pki/lifetime.h"

namespace otrp {
namespace pki {
namespace {

namespace der = crypto::der;

constexpr uint8_t kUtf8String = 0x0c;
constexpr uint8_t kPrintableString = 0x13;
constexpr uint8_t kUtcTime = 0x17;

constexpr absl::string_view kCommonName = "2.5.4.3";
constexpr absl::string_view kSubjectKeyId = "2.5.29.14";
constexpr absl::string_view kKeyUsageOid = "2.5.29.15";
constexpr absl::string_view kSubjectAltName = "2.5.29.17";
constexpr absl::string_view kBasicConstraints = "2.5.29.19";
constexpr absl::string_view kCrlPoints = "2.5.29.31";
constexpr absl::string_view kPolicies = "2.5.29.32";
constexpr absl::string_view kAuthorityKeyId = "2.5.29.35";
constexpr absl::string_view kExtendedKeyUsage = "2.5.29.37";
constexpr absl::string_view kAuthorityInfo = "1.3.6.1.5.5.7.1.1";
constexpr absl::string_view kOcspNoCheck = "1.3.6.1.5.5.7.48.1.5";

// Of GeneralName (RFC 5280 4.2.1.6).
constexpr int kDnsName = 2;
constexpr int kUri = 6;

// ub-common-name.
constexpr size_t kMaxCommonName = 64;
constexpr size_t kMaxSerialOctets = 20;
// 64 bits out of a random generator, as the CA/Browser Forum asks
// (Baseline Requirements 7.1).
constexpr size_t kMinSerialOctets = 8;

using Context = LintContext;

const Profile& ProfileOf(const Context& context) {
  return ProfileFor(*context.role);
}

// Bits of crypto::KeyUsage; unset where it isn't a BIT STRING of one octet.
absl::optional<int> KeyUsageOf(const Tbs& tbs) {
  const TbsExtension* extension = tbs.Find(kKeyUsageOid);
  if (extension == nullptr) return absl::nullopt;
  der::Reader reader(extension->value);
  const absl::StatusOr<der::Element> bits = reader.Next(der::kBitString);
  if (!bits.ok() || !reader.empty() || bits->content.size() != 2) {
    return absl::nullopt;
  }
  const auto octet = static_cast<uint8_t>(bits->content[1]);
  const std::pair<uint8_t, int> map[] = {
      {0x80, crypto::kDigitalSignature}, {0x40, crypto::kNonRepudiation},
      {0x20, crypto::kKeyEncipherment},  {0x08, crypto::kKeyAgreement},
      {0x04, crypto::kKeyCertSign},      {0x02, crypto::kCrlSign}};
  int usage = 0;
  uint8_t known = 0;
  for (const auto& [bit, ours] : map) {
    known |= bit;
    if ((octet & bit) != 0) usage |= ours;
  }
  if ((octet & static_cast<uint8_t>(~known)) != 0) return absl::nullopt;
  return usage;
}

absl::optional<crypto::KeyType> KeyTypeOf(const Tbs& tbs) {
  const auto key = crypto::PublicKey::FromCertificateSpki(tbs.spki);
  if (!key.ok()) return absl::nullopt;
  return key->type();
}

struct Constraints {
  bool is_ca = false;
  bool has_path_length = false;
};

// What is absent is no CA.
absl::optional<Constraints> ConstraintsOf(const Tbs& tbs) {
  Constraints constraints;
  const TbsExtension* extension = tbs.Find(kBasicConstraints);
  if (extension == nullptr) return constraints;
  der::Reader outer(extension->value);
  const absl::StatusOr<der::Element> all = outer.Next(der::kSequence);
  if (!all.ok() || !outer.empty()) return absl::nullopt;
  der::Reader parts(all->content);
  if (parts.At(0x01)) {
    const absl::StatusOr<der::Element> is_ca = parts.Next();
    // FALSE is the default, which DER doesn't write.
    if (!is_ca.ok() || is_ca->content != "\xff") return absl::nullopt;
    constraints.is_ca = true;
  }
  if (parts.At(der::kInteger)) {
    if (!parts.Next().ok()) return absl::nullopt;
    constraints.has_path_length = true;
  }
  if (!parts.empty()) return absl::nullopt;
  return constraints;
}

// None where there is no subjectAltName, or it can't be read.
std::vector<TbsGeneralName> AltNamesOf(const Tbs& tbs) {
  const TbsExtension* extension = tbs.Find(kSubjectAltName);
  if (extension == nullptr) return {};
  der::Reader reader(extension->value);
  const absl::StatusOr<der::Element> all = reader.Next(der::kSequence);
  if (!all.ok() || !reader.empty()) return {};
  return CutGeneralNames(all->content).value_or(std::vector<TbsGeneralName>());
}

std::vector<absl::string_view> NamesOf(const Tbs& tbs, int tag) {
  std::vector<absl::string_view> names;
  for (const TbsGeneralName& name : AltNamesOf(tbs)) {
    if (name.tag == tag) names.push_back(name.content);
  }
  return names;
}

std::vector<std::string> UsagesOf(const Tbs& tbs) {
  std::vector<std::string> oids;
  const TbsExtension* extension = tbs.Find(kExtendedKeyUsage);
  if (extension == nullptr) return oids;
  der::Reader outer(extension->value);
  const absl::StatusOr<der::Element> all = outer.Next(der::kSequence);
  if (!all.ok()) return oids;
  der::Reader reader(all->content);
  while (!reader.empty()) {
    const absl::StatusOr<der::Element> oid = reader.Next(der::kOid);
    if (!oid.ok()) return {};
    oids.push_back(der::ReadOid(oid->content).value_or(""));
  }
  return oids;
}

// With a scheme, as RFC 3986 4.3 writes it, of printable ASCII.
bool IsAbsoluteUri(absl::string_view uri) {
  const size_t colon = uri.find(':');
  return colon != absl::string_view::npos && colon > 0 &&
         colon + 1 < uri.size() &&
         absl::ascii_isalpha(static_cast<unsigned char>(uri[0])) &&
         std::all_of(uri.begin(), uri.end(), [](char c) {
           return absl::ascii_isgraph(static_cast<unsigned char>(c));
         });
}

bool IsPreferredDnsName(absl::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (absl::string_view label : absl::StrSplit(name, '.')) {
    if (label.empty() || label.size() > 63 || label.front() == '-' ||
        label.back() == '-') {
      return false;
    }
    // A wildcard is a label of its own (RFC 6125 6.4.3).
    if (label == "*") continue;
    for (char c : label) {
      if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-') {
        return false;
      }
    }
  }
  return true;
}

// An absent one is.
bool IsUncritical(const Tbs& tbs, absl::string_view oid) {
  const TbsExtension* extension = tbs.Find(oid);
  return extension == nullptr || !extension->critical;
}

// RFC 5280.

bool Version(const Tbs& tbs, const Context&) {
  return tbs.version == 3 || (tbs.extensions.empty() && tbs.version == 1);
}

bool SerialPositive(const Tbs& tbs, const Context&) {
  const auto hex = der::ReadPositiveHex(tbs.serial);
  return hex.ok() && *hex != "0";
}

bool SerialLength(const Tbs& tbs, const Context&) {
  return tbs.serial.size() <= kMaxSerialOctets;
}

bool SerialRandom(const Tbs& tbs, const Context&) {
  return tbs.serial.size() >= kMinSerialOctets;
}

bool SignatureAlgorithm(const Tbs& tbs, const Context& context) {
  // An RSA key's has NULL for parameters, an EC key's none at all (RFC 4055 5,
  // RFC 5758 3.2).
  const bool rsa = context.issuer.public_key().type() == crypto::KeyType::kRsa;
  for (const char* oid : {"1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12",
                          "1.2.840.113549.1.1.13", "1.2.840.10045.4.3.2",
                          "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4"}) {
    const bool for_rsa = absl::StartsWith(oid, "1.2.840.113549");
    const std::string want = for_rsa
                                 ? der::Sequence({der::Oid(oid), der::Null()})
                                 : der::Sequence({der::Oid(oid)});
    if (tbs.signature == want) return rsa == for_rsa;
  }
  return false;
}

bool IssuerName(const Tbs& tbs, const Context& context) {
  return !tbs.issuer.attributes.empty() &&
         tbs.issuer.whole == context.issuer.info().subject_der;
}

bool ValidityForm(const Tbs& tbs, const Context&) {
  for (const TbsTime* time : {&tbs.not_before, &tbs.not_after}) {
    if (!time->time.has_value()) return false;
    const int64_t year =
        absl::ToCivilYear(*time->time, absl::UTCTimeZone()).year();
    if ((time->tag == kUtcTime) != (year < 2050)) return false;
  }
  return true;
}

bool ValidityOrder(const Tbs& tbs, const Context&) {
  return tbs.not_before.time.has_value() && tbs.not_after.time.has_value() &&
         *tbs.not_before.time < *tbs.not_after.time;
}

bool SubjectPresent(const Tbs& tbs, const Context&) {
  return !tbs.subject.attributes.empty();
}

bool SubjectStrings(const Tbs& tbs, const Context&) {
  return std::all_of(tbs.subject.attributes.begin(),
                     tbs.subject.attributes.end(),
                     [](const TbsAttribute& attribute) {
                       return attribute.tag == kUtf8String ||
                              attribute.tag == kPrintableString;
                     });
}

bool CommonNameLength(const Tbs& tbs, const Context&) {
  for (const TbsAttribute& attribute : tbs.subject.attributes) {
    if (attribute.oid != kCommonName) continue;
    // Characters, not octets: those that don't go on with another one.
    const auto characters = std::count_if(
        attribute.text.begin(), attribute.text.end(),
        [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
    if (characters == 0 || static_cast<size_t>(characters) > kMaxCommonName) {
      return false;
    }
  }
  return true;
}

bool KeyKnown(const Tbs& tbs, const Context&) {
  return KeyTypeOf(tbs).has_value();
}

bool NoUniqueIds(const Tbs& tbs, const Context&) { return !tbs.has_unique_ids; }

bool ExtensionsOnce(const Tbs& tbs, const Context&) {
  std::set<std::string> seen;
  for (const TbsExtension& extension : tbs.extensions) {
    if (!seen.insert(extension.oid).second) return false;
  }
  return true;
}

bool ExtensionDefault(const Tbs& tbs, const Context&) {
  return std::none_of(
      tbs.extensions.begin(), tbs.extensions.end(),
      [](const TbsExtension& extension) { return extension.writes_default; });
}

bool ExtensionsKnown(const Tbs& tbs, const Context&) {
  const std::set<absl::string_view> known = {
      kSubjectKeyId, kKeyUsageOid,    kSubjectAltName,   kBasicConstraints,
      kCrlPoints,    kAuthorityKeyId, kExtendedKeyUsage, kAuthorityInfo,
      kOcspNoCheck,  kPolicies};
  return std::all_of(tbs.extensions.begin(), tbs.extensions.end(),
                     [&](const TbsExtension& extension) {
                       return known.count(extension.oid) == 1;
                     });
}

bool AuthorityKeyId(const Tbs& tbs, const Context& context) {
  const TbsExtension* extension = tbs.Find(kAuthorityKeyId);
  const std::string& id = context.issuer.info().subject_key_id;
  if (extension == nullptr || extension->critical) return false;
  return id.empty() ||
         extension->value == der::Sequence({der::Tlv(der::Context(0), id)});
}

bool SubjectKeyId(const Tbs& tbs, const Context&) {
  const TbsExtension* extension = tbs.Find(kSubjectKeyId);
  return extension != nullptr && !extension->critical &&
         extension->value.size() > 2;
}

bool KeyUsagePresent(const Tbs& tbs, const Context&) {
  const TbsExtension* extension = tbs.Find(kKeyUsageOid);
  return extension != nullptr && extension->critical &&
         KeyUsageOf(tbs).value_or(0) != 0;
}

bool KeyUsageBits(const Tbs& tbs, const Context&) {
  const TbsExtension* extension = tbs.Find(kKeyUsageOid);
  if (extension == nullptr) return true;
  der::Reader reader(extension->value);
  const absl::StatusOr<der::Element> bits = reader.Next(der::kBitString);
  if (!bits.ok() || bits->content.size() < 2) return false;
  const int unused = bits->content[0];
  return unused >= 0 && unused < 8 &&
         ((static_cast<uint8_t>(bits->content.back()) >> unused) & 1) == 1;
}

bool CertSignForCas(const Tbs& tbs, const Context&) {
  const absl::optional<Constraints> constraints = ConstraintsOf(tbs);
  const absl::optional<int> usage = KeyUsageOf(tbs);
  if (!constraints.has_value() || !usage.has_value()) return false;
  return constraints->is_ca || (*usage & crypto::kKeyCertSign) == 0;
}

bool KeyUsageFitsKey(const Tbs& tbs, const Context&) {
  const int usage = KeyUsageOf(tbs).value_or(0);
  const int others = KeyTypeOf(tbs) == crypto::KeyType::kRsa
                         ? crypto::kKeyAgreement
                         : crypto::kKeyEncipherment;
  return (usage & others) == 0;
}

bool ConstraintsForm(const Tbs& tbs, const Context&) {
  const absl::optional<Constraints> constraints = ConstraintsOf(tbs);
  if (!constraints.has_value()) return false;
  const TbsExtension* extension = tbs.Find(kBasicConstraints);
  return constraints->is_ca ? extension != nullptr && extension->critical
                            : !constraints->has_path_length;
}

bool AltNamesForm(const Tbs& tbs, const Context&) {
  const TbsExtension* extension = tbs.Find(kSubjectAltName);
  if (extension == nullptr) return true;
  return !AltNamesOf(tbs).empty() &&
         extension->critical == tbs.subject.attributes.empty();
}

bool AltNameUris(const Tbs& tbs, const Context&) {
  const std::vector<absl::string_view> uris = NamesOf(tbs, kUri);
  return std::all_of(uris.begin(), uris.end(), IsAbsoluteUri);
}

bool AltNameDns(const Tbs& tbs, const Context&) {
  const std::vector<absl::string_view> names = NamesOf(tbs, kDnsName);
  return std::all_of(names.begin(), names.end(), IsPreferredDnsName);
}

bool CrlPointsUncritical(const Tbs& tbs, const Context&) {
  return IsUncritical(tbs, kCrlPoints);
}

// An HTTP or LDAP URI in the one full name that we write.
bool CrlPointsUri(const Tbs& tbs, const Context&) {
  const TbsExtension* extension = tbs.Find(kCrlPoints);
  if (extension == nullptr) return true;
  absl::string_view content = extension->value;
  for (uint8_t tag :
       {der::kSequence, der::kSequence, der::Explicit(0), der::Explicit(0)}) {
    der::Reader reader(content);
    const absl::StatusOr<der::Element> inner = reader.Next(tag);
    if (!inner.ok()) return false;
    content = inner->content;
  }
  const auto names = CutGeneralNames(content);
  return names.ok() && names->size() == 1 && names->front().tag == kUri &&
         absl::StartsWith(names->front().content, "http");
}

bool AuthorityInfoUncritical(const Tbs& tbs, const Context&) {
  return IsUncritical(tbs, kAuthorityInfo);
}

bool AuthorityInfoUris(const Tbs& tbs, const Context&) {
  const TbsExtension* extension = tbs.Find(kAuthorityInfo);
  if (extension == nullptr) return true;
  der::Reader outer(extension->value);
  const absl::StatusOr<der::Element> all = outer.Next(der::kSequence);
  if (!all.ok() || all->content.empty()) return false;
  der::Reader entries(all->content);
  while (!entries.empty()) {
    const absl::StatusOr<der::Element> entry = entries.Next(der::kSequence);
    if (!entry.ok()) return false;
    der::Reader parts(entry->content);
    const absl::StatusOr<der::Element> method = parts.Next(der::kOid);
    const absl::StatusOr<der::Element> where = parts.Next();
    if (!method.ok() || !where.ok() || where->tag != der::Context(kUri) ||
        !absl::StartsWith(where->content, "http")) {
      return false;
    }
  }
  return true;
}

// Dotted; unset where they aren't in their form.
absl::optional<std::vector<std::string>> PoliciesOf(const Tbs& tbs) {
  const TbsExtension* extension = tbs.Find(kPolicies);
  if (extension == nullptr) return std::vector<std::string>();
  auto oids = CutPolicies(extension->value);
  if (!oids.ok()) return absl::nullopt;
  return *std::move(oids);
}

bool PoliciesForm(const Tbs& tbs, const Context&) {
  const absl::optional<std::vector<std::string>> oids = PoliciesOf(tbs);
  return oids.has_value() &&
         std::set<std::string>(oids->begin(), oids->end()).size() ==
             oids->size();
}

bool PoliciesUncritical(const Tbs& tbs, const Context&) {
  return IsUncritical(tbs, kPolicies);
}

bool UsagesUncritical(const Tbs& tbs, const Context&) {
  return IsUncritical(tbs, kExtendedKeyUsage);
}

// What the profiles say.

bool IsNoCa(const Tbs& tbs, const Context&) {
  const absl::optional<Constraints> constraints = ConstraintsOf(tbs);
  return constraints.has_value() && !constraints->is_ca;
}

bool OurKey(const Tbs& tbs, const Context& context) {
  const absl::optional<crypto::KeyType> type = KeyTypeOf(tbs);
  return type.has_value() && AllowsKey(ProfileOf(context), *type);
}

bool OurKeyUsage(const Tbs& tbs, const Context& context) {
  const int others = KeyTypeOf(tbs) == crypto::KeyType::kRsa
                         ? crypto::kKeyAgreement
                         : crypto::kKeyEncipherment;
  return KeyUsageOf(tbs) == (ProfileOf(context).key_usage & ~others);
}

bool OurUsages(const Tbs& tbs, const Context& context) {
  return UsagesOf(tbs) == ProfileOf(context).eku_oids;
}

bool IssuersPolicies(const Tbs& tbs, const Context& context) {
  return context.policy_oids == nullptr ||
         PoliciesOf(tbs) == *context.policy_oids;
}

bool OurLifetime(const Tbs& tbs, const Context& context) {
  return tbs.not_before.time.has_value() && tbs.not_after.time.has_value() &&
         *tbs.not_after.time - *tbs.not_before.time <=
             LongestLife(ProfileOf(context));
}

bool EndsWithIssuer(const Tbs& tbs, const Context& context) {
  return tbs.not_after.time.has_value() &&
         *tbs.not_after.time <= context.issuer.not_after();
}

bool OurCommonName(const Tbs& tbs, const Context&) {
  return tbs.subject.attributes.size() == 1 &&
         tbs.subject.attributes[0].oid == kCommonName;
}

bool IsIdentity(absl::string_view uri, std::initializer_list<const char*> of) {
  return std::any_of(of.begin(), of.end(), [&](const char* prefix) {
    return absl::StartsWith(uri, prefix) &&
           uri.size() > absl::string_view(prefix).size();
  });
}

bool OurNames(const Tbs& tbs, const Context& context) {
  const std::vector<absl::string_view> uris = NamesOf(tbs, kUri);
  const bool has_identity = std::any_of(
      uris.begin(), uris.end(),
      [](absl::string_view uri) { return absl::StartsWith(uri, "otrp://"); });
  switch (ProfileOf(context).names) {
    case NameRule::kTsmId:
      return uris.size() == 1 && IsIdentity(uris[0], {"https://"});
    case NameRule::kServiceIdentity:
      return uris.size() == 1 && IsIdentity(uris[0], {"otrp://service/"});
    case NameRule::kClientIdentity:
      return uris.size() == 1 &&
             IsIdentity(uris[0],
                        {"otrp://operator/", "otrp://auditor/", "otrp://sp/"});
    case NameRule::kOwnUris:
    case NameRule::kOurOwn: return !has_identity;
  }
  return false;
}

bool NoNoCheck(const Tbs& tbs, const Context&) {
  return tbs.Find(kOcspNoCheck) == nullptr;
}

constexpr LintSeverity kError = LintSeverity::kError;
constexpr LintSeverity kWarning = LintSeverity::kWarning;

constexpr Lint kLints[] = {
    {"version", "RFC 5280 4.1.2.1", kError, false, Version},
    {"serial_positive", "RFC 5280 4.1.2.2", kError, false, SerialPositive},
    {"serial_length", "RFC 5280 4.1.2.2", kError, false, SerialLength},
    {"serial_random", "BR 7.1", kError, false, SerialRandom},
    {"signature_algorithm", "RFC 5280 4.1.1.2", kError, false,
     SignatureAlgorithm},
    {"issuer_name", "RFC 5280 4.1.2.4", kError, false, IssuerName},
    {"validity_form", "RFC 5280 4.1.2.5", kError, false, ValidityForm},
    {"validity_order", "RFC 5280 4.1.2.5", kError, false, ValidityOrder},
    {"subject_present", "RFC 5280 4.1.2.6", kError, false, SubjectPresent},
    {"subject_strings", "RFC 5280 4.1.2.4", kError, false, SubjectStrings},
    {"common_name_length", "RFC 5280 A.1", kError, false, CommonNameLength},
    {"key_known", "RFC 5280 4.1.2.7", kError, false, KeyKnown},
    {"no_unique_ids", "RFC 5280 4.1.2.8", kError, false, NoUniqueIds},
    {"extensions_once", "RFC 5280 4.2", kError, false, ExtensionsOnce},
    {"extension_default", "X.690 11.5", kError, false, ExtensionDefault},
    {"extensions_known", "RFC 5280 4.2", kError, false, ExtensionsKnown},
    {"authority_key_id", "RFC 5280 4.2.1.1", kError, false, AuthorityKeyId},
    {"subject_key_id", "RFC 5280 4.2.1.2", kError, false, SubjectKeyId},
    {"key_usage_present", "RFC 5280 4.2.1.3", kError, false, KeyUsagePresent},
    {"key_usage_bits", "X.690 11.2.2", kError, false, KeyUsageBits},
    {"key_usage_cert_sign", "RFC 5280 4.2.1.9", kError, false, CertSignForCas},
    {"key_usage_fits_key", "RFC 8813 3", kError, false, KeyUsageFitsKey},
    {"basic_constraints", "RFC 5280 4.2.1.9", kError, false, ConstraintsForm},
    {"san_form", "RFC 5280 4.2.1.6", kError, false, AltNamesForm},
    {"san_uris", "RFC 5280 4.2.1.6", kError, false, AltNameUris},
    // Our services' own names have underscores.
    {"san_dns", "RFC 5280 4.2.1.6", kWarning, false, AltNameDns},
    {"eku_uncritical", "profile.h", kError, false, UsagesUncritical},
    {"crl_points_uncritical", "RFC 5280 4.2.1.13", kError, false,
     CrlPointsUncritical},
    {"crl_points_uri", "RFC 5280 4.2.1.13", kError, false, CrlPointsUri},
    {"aia_uncritical", "RFC 5280 4.2.2.1", kError, false,
     AuthorityInfoUncritical},
    {"aia_uris", "RFC 5280 4.2.2.1", kError, false, AuthorityInfoUris},
    {"policies_form", "RFC 5280 4.2.1.4", kError, false, PoliciesForm},
    {"policies_uncritical", "RFC 5280 4.2.1.4", kError, false,
     PoliciesUncritical},
    {"profile_no_ca", "profile.h", kError, true, IsNoCa},
    {"profile_key", "profile.h", kError, true, OurKey},
    {"profile_key_usage", "profile.h", kError, true, OurKeyUsage},
    {"profile_eku", "profile.h", kError, true, OurUsages},
    {"profile_policies", "profile.h", kError, true, IssuersPolicies},
    {"profile_lifetime", "profile.h", kError, true, OurLifetime},
    {"profile_ends_with_issuer", "profile.h", kError, true, EndsWithIssuer},
    {"profile_common_name", "profile.h", kError, true, OurCommonName},
    {"profile_names", "profile.h", kError, true, OurNames},
    {"profile_no_nocheck", "RFC 6960 4.2.2.2.1", kError, true, NoNoCheck},
};

}  // namespace

absl::Span<const Lint> Lints() { return kLints; }

std::vector<LintFinding> LintTbs(absl::string_view tbs_der,
                                 const LintContext& context) {
  const absl::StatusOr<Tbs> tbs = CutTbs(tbs_der);
  if (!tbs.ok()) {
    return {{"structure", "RFC 5280 4.1", LintSeverity::kError}};
  }
  std::vector<LintFinding> findings;
  for (const Lint& lint : kLints) {
    if (lint.profiles_only && !context.role.has_value()) continue;
    if (lint.holds(*tbs, context)) continue;
    findings.push_back(
        {std::string(lint.name), std::string(lint.source), lint.severity});
  }
  return findings;
}

absl::Status CheckLints(absl::string_view tbs_der, const LintContext& context) {
  std::vector<std::string> wrong;
  for (const LintFinding& finding : LintTbs(tbs_der, context)) {
    if (finding.severity != LintSeverity::kError) continue;
    wrong.push_back(absl::StrCat(finding.name, " (", finding.source, ")"));
  }
  if (wrong.empty()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(
      "the certificate to be signed breaks ", absl::StrJoin(wrong, ", ")));
}

}  // namespace pki
}  // namespace otrp
