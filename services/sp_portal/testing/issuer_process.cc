#include "services/sp_portal/testing/issuer_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/http/client.h"

namespace otrp {
namespace portal {
namespace testing {
namespace {

constexpr char kScript[] = "services/sp_portal/testing/issuer/issuer.mjs";

std::string Modules() {
  const char* cache = std::getenv("OTRP_CACHE");
  const char* home = std::getenv("HOME");
  const std::string folder =
      cache != nullptr && *cache != '\0'
          ? cache
          : absl::StrCat(home == nullptr ? "" : home, "/.cache/otrp");
  return absl::StrCat(folder, "/oidc-tools/node_modules");
}

std::string Ask(const std::string& method, const std::string& url) {
  http::Client client({});
  const absl::StatusOr<http::Response> response =
      client.Send(method, url, {}, "");
  if (!response.ok() || response->status != 200) {
    ADD_FAILURE() << method << " " << url << ": "
                  << (response.ok() ? absl::StrCat(response->status)
                                    : response.status().ToString());
    return "";
  }
  return response->body;
}

}  // namespace

IssuerProcess::IssuerProcess() {
  int in[2];
  int out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
    ADD_FAILURE() << "no pipe";
    return;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  std::string program = "node";
  std::string script = kScript;
  std::vector<char*> argv = {&program[0], &script[0], nullptr};
  std::string path = "PATH=/usr/local/bin:/usr/bin:/bin";
  std::string modules = absl::StrCat("NODE_MODULES=", Modules());
  std::vector<char*> environment = {&path[0], &modules[0], nullptr};
  const int failed = posix_spawnp(&pid_, program.c_str(), &actions, nullptr,
                                  argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  input_ = in[1];
  if (failed != 0) {
    pid_ = -1;
    ADD_FAILURE() << "node can't be run";
  } else {
    char c = 0;
    while (read(out[0], &c, 1) == 1 && c != '\n') url_ += c;
    EXPECT_NE(url_, "") << "the issuer doesn't start; " << Modules()
                        << ": ./otrp test puts its packages there";
  }
  close(out[0]);
}

IssuerProcess::~IssuerProcess() {
  close(input_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

std::string IssuerProcess::Token(const std::string& subject,
                                 const std::string& more,
                                 const std::string& client) {
  return Ask("GET", absl::StrCat(url_, "/ci/token?client=", client,
                                 "&sub=", subject, more));
}

void IssuerProcess::Rotate() { Ask("POST", absl::StrCat(url_, "/ci/rotate")); }

}  // namespace testing
}  // namespace portal
}  // namespace otrp
