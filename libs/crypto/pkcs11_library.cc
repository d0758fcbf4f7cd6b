#include "libs/crypto/pkcs11_library.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "libs/base/status_macros.h"
#include "p11-kit/p11-kit.h"

namespace otrp {
namespace crypto {
namespace internal {
namespace {

constexpr size_t kMaxUriOctets = 1024;
// More would be a library that lies.
constexpr size_t kMaxAttributeOctets = 64 * 1024;
constexpr CK_ULONG kObjectsAtATime = 8;
// Who signs meanwhile is told at once that the token is away.
constexpr absl::Duration kRestartPause = absl::Seconds(1);

bool SessionIsOver(CK_RV result) {
  switch (result) {
    case CKR_SESSION_CLOSED:
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_USER_NOT_LOGGED_IN:
    case CKR_DEVICE_REMOVED:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_OBJECT_HANDLE_INVALID:
    case CKR_KEY_HANDLE_INVALID: return true;
    default: return false;
  }
}

absl::StatusCode CodeOf(CK_RV result) {
  switch (result) {
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
    case CKR_PIN_EXPIRED:
    case CKR_PIN_LOCKED:
    case CKR_USER_PIN_NOT_INITIALIZED:
      return absl::StatusCode::kPermissionDenied;
    case CKR_MECHANISM_INVALID:
    case CKR_KEY_FUNCTION_NOT_PERMITTED:
    case CKR_KEY_TYPE_INCONSISTENT:
    case CKR_TOKEN_WRITE_PROTECTED:
    case CKR_FUNCTION_NOT_SUPPORTED:
      return absl::StatusCode::kFailedPrecondition;
    default: return absl::StatusCode::kUnavailable;
  }
}

absl::Status BadUri(absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("a key's PKCS #11 URI: ", why));
}

bool Has(P11KitUri* uri, CK_ATTRIBUTE_TYPE type) {
  return p11_kit_uri_get_attribute(uri, type) != nullptr;
}

// p11-kit keeps what a URI doesn't say as NULs.
bool Says(const unsigned char* field) { return field[0] != '\0'; }

}  // namespace

absl::StatusOr<Pkcs11Uri> ReadPkcs11Uri(absl::string_view text) {
  if (text.size() > kMaxUriOctets) return BadUri("must be up to 1024 octets");
  Pkcs11Uri uri(p11_kit_uri_new());
  const int status = p11_kit_uri_parse(
      std::string(text).c_str(), P11_KIT_URI_FOR_OBJECT_ON_TOKEN, uri.get());
  if (status != P11_KIT_URI_OK) return BadUri(p11_kit_uri_message(status));
  // It stands in tables and logs.
  if (p11_kit_uri_get_pin_value(uri.get()) != nullptr) {
    return BadUri("must not carry a PIN: that has a file of its own");
  }
  if (p11_kit_uri_any_unrecognized(uri.get()) != 0) {
    return BadUri("has an attribute that means nothing here");
  }
  const CK_TOKEN_INFO* token = p11_kit_uri_get_token_info(uri.get());
  if (!Says(token->label) && !Says(token->serialNumber)) {
    return BadUri("must say token= or serial=");
  }
  if (!Has(uri.get(), CKA_LABEL) && !Has(uri.get(), CKA_ID)) {
    return BadUri("must say object= or id=");
  }
  return uri;
}

std::vector<CK_ATTRIBUTE> NamesOf(P11KitUri* uri) {
  std::vector<CK_ATTRIBUTE> names;
  for (const CK_ATTRIBUTE_TYPE type : {CKA_LABEL, CKA_ID}) {
    const CK_ATTRIBUTE* found = p11_kit_uri_get_attribute(uri, type);
    if (found != nullptr) names.push_back(*found);
  }
  return names;
}

absl::Status Pkcs11Error(absl::string_view did, CK_RV result) {
  return absl::Status(CodeOf(result), absl::StrCat("the token ", did, ": ",
                                                   p11_kit_strerror(result)));
}

absl::StatusOr<std::shared_ptr<Pkcs11Library>> Pkcs11Library::Open(
    const std::string& path, SecretBytes pin) {
  CK_FUNCTION_LIST* functions =
      p11_kit_module_load(path.c_str(), P11_KIT_MODULE_CRITICAL);
  if (functions == nullptr) {
    const char* why = p11_kit_message();
    return absl::FailedPreconditionError(
        absl::StrCat("\"", path, "\" is no PKCS #11 library that can be loaded",
                     why == nullptr ? "" : absl::StrCat(": ", why)));
  }
  const CK_RV result = p11_kit_module_initialize(functions);
  if (result != CKR_OK) {
    p11_kit_module_release(functions);
    return Pkcs11Error("library doesn't start", result);
  }
  return std::shared_ptr<Pkcs11Library>(
      new Pkcs11Library(functions, std::move(pin)));
}

Pkcs11Library::~Pkcs11Library() {
  for (const auto& [slot, sessions] : sessions_) {
    functions_->C_CloseAllSessions(slot);
  }
  if (started_) p11_kit_module_finalize(functions_);
  p11_kit_module_release(functions_);
}

bool Pkcs11Library::Restart() {
  std::unique_lock<std::shared_timed_mutex> alone(calls_);
  const absl::Time now = absl::Now();
  if (now - restarted_at_ < kRestartPause) return false;
  restarted_at_ = now;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    sessions_.clear();
  }
  if (started_) p11_kit_module_finalize(functions_);
  started_ = p11_kit_module_initialize(functions_) == CKR_OK;
  ++restarts_;
  return started_;
}

int64_t Pkcs11Library::restarts() const { return restarts_; }

absl::StatusOr<CK_SLOT_ID> Pkcs11Library::SlotOf(P11KitUri* uri) {
  std::shared_lock<std::shared_timed_mutex> call(calls_);
  if (!started_) return Pkcs11Error("doesn't answer", CKR_DEVICE_REMOVED);
  CK_ULONG count = 0;
  CK_RV result = functions_->C_GetSlotList(CK_TRUE, nullptr, &count);
  std::vector<CK_SLOT_ID> slots(count);
  if (result == CKR_OK) {
    result = functions_->C_GetSlotList(CK_TRUE, slots.data(), &count);
  }
  if (result != CKR_OK) return Pkcs11Error("doesn't answer", result);
  slots.resize(std::min<size_t>(count, slots.size()));
  std::vector<CK_SLOT_ID> matching;
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO token = {};
    // Another one's trouble is not ours.
    if (functions_->C_GetTokenInfo(slot, &token) != CKR_OK) continue;
    if (p11_kit_uri_match_token_info(uri, &token) != 0) {
      matching.push_back(slot);
    }
  }
  if (matching.empty()) {
    return absl::NotFoundError("no token is here that the key's URI means");
  }
  if (matching.size() > 1) return BadUri("means more than one token");
  return matching[0];
}

CK_RV Pkcs11Library::Take(CK_SLOT_ID slot, CK_SESSION_HANDLE* session) {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    Sessions& own = sessions_[slot];
    if (!own.idle.empty()) {
      *session = own.idle.back();
      own.idle.pop_back();
      ++own.taken;
      return CKR_OK;
    }
    // Under the lock: opening is rare, and a first login must happen once.
    CK_RV result = functions_->C_OpenSession(
        slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, session);
    if (result == CKR_SESSION_COUNT && own.taken > 0) {
      given_back_.wait(lock);
      continue;
    }
    if (result != CKR_OK) return result;
    std::string pin(pin_.view());
    result = functions_->C_Login(*session, CKU_USER,
                                 reinterpret_cast<CK_UTF8CHAR*>(&pin[0]),
                                 pin.size());
    Wipe(&pin);
    if (result != CKR_OK && result != CKR_USER_ALREADY_LOGGED_IN) {
      functions_->C_CloseSession(*session);
      return result;
    }
    ++own.taken;
    return CKR_OK;
  }
}

void Pkcs11Library::GiveBack(CK_SLOT_ID slot, CK_SESSION_HANDLE session) {
  std::lock_guard<std::mutex> lock(mutex_);
  Sessions& own = sessions_[slot];
  --own.taken;
  own.idle.push_back(session);
  given_back_.notify_one();
}

void Pkcs11Library::Forget(CK_SLOT_ID slot, CK_SESSION_HANDLE session) {
  std::lock_guard<std::mutex> lock(mutex_);
  Sessions& own = sessions_[slot];
  --own.taken;
  own.idle.push_back(session);
  for (const CK_SESSION_HANDLE each : own.idle) {
    functions_->C_CloseSession(each);
  }
  own.idle.clear();
  given_back_.notify_all();
}

absl::Status Pkcs11Library::Do(CK_SLOT_ID slot, absl::string_view what,
                               const Work& work) {
  std::shared_lock<std::shared_timed_mutex> call(calls_);
  if (!started_) return Pkcs11Error(what, CKR_DEVICE_REMOVED);
  CK_RV result = CKR_OK;
  for (int attempt = 0; attempt < 2; ++attempt) {
    CK_SESSION_HANDLE session = 0;
    result = Take(slot, &session);
    if (result != CKR_OK) break;
    result = work(functions_, session);
    if (!SessionIsOver(result)) {
      GiveBack(slot, session);
      break;
    }
    Forget(slot, session);
  }
  return result == CKR_OK ? absl::OkStatus() : Pkcs11Error(what, result);
}

void Pkcs11Library::SetTrouble(const absl::Status& trouble) {
  std::lock_guard<std::mutex> lock(mutex_);
  trouble_ = trouble;
}

absl::Status Pkcs11Library::trouble() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return trouble_;
}

CK_RV FindObjects(CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE session,
                  CK_OBJECT_CLASS object_class,
                  const std::vector<CK_ATTRIBUTE>& names,
                  std::vector<CK_OBJECT_HANDLE>* found) {
  std::vector<CK_ATTRIBUTE> wanted = names;
  wanted.push_back({CKA_CLASS, &object_class, sizeof(object_class)});
  CK_RV result =
      functions->C_FindObjectsInit(session, wanted.data(), wanted.size());
  if (result != CKR_OK) return result;
  found->resize(kObjectsAtATime);
  CK_ULONG count = 0;
  result =
      functions->C_FindObjects(session, found->data(), kObjectsAtATime, &count);
  found->resize(result == CKR_OK ? count : 0);
  const CK_RV ended = functions->C_FindObjectsFinal(session);
  return result != CKR_OK ? result : ended;
}

CK_RV ReadAttribute(CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE session,
                    CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                    std::string* value) {
  CK_ATTRIBUTE attribute = {type, nullptr, 0};
  CK_RV result = functions->C_GetAttributeValue(session, object, &attribute, 1);
  if (result == CKR_ATTRIBUTE_TYPE_INVALID ||
      result == CKR_ATTRIBUTE_SENSITIVE) {
    value->clear();
    return CKR_OK;
  }
  if (result != CKR_OK) return result;
  if (attribute.ulValueLen > kMaxAttributeOctets) return CKR_DATA_LEN_RANGE;
  value->assign(attribute.ulValueLen, '\0');
  attribute.pValue = &(*value)[0];
  result = functions->C_GetAttributeValue(session, object, &attribute, 1);
  if (result == CKR_OK) value->resize(attribute.ulValueLen);
  return result;
}

}  // namespace internal
}  // namespace crypto
}  // namespace otrp
