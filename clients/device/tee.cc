#include "clients/device/tee.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "clients/device/content.h"
#include "clients/device/dsi.h"
#include "clients/device/refusal.h"
#include "clients/device/strict.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"

namespace otrp::device {
namespace {

using json::Value;

// TSMs that are remembered at a time: a device has one, seldom two.
constexpr size_t kMaxPeers = 16;

constexpr absl::string_view kDeviceState = "GetDeviceState";

absl::StatusOr<crypto::PrivateKey> NewAik(crypto::KeyType type) {
  return crypto::PrivateKey::Generate(type);
}

// ocspdat is one string in one dialect and an array in the other; both forms
// are taken from everybody, so that a TSM which doesn't know a device yet can
// learn its dialect from the answer.
std::vector<MemberRule> DeviceStateRules(const DialectRow& row) {
  std::vector<MemberRule> rules = {
      {"ver", Shape::kText},
      {"rid", Shape::kId},
      {"tid", Shape::kId},
      {"ocspdat", Shape::kTexts},
      {"supportedsigalgs", Shape::kTexts, false},
  };
  if (row.separate_ca_ocsp) {
    rules.push_back({"icaocspdat", Shape::kTexts, false});
  }
  return rules;
}

std::vector<MemberRule> CommandRules(const Command& command,
                                     const DialectRow& row) {
  std::vector<MemberRule> rules = {
      {"ver", Shape::kText},
      {"rid", Shape::kId},
      {"tid", Shape::kId},
      {"tee", Shape::kName},
      {"nextdsi", Shape::kBool},
      {"dsihash", Shape::kText},
      {"content", Shape::kObject},
      // "true if the TSM should send its signer certificate and OCSP data
      // again in the subsequent messages."
      {"ocspdat", Shape::kTexts, false},
  };
  if (row.separate_ca_ocsp) {
    rules.push_back({"icaocspdat", Shape::kTexts, false});
  }
  if (command.has_ta) rules.push_back({"encrypted_ta", Shape::kObject});
  return rules;
}

absl::StatusOr<std::vector<std::string>> OcspResponses(const Value& tbs) {
  std::vector<std::string> out;
  for (const absl::string_view member : {"ocspdat", "icaocspdat"}) {
    for (const std::string& text : TextsOf(tbs, member)) {
      absl::StatusOr<std::string> der = Base64DecodeAny(text);
      if (!der.ok()) {
        return Refuse(Refusal::kRequestInvalid,
                      absl::StrCat("\"", member, "\" must be base64"));
      }
      out.push_back(*std::move(der));
    }
  }
  return out;
}

// "A recipient TEE MUST choose an algorithm in this list."
absl::Status CheckSupportedSigAlgs(const Value& tbs, crypto::KeyType type) {
  if (tbs.Find("supportedsigalgs") == nullptr) return absl::OkStatus();
  const absl::string_view ours = jose::SigAlgName(jose::SigAlgForKey(type));
  for (const std::string& text : TextsOf(tbs, "supportedsigalgs")) {
    for (absl::string_view name : absl::StrSplit(text, ',')) {
      if (absl::StripAsciiWhitespace(name) == ours) return absl::OkStatus();
    }
  }
  return Refuse(Refusal::kUnsupportedCryptoAlg,
                "this TEE signs with none of the supportedsigalgs");
}

Outcome OutcomeOf(const Envelope& envelope, const absl::Status& status,
                  Dialect dialect) {
  Outcome outcome;
  outcome.request = absl::StrCat(envelope.message, "Request");
  outcome.sigalg = envelope.alg;
  outcome.passed = status.ok();
  if (status.ok()) return outcome;
  outcome.error_code = std::string(RefusalName(RefusalOf(status), dialect));
  outcome.error_message = std::string(status.message());
  return outcome;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Tee>> Tee::Create(
    TeeIdentity identity, TeeOptions options, std::unique_ptr<StateStore> store,
    const Clock& clock, Random& random) {
  if (identity.tee.chain.empty()) {
    return absl::InvalidArgumentError("the TEE has no certificate");
  }
  if (options.name.empty()) {
    return absl::InvalidArgumentError("the TEE needs a name");
  }
  if (options.sigalgs.empty()) {
    return absl::InvalidArgumentError(
        "the TEE must support a signature algorithm");
  }
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate cert,
                        pki::Certificate::FromDer(identity.tee.chain[0]));
  if (!(cert.public_key() == identity.tee.key.public_key())) {
    return absl::InvalidArgumentError(
        "the TEE's certificate isn't for the TEE's key");
  }
  OTRP_ASSIGN_OR_RETURN(TsmTrust trust, TsmTrust::Create(identity.tsm_roots));
  if (!options.make_aik) {
    const crypto::KeyType type = RowOf(options.dialect).jwe_ta_key
                                     ? identity.tee.key.type()
                                     : crypto::KeyType::kRsa;
    options.make_aik = [type] { return NewAik(type); };
  }
  std::unique_ptr<Tee> tee(new Tee(std::move(identity), std::move(options),
                                   std::move(store), std::move(trust), clock,
                                   random));
  OTRP_ASSIGN_OR_RETURN(tee->state_, tee->store_->Load());
  return tee;
}

Tee::Tee(TeeIdentity identity, TeeOptions options,
         std::unique_ptr<StateStore> store, TsmTrust trust, const Clock& clock,
         Random& random)
    : identity_(std::move(identity)),
      options_(std::move(options)),
      clock_(clock),
      random_(random),
      store_(std::move(store)),
      trust_(std::move(trust)) {
  const std::string hash = crypto::Sha256(identity_.tee.chain[0]);
  did_ = Base64Encode(hash);
  did_hex_ = HexEncode(hash);
}

TeeState Tee::state() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return state_;
}

absl::StatusOr<std::string> Tee::ReadBlob(absl::string_view name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return store_->ReadBlob(name);
}

absl::StatusOr<std::string> Tee::Process(absl::string_view request,
                                         Outcome* outcome) {
  const std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return absl::UnavailableError("the TEE is busy");
  OTRP_ASSIGN_OR_RETURN(Envelope envelope,
                        OpenEnvelope(request, options_.sigalgs));
  Reply reply;
  reply.message = envelope.message;
  reply.rid = envelope.rid;
  reply.tid = envelope.tid;
  absl::StatusOr<std::string> answer = Answer(envelope, &reply);
  if (outcome != nullptr) {
    *outcome = OutcomeOf(envelope, answer.status(), options_.dialect);
  }
  if (answer.ok()) return answer;
  return FailResponse(reply, answer.status(), did_, identity_.tee, options_,
                      random_);
}

// Reads the request from the outside in; `reply` has what an answer needs, as
// far as it got.
absl::StatusOr<std::string> Tee::Answer(const Envelope& envelope,
                                        Reply* reply) {
  OTRP_RETURN_IF_ERROR(envelope.fault);
  OTRP_ASSIGN_OR_RETURN(TsmSigner signer, FindSigner(envelope));
  OTRP_ASSIGN_OR_RETURN(const Value tbs,
                        OpenPayload(envelope, envelope.jws->payload()));
  OTRP_RETURN_IF_ERROR(CheckVersion(tbs));
  const Command* command = FindCommand(envelope.message);
  const DialectRow& row = RowOf(options_.dialect);
  const std::vector<MemberRule> rules =
      command == nullptr ? DeviceStateRules(row) : CommandRules(*command, row);
  OTRP_RETURN_IF_ERROR(
      CheckMembers(absl::StrCat(envelope.message, "TBSRequest"), tbs, rules));
  OTRP_ASSIGN_OR_RETURN(const std::vector<std::string> responses,
                        OcspResponses(tbs));
  // A signer that came from memory was checked when it was put there.
  const auto peer = peers_.find(signer.owner);
  const bool known = peer != peers_.end() &&
                     peer->second.signer.leaf_sha256 == signer.leaf_sha256 &&
                     clock_.Now() <= peer->second.signer.good_until;
  if (command == nullptr || !known || !responses.empty()) {
    const absl::Status checked =
        trust_.CheckRevocation(responses, clock_.Now(), &signer);
    if (!checked.ok()) {
      // What is known to be revoked isn't remembered as good.
      if (known && signer.good_until == absl::InfinitePast()) {
        peers_.erase(peer);
      }
      return checked;
    }
  } else {
    signer = peer->second.signer;
  }
  reply->signer = signer;
  if (command == nullptr) return DeviceState(tbs, reply);
  return Execute(*command, tbs, reply);
}

// The signer of the message, its chain validated and its signature checked.
absl::StatusOr<TsmSigner> Tee::FindSigner(const Envelope& envelope) {
  const jose::UnverifiedJws& jws = *envelope.jws;
  if (!jws.x5c().empty()) {
    OTRP_ASSIGN_OR_RETURN(TsmSigner signer,
                          trust_.ValidateChain(jws.x5c(), clock_.Now()));
    if (jose::CheckSignature(jws, signer.key).ok()) return signer;
    return Refuse(Refusal::kRequestInvalid, "the signature is wrong");
  }
  if (envelope.message == kDeviceState || options_.signerreq) {
    return Refuse(Refusal::kRequestInvalid,
                  "the request must carry its signer's certificates in x5c");
  }
  const Peer* found = nullptr;
  for (const auto& entry : peers_) {
    const Peer& peer = entry.second;
    if (!jose::CheckSignature(jws, peer.signer.key).ok()) continue;
    // One key of two TSMs: the transaction tells which.
    if (found == nullptr || peer.tid == envelope.tid) found = &peer;
  }
  if (found == nullptr) {
    return Refuse(Refusal::kRequestInvalid,
                  "the signature isn't that of a TSM that this TEE knows; "
                  "begin with GetDeviceState");
  }
  if (clock_.Now() > found->signer.good_until) {
    return Refuse(Refusal::kTsmNotTrusted,
                  "the signer's certificate or its status has run out");
  }
  return found->signer;
}

Tee::Peer& Tee::Remember(const TsmSigner& signer, absl::string_view tid) {
  if (peers_.find(signer.owner) == peers_.end() && peers_.size() >= kMaxPeers) {
    peers_.erase(std::min_element(
        peers_.begin(), peers_.end(), [](const auto& a, const auto& b) {
          return a.second.last_used < b.second.last_used;
        }));
  }
  const auto it = peers_.find(signer.owner);
  Peer& peer = it != peers_.end()
                   ? it->second
                   : peers_.emplace(signer.owner, Peer{signer, "", "", 0, 0})
                         .first->second;
  peer.signer = signer;
  peer.tid = std::string(tid);
  peer.last_used = ++uses_;
  return peer;
}

absl::StatusOr<Value> Tee::FreshDsi(const Reply& reply) {
  OTRP_ASSIGN_OR_RETURN(Value dsi, BuildDsi(identity_, options_, state_,
                                            reply.signer->owner, reply.tid));
  Peer& peer = Remember(*reply.signer, reply.tid);
  peer.dsi_hash = crypto::Sha256(DsiText(dsi));
  peer.dsi_generation = state_.Generation(reply.signer->owner);
  return dsi;
}

absl::StatusOr<std::string> Tee::DeviceState(const Value& tbs, Reply* reply) {
  OTRP_RETURN_IF_ERROR(CheckSupportedSigAlgs(tbs, identity_.tee.key.type()));
  OTRP_ASSIGN_OR_RETURN(const Value dsi, FreshDsi(*reply));
  return DeviceStateResponse(*reply, DsiText(dsi), options_.signerreq,
                             identity_.tee, options_, random_);
}

absl::StatusOr<std::string> Tee::Execute(const Command& command,
                                         const Value& tbs, Reply* reply) {
  OTRP_ASSIGN_OR_RETURN(const Value content, OpenContent(command, tbs, reply));
  const TsmSigner& signer = *reply->signer;
  if (!signer.Claims(TextOf(content, RowOf(options_.dialect).owner_member))) {
    return Refuse(Refusal::kTsmNotAuthorized,
                  "the claimed owner isn't in the signer's certificate");
  }
  if (TextOf(tbs, "tee") != options_.name) {
    return Refuse(Refusal::kRequestInvalid, "\"tee\" names another TEE");
  }
  OTRP_RETURN_IF_ERROR(CheckState(tbs, signer));
  Change change{options_, random_, signer.owner, did_, state_, {}};
  Value answer = Value::Object();
  answer.Set("did", Value::String(did_));
  OTRP_RETURN_IF_ERROR(command.handler(tbs, content, change, answer));
  OTRP_RETURN_IF_ERROR(Commit(std::move(change)));
  if (BoolOf(tbs, "nextdsi")) {
    OTRP_ASSIGN_OR_RETURN(Value dsi, FreshDsi(*reply));
    answer.Set("dsi", std::move(dsi));
  }
  return PassResponse(*reply, answer, identity_.tee, random_);
}

absl::StatusOr<Value> Tee::OpenContent(const Command& command, const Value& tbs,
                                       Reply* reply) {
  OTRP_ASSIGN_OR_RETURN(
      OpenedContent opened,
      DecryptContent(*tbs.Find("content"), identity_.tee.key));
  reply->key = std::move(opened.key);
  absl::StatusOr<Value> content = json::Parse(opened.text, json::kStrangers);
  if (!content.ok()) {
    return Refuse(Refusal::kRequestInvalid,
                  absl::StrCat("the content isn't strict JSON: ",
                               content.status().message()));
  }
  std::vector<MemberRule> rules = command.content_rules;
  rules.push_back({RowOf(options_.dialect).owner_member, Shape::kName});
  OTRP_RETURN_IF_ERROR(CheckMembers("content", *content, rules));
  return content;
}

absl::Status Tee::CheckState(const Value& tbs, const TsmSigner& signer) {
  OTRP_ASSIGN_OR_RETURN(const std::string hash,
                        BinaryOf("the request", tbs, "dsihash"));
  const auto peer = peers_.find(signer.owner);
  if (peer != peers_.end() && !peer->second.dsi_hash.empty() &&
      crypto::ConstantTimeEquals(hash, peer->second.dsi_hash) &&
      peer->second.dsi_generation == state_.Generation(signer.owner)) {
    return absl::OkStatus();
  }
  return Refuse(Refusal::kDevStateMismatch,
                "\"dsihash\" isn't that of the device's present state");
}

absl::Status Tee::Commit(Change change) {
  change.state.Changed(change.owner);
  const absl::Status saved = store_->Save(change.state, change.fresh);
  if (saved.ok()) {
    state_ = std::move(change.state);
    return saved;
  }
  // Perhaps it is on the disk all the same: the disk says what is true.
  absl::StatusOr<TeeState> stored = store_->Load();
  if (stored.ok()) state_ = *std::move(stored);
  peers_.clear();
  return saved;
}

}  // namespace otrp::device
