// A real OpenID Connect issuer in a process of its own (issuer/issuer.mjs:
// npm's oidc-provider), on loopback.
//
// Its packages are where `./otrp test` puts them; without them, or without
// Node.js, the test fails.
//
// Thread-safety: none.

#ifndef OTRP_SERVICES_SP_PORTAL_TESTING_ISSUER_PROCESS_H_
#define OTRP_SERVICES_SP_PORTAL_TESTING_ISSUER_PROCESS_H_

#include <sys/types.h>

#include <string>

namespace otrp {
namespace portal {
namespace testing {

class IssuerProcess {
 public:
  IssuerProcess();
  // Ends it.
  ~IssuerProcess();
  IssuerProcess(const IssuerProcess&) = delete;
  IssuerProcess& operator=(const IssuerProcess&) = delete;

  // "http://127.0.0.1:PORT".
  const std::string& url() const { return url_; }
  // What a job of a CI gets: an ID token of this subject for `client`, "otrp"
  // (ES256) or "otrp-rs256". `more`: further claims, "&name=value"..
  std::string Token(const std::string& subject, const std::string& more = "",
                    const std::string& client = "otrp");
  // It signs with new keys from now on.
  void Rotate();

 private:
  pid_t pid_ = -1;
  // Where it reads; its end is its end.
  int input_ = -1;
  std::string url_;
};

}  // namespace testing
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_TESTING_ISSUER_PROCESS_H_
