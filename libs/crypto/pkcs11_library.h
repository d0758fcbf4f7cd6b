// What pkcs11.h is made of: the maker's library, its sessions, and the look for
// objects. Private to libs/crypto.
//
// Thread-safety: thread-safe.

#ifndef OTRP_LIBS_CRYPTO_PKCS11_LIBRARY_H_
#define OTRP_LIBS_CRYPTO_PKCS11_LIBRARY_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/base/secret.h"
#include "p11-kit/pkcs11.h"
#include "p11-kit/uri.h"

namespace otrp {
namespace crypto {
namespace internal {

struct UriFree {
  void operator()(P11KitUri* uri) const { p11_kit_uri_free(uri); }
};
using Pkcs11Uri = std::unique_ptr<P11KitUri, UriFree>;

// As CheckPkcs11Uri() wants it.
absl::StatusOr<Pkcs11Uri> ReadPkcs11Uri(absl::string_view uri);
// "object" and "id", as far as `uri` has them.
std::vector<CK_ATTRIBUTE> NamesOf(P11KitUri* uri);

// `did` is what was tried: "can't open a session".
absl::Status Pkcs11Error(absl::string_view did, CK_RV result);

class Pkcs11Library {
 public:
  static absl::StatusOr<std::shared_ptr<Pkcs11Library>> Open(
      const std::string& path, SecretBytes pin);
  ~Pkcs11Library();
  Pkcs11Library(const Pkcs11Library&) = delete;
  Pkcs11Library& operator=(const Pkcs11Library&) = delete;

  // The slot of the one token that `uri` means.
  absl::StatusOr<CK_SLOT_ID> SlotOf(P11KitUri* uri);

  // Calls `work` with a session that is logged in; it tells what the token
  // said. Where a session is over, as after the token was away, with a new one
  // once more.
  using Work = std::function<CK_RV(CK_FUNCTION_LIST*, CK_SESSION_HANDLE)>;
  absl::Status Do(CK_SLOT_ID slot, absl::string_view what, const Work& work);

  // Ends and begins the library anew, for those that don't find a token again
  // which was away. Waits for calls under way. False: it was tried within the
  // last second, or the library doesn't begin; then all calls fail until it
  // does.
  bool Restart();
  // How often that was done: slots and handles of before mean nothing.
  int64_t restarts() const;

  void SetTrouble(const absl::Status& trouble);
  absl::Status trouble() const;

 private:
  Pkcs11Library(CK_FUNCTION_LIST* functions, SecretBytes pin)
      : functions_(functions), pin_(std::move(pin)) {}

  CK_RV Take(CK_SLOT_ID slot, CK_SESSION_HANDLE* session);
  void GiveBack(CK_SLOT_ID slot, CK_SESSION_HANDLE session);
  // All of them are over; who works with one finds out.
  void Forget(CK_SLOT_ID slot, CK_SESSION_HANDLE session);

  CK_FUNCTION_LIST* const functions_;
  const SecretBytes pin_;

  // Shared by calls, alone for a restart; before mutex_.
  mutable std::shared_timed_mutex calls_;
  bool started_ = true;
  absl::Time restarted_at_ = absl::InfinitePast();
  std::atomic<int64_t> restarts_{0};

  mutable std::mutex mutex_;
  std::condition_variable given_back_;
  struct Sessions {
    std::vector<CK_SESSION_HANDLE> idle;
    int taken = 0;
  };
  std::map<CK_SLOT_ID, Sessions> sessions_;
  absl::Status trouble_;
};

// The one object of that class which has `names`; NOT_FOUND, or
// INVALID_ARGUMENT where several have them.
CK_RV FindObjects(CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE session,
                  CK_OBJECT_CLASS object_class,
                  const std::vector<CK_ATTRIBUTE>& names,
                  std::vector<CK_OBJECT_HANDLE>* found);

// Empty where the object has none.
CK_RV ReadAttribute(CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE session,
                    CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                    std::string* value);

}  // namespace internal
}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_PKCS11_LIBRARY_H_
