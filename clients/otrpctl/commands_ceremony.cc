#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/ceremony.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/passphrase.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"

namespace otrp::ctl {
namespace {

constexpr char kTranscript[] = "transcript.json";

// Beside the plan, where a path isn't absolute.
std::string Beside(const std::string& plan, const std::string& path) {
  const size_t slash = plan.rfind('/');
  if (path[0] == '/' || slash == std::string::npos) return path;
  return absl::StrCat(plan.substr(0, slash + 1), path);
}

// A new folder: what an earlier ceremony made is never mixed with this one's.
absl::Status MakeNewFolder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return absl::OkStatus();
  return cli::UsageError(absl::StrCat("--out ", path,
                                      " can't be made: ", std::strerror(errno),
                                      "; name a folder that isn't there"));
}

Result ResultOf(const Ceremony& ceremony) {
  Result result;
  result.value = ceremony.transcript;
  result.list = "steps";
  result.columns = {{"STEP", "step"},
                    {"NAME", "name"},
                    {"SUBJECT", "subject"},
                    {"NOT AFTER", "not_after"},
                    {"CERTIFICATE SHA256", "fingerprint_sha256"}};
  result.name = {"name"};
  return result;
}

absl::Status WriteAll(const std::string& folder, Ceremony& ceremony) {
  OTRP_RETURN_IF_ERROR(MakeNewFolder(folder));
  for (const CeremonyFile& file : ceremony.files) {
    OTRP_RETURN_IF_ERROR(WriteOutput(
        "out", absl::StrCat(folder, "/", file.name), file.octets, file.is_key));
  }
  const std::string transcript =
      absl::StrCat(ceremony.transcript.Serialize(), "\n");
  return WriteOutput("out", absl::StrCat(folder, "/", kTranscript), transcript);
}

absl::StatusOr<Result> CaCeremony(const cli::Args& args, Connections&) {
  const std::string path = args.Positional(0);
  CeremonyInput input;
  OTRP_ASSIGN_OR_RETURN(input.plan, ReadInput("plan", path));
  const std::string hash = Sha256Hex(input.plan);
  const std::string wanted = absl::AsciiStrToLower(args.Get("plan-sha256"));
  if (!wanted.empty() && wanted != hash) {
    return cli::UsageError(
        absl::StrCat("--plan-sha256: ", path,
                     " isn't what was reviewed; its hash is ", hash));
  }
  input.read = [&](const std::string& name) -> absl::StatusOr<std::string> {
    return ReadInput("plan", Beside(path, name));
  };
  input.now = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()));
  input.random = &crypto::SystemRandom();
  const auto named = [&](const absl::Status& status) {
    return cli::UsageError(absl::StrCat(path, ": ", status.message()));
  };
  // All that can be wrong, before anybody types a passphrase.
  const absl::StatusOr<Ceremony> rehearsed = RehearseCeremony(input);
  if (!rehearsed.ok()) return named(rehearsed.status());
  if (args.Has("dry-run")) {
    Result result = ResultOf(*rehearsed);
    result.notes.push_back(absl::StrCat("nothing was made; --plan-sha256 ",
                                        hash, " keeps to this plan"));
    return result;
  }
  if (!args.Has("out")) {
    return cli::UsageError("--out is missing: the folder for what is made");
  }
  OTRP_ASSIGN_OR_RETURN(
      const SecretBytes passphrase,
      NewPassphrase("passphrase-file", args.Get("passphrase-file")));
  input.passphrase = passphrase.view();
  absl::StatusOr<Ceremony> done = RunCeremony(input);
  if (!done.ok()) return named(done.status());
  OTRP_RETURN_IF_ERROR(WriteAll(args.Get("out"), *done));
  Result result = ResultOf(*done);
  result.notes.push_back(absl::StrCat(
      args.Get("out"), "/", kTranscript,
      " tells what was made; its SHA-256 is ",
      Sha256Hex(absl::StrCat(done->transcript.Serialize(), "\n"))));
  return result;
}

}  // namespace

std::vector<Command> CeremonyCommands() {
  return {
      {{"ca",
        "ceremony",
        {{"PLAN"}},
        {{"dry-run", "", false, "reads and checks all, and makes nothing"},
         {"out", "DIR", false, "a new folder for what is made"},
         {"passphrase-file", "FILE", false,
          "what closes the keys; asked for without it"},
         {"plan-sha256", "HEX", false, "refuses any other plan than this one"}},
        "Makes authorities from one reviewed file; asks no service."},
       CaCeremony},
  };
}

}  // namespace otrp::ctl
