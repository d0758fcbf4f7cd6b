#include "tests/support/tls.h"

#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "tests/support/subprocess.h"

namespace otrp {
namespace testing {
namespace {

constexpr char kOpenssl[] = "/usr/bin/openssl";
constexpr int kDays = 1;
constexpr char kUsages[] = "serverAuth,clientAuth";

absl::Status NewKey(const std::string& path) {
  return RunProgram({kOpenssl, "genpkey", "-quiet", "-algorithm", "EC",
                     "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path});
}

// "otrp://service/ca" -> "ca"; else "peer".
std::string NameOf(const std::string& uri) {
  const size_t slash = uri.rfind('/');
  if (slash == std::string::npos || slash + 1 == uri.size()) return "peer";
  return uri.substr(slash + 1);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TestTls>> TestTls::Create() {
  OTRP_ASSIGN_OR_RETURN(std::string root, MakeTempDir());
  std::unique_ptr<TestTls> tls(new TestTls(root));
  OTRP_RETURN_IF_ERROR(NewKey(root + "/ca.key"));
  OTRP_RETURN_IF_ERROR(RunProgram(
      {kOpenssl, "req", "-x509", "-new", "-key", root + "/ca.key", "-sha256",
       "-days", "2", "-subj", "/CN=Test service root", "-addext",
       "basicConstraints=critical,CA:TRUE", "-addext",
       "keyUsage=critical,keyCertSign,cRLSign", "-out", root + "/ca.pem"}));
  return tls;
}

TestTls::~TestTls() { RemoveTree(root_); }

absl::StatusOr<std::string> TestTls::Issue(const std::string& uri) {
  return IssueOdd(uri, kDays, kUsages);
}

absl::StatusOr<std::string> TestTls::IssueOdd(const std::string& uri, int days,
                                              const std::string& usages) {
  OTRP_ASSIGN_OR_RETURN(std::string dir, NewFolder());
  OTRP_RETURN_IF_ERROR(Write(dir, uri, days, usages));
  return dir;
}

absl::Status TestTls::Reissue(const std::string& dir, const std::string& uri) {
  return Write(dir, uri, kDays, kUsages);
}

absl::StatusOr<std::string> TestTls::NewFolder() {
  std::string dir;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    dir = absl::StrCat(root_, "/", next_++);
  }
  if (mkdir(dir.c_str(), 0700) != 0) {
    return absl::InternalError(absl::StrCat("mkdir ", dir, " failed"));
  }
  return dir;
}

absl::Status TestTls::Write(const std::string& dir, const std::string& uri,
                            int days, const std::string& usages) {
  const std::string name = NameOf(uri);
  std::string san =
      absl::StrCat("DNS:", name, ".otrp.internal,DNS:localhost,IP:127.0.0.1");
  if (!uri.empty()) absl::StrAppend(&san, ",URI:", uri);
  OTRP_RETURN_IF_ERROR(WriteWholeFile(
      dir + "/ext.cnf", absl::StrCat("basicConstraints=critical,CA:FALSE\n"
                                     "keyUsage=critical,digitalSignature\n"
                                     "extendedKeyUsage=",
                                     usages, "\nsubjectAltName=", san, "\n")));
  int serial;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    serial = 1000 + next_++;
  }
  OTRP_RETURN_IF_ERROR(NewKey(dir + "/key.pem.new"));
  OTRP_RETURN_IF_ERROR(
      RunProgram({kOpenssl, "req", "-new", "-key", dir + "/key.pem.new",
                  "-subj", "/CN=" + name, "-out", dir + "/csr.pem"}));
  OTRP_RETURN_IF_ERROR(RunProgram(
      {kOpenssl, "x509", "-req", "-in", dir + "/csr.pem", "-CA",
       root_ + "/ca.pem", "-CAkey", root_ + "/ca.key", "-set_serial",
       absl::StrCat(serial), "-days", absl::StrCat(days), "-sha256", "-extfile",
       dir + "/ext.cnf", "-out", dir + "/cert.pem.new"}));
  OTRP_RETURN_IF_ERROR(
      RunProgram({"/bin/mv", dir + "/key.pem.new", dir + "/key.pem"}));
  OTRP_RETURN_IF_ERROR(
      RunProgram({"/bin/mv", dir + "/cert.pem.new", dir + "/cert.pem"}));
  return RunProgram({"/bin/cp", root_ + "/ca.pem", dir + "/ca.pem"});
}

}  // namespace testing
}  // namespace otrp
