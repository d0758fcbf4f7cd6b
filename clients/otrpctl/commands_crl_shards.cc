#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "libs/base/status_macros.h"
#include "otrp/ca/v1/crl_shards.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::ca::v1;
using Stub = v1::CrlShards::Stub;

absl::StatusOr<Result> ShardCrl(const cli::Args& args,
                                Connections& connections) {
  v1::SetCrlShardsRequest request;
  request.set_line(args.Positional(0));
  int shards = 0;
  if (!absl::SimpleAtoi(args.Get("shards"), &shards)) {
    return cli::UsageError(
        absl::StrCat("--shards ", args.Get("shards"), " is no number"));
  }
  request.set_shards(shards);
  OTRP_ASSIGN_OR_RETURN(const v1::SetCrlShardsResponse response,
                        connections.Call<v1::CrlShards>(
                            Service::kCa, &Stub::SetCrlShards, request));
  Result result;
  result.value.Set("authority", json::Value::String(args.Positional(0)));
  result.value.Set("shards", json::Value::Integer(response.shards()));
  result.value.Set("changed", json::Value::Bool(response.changed()));
  result.name = {"shards"};
  return result;
}

absl::StatusOr<Result> CrlShards(const cli::Args& args,
                                 Connections& connections) {
  v1::GetCrlShardsRequest request;
  request.set_authority(args.Positional(0));
  OTRP_ASSIGN_OR_RETURN(const v1::GetCrlShardsResponse response,
                        connections.Call<v1::CrlShards>(
                            Service::kCa, &Stub::GetCrlShards, request));
  Result result;
  result.list = "divisions";
  result.columns = {{"SHARDS", "shards"}, {"FOR NEW ONES", "is_current"}};
  result.name = {"shards"};
  json::Value list = json::Value::Array();
  for (const int shards : response.served()) {
    json::Value item = json::Value::Object();
    item.Set("shards", json::Value::Integer(shards));
    item.Set("is_current", json::Value::Bool(shards == response.current()));
    list.Append(std::move(item));
  }
  result.value.Set("divisions", std::move(list));
  return result;
}

}  // namespace

std::vector<Command> CrlShardCommands() {
  return {
      {{"ca",
        "shard-crl",
        {{"NAME", "line"}},
        {{"shards", "N", true, "1 to 256; 1: one list of all", "shards"}},
        "Divides an authority's new certificates into lists of their own."},
       ShardCrl},
      {{"ca",
        "crl-shards",
        {{"NAME", "authority"}},
        {},
        "Lists into how many lists an authority's certificates are divided."},
       CrlShards},
  };
}

}  // namespace otrp::ctl
