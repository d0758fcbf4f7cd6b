#include "clients/otrpctl/certificate_verdict.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "libs/pki/crl.h"
#include "libs/pki/ocsp.h"
#include "libs/pki/profile.h"
#include "libs/pki/verify.h"
#include "libs/rpc/time.h"

namespace otrp::ctl {
namespace {

using Kind = Verdict::Kind;

json::Value Text(const std::string& text) { return json::Value::String(text); }
json::Value TimeOf(absl::Time time) { return Time(rpc::ToProto(time), true); }
std::string Minute(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", time, absl::UTCTimeZone());
}

// By its extended key usage; null for an authority's and for others'.
const pki::Profile* ProfileOf(const pki::Certificate& certificate) {
  if (certificate.is_ca()) return nullptr;
  for (const pki::Profile& row : pki::Profiles()) {
    if (certificate.eku_oids() == row.eku_oids) return &row;
  }
  return nullptr;
}

std::string ProfileWordOf(const pki::Certificate& certificate) {
  if (certificate.is_ca()) return "authority";
  const pki::Profile* profile = ProfileOf(certificate);
  return profile == nullptr ? "other" : std::string(profile->word);
}

// Who makes a new one, and how.
std::string SuccessorOf(const pki::Certificate& certificate) {
  const pki::Profile* profile = ProfileOf(certificate);
  if (profile == nullptr) return "whoever it is from makes a new one";
  switch (profile->role) {
    case pki::Role::kTsm: return "the tsm gets a new one by itself";
    case pki::Role::kTee:
    case pki::Role::kTfw:
      return "the device's maker gives it a new one (otrpctl ca issue)";
    case pki::Role::kSp:
      return "make a key and a request (otrpctl key new), then otrpctl sp "
             "enroll";
    case pki::Role::kService:
    case pki::Role::kWeb:
      return "ca_bootstrap makes a new one (./otrp up; the chart's CronJob)";
    case pki::Role::kClient:
      return "its holder runs otrpctl renew while it is good; then an operator "
             "gives a new one (otrpctl ca issue --profile client)";
  }
  return "";
}

// Leaf to root, whether it has ended or not.
absl::StatusOr<std::vector<pki::Certificate>> ChainOf(
    const std::vector<pki::Certificate>& certificates,
    const std::vector<Trusted>& trusted, absl::Time now) {
  const pki::Certificate& leaf = certificates.front();
  // Issuing authorities of the suite help to find the way, roots end it.
  std::vector<pki::Certificate> helping(certificates.begin() + 1,
                                        certificates.end());
  std::vector<pki::TrustAnchor> anchors;
  for (const Trusted& one : trusted) {
    const bool is_root = one.certificate.subject() == one.certificate.issuer();
    if (one.is_ours && !is_root) {
      helping.push_back(one.certificate);
    } else {
      anchors.push_back({one.certificate, {pki::kAnyEku}});
    }
  }
  // Of several certificates of one key the first is taken, also where its
  // issuer is nobody here: those go.
  std::vector<std::string> issuers;
  for (const pki::TrustAnchor& anchor : anchors) {
    issuers.push_back(anchor.certificate.subject());
  }
  for (const pki::Certificate& one : helping) issuers.push_back(one.subject());
  helping.erase(std::remove_if(helping.begin(), helping.end(),
                               [&](const pki::Certificate& one) {
                                 return std::find(
                                            issuers.begin(), issuers.end(),
                                            one.issuer()) == issuers.end();
                               }),
                helping.end());
  const pki::Profile* profile = ProfileOf(leaf);
  const absl::Time at =
      std::clamp(now, leaf.not_before(), leaf.not_after() - absl::Seconds(1));
  OTRP_ASSIGN_OR_RETURN(
      const pki::VerifiedChain chain,
      pki::VerifyChain(
          leaf, helping, pki::TrustAnchors::WithUsages(std::move(anchors)),
          {at, profile == nullptr ? pki::Role::kTee : profile->role}));
  return chain.certificates();
}

const Trusted* Find(const std::vector<Trusted>& trusted,
                    const pki::Certificate& certificate) {
  for (const Trusted& one : trusted) {
    if (one.certificate.der() == certificate.der()) return &one;
  }
  return nullptr;
}

// What one source says.
struct Word {
  // Unset: nothing that can be relied on.
  absl::optional<bool> revoked;
  // For people: "good until ...", or why there is nothing.
  std::string text;
};

Word Nothing(const absl::Status& why) {
  return {absl::nullopt, absl::StrCat("nothing: ", why.message())};
}

Word Good(absl::string_view what, absl::Time until) {
  return {false, absl::StrCat("good, says ", what, " until ", Minute(until))};
}

Word CrlWord(const pki::Certificate& subject, const pki::Certificate& issuer,
             const absl::StatusOr<std::string>& der, absl::Time now) {
  if (!der.ok()) return Nothing(der.status());
  const absl::StatusOr<pki::Crl> crl = pki::Crl::Parse(*der);
  if (!crl.ok()) return Nothing(crl.status());
  const absl::Status good = crl->Verify(issuer, now);
  if (!good.ok()) return Nothing(good);
  if (!crl->IsFor(subject)) {
    return Nothing(absl::NotFoundError("the list isn't about it"));
  }
  const std::string name = absl::StrCat("list ", crl->number());
  if (!crl->IsRevoked(subject)) return Good(name, *crl->next_update());
  for (const pki::RevokedEntry& entry : crl->revoked()) {
    if (entry.serial != subject.serial()) continue;
    return {true,
            absl::StrCat(
                "revoked at ", Minute(entry.revoked_at),
                entry.reason < 0 ? "" : absl::StrCat(", reason ", entry.reason),
                ", says ", name)};
  }
  return {true, absl::StrCat("revoked, says ", name)};
}

Word OcspWord(const pki::Certificate& subject, const pki::Certificate& issuer,
              const absl::StatusOr<std::string>& der, absl::Time now) {
  if (!der.ok()) return Nothing(der.status());
  const absl::StatusOr<pki::OcspResponse> response =
      pki::OcspResponse::Parse(*der);
  if (!response.ok()) return Nothing(response.status());
  const absl::StatusOr<pki::OcspAnswer> answer =
      response->Answer(subject, issuer, now);
  if (!answer.ok()) return Nothing(answer.status());
  switch (answer->status) {
    case pki::OcspStatus::kGood:
      return Good("the response", answer->next_update);
    case pki::OcspStatus::kRevoked: return {true, "revoked, says the response"};
    case pki::OcspStatus::kUnknown: break;
  }
  return Nothing(absl::NotFoundError("the responder doesn't know it"));
}

// What the whole chain's authorities say.
struct Revocation {
  bool is_revoked = false;
  bool is_known = true;
  // About the first of the chain.
  std::string crl;
  std::string ocsp;
  // Of the one that counts.
  std::string why;
};

void AskAbout(const std::vector<pki::Certificate>& chain,
              const std::vector<Trusted>& trusted, const Ask& ask,
              absl::Time now, Revocation* all) {
  for (size_t i = 0; i + 1 < chain.size(); ++i) {
    const Trusted* issuer = Find(trusted, chain[i + 1]);
    Word crl{absl::nullopt,
             "nothing: its authority is another's; otrpctl revocation list "
             "shows what was brought of it"};
    Word ocsp = crl;
    if (issuer != nullptr && issuer->is_ours) {
      const Told told = ask(chain[i], *issuer);
      crl = CrlWord(chain[i], chain[i + 1], told.crl_der, now);
      ocsp = OcspWord(chain[i], chain[i + 1], told.ocsp_der, now);
    }
    if (i == 0) {
      all->crl = crl.text;
      all->ocsp = ocsp.text;
    }
    const std::string whose =
        i == 0 ? "it" : absl::StrCat("its authority ", chain[i].common_name());
    for (const Word& word : {crl, ocsp}) {
      if (!word.revoked.value_or(false)) continue;
      // Of two words the one that says no counts: a response may be a day old.
      all->is_revoked = true;
      all->why = absl::StrCat(whose, " is ", word.text);
    }
    if (!crl.revoked.has_value() && !ocsp.revoked.has_value()) {
      all->is_known = false;
      if (!all->is_revoked) {
        all->why = absl::StrCat("nobody says whether ", whose,
                                " is revoked (CRL: ", crl.text,
                                "; OCSP: ", ocsp.text, ")");
      }
    }
  }
}

json::Value Describe(const pki::Certificate& leaf) {
  json::Value value = json::Value::Object();
  value.Set("subject", Text(leaf.subject()));
  value.Set("serial", Text(leaf.serial()));
  value.Set("profile", Text(ProfileWordOf(leaf)));
  value.Set("san_uris", Strings(leaf.san_uris()));
  value.Set("san_dns", Strings(leaf.san_dns()));
  value.Set("not_before", TimeOf(leaf.not_before()));
  value.Set("not_after", TimeOf(leaf.not_after()));
  return value;
}

Verdict Finish(Verdict verdict, Kind kind, std::string why,
               const std::string& advice) {
  verdict.kind = kind;
  verdict.value.Set("verdict", Text(KindWord(kind)));
  if (!why.empty()) verdict.value.Set("why", Text(why));
  if (!advice.empty()) verdict.value.Set("advice", Text(advice));
  verdict.why = std::move(why);
  return verdict;
}

// What is to be done about one that is good.
std::string AdviceWhileGood(const pki::Certificate& leaf, absl::Time now) {
  const absl::Duration life = leaf.not_after() - leaf.not_before();
  if (leaf.not_after() - now > life / 3) return "";
  return absl::StrCat("it ends in ",
                      absl::FormatDuration(absl::Trunc(leaf.not_after() - now,
                                                       absl::Minutes(1))),
                      ": ", SuccessorOf(leaf));
}

}  // namespace

std::vector<Trusted> OursOf(const ca::v1::ListAuthoritiesResponse& response) {
  std::vector<Trusted> ours;
  const auto add = [&](const std::string& name, const std::string& der) {
    auto certificate = pki::Certificate::FromDer(der);
    if (certificate.ok()) ours.push_back({name, *std::move(certificate), true});
  };
  for (const ca::v1::Authority& authority : response.authorities()) {
    if (authority.is_root() && authority.state() == "revoked") continue;
    add(authority.name(), authority.certificate_der());
    for (const std::string& der : authority.cross_certificates_der()) {
      add(authority.name(), der);
    }
  }
  return ours;
}

std::string KindWord(Verdict::Kind kind) {
  switch (kind) {
    case Kind::kGood: return "good";
    case Kind::kNotYetValid: return "not-yet-valid";
    case Kind::kEnded: return "ended";
    case Kind::kRevoked: return "revoked";
    case Kind::kUntrusted: return "untrusted";
    case Kind::kUnknown: return "unknown";
  }
  return "";
}

Verdict Judge(const std::vector<pki::Certificate>& certificates,
              const std::vector<Trusted>& trusted, const Ask& ask,
              absl::Time now) {
  const pki::Certificate& leaf = certificates.front();
  Verdict verdict;
  verdict.value = Describe(leaf);
  const absl::StatusOr<std::vector<pki::Certificate>> chain =
      ChainOf(certificates, trusted, now);
  if (!chain.ok()) {
    return Finish(std::move(verdict), Kind::kUntrusted,
                  absl::StrCat("no trusted authority vouches for it (",
                               pki::ChainError(chain.status()),
                               "): its issuer "
                               "calls itself ",
                               leaf.issuer()),
                  "give its issuers' certificates in the file too, or trust "
                  "their root (otrpctl trust add)");
  }
  std::vector<std::string> names;
  for (const pki::Certificate& link : *chain) {
    const Trusted* known = Find(trusted, link);
    names.push_back(known == nullptr ? link.common_name() : known->name);
  }
  verdict.value.Set("chain", Strings(names));
  verdict.value.Set("authority",
                    Text(names.size() > 1 ? names[1] : names.front()));
  Revocation revocation;
  AskAbout(*chain, trusted, ask, now, &revocation);
  if (chain->size() > 1) {
    verdict.value.Set("crl", Text(revocation.crl));
    verdict.value.Set("ocsp", Text(revocation.ocsp));
  }
  // The first end of the chain's is its end.
  const auto end = std::min_element(
      chain->begin(), chain->end(),
      [](const pki::Certificate& a, const pki::Certificate& b) {
        return a.not_after() < b.not_after();
      });
  if (revocation.is_revoked) {
    return Finish(
        std::move(verdict), Kind::kRevoked, revocation.why,
        absl::StrCat("it is good for nothing any more, with a new key: ",
                     SuccessorOf(leaf)));
  }
  if (now < leaf.not_before()) {
    return Finish(std::move(verdict), Kind::kNotYetValid,
                  absl::StrCat("it begins at ", Minute(leaf.not_before())),
                  "is this machine's clock right?");
  }
  if (end->not_after() <= now) {
    return Finish(
        std::move(verdict), Kind::kEnded,
        absl::StrCat(end == chain->begin()
                         ? "it"
                         : absl::StrCat("its authority ", end->common_name()),
                     " ended at ", Minute(end->not_after())),
        SuccessorOf(leaf));
  }
  if (!revocation.is_known) {
    return Finish(std::move(verdict), Kind::kUnknown, revocation.why,
                  "--pki-url names the gateway's PKI port; is it, and the ca, "
                  "there?");
  }
  return Finish(std::move(verdict), Kind::kGood, "",
                AdviceWhileGood(leaf, now));
}

}  // namespace otrp::ctl
