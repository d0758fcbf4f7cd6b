#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/contexts.h"
#include "clients/otrpctl/selection.h"
#include "libs/base/status_macros.h"

namespace otrp::ctl {
namespace {

absl::StatusOr<Contexts> Read() {
  OTRP_ASSIGN_OR_RETURN(const std::string path, ContextsPath());
  return ReadContexts(path);
}

absl::StatusOr<ContextsEdit> Edit() {
  OTRP_ASSIGN_OR_RETURN(const std::string path, ContextsPath());
  return ContextsEdit::Begin(path);
}

json::Value ContextValue(const Contexts& contexts, const std::string& name,
                         const Context& context) {
  json::Value value = json::Value::Object();
  value.Set("name", json::Value::String(name));
  value.Set("current", json::Value::Bool(name == contexts.current));
  const json::Value shown = context.Shown();
  for (const auto& [member, text] : shown.members()) {
    value.Set(member, text);
  }
  return value;
}

absl::Status NotThere(absl::string_view where, const std::string& name) {
  return absl::NotFoundError(absl::StrCat(where, ": there is no context \"",
                                          name, "\" (otrpctl context list)"));
}

absl::StatusOr<Result> ContextAdd(const cli::Args& args,
                                  Connections& connections) {
  const std::string name = args.Positional(0);
  OTRP_RETURN_IF_ERROR(CheckContextName("NAME", name));
  Context context;
  context.flags = connections.GivenOfGrpc();
  const auto tls_dir = context.flags.find("tls-dir");
  if (tls_dir == context.flags.end()) {
    return cli::UsageError(
        "--tls-dir: must name the folder of the certificate that the context "
        "is for (one with a token is made by otrpctl login)");
  }
  OTRP_ASSIGN_OR_RETURN(tls_dir->second, AbsolutePath(tls_dir->second));
  OTRP_ASSIGN_OR_RETURN(ContextsEdit edit, Edit());
  Contexts& contexts = edit.contexts();
  const auto there = contexts.all.find(name);
  if (there != contexts.all.end() && !there->second.server.empty()) {
    return cli::UsageError(absl::StrCat(
        "NAME: \"", name, "\" has a token; otrpctl logout ends it first"));
  }
  contexts.all[name] = std::move(context);
  contexts.current = name;
  OTRP_RETURN_IF_ERROR(edit.Commit());
  Result result;
  result.value = ContextValue(contexts, name, contexts.all[name]);
  return result;
}

absl::StatusOr<Result> ContextList(const cli::Args& args, Connections&) {
  ListShape shape;
  shape.list = "contexts";
  shape.columns = {{"NAME", "name"},        {"CURRENT", "current"},
                   {"SERVER", "server"},    {"ACCOUNT", "account"},
                   {"ROLE", "role"},        {"EXPIRES", "expires_at"},
                   {"TLS", "flags.tls-dir"}};
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_ASSIGN_OR_RETURN(const Contexts contexts, Read());
  for (const auto& [name, context] : contexts.all) {
    if (!selection.Take(ContextValue(contexts, name, context))) break;
  }
  return selection.ToResult();
}

absl::StatusOr<Result> ContextShow(const cli::Args&, Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const Contexts contexts, Read());
  std::string name = connections.NamedContext();
  if (name.empty()) name = contexts.current;
  if (name.empty()) {
    return absl::NotFoundError(
        "there is no current context (otrpctl login makes one)");
  }
  const auto found = contexts.all.find(name);
  if (found == contexts.all.end()) return NotThere("--context", name);
  Result result;
  result.value = ContextValue(contexts, name, found->second);
  return result;
}

absl::StatusOr<Result> ContextUse(const cli::Args& args, Connections&) {
  const std::string name = args.Positional(0);
  OTRP_ASSIGN_OR_RETURN(ContextsEdit edit, Edit());
  Contexts& contexts = edit.contexts();
  const auto found = contexts.all.find(name);
  if (found == contexts.all.end()) return NotThere("NAME", name);
  contexts.current = name;
  Result result;
  result.value = ContextValue(contexts, name, found->second);
  OTRP_RETURN_IF_ERROR(edit.Commit());
  return result;
}

absl::StatusOr<Result> ContextRemove(const cli::Args& args, Connections&) {
  const std::string name = args.Positional(0);
  OTRP_ASSIGN_OR_RETURN(ContextsEdit edit, Edit());
  Contexts& contexts = edit.contexts();
  const auto found = contexts.all.find(name);
  if (found == contexts.all.end()) return NotThere("NAME", name);
  Result result;
  if (!found->second.server.empty()) {
    result.notes.push_back(
        "its token is good until it ends or is revoked (otrpctl logout would "
        "have done that)");
  }
  contexts.all.erase(found);
  if (contexts.current == name) contexts.current.clear();
  OTRP_RETURN_IF_ERROR(edit.Commit());
  result.value.Set("name", json::Value::String(name));
  result.value.Set("removed", json::Value::Bool(true));
  return result;
}

}  // namespace

std::vector<Command> ContextCommands() {
  return {
      {{"context",
        "add",
        {{"NAME"}},
        {},
        "Keeps --tls-dir and the addresses that are given as a context."},
       ContextAdd},
      {{"context",
        "list",
        {},
        SelectionFlags("", /*paged=*/false),
        "Lists the contexts, without their tokens."},
       ContextList},
      {{"context", "show", {}, {}, "Shows that of --context, or the current."},
       ContextShow},
      {{"context", "use", {{"NAME"}}, {}, "Makes it the current one."},
       ContextUse},
      Asking({{"context",
               "rm",
               {{"NAME"}},
               {},
               "Forgets a context; its token isn't revoked."},
              ContextRemove}),
  };
}

}  // namespace otrp::ctl
