#include "libs/attest/appraise.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/attest/reasons.h"
#include "libs/base/hex.h"
#include "libs/base/printable.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/sign.h"
#include "libs/jose/jws.h"
#include "libs/protocol/dsi.h"
#include "libs/protocol/read.h"

namespace otrp {
namespace attest {
namespace {

constexpr size_t kMaxNameBytes = 128;

constexpr char kWanted[] =
    "; an X.509 certificate with an RSA key of 2048 to 8192 bits or a P-256 "
    "key is wanted";

// What of the evidence is judged, and by what.
struct Ground {
  absl::string_view claim;
  absl::string_view value;
  absl::string_view rule;
  // Whose rule it is; null: no policy's.
  const ScopedPolicy* policy = nullptr;
};

void Add(absl::string_view code, absl::string_view detail, const Ground& ground,
         Appraisal* out) {
  AddReason({std::string(code), std::string(detail), std::string(ground.claim),
             std::string(ground.value), std::string(ground.rule),
             ground.policy == nullptr ? "" : LabelOf(*ground.policy)},
            out);
}

// What a role's checks are called.
struct RoleNames {
  absl::string_view prefix;
  absl::string_view subject;
  absl::string_view claim;
  absl::string_view anchors;
};
constexpr RoleNames kTeeNames = {"tee", "the TEE's chain", "tee.cert",
                                 "trust anchors of TEEs"};
constexpr RoleNames kTfwNames = {"tfw", "the firmware's chain", "tfwdata.cert",
                                 "trust anchors of firmware"};
// How a certificate is named as a value: by its SHA-256.
std::string NameOf(const std::string& der) {
  return absl::StrCat("sha256:", HexEncode(crypto::Sha256(der)));
}
constexpr char kRevocationRule[] = "policy.refuse_unknown_revocation";

// Of the operator: the one of the TEE's maker, or the base.
const ScopedPolicy& DecidingPolicy(const PolicySet& policies,
                                   const Appraisal& appraisal) {
  return *policies.ForAnchor(appraisal.tee_root_name).specific;
}

// True where the chain may be believed; adds reasons and remarks. What the
// TEE's chain ends at is in `out` by now, also where this is the firmware's.
bool CheckChain(const RoleNames& names, const std::string& leaf,
                const ChainResult& chain, const PolicySet& policies,
                Appraisal* out) {
  if (!chain.trusted) {
    Add(chain.problem == "revoked"
            ? absl::StrCat(names.prefix, "-cert-revoked")
            : absl::StrCat(names.prefix, "-chain-", chain.problem),
        chain.detail,
        {names.claim, NameOf(leaf),
         chain.problem == "revoked" ? "the issuer's CRL or OCSP response"
                                    : names.anchors},
        out);
    return false;
  }
  if (!chain.revocation_unknown) return true;
  const ScopedPolicy& policy = DecidingPolicy(policies, *out);
  const std::string value = NameOf(leaf);
  const Ground ground = {names.claim, value, kRevocationRule, &policy};
  const std::string detail = absl::StrCat(names.subject, ": ", chain.detail);
  for (const AskedCertificate& asked : chain.asked) out->asked.push_back(asked);
  if (chain.revocation_required) {
    Add(absl::StrCat(names.prefix, "-revocation-unknown"), detail,
        {names.claim, value, "allow_stale_hours of its revocation source"},
        out);
    return false;
  }
  if (policy.policy.refuse_unknown_revocation || chain.revocation_pending) {
    out->pending = out->pending || chain.revocation_pending;
    Add(absl::StrCat(names.prefix, "-revocation-unknown"), detail, ground, out);
    return false;
  }
  Add(reason::kRevocationUnchecked, detail, ground, out);
  return true;
}

bool TakeTeeChain(const std::string& leaf, const ChainResult& chain,
                  const PolicySet& policies, Appraisal* out) {
  if (chain.trusted) {
    out->not_after = chain.not_after;
    out->tee_root_name = chain.root_name;
  }
  return CheckChain(kTeeNames, leaf, chain, policies, out);
}

// Reading a certificate takes longer than checking a signature: of a chain that
// is known it is done.
absl::StatusOr<crypto::PublicKey> LeafKey(const ChainResult& chain,
                                          const std::string& leaf) {
  if (chain.leaf_key.has_value()) return *chain.leaf_key;
  absl::StatusOr<LeafView> view = ReadLeaf(leaf);
  if (!view.ok()) return view.status();
  return std::move(view->key);
}

// The signature's algorithm is the key's; what the message calls it has to
// agree.
bool AlgFits(absl::string_view alg, const crypto::PublicKey& key) {
  return alg == jose::SigAlgName(jose::SigAlgForKey(key.type()));
}

bool SignedBy(const crypto::PublicKey& key, const Evidence& evidence) {
  return AlgFits(evidence.alg, key) &&
         crypto::VerifySha256(key, evidence.signing_input, evidence.signature,
                              crypto::EcFormat::kP1363)
             .ok();
}

bool CheckTee(const Evidence& evidence, const protocol::Dsi& dsi,
              const Trust& trust, const PolicySet& policies, absl::Time now,
              Appraisal* out) {
  const ChainResult chain = trust.CheckChain(
      ChainRole::kTee, dsi.tee_certificate, dsi.tee_ca_certificates, now);
  const absl::StatusOr<crypto::PublicKey> key =
      LeafKey(chain, dsi.tee_certificate);
  if (!key.ok()) {
    Add(reason::kTeeCertMalformed,
        absl::StrCat("tee.cert: ", key.status().message(), kWanted),
        {"tee.cert", NameOf(dsi.tee_certificate), "X.509, RSA or P-256"}, out);
    return false;
  }
  if (!TakeTeeChain(dsi.tee_certificate, chain, policies, out)) {
    // Of a device that is refused for what it is, not for what somebody sent.
    out->proved = SignedBy(*key, evidence);
    return false;
  }
  const absl::string_view key_name = crypto::KeyTypeName(key->type());
  if (!AlgFits(evidence.alg, *key)) {
    Add(reason::kSignatureAlgorithm,
        absl::StrCat("signed with \"", Printable(evidence.alg, 16),
                     "\" while the TEE's key is ", key_name),
        {"alg", evidence.alg, absl::StrCat("tee.cert's key is ", key_name)},
        out);
    return false;
  }
  if (!SignedBy(*key, evidence)) {
    Add(reason::kSignatureInvalid,
        "the response isn't signed by the key of tee.cert",
        {"signature", "", absl::StrCat("key of ", NameOf(dsi.tee_certificate))},
        out);
    return false;
  }
  out->proved = true;
  out->tee_key = *key;
  return true;
}

// ES256 as JOSE writes it or as X.509 does: firmware "isn't expected to know
// JSON", and the drafts don't say which.
bool FirmwareSigned(const protocol::FirmwareData& firmware,
                    const crypto::PublicKey& key, absl::string_view tid) {
  for (crypto::EcFormat format :
       {crypto::EcFormat::kP1363, crypto::EcFormat::kDer}) {
    if (crypto::VerifySha256(key, tid, firmware.signature, format).ok()) {
      return true;
    }
    if (key.type() == crypto::KeyType::kRsa) break;
  }
  return false;
}

bool CheckFirmware(const Evidence& evidence, const protocol::Dsi& dsi,
                   const Trust& trust, const PolicySet& policies,
                   absl::Time now, Appraisal* out) {
  if (!dsi.firmware) {
    const ScopedPolicy& policy = DecidingPolicy(policies, *out);
    const bool by_dialect = protocol::RowOf(evidence.dialect).firmware_required;
    if (by_dialect || policy.policy.firmware_evidence_required) {
      Add(reason::kTfwMissing,
          by_dialect ? absl::StrCat("tfwdata belongs to every DSI in dialect ",
                                    protocol::DialectName(evidence.dialect))
                     : "the policy requires tfwdata",
          {"tfwdata", "",
           by_dialect ? "the dialect" : "policy.firmware_evidence_required",
           by_dialect ? nullptr : &policy},
          out);
      return false;
    }
    Add(reason::kTfwAbsent, "the DSI has no tfwdata",
        {"tfwdata", "", "policy.firmware_evidence_required", &policy}, out);
    return true;
  }
  const protocol::FirmwareData& firmware = *dsi.firmware;
  // The DSI has one list of CA certificates; some devices put the firmware's
  // there as well.
  const ChainResult chain = trust.CheckChain(
      ChainRole::kTfw, firmware.certificate, dsi.tee_ca_certificates, now);
  const absl::StatusOr<crypto::PublicKey> key =
      LeafKey(chain, firmware.certificate);
  if (!key.ok()) {
    Add(reason::kTfwCertMalformed,
        absl::StrCat("tfwdata.cert: ", key.status().message(), kWanted),
        {"tfwdata.cert", NameOf(firmware.certificate), "X.509, RSA or P-256"},
        out);
    return false;
  }
  if (!CheckChain(kTfwNames, firmware.certificate, chain, policies, out)) {
    return false;
  }
  if (!AlgFits(firmware.sigalg, *key)) {
    Add(reason::kTfwSigalgUnknown,
        absl::StrCat("tfwdata.sigalg is \"", Printable(firmware.sigalg, 16),
                     "\" while the key is ", crypto::KeyTypeName(key->type())),
        {"tfwdata.sigalg", firmware.sigalg, "the key of tfwdata.cert"}, out);
    return false;
  }
  if (!FirmwareSigned(firmware, *key, evidence.tid)) {
    Add(reason::kTfwSignatureInvalid,
        "tfwdata.sig isn't over the tid of this transaction",
        {"tfwdata.sig", "", absl::StrCat("tid ", Printable(evidence.tid, 64))},
        out);
    return false;
  }
  out->firmware_verified = true;
  return true;
}

bool CheckRules(const PolicySet& policies, const ReferenceTable& references,
                Appraisal* out) {
  Judgement judged =
      JudgeTee({out->tee_root_name, out->tee_name, out->tee_version}, policies,
               references);
  out->is_known = judged.is_known;
  for (Reason& reason : judged.refusals) AddReason(std::move(reason), out);
  return judged.refusals.empty();
}

JudgedFacts FactsOf(const Appraisal& appraisal) {
  JudgedFacts facts;
  facts.tee = {appraisal.tee_root_name, appraisal.tee_name,
               appraisal.tee_version};
  facts.firmware_verified = appraisal.firmware_verified;
  for (const Reason& reason : appraisal.reasons) {
    if (reason.code == reason::kRevocationUnchecked) {
      facts.revocation_unchecked = true;
    }
  }
  return facts;
}

// UTF-8 already, by the JSON parser. What goes into every later request, and
// into records and lists for people.
bool IsPlainName(absl::string_view name) {
  if (name.size() > kMaxNameBytes) return false;
  for (unsigned char c : name) {
    if (c < 0x20 || c == 0x7f) return false;
  }
  return true;
}

void Name(const protocol::Dsi& dsi, Appraisal* out) {
  out->did = crypto::Sha256(dsi.tee_certificate);
  out->tee_certificate = dsi.tee_certificate;
  if (IsPlainName(dsi.tee_name)) out->tee_name = dsi.tee_name;
  if (IsPlainName(dsi.tee_version)) out->tee_version = dsi.tee_version;
}

// A DSI that can't be read, of a device that is named all the same where its
// TEE proves to be the sender: anybody could send another's certificate.
Appraisal Malformed(absl::string_view detail, const Evidence& evidence,
                    const Trust& trust, const PolicySet& policies,
                    absl::Time now) {
  Appraisal out;
  Add(reason::kDsiMalformed, detail, {"dsi", "", "docs/wire.md, the DSI"},
      &out);
  const absl::StatusOr<protocol::Dsi> dsi =
      protocol::ParseTeeOfDsi(evidence.dsi);
  Appraisal proof;
  if (dsi.ok() && CheckTee(evidence, *dsi, trust, policies, now, &proof)) {
    Name(*dsi, &out);
    out.proved = true;
  }
  return out;
}

// An accepted result has remarks only; a refused one keeps those as well.
void SetVerdict(bool accepted, Appraisal* out) {
  out->verdict = accepted ? Verdict::kAccepted : Verdict::kRefused;
  if (accepted) return;
  out->tee_key.reset();
  out->not_after = absl::InfinitePast();
}

}  // namespace

void AddReason(Reason reason, Appraisal* out) {
  reason.value = Printable(reason.value, kMaxNameBytes);
  out->reasons.push_back(std::move(reason));
}

bool CheckTeeChain(const std::string& leaf,
                   const std::vector<std::string>& intermediates,
                   const Trust& trust, const PolicySet& policies,
                   absl::Time now, Appraisal* out) {
  return TakeTeeChain(
      leaf, trust.CheckChain(ChainRole::kTee, leaf, intermediates, now),
      policies, out);
}

void Conclude(bool believed, const PolicySet& policies,
              const ReferenceTable& references, Appraisal* out) {
  const bool accepted = CheckRules(policies, references, out) && believed;
  SetVerdict(accepted, out);
  if (accepted) {
    out->sp_refusals = JudgeForSps(FactsOf(*out), policies, references);
  }
}

TrustVector VectorOf(const Appraisal& appraisal) {
  TrustVector vector;
  for (const Reason& reason : appraisal.reasons) {
    const ReasonRow* row = RowOfReason(reason.code);
    if (row != nullptr) vector.Worsen(row->claim, row->value);
  }
  if (!appraisal.tee_root_name.empty() && appraisal.proved) {
    vector.Worsen(TrustClaim::kInstanceIdentity, trust_value::kAffirmed);
  }
  if (appraisal.firmware_verified) {
    vector.Worsen(TrustClaim::kHardware, trust_value::kAffirmed);
  }
  if (appraisal.is_known) {
    vector.Worsen(TrustClaim::kExecutables, trust_value::kAffirmed);
  }
  return vector;
}

Appraisal Appraise(const Evidence& evidence, const Trust& trust,
                   const PolicySet& policies, const ReferenceTable& references,
                   absl::Time now) {
  absl::StatusOr<protocol::Dsi> dsi = protocol::ParseDsi(evidence.dsi);
  if (!dsi.ok()) {
    return Malformed(dsi.status().message(), evidence, trust, policies, now);
  }
  if (!IsPlainName(dsi->tee_name) || !IsPlainName(dsi->tee_version)) {
    return Malformed(
        "dsi.tee: members \"name\" and \"ver\" must be up to 128 octets "
        "without "
        "control characters",
        evidence, trust, policies, now);
  }
  Appraisal out;
  Name(*dsi, &out);
  if (!CheckTee(evidence, *dsi, trust, policies, now, &out)) {
    // A certificate that can't be read names no device.
    if (!out.reasons.empty() &&
        out.reasons.back().code == reason::kTeeCertMalformed) {
      out.did.clear();
      out.tee_certificate.clear();
    }
    SetVerdict(false, &out);
    return out;
  }
  Conclude(CheckFirmware(evidence, *dsi, trust, policies, now, &out), policies,
           references, &out);
  return out;
}

}  // namespace attest
}  // namespace otrp
