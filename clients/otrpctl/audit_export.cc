#include "clients/otrpctl/audit_export.h"

#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/rpc/time.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::ca::v1;

std::string Text(const json::Value& object, absl::string_view member) {
  const json::Value* value =
      object.is_object() ? object.Find(std::string(member)) : nullptr;
  return value != nullptr && value->is_string() ? value->as_string() : "";
}

class Log {
 public:
  void Add(const json::Value& event) {
    const std::string service = Text(event, "service");
    if (!service.empty() && service != "ca") return;
    if (Text(event, "outcome") != "ok") return;
    const std::string action = Text(event, "action");
    const std::string subject = Text(event, "subject");
    const json::Value* details =
        event.is_object() ? event.Find("details") : nullptr;
    if (subject.empty() || details == nullptr) return;
    if (action == "certificate.issue") {
      authorities_[subject] = Text(*details, "authority");
    } else if (action == "certificate.revoke") {
      v1::RevocationReason reason = v1::REVOCATION_REASON_UNSPECIFIED;
      // A word that is none leaves it unspecified.
      v1::RevocationReason_Parse(Text(*details, "reason"), &reason);
      Revoked(subject, "", reason, Text(event, "at"));
    } else if (action == "certificate.reconcile") {
      for (const char* list : {"revoked", "unknown"}) {
        const json::Value* serials = details->Find(list);
        if (serials == nullptr || !serials->is_array()) continue;
        for (const json::Value& serial : serials->items()) {
          if (!serial.is_string()) continue;
          Revoked(serial.as_string(), subject,
                  v1::REVOCATION_REASON_UNSPECIFIED, Text(event, "at"));
        }
      }
    }
  }

  std::vector<v1::LoggedRevocation> Take() {
    std::vector<v1::LoggedRevocation> all;
    for (auto& [serial, one] : revoked_) {
      const auto issued = authorities_.find(serial);
      if (one.authority().empty() && issued != authorities_.end()) {
        one.set_authority(issued->second);
      }
      all.push_back(std::move(one));
    }
    return all;
  }

 private:
  // The first word that has a reason counts.
  void Revoked(const std::string& serial, const std::string& authority,
               v1::RevocationReason reason, const std::string& at) {
    v1::LoggedRevocation& one = revoked_[serial];
    if (!one.serial().empty() &&
        one.reason() != v1::REVOCATION_REASON_UNSPECIFIED) {
      return;
    }
    one.set_serial(serial);
    if (!authority.empty()) one.set_authority(authority);
    one.set_reason(reason);
    absl::Time time;
    if (absl::ParseTime(absl::RFC3339_full, at, &time, nullptr)) {
      *one.mutable_revoked_at() = rpc::ToProto(time);
    }
  }

  std::map<std::string, std::string> authorities_;
  std::map<std::string, v1::LoggedRevocation> revoked_;
};

}  // namespace

absl::StatusOr<std::vector<v1::LoggedRevocation>> LoggedRevocations(
    absl::string_view text) {
  Log log;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    const absl::StatusOr<json::Value> value = json::Parse(line, json::kOurs);
    if (!value.ok() || !value->is_object()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "line ", number, " is no event of an audit log in JSON"));
    }
    const json::Value* events = value->Find("events");
    if (events == nullptr || !events->is_array()) {
      log.Add(*value);
      continue;
    }
    for (const json::Value& event : events->items()) log.Add(event);
  }
  return log.Take();
}

}  // namespace otrp::ctl
