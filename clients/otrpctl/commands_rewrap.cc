#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/progress.h"
#include "libs/base/status_macros.h"
#include "otrp/common/v1/key_encryption.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::common::v1;
using Stub = v1::KeyEncryption::Stub;

absl::StatusOr<v1::GetKeyEncryptionResponse> Look(Connections& connections) {
  return connections.Call<v1::KeyEncryption>(
      Service::kCa, &Stub::GetKeyEncryption, v1::GetKeyEncryptionRequest());
}

int64_t PreviousIn(const v1::GetKeyEncryptionResponse& state) {
  int64_t rows = 0;
  for (const v1::SealedRows& kind : state.rows()) rows += kind.previous();
  return rows;
}

json::Value KindsOf(const v1::GetKeyEncryptionResponse& state) {
  json::Value list = json::Value::Array();
  for (const v1::SealedRows& kind : state.rows()) {
    json::Value item = json::Value::Object();
    item.Set("what", json::Value::String(kind.what()));
    item.Set("current", json::Value::Integer(kind.current()));
    item.Set("previous", json::Value::Integer(kind.previous()));
    item.Set("unreadable", json::Value::Integer(kind.unreadable()));
    list.Append(std::move(item));
  }
  return list;
}

// What `--dry-run` shows, and the end of a run.
Result StateResult(const v1::GetKeyEncryptionResponse& state) {
  Result result;
  result.list = "rows";
  result.columns = {{"WHAT", "what"},
                    {"BY THE KEY", "current"},
                    {"BY THE PREVIOUS", "previous"},
                    {"BY NEITHER", "unreadable"}};
  result.name = {"what"};
  result.value.Set("rows", KindsOf(state));
  result.value.Set("has_previous", json::Value::Bool(state.has_previous()));
  result.value.Set("complete", json::Value::Bool(state.complete()));
  result.notes.push_back(
      state.complete()
          ? "nothing needs the previous key any more: take --previous_kek_file "
            "away a day from now, when no kept answer needs it either"
          : "the previous key is still needed");
  return result;
}

absl::StatusOr<Result> Rewrap(const cli::Args& args, Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(v1::GetKeyEncryptionResponse state, Look(connections));
  if (args.Has("dry-run") || PreviousIn(state) == 0) return StateResult(state);
  {
    int64_t rewrapped = 0;
    Progress progress(0, PreviousIn(state), Progress::Terminal());
    v1::RewrapKeysRequest request;
    do {
      OTRP_ASSIGN_OR_RETURN(const v1::RewrapKeysResponse response,
                            connections.Call<v1::KeyEncryption>(
                                Service::kCa, &Stub::RewrapKeys, request));
      rewrapped += response.rewrapped();
      progress.At(rewrapped);
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
  }
  OTRP_ASSIGN_OR_RETURN(state, Look(connections));
  Result result = StateResult(state);
  if (!state.complete()) {
    result.verdict = absl::FailedPreconditionError(
        "some rows aren't sealed by the key: a process that has the former one "
        "alone seals on; give all of them both, and go on");
  }
  return result;
}

}  // namespace

std::vector<Command> RewrapCommands() {
  return {{{"ca",
            "rewrap",
            {},
            {{"dry-run", "", false, "only says what is sealed by which key"}},
            "Seals what the previous key-encryption key sealed by the current "
            "one."},
           Rewrap}};
}

}  // namespace otrp::ctl
