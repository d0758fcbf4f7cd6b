#include "clients/device/arguments.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace otrp::device {
namespace {

std::string KnownFlags(const std::vector<FlagRule>& rules) {
  return absl::StrJoin(rules, ", ", [](std::string* out, const FlagRule& r) {
    absl::StrAppend(out, r.name == "output" ? "-o" : "--",
                    r.name == "output" ? "" : r.name);
  });
}

}  // namespace

absl::StatusOr<Arguments> Arguments::Parse(
    const std::vector<std::string>& words, const std::vector<FlagRule>& rules) {
  Arguments out;
  for (size_t i = 0; i < words.size(); ++i) {
    std::string name = words[i] == "-o" ? "--output" : words[i];
    if (!absl::StartsWith(name, "--")) {
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", words[i], "\" isn't a flag; there are: ", KnownFlags(rules)));
    }
    name = name.substr(2);
    const size_t equals = name.find('=');
    const bool inline_value = equals != std::string::npos;
    std::string value = inline_value ? name.substr(equals + 1) : "";
    if (inline_value) name.resize(equals);
    const auto rule =
        std::find_if(rules.begin(), rules.end(),
                     [&](const FlagRule& r) { return r.name == name; });
    if (rule == rules.end()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "unknown flag ", words[i], "; there are: ", KnownFlags(rules)));
    }
    if (rule->has_value && !inline_value) {
      if (++i >= words.size()) {
        return absl::InvalidArgumentError(
            absl::StrCat("flag ", words[i - 1], " needs a value"));
      }
      value = words[i];
    }
    if (!rule->has_value && inline_value) {
      return absl::InvalidArgumentError(
          absl::StrCat("flag --", name, " takes no value"));
    }
    if (rule->has_value && value.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the value of --", name, " is empty"));
    }
    if (!out.values_.emplace(name, value).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("flag --", name, " is given twice"));
    }
  }
  for (const FlagRule& rule : rules) {
    if (rule.required && !out.Has(rule.name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("flag --", rule.name, " is missing"));
    }
  }
  return out;
}

std::string Arguments::Get(const std::string& name) const {
  return GetOr(name, "");
}

std::string Arguments::GetOr(const std::string& name,
                             absl::string_view other) const {
  const auto it = values_.find(name);
  return it == values_.end() ? std::string(other) : it->second;
}

absl::StatusOr<bool> Arguments::WantsJson() const {
  const std::string format = GetOr("output", "text");
  if (format == "json") return true;
  if (format == "text") return false;
  return absl::InvalidArgumentError(
      absl::StrCat("-o ", format, " is unknown: json or text"));
}

}  // namespace otrp::device
