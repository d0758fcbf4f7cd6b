#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/advice/advice.h"
#include "libs/base/status_macros.h"
#include "otrp/common/v1/common.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::common::v1;

struct Source {
  std::string name;
  Service service;
};

absl::StatusOr<std::vector<Source>> Sources(const cli::Args& args) {
  const std::vector<Source> all = {{"ca", Service::kCa},
                                   {"tsm", Service::kTsm},
                                   {"attestation_verifier", Service::kVerifier},
                                   {"sp_portal", Service::kPortal}};
  if (!args.Has("service")) return all;
  for (const Source& source : all) {
    if (source.name == args.Get("service")) return std::vector<Source>{source};
  }
  return cli::UsageError(absl::StrCat("--service ", args.Get("service"),
                                      " is unknown: one of ca, tsm, ",
                                      "attestation_verifier, sp_portal"));
}

// Of services that don't answer while others do: their part is missing, and
// the call fails once the rest has been shown.
class Missing {
 public:
  explicit Missing(size_t sources) : sources_(sources) {}

  // The status where it is of all that were asked, else OK.
  absl::Status Note(const Source& source, const absl::Status& status) {
    if (first_.ok()) first_ = status;
    names_.push_back(source.name);
    return names_.size() == sources_ ? first_ : absl::OkStatus();
  }

  void AddTo(Result* result) const {
    result->value.Set("missing", Strings(names_));
    if (names_.empty()) return;
    result->verdict = absl::Status(
        first_.code(), absl::StrCat("the log of ", absl::StrJoin(names_, ", "),
                                    " is missing: ", first_.message()));
  }

 private:
  const size_t sources_;
  std::vector<std::string> names_;
  absl::Status first_;
};

void AppendMeaning(const json::Value& word, bool is_error,
                   json::Value* meanings) {
  if (!word.is_string()) return;
  const absl::string_view meaning = is_error ? advice::OfError(word.as_string())
                                             : advice::Of(word.as_string());
  if (meaning.empty()) return;
  meanings->Append(
      json::Value::String(absl::StrCat(word.as_string(), ": ", meaning)));
}

// What the codes in an event's details mean, wherever they stand in it.
void AppendMeanings(const json::Value& details, json::Value* meanings) {
  if (details.is_array()) {
    for (const json::Value& item : details.items()) {
      AppendMeanings(item, meanings);
    }
  }
  if (!details.is_object()) return;
  for (const auto& [name, value] : details.members()) {
    if (name == "reason" || name == "error") {
      AppendMeaning(value, name == "error", meanings);
    } else if (name == "reasons" && value.is_array()) {
      for (const json::Value& code : value.items()) {
        AppendMeaning(code, /*is_error=*/false, meanings);
      }
    } else {
      AppendMeanings(value, meanings);
    }
  }
}

json::Value EventValue(const v1::AuditEvent& event, const Source& source) {
  json::Value item = json::Value::Object();
  item.Set("at", Time(event.at(), event.has_at()));
  item.Set("service", json::Value::String(source.name));
  item.Set("id", json::Value::Integer(event.id()));
  item.Set("actor", json::Value::String(event.actor()));
  item.Set("action", json::Value::String(event.action()));
  item.Set("subject", json::Value::String(event.subject()));
  item.Set("outcome", json::Value::String(event.outcome()));
  absl::StatusOr<json::Value> details =
      json::Parse(event.details_json(), json::kOurs);
  if (!details.ok()) details = json::Value::Object();
  json::Value meanings = json::Value::Array();
  AppendMeanings(*details, &meanings);
  item.Set("details", *std::move(details));
  item.Set("trace_id", json::Value::String(event.trace_id()));
  item.Set("meanings", std::move(meanings));
  return item;
}

std::string AtOf(const json::Value& event) {
  const json::Value* at = event.Find("at");
  return at != nullptr && at->is_string() ? at->as_string() : "";
}

absl::StatusOr<Result> AuditList(const cli::Args& args,
                                 Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<Source> sources, Sources(args));
  ListShape shape;
  shape.list = "events";
  shape.columns = {{"AT", "at"},           {"SERVICE", "service"},
                   {"ACTOR", "actor"},     {"ACTION", "action"},
                   {"SUBJECT", "subject"}, {"OUTCOME", "outcome"},
                   {"MEANING", "meanings"}};
  shape.name = {"service", "id"};
  shape.time = "at";
  shape.newest_first = true;
  shape.default_limit = kDefaultRows;
  OTRP_ASSIGN_OR_RETURN(const Selection each,
                        Selection::From(args, std::move(shape), absl::Now()));
  v1::ListAuditEventsRequest request;
  request.set_subject(args.Get("subject"));
  request.set_action_prefix(args.Get("action"));
  std::vector<json::Value> events;
  Missing missing(sources.size());
  for (const Source& source : sources) {
    Selection of_source = each;
    const absl::Status listed = TakePages<v1::AuditLog>(
        connections, source.service, &v1::AuditLog::Stub::ListAuditEvents,
        request,
        [](const v1::ListAuditEventsResponse& response) -> const auto& {
          return response.events();
        },
        [&](const v1::AuditEvent& event) { return EventValue(event, source); },
        &of_source);
    if (!listed.ok()) {
      OTRP_RETURN_IF_ERROR(missing.Note(source, listed));
      continue;
    }
    for (json::Value& event : of_source.Drain()) {
      events.push_back(std::move(event));
    }
  }
  // Their texts are in the order of time.
  std::stable_sort(events.begin(), events.end(),
                   [](const json::Value& a, const json::Value& b) {
                     return AtOf(a) > AtOf(b);
                   });
  Selection all = each;
  for (json::Value& event : events) {
    if (!all.Take(std::move(event))) break;
  }
  Result result = all.ToResult();
  missing.AddTo(&result);
  return result;
}

// More are as good as these.
constexpr int kMaxFaults = 100;

// The whole chain, part by part.
absl::StatusOr<v1::VerifyAuditLogResponse> VerifyAll(Connections& connections,
                                                     Service service) {
  v1::VerifyAuditLogResponse all;
  all.set_intact(true);
  v1::VerifyAuditLogRequest request;
  do {
    OTRP_ASSIGN_OR_RETURN(
        const v1::VerifyAuditLogResponse part,
        connections.Call<v1::AuditLog>(
            service, &v1::AuditLog::Stub::VerifyAuditLog, request));
    // A service that sends us round in circles.
    if (part.next_after_seal() != 0 &&
        part.next_after_seal() <= request.after_seal()) {
      return absl::InternalError("the next part of the log isn't behind this");
    }
    all.set_intact(all.intact() && part.intact());
    all.set_sealed_events(all.sealed_events() + part.sealed_events());
    all.set_seals(all.seals() + part.seals());
    all.set_unsealed_events(part.unsealed_events());
    for (const std::string& fault : part.faults()) {
      if (all.faults_size() < kMaxFaults) all.add_faults(fault);
    }
    all.mutable_epochs()->MergeFrom(part.epochs());
    request.set_after_seal(part.next_after_seal());
  } while (request.after_seal() != 0);
  return all;
}

json::Value EpochValue(const v1::AuditEpoch& epoch) {
  json::Value item = json::Value::Object();
  item.Set("epoch", json::Value::Integer(epoch.epoch()));
  item.Set("first_seal", json::Value::Integer(epoch.first_seal()));
  item.Set("at", Time(epoch.at(), epoch.has_at()));
  item.Set("reason", json::Value::String(epoch.reason()));
  return item;
}

absl::StatusOr<Result> AuditVerify(const cli::Args& args,
                                   Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<Source> sources, Sources(args));
  json::Value list = json::Value::Array();
  std::string broken;
  Missing missing(sources.size());
  for (const Source& source : sources) {
    const auto answer = VerifyAll(connections, source.service);
    if (!answer.ok()) {
      OTRP_RETURN_IF_ERROR(missing.Note(source, answer.status()));
      continue;
    }
    const v1::VerifyAuditLogResponse& response = *answer;
    json::Value item = json::Value::Object();
    item.Set("service", json::Value::String(source.name));
    item.Set("intact", json::Value::Bool(response.intact()));
    item.Set("sealed_events", json::Value::Integer(response.sealed_events()));
    item.Set("unsealed_events",
             json::Value::Integer(response.unsealed_events()));
    item.Set("seals", json::Value::Integer(response.seals()));
    item.Set("faults",
             Strings({response.faults().begin(), response.faults().end()}));
    json::Value epochs = json::Value::Array();
    for (const v1::AuditEpoch& epoch : response.epochs()) {
      epochs.Append(EpochValue(epoch));
    }
    item.Set("epochs", std::move(epochs));
    list.Append(std::move(item));
    if (!response.intact()) {
      absl::StrAppend(
          &broken, broken.empty() ? "" : "; ", source.name, ": ",
          response.faults().empty() ? "not intact" : response.faults(0));
    }
  }
  Result result;
  missing.AddTo(&result);
  // That is worse than what is missing.
  if (!broken.empty()) {
    result.verdict = absl::DataLossError(
        absl::StrCat("the audit log was tampered with: ", broken));
  }
  result.value.Set("logs", std::move(list));
  result.list = "logs";
  result.columns = {{"SERVICE", "service"},
                    {"INTACT", "intact"},
                    {"SEALED", "sealed_events"},
                    {"NOT YET", "unsealed_events"}};
  return result;
}

}  // namespace

std::vector<Command> AuditCommands() {
  const cli::Flag service = {"service", "ca|tsm|attestation_verifier|sp_portal",
                             false,
                             "ca, tsm, attestation_verifier or sp_portal; all "
                             "where not given"};
  return {
      {{"audit",
        "list",
        {},
        With({service,
              {"subject", "S", false, "only events about this", "subject"},
              {"action", "PREFIX", false, "only actions that start so",
               "action_prefix"}},
             SelectionFlags("done")),
        "Lists what was done, newest first; 100 without --limit."},
       AuditList},
      {{"audit",
        "verify",
        {},
        {service},
        "Checks the hash chains of the audit logs."},
       AuditVerify},
  };
}

}  // namespace otrp::ctl
