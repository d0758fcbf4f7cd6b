#include "clients/otrpctl/ceremony_plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/der.h"

namespace otrp::ctl {
namespace {

using Kind = CeremonyStep::Kind;

constexpr int64_t kMaxDays = 10950;
constexpr int64_t kMaxPathLength = 10;
constexpr size_t kMaxSteps = 100;
constexpr size_t kMaxNameBytes = 64;
// Those that build paths take no more (libs/crypto/x509_chain.cc).
constexpr size_t kMaxPolicies = 8;
constexpr int64_t kMaxCrlNumber = int64_t{1} << 62;

struct KindRow {
  Kind kind;
  absl::string_view word;
};
constexpr KindRow kKinds[] = {{Kind::kRoot, "root"},
                              {Kind::kIssuing, "issuing"},
                              {Kind::kSign, "sign"},
                              {Kind::kCrl, "crl"},
                              {Kind::kUse, "use"}};

struct ReasonRow {
  absl::string_view word;
  int number;
};
// RFC 5280 5.3.1; what an authority's certificate is revoked for.
constexpr ReasonRow kReasons[] = {{"keyCompromise", 1},
                                  {"cACompromise", 2},
                                  {"affiliationChanged", 3},
                                  {"superseded", 4},
                                  {"cessationOfOperation", 5}};

// The members of one map; each is asked for by name, and what nobody asked for
// is unknown.
class Members {
 public:
  static absl::StatusOr<Members> Of(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::kMap) {
      return node.Error("must be members with values");
    }
    return Members(node);
  }

  // Null where it isn't there.
  const YamlNode* Find(absl::string_view name) {
    asked_.insert(std::string(name));
    for (const auto& [member, value] : node_->members) {
      if (member.text == name) return &value;
    }
    return nullptr;
  }

  absl::StatusOr<std::string> Text(absl::string_view name, bool required) {
    const YamlNode* value = Find(name);
    if (value == nullptr) {
      if (required) return node_->Error(absl::StrCat(name, " is missing"));
      return std::string();
    }
    if (value->kind != YamlNode::Kind::kText || value->text.empty()) {
      return value->Error(absl::StrCat(name, " must be a text"));
    }
    for (char c : value->text) {
      if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
        return value->Error(absl::StrCat(name, " has a control character"));
      }
    }
    return value->text;
  }

  // Without a `usual` value (below `least`) it is required.
  absl::StatusOr<int64_t> Number(absl::string_view name, int64_t least,
                                 int64_t most, int64_t usual) {
    const YamlNode* value = Find(name);
    if (value == nullptr) {
      if (usual < least) return node_->Error(absl::StrCat(name, " is missing"));
      return usual;
    }
    int64_t number = 0;
    if (value->kind != YamlNode::Kind::kText ||
        !absl::SimpleAtoi(value->text, &number) || number < least ||
        number > most) {
      return value->Error(
          absl::StrCat(name, " must be a number, ", least, " to ", most));
    }
    return number;
  }

  absl::StatusOr<std::vector<std::string>> Texts(absl::string_view name) {
    std::vector<std::string> texts;
    const YamlNode* value = Find(name);
    if (value == nullptr) return texts;
    if (value->kind != YamlNode::Kind::kList) {
      return value->Error(absl::StrCat(name, " must be a list"));
    }
    for (const YamlNode& item : value->items) {
      const bool good =
          item.kind == YamlNode::Kind::kText && !item.text.empty() &&
          std::all_of(item.text.begin(), item.text.end(), [](char c) {
            return absl::ascii_isgraph(static_cast<unsigned char>(c));
          });
      if (!good) return item.Error(absl::StrCat(name, " must have names"));
      texts.push_back(item.text);
    }
    return texts;
  }

  absl::Status NoOthers() const {
    for (const auto& [member, value] : node_->members) {
      if (asked_.count(member.text) == 0) {
        return member.Error(absl::StrCat(member.text, " is unknown here"));
      }
    }
    return absl::OkStatus();
  }

 private:
  explicit Members(const YamlNode& node) : node_(&node) {}

  const YamlNode* node_;
  std::set<std::string> asked_;
};

bool IsFileName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '-' || c == '_' || c == '.';
         });
}

absl::Status ReadPolicies(Members& members, CeremonyStep* step) {
  OTRP_ASSIGN_OR_RETURN(step->policies, members.Texts("policies"));
  OTRP_ASSIGN_OR_RETURN(step->cps, members.Text("cps", false));
  const std::vector<std::string>& oids = step->policies;
  if (oids.size() > kMaxPolicies ||
      !std::all_of(oids.begin(), oids.end(), [](const std::string& oid) {
        return crypto::der::IsOid(oid);
      })) {
    return members.Find("policies")
        ->Error(absl::StrCat("policies must be up to ", kMaxPolicies,
                             " OIDs, as 2.25.7.1"));
  }
  if (!step->cps.empty() && oids.empty()) {
    return members.Find("cps")->Error("cps needs policies");
  }
  return absl::OkStatus();
}

absl::Status ReadAuthority(Members& members, CeremonyStep* step) {
  OTRP_ASSIGN_OR_RETURN(step->subject, members.Text("subject", true));
  if (step->subject.size() > kMaxNameBytes) {
    return members.Find("subject")->Error("subject has more than 64 octets");
  }
  OTRP_ASSIGN_OR_RETURN(step->days, members.Number("days", 1, kMaxDays, 0));
  OTRP_ASSIGN_OR_RETURN(step->path_length,
                        members.Number("path_length", 0, kMaxPathLength,
                                       step->kind == Kind::kRoot ? 1 : 0));
  OTRP_ASSIGN_OR_RETURN(step->permitted_dns, members.Texts("permitted_dns"));
  OTRP_ASSIGN_OR_RETURN(step->permitted_uri_hosts,
                        members.Texts("permitted_uri_hosts"));
  OTRP_RETURN_IF_ERROR(ReadPolicies(members, step));
  if (step->kind == Kind::kRoot) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(step->crl_url, members.Text("crl_url", false));
  OTRP_ASSIGN_OR_RETURN(step->ocsp_url, members.Text("ocsp_url", false));
  OTRP_ASSIGN_OR_RETURN(step->issuer_url, members.Text("issuer_url", false));
  return absl::OkStatus();
}

absl::Status ReadKey(Members& members, CeremonyStep* step) {
  OTRP_ASSIGN_OR_RETURN(const std::string word, members.Text("key", true));
  const absl::optional<pki::KeyKind> kind = pki::KeyKindFromWord(word);
  if (!kind.has_value()) {
    return members.Find("key")->Error(
        absl::StrCat("key must be one of ", pki::KeyKindWords()));
  }
  step->key = *kind;
  return absl::OkStatus();
}

absl::StatusOr<crypto::RevokedEntry> ReadEntry(const YamlNode& node) {
  OTRP_ASSIGN_OR_RETURN(Members members, Members::Of(node));
  crypto::RevokedEntry entry;
  OTRP_ASSIGN_OR_RETURN(entry.serial, members.Text("serial", true));
  const bool hex =
      entry.serial.size() <= 40 && entry.serial[0] != '0' &&
      std::all_of(entry.serial.begin(), entry.serial.end(), [](char c) {
        return absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
               (c >= 'a' && c <= 'f');
      });
  if (!hex) {
    return node.Error("serial must be lower-case hex without leading zeros");
  }
  OTRP_ASSIGN_OR_RETURN(const std::string word, members.Text("reason", true));
  for (const ReasonRow& row : kReasons) {
    if (row.word == word) entry.reason = row.number;
  }
  if (entry.reason < 0) {
    return node.Error("reason must be one of RFC 5280's, as cACompromise");
  }
  OTRP_ASSIGN_OR_RETURN(const std::string at, members.Text("at", true));
  std::string why;
  if (!absl::ParseTime(absl::RFC3339_full, at, &entry.revoked_at, &why)) {
    return node.Error("at must be a time, as 2026-11-28T12:00:00Z");
  }
  OTRP_RETURN_IF_ERROR(members.NoOthers());
  return entry;
}

absl::Status ReadCrl(Members& members, CeremonyStep* step) {
  OTRP_ASSIGN_OR_RETURN(step->days, members.Number("days", 1, kMaxDays, 0));
  OTRP_ASSIGN_OR_RETURN(step->number,
                        members.Number("number", 1, kMaxCrlNumber, 0));
  const YamlNode* revoked = members.Find("revoked");
  if (revoked == nullptr) return absl::OkStatus();
  if (revoked->kind != YamlNode::Kind::kList) {
    return revoked->Error("revoked must be a list");
  }
  for (const YamlNode& node : revoked->items) {
    OTRP_ASSIGN_OR_RETURN(crypto::RevokedEntry entry, ReadEntry(node));
    step->revoked.push_back(std::move(entry));
  }
  return absl::OkStatus();
}

absl::Status ReadMembers(Members& members, CeremonyStep* step) {
  OTRP_ASSIGN_OR_RETURN(step->name, members.Text("name", true));
  if (!IsFileName(step->name)) {
    return members.Find("name")->Error(
        "name must be 1 to 64 letters, digits, '-', '_' and '.'");
  }
  switch (step->kind) {
    case Kind::kRoot:
      OTRP_RETURN_IF_ERROR(ReadKey(members, step));
      return ReadAuthority(members, step);
    case Kind::kIssuing: {
      OTRP_ASSIGN_OR_RETURN(step->issuer, members.Text("issuer", true));
      OTRP_RETURN_IF_ERROR(ReadKey(members, step));
      return ReadAuthority(members, step);
    }
    case Kind::kSign: {
      OTRP_ASSIGN_OR_RETURN(step->issuer, members.Text("issuer", true));
      OTRP_ASSIGN_OR_RETURN(step->csr_file, members.Text("csr", true));
      return ReadAuthority(members, step);
    }
    case Kind::kCrl: {
      OTRP_ASSIGN_OR_RETURN(step->issuer, members.Text("issuer", true));
      return ReadCrl(members, step);
    }
    case Kind::kUse: {
      OTRP_ASSIGN_OR_RETURN(step->certificate_file,
                            members.Text("certificate", true));
      OTRP_ASSIGN_OR_RETURN(step->key_file, members.Text("key", true));
      return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<CeremonyStep> ReadStep(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::kMap || node.members.size() != 1) {
    return node.Error("a step is one of root, issuing, sign, crl, use");
  }
  const auto& [word, value] = node.members[0];
  CeremonyStep step;
  const auto* row = std::find_if(
      std::begin(kKinds), std::end(kKinds),
      [&word = word](const KindRow& kind) { return kind.word == word.text; });
  if (row == std::end(kKinds)) {
    return word.Error(absl::StrCat(
        word.text, " is no step; they are root, issuing, sign, crl, use"));
  }
  step.kind = row->kind;
  step.place.line = word.line;
  step.place.column = word.column;
  OTRP_ASSIGN_OR_RETURN(Members members, Members::Of(value));
  OTRP_RETURN_IF_ERROR(ReadMembers(members, &step));
  OTRP_RETURN_IF_ERROR(members.NoOthers());
  return step;
}

// Names stand for one thing, and issuers come before what they sign.
absl::Status CheckNames(const CeremonyPlan& plan) {
  std::set<std::string> authorities, certificates, crls;
  for (const CeremonyStep& step : plan.steps) {
    if (!step.issuer.empty() && authorities.count(step.issuer) == 0) {
      return step.place.Error(absl::StrCat(
          "issuer ", step.issuer, " is no authority of an earlier step"));
    }
    std::set<std::string>& taken =
        step.kind == Kind::kCrl ? crls : certificates;
    if (!taken.insert(step.name).second) {
      return step.place.Error(absl::StrCat("name ", step.name, " is taken"));
    }
    if (step.kind != Kind::kCrl && step.kind != Kind::kSign) {
      authorities.insert(step.name);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::string_view CeremonyKindWord(Kind kind) {
  for (const KindRow& row : kKinds) {
    if (row.kind == kind) return row.word;
  }
  return "";
}

absl::StatusOr<CeremonyPlan> ParseCeremonyPlan(absl::string_view yaml) {
  OTRP_ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(yaml));
  OTRP_ASSIGN_OR_RETURN(Members members, Members::Of(root));
  OTRP_RETURN_IF_ERROR(members.Number("version", 1, 1, 0).status());
  CeremonyPlan plan;
  OTRP_ASSIGN_OR_RETURN(plan.title, members.Text("title", true));
  const YamlNode* steps = members.Find("steps");
  if (steps == nullptr) return root.Error("steps is missing");
  if (steps->kind != YamlNode::Kind::kList || steps->items.empty() ||
      steps->items.size() > kMaxSteps) {
    return steps->Error("steps must be a list of 1 to 100");
  }
  OTRP_RETURN_IF_ERROR(members.NoOthers());
  for (const YamlNode& node : steps->items) {
    OTRP_ASSIGN_OR_RETURN(CeremonyStep step, ReadStep(node));
    plan.steps.push_back(std::move(step));
  }
  OTRP_RETURN_IF_ERROR(CheckNames(plan));
  return plan;
}

}  // namespace otrp::ctl
