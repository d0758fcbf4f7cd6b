#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/contexts.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/rest_caller.h"
#include "clients/otrpctl/terminal.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/time.h"
#include "otrp/portal/v1/access.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::portal::v1;

constexpr char kPortal[] = "sp_portal";
// How contexts call those who operate the suite; no service provider's account
// has it as its kind.
constexpr char kOperatorsSide[] = "operators";
constexpr size_t kMaxSecretFileBytes = 4096;

// What is to be shown to the server: a one-time code, or a token.
struct Shown {
  SecretBytes secret;
  bool is_code = false;
  // Of the member that a code makes.
  std::string name;
};

absl::StatusOr<std::string> ReadStandardInput(absl::string_view flag) {
  std::string text;
  char buffer[512];
  while (text.size() < kMaxSecretFileBytes) {
    const ssize_t n = ::read(STDIN_FILENO, buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    text.append(buffer, static_cast<size_t>(n));
  }
  if (!text.empty()) return text;
  return cli::UsageError(
      absl::StrCat("--", flag, " -: nothing comes on standard input"));
}

absl::StatusOr<SecretBytes> ReadSecret(absl::string_view flag,
                                       const std::string& path) {
  OTRP_ASSIGN_OR_RETURN(std::string text, path == "-" ? ReadStandardInput(flag)
                                                      : ReadInput(flag, path));
  SecretBytes secret(absl::StripAsciiWhitespace(text));
  Wipe(&text);
  OTRP_RETURN_IF_ERROR(CheckToken(absl::StrCat("--", flag), secret.view()));
  return secret;
}

absl::StatusOr<std::string> NameOf(const cli::Args& args, Terminal* terminal) {
  std::string name = args.Get("name");
  if (!name.empty()) return name;
  if (terminal != nullptr) {
    OTRP_ASSIGN_OR_RETURN(name, terminal->Ask("Your name among the members: "));
  }
  if (!name.empty()) return name;
  return cli::UsageError(
      "--name: must say what you are called among the members");
}

absl::StatusOr<Shown> AskForCode(const cli::Args& args,
                                 const std::string& server,
                                 const std::string& path) {
  const std::unique_ptr<Terminal> terminal = Terminal::Open();
  if (terminal == nullptr) {
    return cli::UsageError(
        "--code-file: name the file with the one-time code, or - for standard "
        "input: there is no terminal to ask at");
  }
  terminal->Say(absl::StrCat("With a one-time code you become a member at ",
                             server,
                             ".\nThe token that you get for it is kept in ",
                             path, ", which only you can read.\n"));
  Shown shown;
  shown.is_code = true;
  OTRP_ASSIGN_OR_RETURN(shown.name, NameOf(args, terminal.get()));
  OTRP_ASSIGN_OR_RETURN(
      shown.secret, terminal->AskSecretly("One-time code (it isn't shown): "));
  OTRP_RETURN_IF_ERROR(CheckToken("the code", shown.secret.view()));
  return shown;
}

absl::StatusOr<Shown> SecretOf(const cli::Args& args, const std::string& server,
                               const std::string& path) {
  if (args.Has("code-file") && args.Has("token-file")) {
    return cli::UsageError("--code-file: give it or --token-file, one of two");
  }
  Shown shown;
  if (args.Has("token-file")) {
    OTRP_ASSIGN_OR_RETURN(shown.secret,
                          ReadSecret("token-file", args.Get("token-file")));
    return shown;
  }
  if (!args.Has("code-file")) return AskForCode(args, server, path);
  shown.is_code = true;
  OTRP_ASSIGN_OR_RETURN(shown.secret,
                        ReadSecret("code-file", args.Get("code-file")));
  OTRP_ASSIGN_OR_RETURN(shown.name, NameOf(args, nullptr));
  return shown;
}

absl::StatusOr<Context> Accept(const Shown& shown, RestCaller* rest) {
  v1::AcceptInvitationRequest request;
  request.set_code(std::string(shown.secret.view()));
  request.set_name(shown.name);
  v1::AcceptInvitationResponse response;
  OTRP_RETURN_IF_ERROR(rest->Call(kPortal, v1::Members::service_full_name(),
                                  request, &response));
  const bool of_sp = !response.spid().empty();
  Context context;
  context.role = response.member().role();
  context.kind = of_sp                       ? "sp"
                 : context.role == "auditor" ? "auditor"
                                             : "operator";
  context.account = of_sp ? response.spid() : kOperatorsSide;
  context.agent = absl::StrCat("member/", response.member().name());
  context.token = SecretBytes::Take(std::move(*response.mutable_token()));
  context.expires_at = rpc::FromProto(response.token_expires_at());
  return context;
}

absl::StatusOr<Context> AskWho(Shown shown, RestCaller* rest) {
  rest->UseToken(SecretBytes(shown.secret.view()));
  v1::GetCallerResponse response;
  OTRP_RETURN_IF_ERROR(rest->Call(kPortal,
                                  v1::Authentication::service_full_name(),
                                  v1::GetCallerRequest(), &response));
  const v1::Principal& who = response.principal();
  Context context;
  context.kind = who.kind();
  context.account = who.kind() == "sp" ? who.name() : kOperatorsSide;
  context.agent = who.agent();
  context.role = who.role();
  context.token = std::move(shown.secret);
  if (who.has_expires_at()) {
    context.expires_at = rpc::FromProto(who.expires_at());
  }
  return context;
}

bool IsSameLogin(const Context& a, const Context& b) {
  return a.server == b.server && a.account == b.account && a.agent == b.agent;
}

// The account's, or the next one that is free.
std::string FreeName(const Contexts& contexts, const Context& context) {
  std::string name = context.account;
  for (int n = 2;; ++n) {
    const auto taken = contexts.all.find(name);
    if (taken == contexts.all.end() || IsSameLogin(taken->second, context)) {
      return name;
    }
    name = absl::StrCat(context.account, "-", n);
  }
}

// A token that is forgotten while it is good is nobody's to revoke any more.
absl::Status CheckIsFree(const Contexts& contexts, const std::string& name) {
  const auto taken = contexts.all.find(name);
  if (taken == contexts.all.end() ||
      (taken->second.expires_at.has_value() &&
       *taken->second.expires_at <= absl::Now())) {
    return absl::OkStatus();
  }
  return cli::UsageError(
      absl::StrCat("--context ", name, ": is there already; otrpctl logout ",
                   "--context ", name, " ends it, or take another name"));
}

absl::Status GiveUp(const SecretBytes& token, RestCaller* rest) {
  v1::GiveUpTokenRequest request;
  request.set_token(std::string(token.view()));
  v1::GiveUpTokenResponse response;
  // The token is its own credential; there is no other.
  rest->UseToken(SecretBytes());
  return rest->Call(kPortal, v1::Tokens::service_full_name(), request,
                    &response);
}

absl::StatusOr<Result> Login(const cli::Args& args, Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const std::string server,
                        CheckServer("--server", args.Get("server")));
  OTRP_ASSIGN_OR_RETURN(const std::string path, ContextsPath());
  std::string name = connections.NamedContext();
  if (!name.empty()) OTRP_RETURN_IF_ERROR(CheckContextName("--context", name));
  OTRP_ASSIGN_OR_RETURN(Shown shown, SecretOf(args, server, path));
  const bool is_code = shown.is_code;
  // Before a code is used: what it gives must be kept.
  OTRP_ASSIGN_OR_RETURN(ContextsEdit edit, ContextsEdit::Begin(path));
  if (!name.empty()) OTRP_RETURN_IF_ERROR(CheckIsFree(edit.contexts(), name));
  OTRP_ASSIGN_OR_RETURN(const std::string ca_file,
                        AbsolutePath(connections.Given("ca-file")));
  RestCaller rest(server, ca_file, connections.timeout());
  OTRP_ASSIGN_OR_RETURN(Context context, is_code
                                             ? Accept(shown, &rest)
                                             : AskWho(std::move(shown), &rest));
  context.server = server;
  context.ca_file = ca_file;
  if (name.empty()) name = FreeName(edit.contexts(), context);
  Result result;
  result.value = context.Shown();
  result.value.Set("context", json::Value::String(name));
  result.name = {"context"};
  const SecretBytes token(context.token.view());
  edit.contexts().all[name] = std::move(context);
  edit.contexts().current = name;
  const absl::Status kept = edit.Commit();
  if (kept.ok()) return result;
  if (!is_code) return kept;
  const absl::Status given_up = GiveUp(token, &rest);
  return absl::InternalError(
      absl::StrCat(kept.message(), "; the code is used, and the token ",
                   given_up.ok() ? "was given up" : "is lost",
                   ": have yourself invited anew"));
}

absl::StatusOr<Result> Logout(const cli::Args&, Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const std::string path, ContextsPath());
  OTRP_ASSIGN_OR_RETURN(ContextsEdit edit, ContextsEdit::Begin(path));
  Contexts& contexts = edit.contexts();
  std::string name = connections.NamedContext();
  if (name.empty()) name = contexts.current;
  const auto found = contexts.all.find(name);
  if (found == contexts.all.end() || found->second.server.empty()) {
    return cli::UsageError(
        absl::StrCat("--context: ",
                     name.empty() ? "there is no current one"
                                  : absl::StrCat("\"", name, "\""),
                     name.empty()                  ? ""
                     : found == contexts.all.end() ? " isn't there"
                                                   : " has no token",
                     " (otrpctl context list shows them)"));
  }
  const std::string given = connections.Given("ca-file");
  RestCaller rest(found->second.server,
                  given.empty() ? found->second.ca_file : given,
                  connections.timeout());
  const absl::Status given_up = GiveUp(found->second.token, &rest);
  // It is dead already.
  const bool was_dead = absl::IsUnauthenticated(given_up);
  if (!given_up.ok() && !was_dead) {
    return absl::Status(
        given_up.code(),
        absl::StrCat(given_up.message(),
                     "; the token is still good and still "
                     "kept (otrpctl context rm forgets it only)"));
  }
  Result result;
  result.value.Set("context", json::Value::String(name));
  result.value.Set("server", json::Value::String(found->second.server));
  result.value.Set("revoked", json::Value::Bool(true));
  if (was_dead) {
    result.notes.push_back("its token had ended or was revoked already");
  }
  contexts.all.erase(found);
  if (contexts.current == name) contexts.current.clear();
  OTRP_RETURN_IF_ERROR(edit.Commit());
  return result;
}

absl::StatusOr<Result> WhoAmI(const cli::Args&, Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(
      const v1::GetCallerResponse response,
      connections.Call<v1::Authentication>(Service::kPortal,
                                           &v1::Authentication::Stub::GetCaller,
                                           v1::GetCallerRequest()));
  const v1::Principal& who = response.principal();
  Result result;
  result.value.Set("kind", json::Value::String(who.kind()));
  result.value.Set("name", json::Value::String(who.name()));
  result.value.Set("role", json::Value::String(who.role()));
  result.value.Set("agent", json::Value::String(who.agent()));
  result.value.Set("taids", Strings({who.taids().begin(), who.taids().end()}));
  result.value.Set("token_id", json::Value::String(response.token_id()));
  result.value.Set("expires_at", Time(who.expires_at(), who.has_expires_at()));
  result.value.Set("context", json::Value::String(connections.context_name()));
  result.value.Set("by", json::Value::String(connections.Where()));
  result.name = {"kind", "name"};
  return result;
}

}  // namespace

std::vector<Command> LoginCommands() {
  return {
      {{"login",
        "",
        {},
        {{"server", "URL", true, "of the REST interface, https://host[:port]"},
         {"name", "N", false, "yours among the members; asked for without it",
          "name"},
         {"code-file", "FILE", false,
          "the one-time code of an invitation, - for standard input; asked for "
          "without it"},
         {"token-file", "FILE", false,
          "an API token instead, - for standard input"}},
        "Takes an invitation's code, or a token, and keeps it as a context."},
       Login},
      {{"logout",
        "",
        {},
        {},
        "Revokes the token of the context at its server, and forgets it."},
       Logout},
      {{"whoami",
        "",
        {},
        {},
        "Says who the services see, and until when the token is good."},
       WhoAmI},
  };
}

}  // namespace otrp::ctl
