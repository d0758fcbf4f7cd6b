// Throw-away mutual-TLS material for in-process server tests.
//
//   OTRP_ASSERT_OK_AND_ASSIGN(auto tls, TestTls::Create());
//   OTRP_ASSERT_OK_AND_ASSIGN(std::string server_dir,
//                             tls->Issue("otrp://service/ca"));
//   OTRP_ASSERT_OK_AND_ASSIGN(std::string client_dir,
//                             tls->Issue("otrp://operator/alice"));
//
// Each directory holds cert.pem, key.pem, ca.pem, as a process's --tls_dir.
// Certificates have DNS names "<name>.otrp.internal" and "localhost", IP
// 127.0.0.1 and the URI; P-256 keys, valid for a day from now.
//
// Thread-safety: thread-safe. Files go with the object.

#ifndef OTRP_TESTS_SUPPORT_TLS_H_
#define OTRP_TESTS_SUPPORT_TLS_H_

#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace otrp {
namespace testing {

class TestTls {
 public:
  // A new root; certificates of two TestTls don't trust each other.
  static absl::StatusOr<std::unique_ptr<TestTls>> Create();
  ~TestTls();
  TestTls(const TestTls&) = delete;
  TestTls& operator=(const TestTls&) = delete;

  // A new directory with a certificate for this identity URI. The URI may be
  // empty (an anonymous peer) or any other text (no identity of ours).
  absl::StatusOr<std::string> Issue(const std::string& uri);

  // As Issue(), with another lifetime (negative: it has ended already) and
  // other extended key usages, as OpenSSL has them: "serverAuth".
  absl::StatusOr<std::string> IssueOdd(const std::string& uri, int days,
                                       const std::string& usages);

  // Puts a new certificate into a directory that Issue() made, as a rotation
  // does.
  absl::Status Reissue(const std::string& dir, const std::string& uri);

 private:
  explicit TestTls(std::string root) : root_(std::move(root)) {}

  absl::StatusOr<std::string> NewFolder();
  absl::Status Write(const std::string& dir, const std::string& uri, int days,
                     const std::string& usages);

  std::string root_;
  std::mutex mutex_;
  int next_ = 1;
};

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_SUPPORT_TLS_H_
