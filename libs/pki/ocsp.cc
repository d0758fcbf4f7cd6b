#include "libs/pki/ocsp.h"

#include <algorithm>

#include "absl/base/macros.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/der.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/sign.h"

namespace otrp {
namespace pki {
namespace {

namespace der = crypto::der;

constexpr char kBasicOid[] = "1.3.6.1.5.5.7.48.1.1";
constexpr char kNonceOid[] = "1.3.6.1.5.5.7.48.1.2";

// RFC 9654: a nonce has at most 128 octets.
constexpr size_t kMaxNonce = 128;
// Entries, and certificates, of a response.
constexpr size_t kMaxEntries = 8;
constexpr absl::Duration kClockSkew = absl::Minutes(5);

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("OCSP: ", what));
}

absl::Status Refused(absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat("OCSP: ", what));
}

struct HashRow {
  const char* oid;
  crypto::DigestAlgorithm algorithm;
};

// In the order of kCertIdHashes.
constexpr HashRow kHashes[] = {
    {"1.3.14.3.2.26", crypto::DigestAlgorithm::kSha1},
    {"2.16.840.1.101.3.4.2.1", crypto::DigestAlgorithm::kSha256},
    {"2.16.840.1.101.3.4.2.2", crypto::DigestAlgorithm::kSha384},
    {"2.16.840.1.101.3.4.2.3", crypto::DigestAlgorithm::kSha512}};
static_assert(ABSL_ARRAYSIZE(kHashes) == ABSL_ARRAYSIZE(kCertIdHashes),
              "each hash has its word");

// Null for another.
const HashRow* FindHash(absl::string_view word) {
  for (size_t i = 0; i < ABSL_ARRAYSIZE(kHashes); ++i) {
    if (kCertIdHashes[i] == word) return &kHashes[i];
  }
  return nullptr;
}

absl::StatusOr<CertId> ReadCertId(const der::Element& element) {
  CertId id;
  id.der = std::string(element.whole);
  der::Reader reader(element.content);
  OTRP_ASSIGN_OR_RETURN(const der::Element algorithm,
                        reader.Next(der::kSequence));
  der::Reader algorithm_reader(algorithm.content);
  OTRP_ASSIGN_OR_RETURN(const der::Element oid,
                        algorithm_reader.Next(der::kOid));
  OTRP_ASSIGN_OR_RETURN(const std::string dotted, der::ReadOid(oid.content));
  for (size_t i = 0; i < ABSL_ARRAYSIZE(kHashes); ++i) {
    if (dotted == kHashes[i].oid) id.hash = std::string(kCertIdHashes[i]);
  }
  OTRP_ASSIGN_OR_RETURN(const der::Element name,
                        reader.Next(der::kOctetString));
  OTRP_ASSIGN_OR_RETURN(const der::Element key, reader.Next(der::kOctetString));
  OTRP_ASSIGN_OR_RETURN(const der::Element serial, reader.Next(der::kInteger));
  if (!reader.empty()) return Bad("CertID has more than four members");
  id.issuer_name_hash = std::string(name.content);
  id.issuer_key_hash = std::string(key.content);
  OTRP_ASSIGN_OR_RETURN(id.serial, der::ReadPositiveHex(serial.content));
  return id;
}

// The nonce out of a list of extensions; unknown critical ones are refused.
absl::StatusOr<std::string> ReadNonce(absl::string_view extensions) {
  std::string nonce;
  der::Reader outer(extensions);
  OTRP_ASSIGN_OR_RETURN(const der::Element list, outer.Next(der::kSequence));
  der::Reader reader(list.content);
  while (!reader.empty()) {
    OTRP_ASSIGN_OR_RETURN(const der::Element item, reader.Next(der::kSequence));
    der::Reader fields(item.content);
    OTRP_ASSIGN_OR_RETURN(const der::Element oid, fields.Next(der::kOid));
    OTRP_ASSIGN_OR_RETURN(const std::string dotted, der::ReadOid(oid.content));
    bool critical = false;
    if (fields.At(0x01)) {
      OTRP_ASSIGN_OR_RETURN(const der::Element flag, fields.Next(0x01));
      critical = flag.content == "\xff";
    }
    OTRP_ASSIGN_OR_RETURN(const der::Element value,
                          fields.Next(der::kOctetString));
    if (dotted != kNonceOid) {
      if (critical) return Bad("there is an unknown critical extension");
      continue;
    }
    // The value is an OCTET STRING in the OCTET STRING; older clients leave
    // the inner one out.
    der::Reader inner(value.content);
    absl::StatusOr<der::Element> octets = inner.Next(der::kOctetString);
    nonce = std::string(octets.ok() && inner.empty() ? octets->content
                                                     : value.content);
    if (nonce.empty() || nonce.size() > kMaxNonce) {
      return Bad("the nonce has to have 1 to 128 octets");
    }
  }
  return nonce;
}

std::string NonceExtensions(const std::string& nonce) {
  return der::Sequence({der::Sequence(
      {der::Oid(kNonceOid), der::OctetString(der::OctetString(nonce))})});
}

std::string AlgorithmFor(const crypto::PublicKey& key) {
  const std::string oid = der::Oid(crypto::CertificateSignatureOid(key));
  return key.type() == crypto::KeyType::kRsa ? der::Sequence({oid, der::Null()})
                                             : der::Sequence({oid});
}

std::string StatusDer(const OcspEntry& entry) {
  switch (entry.status) {
    case OcspStatus::kGood: return der::Tlv(der::Context(0), "");
    case OcspStatus::kRevoked: {
      std::string info = der::GeneralizedTime(entry.revoked_at);
      if (entry.reason >= 0) {
        absl::StrAppend(
            &info, der::Tlv(der::Explicit(0), der::Enumerated(entry.reason)));
      }
      return der::Tlv(der::Explicit(1), info);
    }
    case OcspStatus::kUnknown: break;
  }
  return der::Tlv(der::Context(2), "");
}

}  // namespace

bool CertId::IssuedBy(const Certificate& issuer) const {
  const HashRow* row = FindHash(hash);
  return row != nullptr &&
         issuer_name_hash ==
             crypto::Digest(row->algorithm, issuer.info().subject_der) &&
         issuer_key_hash ==
             crypto::Digest(row->algorithm, issuer.info().key_bits);
}

CertId CertIdOf(absl::string_view serial, const Certificate& issuer,
                absl::string_view hash) {
  CertId id;
  const HashRow* row = FindHash(hash);
  if (row == nullptr) return id;
  id.hash = std::string(hash);
  id.issuer_name_hash =
      crypto::Digest(row->algorithm, issuer.info().subject_der);
  id.issuer_key_hash = crypto::Digest(row->algorithm, issuer.info().key_bits);
  id.serial = std::string(serial);
  const std::string even =
      serial.size() % 2 == 0 ? id.serial : absl::StrCat("0", serial);
  id.der = der::Sequence({der::Sequence({der::Oid(row->oid), der::Null()}),
                          der::OctetString(id.issuer_name_hash),
                          der::OctetString(id.issuer_key_hash),
                          der::PositiveInteger(absl::HexStringToBytes(even))});
  return id;
}

CertId CertIdOf(const Certificate& certificate, const Certificate& issuer) {
  return CertIdOf(certificate.serial(), issuer);
}

absl::StatusOr<std::string> BuildOcspRequest(const Certificate& subject,
                                             const Certificate& issuer) {
  if (subject.info().issuer_der != issuer.info().subject_der) {
    return Bad("the certificate isn't one of this issuer");
  }
  return der::Sequence({der::Sequence(
      {der::Sequence({der::Sequence({CertIdOf(subject, issuer).der})})})});
}

absl::StatusOr<OcspRequest> ParseOcspRequest(absl::string_view bytes) {
  OTRP_RETURN_IF_ERROR(der::CheckStrict(bytes));
  der::Reader outer(bytes);
  OTRP_ASSIGN_OR_RETURN(const der::Element request, outer.Next(der::kSequence));
  der::Reader request_reader(request.content);
  OTRP_ASSIGN_OR_RETURN(const der::Element tbs,
                        request_reader.Next(der::kSequence));
  der::Reader reader(tbs.content);
  // version and requestorName are of no interest.
  for (int tag : {0, 1}) {
    if (reader.At(der::Explicit(tag))) {
      OTRP_RETURN_IF_ERROR(reader.Next().status());
    }
  }
  OTRP_ASSIGN_OR_RETURN(const der::Element list, reader.Next(der::kSequence));
  OcspRequest out;
  der::Reader items(list.content);
  if (items.empty()) return Bad("the request asks about no certificate");
  OTRP_ASSIGN_OR_RETURN(const der::Element item, items.Next(der::kSequence));
  der::Reader fields(item.content);
  OTRP_ASSIGN_OR_RETURN(const der::Element id, fields.Next(der::kSequence));
  OTRP_ASSIGN_OR_RETURN(out.id, ReadCertId(id));
  if (reader.At(der::Explicit(2))) {
    OTRP_ASSIGN_OR_RETURN(const der::Element extensions, reader.Next());
    OTRP_ASSIGN_OR_RETURN(out.nonce, ReadNonce(extensions.content));
  }
  return out;
}

absl::StatusOr<std::string> IssueOcspResponse(const OcspTemplate& response,
                                              const Certificate& responder,
                                              const crypto::PrivateKey& key) {
  std::string singles;
  for (const OcspEntry& entry : response.entries) {
    absl::StrAppend(
        &singles,
        der::Sequence({entry.id.der, StatusDer(entry),
                       der::GeneralizedTime(response.this_update),
                       der::Tlv(der::Explicit(0),
                                der::GeneralizedTime(response.next_update))}));
  }
  const std::string tbs = der::Sequence(
      {der::Tlv(der::Explicit(2),
                der::OctetString(crypto::Sha1(responder.info().key_bits))),
       der::GeneralizedTime(response.produced_at),
       der::Tlv(der::kSequence, singles),
       response.nonce.empty()
           ? std::string()
           : der::Tlv(der::Explicit(1), NonceExtensions(response.nonce))});
  OTRP_ASSIGN_OR_RETURN(const std::string signature,
                        crypto::SignForCertificates(key, tbs));
  const std::string basic = der::Sequence(
      {tbs, AlgorithmFor(key.public_key()), der::BitString(signature),
       responder.is_ca()
           ? std::string()
           : der::Tlv(der::Explicit(0), der::Sequence({responder.der()}))});
  return der::Sequence(
      {der::Enumerated(0),
       der::Tlv(der::Explicit(0), der::Sequence({der::Oid(kBasicOid),
                                                 der::OctetString(basic)}))});
}

std::string OcspErrorResponse(OcspError error) {
  return der::Sequence({der::Enumerated(static_cast<int>(error))});
}

namespace {

// Each costs a comparison.
constexpr size_t kMaxResponseEntries = 100;

}  // namespace

absl::StatusOr<OcspResponse> OcspResponse::Parse(absl::string_view bytes) {
  OTRP_RETURN_IF_ERROR(der::CheckStrict(bytes));
  der::Reader outer(bytes);
  OTRP_ASSIGN_OR_RETURN(const der::Element whole, outer.Next(der::kSequence));
  der::Reader fields(whole.content);
  OTRP_ASSIGN_OR_RETURN(const der::Element code, fields.Next(der::kEnumerated));
  if (code.content != absl::string_view("\0", 1)) {
    return Bad(absl::StrCat("the responder answers with error ",
                            absl::BytesToHexString(code.content)));
  }
  OTRP_ASSIGN_OR_RETURN(const der::Element wrapped,
                        fields.Next(der::Explicit(0)));
  der::Reader wrapped_reader(wrapped.content);
  OTRP_ASSIGN_OR_RETURN(const der::Element typed,
                        wrapped_reader.Next(der::kSequence));
  der::Reader typed_reader(typed.content);
  OTRP_ASSIGN_OR_RETURN(const der::Element oid, typed_reader.Next(der::kOid));
  OTRP_ASSIGN_OR_RETURN(const std::string type, der::ReadOid(oid.content));
  if (type != kBasicOid) return Bad("the response isn't a basic one");
  OTRP_ASSIGN_OR_RETURN(const der::Element octets,
                        typed_reader.Next(der::kOctetString));
  OTRP_RETURN_IF_ERROR(der::CheckStrict(octets.content));
  der::Reader basic_outer(octets.content);
  OTRP_ASSIGN_OR_RETURN(const der::Element basic,
                        basic_outer.Next(der::kSequence));

  OcspResponse out;
  out.der_ = std::string(bytes);
  der::Reader reader(basic.content);
  OTRP_ASSIGN_OR_RETURN(const der::Element tbs, reader.Next(der::kSequence));
  out.tbs_ = std::string(tbs.whole);
  OTRP_ASSIGN_OR_RETURN(const der::Element algorithm,
                        reader.Next(der::kSequence));
  der::Reader algorithm_reader(algorithm.content);
  OTRP_ASSIGN_OR_RETURN(const der::Element algorithm_oid,
                        algorithm_reader.Next(der::kOid));
  OTRP_ASSIGN_OR_RETURN(out.signature_algorithm_,
                        der::ReadOid(algorithm_oid.content));
  OTRP_ASSIGN_OR_RETURN(const der::Element signature,
                        reader.Next(der::kBitString));
  OTRP_ASSIGN_OR_RETURN(const absl::string_view signature_octets,
                        der::ReadBitString(signature.content));
  out.signature_ = std::string(signature_octets);
  if (reader.At(der::Explicit(0))) {
    OTRP_ASSIGN_OR_RETURN(const der::Element certificates, reader.Next());
    der::Reader list_outer(certificates.content);
    OTRP_ASSIGN_OR_RETURN(const der::Element list,
                          list_outer.Next(der::kSequence));
    der::Reader list_reader(list.content);
    while (!list_reader.empty()) {
      OTRP_ASSIGN_OR_RETURN(const der::Element certificate,
                            list_reader.Next(der::kSequence));
      if (out.certificates_.size() == kMaxEntries) {
        return Bad("the response has too many certificates");
      }
      out.certificates_.emplace_back(certificate.whole);
    }
  }

  der::Reader data(tbs.content);
  if (data.At(der::Explicit(0))) OTRP_RETURN_IF_ERROR(data.Next().status());
  if (!data.At(der::Explicit(1)) && !data.At(der::Explicit(2))) {
    return Bad("the response doesn't name its responder");
  }
  OTRP_RETURN_IF_ERROR(data.Next().status());
  OTRP_ASSIGN_OR_RETURN(const der::Element produced,
                        data.Next(der::kGeneralizedTime));
  OTRP_ASSIGN_OR_RETURN(out.produced_at_,
                        der::ReadGeneralizedTime(produced.content));
  OTRP_ASSIGN_OR_RETURN(const der::Element singles, data.Next(der::kSequence));
  der::Reader items(singles.content);
  while (!items.empty()) {
    OTRP_ASSIGN_OR_RETURN(const der::Element item, items.Next(der::kSequence));
    der::Reader single(item.content);
    Entry entry;
    OTRP_ASSIGN_OR_RETURN(const der::Element id, single.Next(der::kSequence));
    OTRP_ASSIGN_OR_RETURN(entry.id, ReadCertId(id));
    if (single.At(der::Context(0))) {
      entry.status = OcspStatus::kGood;
    } else if (single.At(der::Explicit(1))) {
      entry.status = OcspStatus::kRevoked;
    } else if (single.At(der::Context(2))) {
      entry.status = OcspStatus::kUnknown;
    } else {
      return Bad("a status is none of good, revoked, unknown");
    }
    OTRP_RETURN_IF_ERROR(single.Next().status());
    OTRP_ASSIGN_OR_RETURN(const der::Element this_update,
                          single.Next(der::kGeneralizedTime));
    OTRP_ASSIGN_OR_RETURN(entry.this_update,
                          der::ReadGeneralizedTime(this_update.content));
    // Without nextUpdate, newer information is always available: such a
    // response proves nothing later.
    entry.next_update = entry.this_update;
    if (single.At(der::Explicit(0))) {
      OTRP_ASSIGN_OR_RETURN(const der::Element wrapped_time, single.Next());
      der::Reader time_reader(wrapped_time.content);
      OTRP_ASSIGN_OR_RETURN(const der::Element next,
                            time_reader.Next(der::kGeneralizedTime));
      OTRP_ASSIGN_OR_RETURN(entry.next_update,
                            der::ReadGeneralizedTime(next.content));
    }
    // singleExtensions: none of them matters here, unless it is critical.
    if (single.At(der::Explicit(1))) {
      OTRP_ASSIGN_OR_RETURN(const der::Element extensions, single.Next());
      OTRP_RETURN_IF_ERROR(ReadNonce(extensions.content).status());
    }
    // Others' responders may tell about many at once.
    if (out.entries_.size() == kMaxResponseEntries) {
      return Bad("the response has too many entries");
    }
    out.entries_.push_back(std::move(entry));
  }
  if (out.entries_.empty()) return Bad("the response has no entry");
  if (data.At(der::Explicit(1))) {
    OTRP_ASSIGN_OR_RETURN(const der::Element extensions, data.Next());
    OTRP_ASSIGN_OR_RETURN(out.nonce_, ReadNonce(extensions.content));
  }
  return out;
}

namespace {

constexpr char kNoCheckOid[] = "1.3.6.1.5.5.7.48.1.5";

int Badness(OcspStatus status) {
  switch (status) {
    case OcspStatus::kGood: return 0;
    case OcspStatus::kUnknown: return 1;
    case OcspStatus::kRevoked: break;
  }
  return 2;
}

}  // namespace

absl::Time OcspResponse::ends_at() const {
  absl::Time end = absl::InfiniteFuture();
  for (const Entry& entry : entries_) end = std::min(end, entry.next_update);
  return end;
}

absl::Status OcspResponse::CheckResponder(
    const Certificate& responder, const Certificate& issuer, absl::Time now,
    absl::Span<const Crl* const> crls) const {
  const auto refuse = [](absl::string_view why) {
    return Refused(absl::StrCat("the responder's certificate ", why));
  };
  const auto& oids = responder.eku_oids();
  if (std::find(oids.begin(), oids.end(), kOcspSigningEku) == oids.end()) {
    return refuse("isn't for OCSP signing (extendedKeyUsage)");
  }
  if (responder.info().has_key_usage &&
      (responder.info().key_usage & crypto::kDigitalSignature) == 0) {
    return refuse("isn't for signing (keyUsage lacks digitalSignature)");
  }
  if (!crypto::IsStrongSignature(responder.info().signature_oid)) {
    return refuse("is signed with an algorithm that isn't accepted");
  }
  std::vector<std::string> chain;
  crypto::ChainFailure failure;
  const absl::Status built = crypto::BuildX509Chain(
      responder.info(), {}, {&issuer.info()}, now, 1, &chain, &failure);
  if (!built.ok()) return refuse(absl::StrCat("fails: ", built.message()));
  std::vector<const Crl*> about;
  for (const Crl* crl : crls) {
    if (crl->IsFor(responder) && crl->VerifySigner(issuer).ok()) {
      about.push_back(crl);
    }
  }
  const RevocationWord word =
      WordOf(about, responder, now, absl::ZeroDuration());
  if (word.revoked) return refuse("is revoked");
  if (now >= word.good_until &&
      !crypto::HasExtension(responder.info(), kNoCheckOid)) {
    return refuse(
        "may be revoked: it has no id-pkix-ocsp-nocheck, and no current CRL "
        "speaks about it");
  }
  return absl::OkStatus();
}

absl::Status OcspResponse::VerifySigner(
    const Certificate& issuer, absl::Time now,
    absl::Span<const Crl* const> crls) const {
  const auto signed_by = [&](const crypto::PublicKey& key) {
    return crypto::VerifyStrongSignature(key, signature_algorithm_, tbs_,
                                         signature_)
        .ok();
  };
  if (signed_by(issuer.public_key())) return absl::OkStatus();
  // A delegated responder: certified by this very issuer for OCSP signing.
  for (const std::string& bytes : certificates_) {
    const absl::StatusOr<Certificate> responder = Certificate::FromDer(bytes);
    if (!responder.ok() || !signed_by(responder->public_key())) continue;
    return CheckResponder(*responder, issuer, now, crls);
  }
  return Refused("the response's signature is wrong");
}

absl::Status OcspResponse::CheckTimes(const Entry& entry,
                                      absl::Time now) const {
  if (now + kClockSkew < produced_at_) {
    return Refused("the response was produced in the future (producedAt)");
  }
  if (produced_at_ + kClockSkew < entry.this_update) {
    return Refused(
        "the response tells more than was known when it was produced "
        "(producedAt is before thisUpdate)");
  }
  if (now + kClockSkew < entry.this_update) {
    return Refused("the response isn't valid yet");
  }
  if (now - kClockSkew >= entry.next_update) {
    return Refused("the response has run out");
  }
  return absl::OkStatus();
}

absl::StatusOr<OcspAnswer> OcspResponse::Answer(
    const Certificate& subject, const Certificate& issuer, absl::Time now,
    absl::Span<const Crl* const> crls) const {
  // Of several current entries for one certificate the worst counts: a "good"
  // in front never hides a "revoked" behind it. Of equal ones that which ends
  // first.
  absl::StatusOr<OcspAnswer> worst =
      Refused("the response is about another certificate");
  for (const Entry& entry : entries_) {
    if (entry.id.serial != subject.serial() || !entry.id.IssuedBy(issuer)) {
      continue;
    }
    const absl::Status times = CheckTimes(entry, now);
    if (!times.ok()) {
      if (!worst.ok()) worst = times;
      continue;
    }
    const OcspAnswer answer = {entry.status, entry.this_update,
                               entry.next_update};
    if (!worst.ok() || Badness(answer.status) > Badness(worst->status) ||
        (answer.status == worst->status &&
         answer.next_update < worst->next_update)) {
      worst = answer;
    }
  }
  // Nothing that isn't about the certificate costs a signature.
  if (worst.ok()) OTRP_RETURN_IF_ERROR(VerifySigner(issuer, now, crls));
  return worst;
}

absl::StatusOr<OcspStatus> OcspResponse::Verify(const Certificate& subject,
                                                const Certificate& issuer,
                                                absl::Time now) const {
  OTRP_ASSIGN_OR_RETURN(const OcspAnswer answer, Answer(subject, issuer, now));
  return answer.status;
}

}  // namespace pki
}  // namespace otrp
