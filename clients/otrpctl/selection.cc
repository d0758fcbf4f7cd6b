#include "clients/otrpctl/selection.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace otrp::ctl {
namespace {

constexpr int64_t kMostRows = 1000000000;

absl::StatusOr<int64_t> ParseLimit(const std::string& word) {
  int64_t limit = 0;
  if (absl::SimpleAtoi(word, &limit) && limit > 0 && limit <= kMostRows) {
    return limit;
  }
  return cli::UsageError("--limit: must be a number from 1 to 1000000000");
}

// A time, or how long ago it was.
absl::StatusOr<absl::Time> ParseSince(const std::string& word, absl::Time now) {
  absl::string_view days = word;
  int64_t number = 0;
  if (absl::ConsumeSuffix(&days, "d") && absl::SimpleAtoi(days, &number) &&
      number >= 0 && number < 100000) {
    return now - absl::Hours(24) * number;
  }
  absl::Duration ago;
  if (absl::ParseDuration(word, &ago) && ago >= absl::ZeroDuration()) {
    return now - ago;
  }
  for (const char* format : {absl::RFC3339_full, "%Y-%m-%d"}) {
    absl::Time at;
    if (absl::ParseTime(format, word, absl::UTCTimeZone(), &at, nullptr)) {
      return at;
    }
  }
  return cli::UsageError(
      absl::StrCat("--since ", word, " is no time: give 30m, 2h, 7d, or a ",
                   "time in UTC like 2026-01-31 or 2026-01-31T12:00:00Z"));
}

// A scalar as it stands in a table.
std::string TextOf(const json::Value& value) {
  return value.is_string() ? value.as_string() : value.Serialize();
}

bool BeginsCondition(absl::string_view text) {
  const size_t equals = text.find('=');
  if (equals == absl::string_view::npos) return false;
  absl::string_view member = text.substr(0, equals);
  absl::ConsumeSuffix(&member, "!");
  return !member.empty() &&
         std::all_of(member.begin(), member.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '_' || c == '.';
         });
}

// "a=1,b=2" are two; in "subject=OEM, Inc" the comma is the value's.
std::vector<std::string> Conditions(absl::string_view text) {
  std::vector<std::string> conditions;
  for (const absl::string_view part :
       absl::StrSplit(text, ',', absl::SkipEmpty())) {
    if (conditions.empty() || BeginsCondition(part)) {
      conditions.emplace_back(part);
    } else {
      absl::StrAppend(&conditions.back(), ",", part);
    }
  }
  return conditions;
}

// Whether anything at the path fits; lists on the way are looked through.
bool AnyAt(const json::Value& value, absl::string_view path,
           const std::function<bool(const std::string&)>& fits) {
  if (value.is_array()) {
    return std::any_of(
        value.items().begin(), value.items().end(),
        [&](const json::Value& item) { return AnyAt(item, path, fits); });
  }
  if (path.empty()) return !value.is_null() && fits(TextOf(value));
  if (!value.is_object()) return false;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(path, absl::MaxSplits('.', 1));
  const json::Value* member = value.Find(parts.first);
  return member != nullptr && AnyAt(*member, parts.second, fits);
}

}  // namespace

std::vector<cli::Flag> SelectionFlags(absl::string_view time, bool paged) {
  std::vector<cli::Flag> flags = {
      {"limit", "N", false, "at most so many", paged ? "page_size" : ""},
      {"filter", "MEMBER=VALUE", false,
       "only those whose member (of -o json, a.b for one inside) is that; != "
       "for those whose isn't, VALUE* for a begin; several must all hold",
       "", 0, /*repeatable=*/true},
      {"count", "", false, "only how many there are"},
  };
  if (!time.empty()) {
    flags.push_back({"since", "TIME", false,
                     absl::StrCat("only ", time,
                                  " since then: 30m, 2h, 7d ago, or a time")});
  }
  return flags;
}

std::vector<cli::Flag> With(std::vector<cli::Flag> flags,
                            const std::vector<cli::Flag>& more) {
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

absl::StatusOr<Selection> Selection::From(const cli::Args& args,
                                          ListShape shape, absl::Time now) {
  Selection selection;
  selection.limit_ = args.Has("count") ? 0 : shape.default_limit;
  selection.shape_ = std::move(shape);
  selection.count_ = args.Has("count");
  if (args.Has("limit")) {
    OTRP_ASSIGN_OR_RETURN(selection.limit_, ParseLimit(args.Get("limit")));
  }
  if (args.Has("since")) {
    OTRP_ASSIGN_OR_RETURN(selection.since_, ParseSince(args.Get("since"), now));
  }
  for (const std::string& text : Conditions(args.Get("filter"))) {
    OTRP_ASSIGN_OR_RETURN(Condition condition, ParseCondition(text));
    selection.conditions_.push_back(std::move(condition));
  }
  return selection;
}

absl::StatusOr<Selection::Condition> Selection::ParseCondition(
    absl::string_view text) {
  const size_t equals = text.find('=');
  if (equals == absl::string_view::npos || equals == 0) {
    return cli::UsageError(absl::StrCat(
        "--filter ", text, " must be MEMBER=VALUE or MEMBER!=VALUE, e.g. ",
        "status=revoked; -o json shows the members"));
  }
  Condition condition;
  absl::string_view member = text.substr(0, equals);
  condition.negated = absl::ConsumeSuffix(&member, "!");
  condition.member = std::string(member);
  absl::string_view value = text.substr(equals + 1);
  condition.is_prefix = absl::ConsumeSuffix(&value, "*");
  condition.value = std::string(value);
  return condition;
}

bool Selection::Matches(const json::Value& item) const {
  return std::all_of(
      conditions_.begin(), conditions_.end(), [&](const Condition& condition) {
        const bool found =
            AnyAt(item, condition.member, [&](const std::string& text) {
              return condition.is_prefix
                         ? absl::StartsWith(text, condition.value)
                         : text == condition.value;
            });
        return found != condition.negated;
      });
}

int Selection::page_size() const {
  // How many rows are behind those that fit, nobody knows.
  if (limit_ == 0 || !conditions_.empty() || since_.has_value()) {
    return kPageRows;
  }
  return static_cast<int>(std::min<int64_t>(limit_, kPageRows));
}

bool Selection::Take(json::Value item) {
  for (const auto& [name, value] : item.members()) members_.insert(name);
  if (since_.has_value()) {
    const json::Value* member = item.Find(shape_.time);
    absl::Time at;
    // What has no time never happened.
    if (member == nullptr || !member->is_string() ||
        !absl::ParseTime(absl::RFC3339_full, member->as_string(), &at,
                         nullptr)) {
      return true;
    }
    if (at < *since_) return !shape_.newest_first;
  }
  if (!Matches(item)) return true;
  taken_.push_back(std::move(item));
  return limit_ == 0 || static_cast<int64_t>(taken_.size()) < limit_;
}

std::vector<json::Value> Selection::Drain() {
  return std::exchange(taken_, {});
}

Result Selection::ToResult() {
  Result result;
  for (const Condition& condition : conditions_) {
    const std::string first =
        condition.member.substr(0, condition.member.find('.'));
    if (members_.empty() || members_.count(first) > 0) continue;
    result.notes.push_back(
        absl::StrCat("--filter: no item has a member \"", first,
                     "\"; they have: ", absl::StrJoin(members_, ", ")));
  }
  if (count_) {
    result.value.Set("count",
                     json::Value::Integer(static_cast<int64_t>(taken_.size())));
    return result;
  }
  result.is_cut = limit_ != 0 && static_cast<int64_t>(taken_.size()) >= limit_;
  json::Value list = json::Value::Array();
  for (json::Value& item : taken_) list.Append(std::move(item));
  result.value.Set(shape_.list, std::move(list));
  result.list = shape_.list;
  result.columns = shape_.columns;
  result.name = shape_.name;
  return result;
}

}  // namespace otrp::ctl
