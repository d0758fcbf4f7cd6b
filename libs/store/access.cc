#include "libs/store/access.h"

#include <arpa/inet.h>
#include <postgresql/libpq-fe.h>

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace otrp {
namespace store {
namespace {

struct PoolerWord {
  Pooler pooler;
  absl::string_view word;
};
constexpr PoolerWord kPoolers[] = {{Pooler::kNone, "none"},
                                   {Pooler::kSession, "session"},
                                   {Pooler::kTransaction, "transaction"}};

struct SslWord {
  SslMode mode;
  absl::string_view word;
};
constexpr SslWord kSslModes[] = {
    {SslMode::kDisable, "disable"},    {SslMode::kAllow, "allow"},
    {SslMode::kPrefer, "prefer"},      {SslMode::kRequire, "require"},
    {SslMode::kVerifyCa, "verify-ca"}, {SslMode::kVerifyFull, "verify-full"},
};

struct OptionsDeleter {
  void operator()(PQconninfoOption* all) const { PQconninfoFree(all); }
};
using ConnectionOptions = std::unique_ptr<PQconninfoOption, OptionsDeleter>;

std::string ValueOf(const ConnectionOptions& all, absl::string_view keyword) {
  for (const PQconninfoOption* one = all.get();
       one != nullptr && one->keyword != nullptr; ++one) {
    if (one->keyword == keyword && one->val != nullptr) return one->val;
  }
  return "";
}

bool IsLoopback(const std::string& host) {
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    return ntohl(v4.s_addr) >> 24 == 127;
  }
  return host == "::1" || host == "localhost";
}

bool IsLocal(absl::string_view host) {
  return host.empty() || host[0] == '/' || host[0] == '@' ||
         IsLoopback(std::string(host));
}

bool AllLocal(absl::string_view hosts) {
  for (absl::string_view host : absl::StrSplit(hosts, ',')) {
    if (!IsLocal(host)) return false;
  }
  return true;
}

}  // namespace

bool AbslParseFlag(absl::string_view text, Pooler* pooler, std::string* error) {
  for (const PoolerWord& one : kPoolers) {
    if (one.word != text) continue;
    *pooler = one.pooler;
    return true;
  }
  *error = "give none, session or transaction";
  return false;
}

std::string AbslUnparseFlag(Pooler pooler) {
  return std::string(kPoolers[static_cast<int>(pooler)].word);
}

bool AbslParseFlag(absl::string_view text, SslMode* mode, std::string* error) {
  for (const SslWord& one : kSslModes) {
    if (one.word != text) continue;
    *mode = one.mode;
    return true;
  }
  *error = "give disable, allow, prefer, require, verify-ca or verify-full";
  return false;
}

std::string AbslUnparseFlag(SslMode mode) {
  return std::string(kSslModes[static_cast<int>(mode)].word);
}

absl::Status CheckConnectionString(const std::string& dsn, SslMode least) {
  char* problem = nullptr;
  const ConnectionOptions given(PQconninfoParse(dsn.c_str(), &problem));
  // Its text may have parts of a password.
  if (problem != nullptr) PQfreemem(problem);
  if (given == nullptr) {
    return absl::InvalidArgumentError(
        "libpq can't read the connection string; give \"host=... user=... "
        "dbname=...\"");
  }
  // What isn't given comes of the environment, or is libpq's own.
  const ConnectionOptions defaults(PQconndefaults());
  const auto value = [&](absl::string_view keyword) {
    std::string own = ValueOf(given, keyword);
    return own.empty() ? ValueOf(defaults, keyword) : own;
  };
  const std::string address = value("hostaddr");
  const bool local = value("service").empty() &&
                     AllLocal(address.empty() ? value("host") : address);
  if (local) return absl::OkStatus();
  SslMode mode = SslMode::kDisable;
  std::string error;
  if (!AbslParseFlag(value("sslmode"), &mode, &error)) {
    return absl::InvalidArgumentError(
        absl::StrCat("sslmode of the connection string: ", error));
  }
  if (mode >= least) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "sslmode of the connection string is ", AbslUnparseFlag(mode),
      "; a host that isn't this machine needs ", AbslUnparseFlag(least),
      " or more (--db_least_sslmode)"));
}

}  // namespace store
}  // namespace otrp
