#include "services/tsm/domain/catalogue.h"

#include <algorithm>
#include <utility>

#include "libs/protocol/taid.h"

namespace otrp {
namespace tsm {
namespace {

// A node of a map and what a string has beside its text, roughly.
constexpr size_t kNodeBytes = 96;

std::string FirstWord(const std::string& target) {
  return target.substr(0, target.find(' '));
}

Catalogue::Reach ReachOf(const std::string& target) {
  Catalogue::Reach reach;
  reach.all = target == "all";
  if (!reach.all) {
    reach.conditions = service::DeviceConditions::FromText(target);
  }
  return reach;
}

bool IsSame(const Rule& rule, const std::string& spid, const std::string& taid,
            const std::string& target) {
  return rule.spid == spid && rule.taid == taid && rule.target == target;
}

bool IsSame(const Decision& decision, Decision::Kind kind,
            const std::string& spid, const std::string& taid,
            const std::string& target) {
  return decision.kind == kind && decision.spid == spid &&
         decision.taid == taid && decision.target == target;
}

size_t BytesOf(const Catalogue::Word& word) {
  // The text is there twice, and the conditions are strings once more.
  size_t bytes = kNodeBytes;
  for (const Catalogue::RuleRow& row : word.rules) {
    bytes += sizeof(row) + row.rule.spid.size() + row.rule.taid.size() +
             2 * row.rule.target.size();
  }
  for (const Catalogue::DecisionRow& row : word.decisions) {
    const Decision& decision = row.decision;
    bytes += sizeof(row) + decision.spid.size() + decision.taid.size() +
             2 * decision.target.size() + decision.actor.size();
  }
  return bytes;
}

size_t BytesOf(const Catalogue::Provider& provider) {
  size_t bytes = sizeof(provider) + kNodeBytes;
  bytes += provider.former_certificates.size() * (kNodeBytes + 64);
  for (const auto& entry : provider.applications) {
    bytes += sizeof(entry) + kNodeBytes + 2 * entry.first.size();
  }
  for (const auto& entry : provider.releases) {
    const CatalogueRelease& release = entry.second;
    bytes += sizeof(entry) + 2 * kNodeBytes + 2 * release.taid.size() +
             2 * release.version.size() + release.signer_fingerprint.size();
  }
  return bytes;
}

}  // namespace

// Copies what it changes, once.
class Catalogue::Builder {
 public:
  explicit Builder(const Catalogue& before)
      : after_(std::make_shared<Catalogue>(before)) {}

  Provider& ProviderOf(const std::string& spid) {
    return Own(spid, &after_->providers_, &providers_);
  }
  Word& WordOf(const std::string& target) {
    return Own(FirstWord(target), &after_->words_, &words_);
  }
  Revocations& RevocationsToChange() {
    if (revocations_ == nullptr) {
      revocations_ = std::make_shared<Revocations>(*after_->revocations_);
      after_->revocations_ = revocations_;
    }
    return *revocations_;
  }

  std::shared_ptr<const Catalogue> Finish(int64_t version) && {
    for (const auto& entry : words_) {
      after_->bytes_ += BytesOf(*entry.second);
      if (entry.second->rules.empty() && entry.second->decisions.empty()) {
        after_->bytes_ -= BytesOf(*entry.second);
        after_->words_.erase(entry.first);
      }
    }
    for (const auto& entry : providers_) {
      after_->bytes_ += BytesOf(*entry.second);
    }
    after_->version_ = version;
    return after_;
  }

 private:
  template <typename T>
  using Shared = std::map<std::string, std::shared_ptr<const T>>;
  template <typename T>
  using Changing = std::map<std::string, std::shared_ptr<T>>;

  template <typename T>
  T& Own(const std::string& key, Shared<T>* shared, Changing<T>* changing) {
    std::shared_ptr<T>& own = (*changing)[key];
    if (own == nullptr) {
      std::shared_ptr<const T>& there = (*shared)[key];
      if (there != nullptr) after_->bytes_ -= BytesOf(*there);
      own = there == nullptr ? std::make_shared<T>()
                             : std::make_shared<T>(*there);
      there = own;
    }
    return *own;
  }

  std::shared_ptr<Catalogue> after_;
  Changing<Provider> providers_;
  Changing<Word> words_;
  std::shared_ptr<Revocations> revocations_;
};

namespace {

void EraseRule(const Decision& decision,
               std::vector<Catalogue::RuleRow>* rules) {
  rules->erase(std::remove_if(rules->begin(), rules->end(),
                              [&](const Catalogue::RuleRow& row) {
                                return IsSame(row.rule, decision.spid,
                                              decision.taid, decision.target);
                              }),
               rules->end());
}

void EraseDecision(Decision::Kind kind, const std::string& spid,
                   const std::string& taid, const std::string& target,
                   std::vector<Catalogue::DecisionRow>* decisions) {
  decisions->erase(std::remove_if(decisions->begin(), decisions->end(),
                                  [&](const Catalogue::DecisionRow& row) {
                                    return IsSame(row.decision, kind, spid,
                                                  taid, target);
                                  }),
                   decisions->end());
}

void Take(const Decision& decision, Catalogue::Word* word) {
  if (decision.kind == Decision::Kind::kUnassigned) {
    EraseRule(decision, &word->rules);
  }
  EraseDecision(decision.kind, decision.spid, decision.taid, decision.target,
                &word->decisions);
  word->decisions.push_back({decision, ReachOf(decision.target)});
}

void Take(const Rule& rule, Catalogue::Word* word) {
  EraseDecision(Decision::Kind::kUnassigned, rule.spid, rule.taid, rule.target,
                &word->decisions);
  for (Catalogue::RuleRow& row : word->rules) {
    if (!IsSame(row.rule, rule.spid, rule.taid, rule.target)) continue;
    row.rule = rule;
    return;
  }
  word->rules.push_back({rule, ReachOf(rule.target)});
}

void Take(const CatalogueRelease& release, Catalogue::Provider* provider) {
  const bool is_new = provider->releases.count(release.id) == 0;
  provider->releases[release.id] = release;
  if (!is_new) return;
  provider->by_version.emplace(
      std::make_pair(protocol::TaidKey(release.taid), release.version),
      release.id);
}

}  // namespace

std::shared_ptr<const Catalogue> Catalogue::With(
    const CatalogueChanges& changes) const {
  Builder builder(*this);
  for (const CatalogueCertificate& row : changes.certificates) {
    builder.ProviderOf(row.spid).certificate = row.fingerprint;
  }
  for (const CatalogueCertificate& row : changes.former_certificates) {
    builder.ProviderOf(row.spid).former_certificates.insert(row.fingerprint);
  }
  for (const CatalogueRevocation& row : changes.revocations) {
    builder.RevocationsToChange()[row.fingerprint] = row;
  }
  for (const CatalogueRelease& row : changes.releases) {
    Take(row, &builder.ProviderOf(row.spid));
  }
  for (const CatalogueApplication& row : changes.applications) {
    builder.ProviderOf(row.spid).applications[row.taid] = row;
    if (row.withdrawn) continue;
    EraseDecision(Decision::Kind::kWithdrawn, row.spid, row.taid, "all",
                  &builder.WordOf("all").decisions);
  }
  for (const Rule& row : changes.rules) {
    Take(row, &builder.WordOf(row.target));
  }
  for (const Decision& row : changes.decisions) {
    Take(row, &builder.WordOf(row.target));
  }
  return std::move(builder).Finish(changes.version);
}

const Catalogue::Provider* Catalogue::FindProvider(
    const std::string& spid) const {
  const auto found = providers_.find(spid);
  return found == providers_.end() ? nullptr : found->second.get();
}

const Catalogue::Word* Catalogue::FindWord(const std::string& word) const {
  const auto found = words_.find(word);
  return found == words_.end() ? nullptr : found->second.get();
}

const CatalogueRelease* Catalogue::FindRelease(
    const std::string& spid, const std::string& taid,
    const std::string& version) const {
  const Provider* provider = FindProvider(spid);
  if (provider == nullptr || version.empty()) return nullptr;
  const CatalogueRelease* found = nullptr;
  const auto range =
      provider->by_version.equal_range({protocol::TaidKey(taid), version});
  for (auto it = range.first; it != range.second; ++it) {
    const CatalogueRelease& release = provider->releases.at(it->second);
    // One that is written the same comes first.
    if (found == nullptr || release.taid == taid) found = &release;
  }
  return found;
}

bool Catalogue::IsRevoked(const std::string& fingerprint) const {
  return revocations_->count(fingerprint) > 0;
}

SignatureFacts Catalogue::FactsOf(const CatalogueRelease& release) const {
  SignatureFacts facts;
  facts.signed_by = release.signed_by;
  const auto revoked = revocations_->find(release.signer_fingerprint);
  if (revoked != revocations_->end()) {
    facts.revoked_at = revoked->second.at;
    facts.reason = revoked->second.reason;
  }
  return facts;
}

}  // namespace tsm
}  // namespace otrp
