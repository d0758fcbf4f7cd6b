#include "services/tsm/domain/outcome.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "libs/protocol/taid.h"

namespace otrp {
namespace tsm {
namespace {

// By spid and key of the application.
using Versions =
    std::map<std::pair<std::string, std::string>, std::set<std::string>>;

Versions VersionsOf(const std::vector<SecurityDomain>& domains) {
  Versions versions;
  for (const SecurityDomain& domain : domains) {
    for (const InstalledTa& ta : domain.tas) {
      if (domain.spid.empty() || ta.version.empty()) continue;
      versions[{domain.spid, protocol::TaidKey(ta.taid)}].insert(ta.version);
    }
  }
  return versions;
}

// Of those in `a` that `b` hasn't.
void AddMissing(const std::string& did, const Versions& a, const Versions& b,
                Outcome::Kind kind, std::vector<Outcome>* outcomes) {
  for (const auto& [app, versions] : a) {
    const auto other = b.find(app);
    for (const std::string& version : versions) {
      if (other != b.end() && other->second.count(version) > 0) continue;
      Outcome outcome;
      outcome.kind = kind;
      outcome.did = did;
      outcome.spid = app.first;
      outcome.taid = app.second;
      outcome.version = version;
      outcomes->push_back(std::move(outcome));
    }
  }
}

// Up to `separator`, which goes too; all of it where there is none.
std::string TakeUntil(char separator, absl::string_view* text) {
  const size_t end = text->find(separator);
  std::string part(text->substr(0, end));
  text->remove_prefix(end == absl::string_view::npos ? text->size() : end + 1);
  return part;
}

}  // namespace

std::vector<Outcome> ChangesOf(const std::string& did,
                               const std::vector<SecurityDomain>& before,
                               const std::vector<SecurityDomain>& after) {
  const Versions had = VersionsOf(before);
  const Versions has = VersionsOf(after);
  std::vector<Outcome> outcomes;
  AddMissing(did, had, has, Outcome::Kind::kRemoved, &outcomes);
  AddMissing(did, has, had, Outcome::Kind::kInstalled, &outcomes);
  return outcomes;
}

std::vector<Outcome> FailureOf(const std::string& did, const Task& task) {
  if (task.attempts != 1 && task.state != TaskState::kGivenUp) return {};
  Outcome outcome;
  outcome.kind = Outcome::Kind::kFailed;
  outcome.did = did;
  outcome.code = task.last_error;
  outcome.detail = task.detail;
  outcome.given_up = task.state == TaskState::kGivenUp;
  // plan.h says how actions are written.
  absl::string_view rest = task.action;
  outcome.action = TakeUntil(' ', &rest);
  absl::string_view about = rest.substr(0, rest.find(' '));
  outcome.spid = TakeUntil('/', &about);
  if (outcome.action == "DeleteSD") {
    outcome.spid = std::string(absl::StripSuffix(outcome.spid, ".sd"));
  }
  outcome.taid = protocol::TaidKey(TakeUntil('@', &about));
  outcome.version = std::string(about);
  return {std::move(outcome)};
}

std::vector<Outcome> RefusalOf(const std::string& did,
                               const std::vector<SecurityDomain>& domains,
                               const std::vector<DesiredTa>& desired,
                               const AttestationReason& reason) {
  std::set<std::string> spids;
  for (const SecurityDomain& domain : domains) spids.insert(domain.spid);
  for (const DesiredTa& ta : desired) spids.insert(ta.spid);
  spids.erase("");
  std::vector<Outcome> outcomes;
  for (const std::string& spid : spids) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::kRefused;
    outcome.did = did;
    outcome.spid = spid;
    outcome.code = reason.code;
    outcome.detail = reason.detail;
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

}  // namespace tsm
}  // namespace otrp
