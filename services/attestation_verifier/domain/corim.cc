#include "services/attestation_verifier/domain/corim.h"

#include <algorithm>
#include <initializer_list>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/cbor/cbor.h"
#include "libs/crypto/pem.h"
#include "services/attestation_verifier/limits.h"
#include "services/attestation_verifier/schemes/eat_claims.h"
#include "services/attestation_verifier/schemes/psa/psa.h"

namespace otrp {
namespace verifier {
namespace {

using cbor::Value;

constexpr char kPsaProfile[] = "tag:arm.com,2025:psa#1.0.0";
constexpr char kPsaComponent[] = "psa.software-component";

// Of items.
constexpr int64_t kEpochTag = 1;
constexpr int64_t kUriTag = 32;
constexpr int64_t kUnsignedCorimTag = 501;
constexpr int64_t kComidTag = 506;
constexpr int64_t kUeidTag = 550;
constexpr int64_t kPkixKeyTag = 554;
constexpr int64_t kBytesTag = 560;

// Parameter of the protected header: corim-meta.
constexpr int64_t kMeta = 8;
constexpr int64_t kMetaValidity = 1;

// Ids of the IANA registry of named information hashes.
struct HashRow {
  int64_t id;
  size_t size;
};
constexpr HashRow kHashes[] = {{1, 32}, {7, 48}, {8, 64}};

constexpr size_t kImplementationIdBytes = 32;
constexpr size_t kMaxTriples = 1000;

cbor::Limits CorimLimits() {
  cbor::Limits limits;
  limits.bytes = kMaxCorimBytes;
  limits.depth = 24;
  limits.values = size_t{1} << 16;
  return limits;
}

absl::Status Wrong(const std::string& where, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": must be ", what));
}

absl::Status NotUnderstood(const std::string& where, absl::string_view what) {
  return absl::UnimplementedError(
      absl::StrCat(where, ": ", what, " isn't understood here"));
}

std::string NameOf(const Value& key) {
  return key.is_text() ? key.octets() : absl::StrCat(key.integer());
}

// A map that has none but these members.
absl::Status CheckMap(const Value& value, const std::string& where,
                      std::initializer_list<int64_t> known) {
  if (!value.is_map()) return Wrong(where, "a map");
  for (const Value::Member& member : value.members()) {
    const Value& key = member.first;
    if (!key.is_integer() ||
        std::count(known.begin(), known.end(), key.integer()) == 0) {
      return NotUnderstood(absl::StrCat(where, ".", NameOf(key)), "this");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckList(const Value* value, const std::string& where) {
  return value == nullptr || !value->is_array() || value->items().empty() ||
                 value->items().size() > kMaxTriples
             ? Wrong(where, "a list of 1 to 1000")
             : absl::OkStatus();
}

absl::StatusOr<std::string> TaggedBytes(const Value& value, int64_t tag,
                                        const std::string& where) {
  if (!value.is_tag(tag) || !value.items()[0].is_bytes()) {
    return NotUnderstood(where, absl::StrCat("other than tag ", tag));
  }
  return value.items()[0].octets();
}

// {0: not-before, 1: not-after}, the first may be absent.
absl::Status CheckValidity(const Value* validity, const std::string& where,
                           absl::Time now) {
  if (validity == nullptr) return absl::OkStatus();
  OTRP_RETURN_IF_ERROR(CheckMap(*validity, where, {0, 1}));
  const auto read = [&](int64_t key,
                        absl::Time otherwise) -> absl::StatusOr<absl::Time> {
    const Value* time = validity->Find(key);
    if (time == nullptr) return otherwise;
    if (!time->is_tag(kEpochTag) || !time->items()[0].is_integer()) {
      return Wrong(absl::StrCat(where, ".", key), "a time");
    }
    return absl::FromUnixSeconds(time->items()[0].integer());
  };
  OTRP_ASSIGN_OR_RETURN(const absl::Time from, read(0, absl::InfinitePast()));
  OTRP_ASSIGN_OR_RETURN(const absl::Time until,
                        read(1, absl::InfiniteFuture()));
  if (now < from || now >= until) {
    return Wrong(where, "a time that includes now");
  }
  return absl::OkStatus();
}

// --- Measurements -----------------------------------------------------------

absl::StatusOr<std::string> DigestOf(const Value* digests,
                                     const std::string& where) {
  OTRP_RETURN_IF_ERROR(CheckList(digests, where));
  if (digests->items().size() != 1) {
    return NotUnderstood(where, "more than one digest of a component");
  }
  const std::vector<Value>& digest = digests->items()[0].items();
  if (!digests->items()[0].is_array() || digest.size() != 2 ||
      !digest[0].is_integer() || !digest[1].is_bytes()) {
    return Wrong(where, "[algorithm, octets]");
  }
  for (const HashRow& row : kHashes) {
    if (row.id != digest[0].integer()) continue;
    if (row.size != digest[1].octets().size()) {
      return Wrong(where, absl::StrCat(row.size, " octets"));
    }
    return digest[1].octets();
  }
  return NotUnderstood(where, "an algorithm other than SHA-256, 384 and 512");
}

absl::StatusOr<std::string> SignerOf(const Value* keys,
                                     const std::string& where) {
  OTRP_RETURN_IF_ERROR(CheckList(keys, where));
  if (keys->items().size() != 1) {
    return NotUnderstood(where, "more than one signer id");
  }
  OTRP_ASSIGN_OR_RETURN(std::string id,
                        TaggedBytes(keys->items()[0], kBytesTag, where));
  if (id.size() != 32 && id.size() != 48 && id.size() != 64) {
    return Wrong(where, "32, 48 or 64 octets");
  }
  return id;
}

absl::StatusOr<const Value*> ValuesOf(const Value& measurement,
                                      const std::string& where) {
  OTRP_RETURN_IF_ERROR(CheckMap(measurement, where, {0, 1}));
  const Value* values = measurement.Find(1);
  if (values == nullptr) return Wrong(absl::StrCat(where, ".mval"), "a map");
  return values;
}

absl::StatusOr<schemes::PsaComponent> ComponentOf(const Value& measurement,
                                                  const std::string& where) {
  OTRP_ASSIGN_OR_RETURN(const Value* values, ValuesOf(measurement, where));
  const Value* key = measurement.Find(0);
  if (key == nullptr || !key->is_text() || key->octets() != kPsaComponent) {
    return NotUnderstood(absl::StrCat(where, ".mkey"),
                         absl::StrCat("other than ", kPsaComponent));
  }
  const std::string inside = absl::StrCat(where, ".mval");
  // Version (0) and name (11) are words for what the digest tells.
  OTRP_RETURN_IF_ERROR(CheckMap(*values, inside, {0, 2, 11, 13}));
  schemes::PsaComponent component;
  OTRP_ASSIGN_OR_RETURN(
      component.measurement,
      DigestOf(values->Find(2), absl::StrCat(inside, ".digests")));
  OTRP_ASSIGN_OR_RETURN(
      component.signer_id,
      SignerOf(values->Find(13), absl::StrCat(inside, ".cryptokeys")));
  return component;
}

absl::StatusOr<CorimValue> PsaValue(const std::string& implementation_id,
                                    const Value& measurements,
                                    const std::string& where) {
  if (implementation_id.size() != kImplementationIdBytes) {
    return Wrong(absl::StrCat(where, ".environment.class.class-id"),
                 "32 octets, a PSA implementation id");
  }
  std::vector<schemes::PsaComponent> components;
  for (size_t i = 0; i < measurements.items().size(); ++i) {
    OTRP_ASSIGN_OR_RETURN(
        schemes::PsaComponent component,
        ComponentOf(measurements.items()[i],
                    absl::StrCat(where, ".measurements[", i, "]")));
    components.push_back(std::move(component));
  }
  return CorimValue{schemes::PsaTeeName(implementation_id),
                    schemes::SoftwareVersion(std::move(components))};
}

// {0: {0: version}} alone; its scheme (1) is a word for it.
absl::StatusOr<CorimValue> VersionValue(const Value& model,
                                        const Value& measurements,
                                        const std::string& where) {
  CorimValue value;
  if (!model.is_text() || model.octets().empty()) {
    return Wrong(absl::StrCat(where, ".environment.class.model"), "a text");
  }
  value.tee_name = model.octets();
  OTRP_RETURN_IF_ERROR(schemes::CheckName(
      absl::StrCat(where, ".environment.class.model"), value.tee_name));
  if (measurements.items().size() != 1) {
    return NotUnderstood(absl::StrCat(where, ".measurements"),
                         "more than one measurement of a model");
  }
  const std::string inside = absl::StrCat(where, ".measurements[0]");
  const Value& measurement = measurements.items()[0];
  OTRP_ASSIGN_OR_RETURN(const Value* values, ValuesOf(measurement, inside));
  if (measurement.Find(0) != nullptr) {
    return NotUnderstood(absl::StrCat(inside, ".mkey"), "a key of a model's");
  }
  OTRP_RETURN_IF_ERROR(CheckMap(*values, absl::StrCat(inside, ".mval"), {0}));
  const Value* version = values->Find(0);
  const Value* text = version == nullptr ? nullptr : version->Find(0);
  if (text == nullptr || !text->is_text() || text->octets().empty()) {
    return Wrong(absl::StrCat(inside, ".mval.version"), "a text");
  }
  OTRP_RETURN_IF_ERROR(
      CheckMap(*version, absl::StrCat(inside, ".mval.version"), {0, 1}));
  value.tee_version = text->octets();
  OTRP_RETURN_IF_ERROR(schemes::CheckName(absl::StrCat(inside, ".mval.version"),
                                          value.tee_version));
  return value;
}

// --- Triples ----------------------------------------------------------------

// [environment, list].
absl::Status CheckRecord(const Value& record, const std::string& where) {
  if (!record.is_array() || record.items().size() != 2 ||
      !record.items()[0].is_map()) {
    return Wrong(where, "[environment, list]");
  }
  return CheckList(&record.items()[1], absl::StrCat(where, "[1]"));
}

absl::StatusOr<const Value*> ClassOf(const Value& environment,
                                     const std::string& where) {
  const Value* of_class = environment.Find(0);
  if (of_class == nullptr) return NotUnderstood(where, "one without a class");
  OTRP_RETURN_IF_ERROR(
      CheckMap(*of_class, absl::StrCat(where, ".class"), {0, 1, 2}));
  return of_class;
}

absl::StatusOr<CorimValue> ReferenceOf(const Value& record,
                                       const std::string& where) {
  OTRP_RETURN_IF_ERROR(CheckRecord(record, where));
  const Value& environment = record.items()[0];
  const Value& measurements = record.items()[1];
  const std::string place = absl::StrCat(where, ".environment");
  OTRP_RETURN_IF_ERROR(CheckMap(environment, place, {0}));
  OTRP_ASSIGN_OR_RETURN(const Value* of_class, ClassOf(environment, place));
  if (const Value* id = of_class->Find(0)) {
    OTRP_ASSIGN_OR_RETURN(
        const std::string octets,
        TaggedBytes(*id, kBytesTag, absl::StrCat(place, ".class.class-id")));
    return PsaValue(octets, measurements, where);
  }
  const Value* model = of_class->Find(2);
  if (model == nullptr) {
    return NotUnderstood(absl::StrCat(place, ".class"),
                         "one without class-id and model");
  }
  return VersionValue(*model, measurements, where);
}

absl::StatusOr<CorimKey> AttestKeyOf(const Value& record,
                                     const std::string& where) {
  OTRP_RETURN_IF_ERROR(CheckRecord(record, where));
  const Value& environment = record.items()[0];
  const std::string place = absl::StrCat(where, ".environment");
  OTRP_RETURN_IF_ERROR(CheckMap(environment, place, {0, 1}));
  const Value* instance = environment.Find(1);
  if (instance == nullptr) {
    return NotUnderstood(place, "a key of no single instance");
  }
  CorimKey key;
  OTRP_ASSIGN_OR_RETURN(
      key.key_id,
      TaggedBytes(*instance, kUeidTag, absl::StrCat(place, ".instance")));
  if (key.key_id.empty() || key.key_id.size() > kMaxKeyIdBytes) {
    return Wrong(absl::StrCat(place, ".instance"), "7 to 33 octets");
  }
  const std::string keys = absl::StrCat(where, ".keys");
  const std::vector<Value>& list = record.items()[1].items();
  if (list.size() != 1) return NotUnderstood(keys, "more than one key");
  if (!list[0].is_tag(kPkixKeyTag) || !list[0].items()[0].is_text()) {
    return NotUnderstood(keys, "other than tag 554, a key in PEM");
  }
  const absl::StatusOr<std::vector<crypto::PemBlock>> blocks =
      crypto::PemDecode(list[0].items()[0].octets());
  if (!blocks.ok() || blocks->size() != 1 ||
      (*blocks)[0].label != "PUBLIC KEY") {
    return Wrong(keys, "one public key in PEM");
  }
  key.spki = (*blocks)[0].der;
  return key;
}

absl::Status TakeTriples(const Value& triples, const std::string& where,
                         CorimContent* out) {
  OTRP_RETURN_IF_ERROR(CheckMap(triples, where, {0, 3}));
  for (const Value::Member& member : triples.members()) {
    const bool is_reference = member.first.integer() == 0;
    const std::string name = absl::StrCat(
        where, is_reference ? ".reference-triples" : ".attest-key-triples");
    OTRP_RETURN_IF_ERROR(CheckList(&member.second, name));
    const std::vector<Value>& records = member.second.items();
    for (size_t i = 0; i < records.size(); ++i) {
      const std::string place = absl::StrCat(name, "[", i, "]");
      if (is_reference) {
        OTRP_ASSIGN_OR_RETURN(CorimValue value, ReferenceOf(records[i], place));
        out->values.push_back(std::move(value));
      } else {
        OTRP_ASSIGN_OR_RETURN(CorimKey key, AttestKeyOf(records[i], place));
        out->keys.push_back(std::move(key));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status TakeComid(const Value& tag, const std::string& where,
                       CorimContent* out) {
  OTRP_ASSIGN_OR_RETURN(const std::string octets,
                        TaggedBytes(tag, kComidTag, where));
  const absl::StatusOr<Value> comid = cbor::Parse(octets, CorimLimits());
  if (!comid.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, ": ", comid.status().message()));
  }
  // Language, identity, entities, triples. Links (3) would say that another
  // file is to be read with it, or instead.
  OTRP_RETURN_IF_ERROR(CheckMap(*comid, where, {0, 1, 2, 4}));
  if (comid->Find(1) == nullptr) {
    return Wrong(absl::StrCat(where, ".tag-identity"), "a map");
  }
  const Value* triples = comid->Find(4);
  if (triples == nullptr)
    return Wrong(absl::StrCat(where, ".triples"), "a map");
  return TakeTriples(*triples, absl::StrCat(where, ".triples"), out);
}

}  // namespace

absl::StatusOr<CorimContent> ReadCorim(absl::string_view octets,
                                       absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(const Value message,
                        cbor::Parse(octets, CorimLimits()));
  if (!message.is_tag(kUnsignedCorimTag)) return Wrong("corim", "tag 501");
  const Value& corim = message.items()[0];
  // Id, tags, profile, validity, entities. Dependent files (2) aren't fetched.
  OTRP_RETURN_IF_ERROR(CheckMap(corim, "corim", {0, 1, 3, 4, 5}));
  if (const Value* profile = corim.Find(3)) {
    if (!profile->is_tag(kUriTag) ||
        profile->items()[0].octets() != kPsaProfile) {
      return NotUnderstood("corim.profile",
                           absl::StrCat("other than ", kPsaProfile));
    }
  }
  OTRP_RETURN_IF_ERROR(CheckValidity(corim.Find(4), "corim.validity", now));
  const Value* tags = corim.Find(1);
  OTRP_RETURN_IF_ERROR(CheckList(tags, "corim.tags"));
  CorimContent out;
  for (size_t i = 0; i < tags->items().size(); ++i) {
    OTRP_RETURN_IF_ERROR(
        TakeComid(tags->items()[i], absl::StrCat("tags[", i, "]"), &out));
  }
  return out;
}

bool IsSignedCorim(absl::string_view octets) {
  constexpr char kSign1Head = '\xd2';
  return absl::StartsWith(octets, absl::string_view(&kSign1Head, 1));
}

absl::StatusOr<UnverifiedCorim> UnverifiedCorim::Parse(
    absl::string_view octets) {
  OTRP_ASSIGN_OR_RETURN(cose::UnverifiedSign1 message,
                        cose::UnverifiedSign1::Parse(octets, CorimLimits()));
  return UnverifiedCorim(std::move(message));
}

absl::StatusOr<std::string> UnverifiedCorim::Verify(
    const crypto::PublicKey& key, absl::Time now) && {
  OTRP_ASSIGN_OR_RETURN(const cose::VerifiedSign1 verified,
                        cose::VerifiedSign1::Verify(std::move(message_), key));
  const Value* meta = verified.protected_header().Find(kMeta);
  if (meta == nullptr || !meta->is_bytes()) {
    return Wrong("corim-meta", "in the protected header");
  }
  OTRP_ASSIGN_OR_RETURN(const Value content, cbor::Parse(meta->octets()));
  OTRP_RETURN_IF_ERROR(
      CheckValidity(content.Find(kMetaValidity), "corim-meta.validity", now));
  return verified.payload();
}

}  // namespace verifier
}  // namespace otrp
