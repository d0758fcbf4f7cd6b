#include "libs/protocol/members.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/protocol/read.h"

namespace otrp {
namespace protocol {
namespace {

using json::Value;

Value Written(const member::Base64&, absl::string_view octets) {
  return Value::String(Base64Encode(octets));
}

Value Written(const member::Hex&, absl::string_view octets) {
  return Value::String(HexEncodeUpper(octets));
}

template <typename Name>
void SetArray(const Name& name, const std::vector<std::string>& list,
              Value* object) {
  Value array = Value::Array();
  for (const std::string& octets : list) array.Append(Written(name, octets));
  object->Set(std::string(name.name), std::move(array));
}

}  // namespace

const std::vector<MemberRow>& AllMembers() {
  using namespace member;  // NOLINT: the table is of these alone
  static const auto* const kAll = new std::vector<MemberRow>{
      kOcspDat.row(),
      kIcaOcspDat.row(),
      kNextDsi.row(),
      kDsiHash.row(),
      kDid.row(),
      kSpCert.row(),
      kDelOldSpCert.row(),
      kRenewTeeSpAik.row(),
      kDeleteTa.row(),
      kTaKey.row(),
      kTaIv.row(),
      kCipherTaData.row(),
      kCipherPData.row(),
      kCipherNewTaData.row(),
      kCipherNewPData.row(),
      kSignerReq.row(),
      kTeeSpAik.row(),
      kTfwCert.row(),
      kTfwSigAlg.row(),
      kTfwSig.row(),
      kTeeCert.row(),
      kCaCert.row(),
      kCnt.row(),
      kSpAik.row(),
  };
  return *kAll;
}

void Set(const member::Base64& name, absl::string_view octets, Value* object) {
  object->Set(std::string(name.name), Written(name, octets));
}

void Set(const member::Hex& name, absl::string_view octets, Value* object) {
  object->Set(std::string(name.name), Written(name, octets));
}

void Set(const member::Boolean& name, Dialect dialect, bool value,
         Value* object) {
  object->Set(std::string(name.name), BoolValue(dialect, value));
}

void SetList(const member::Base64& name, const std::vector<std::string>& list,
             Value* object) {
  SetArray(name, list, object);
}

void SetList(const member::Hex& name, const std::vector<std::string>& list,
             Value* object) {
  SetArray(name, list, object);
}

absl::StatusOr<std::string> Read(const member::Base64& name,
                                 const Value& object, absl::string_view where) {
  OTRP_ASSIGN_OR_RETURN(std::string text, ReadName(object, where, name.name));
  absl::StatusOr<std::string> octets = Base64DecodeAny(text);
  if (!octets.ok()) return MemberError(where, name.name, "must be base64");
  return octets;
}

absl::StatusOr<std::vector<std::string>> ReadList(const member::Base64& name,
                                                  const Value& object,
                                                  absl::string_view where) {
  std::vector<std::string> list;
  const Value* value = FindList(object, name.name);
  if (value == nullptr) return list;
  if (value->is_string()) {
    if (value->as_string().empty()) return list;
    OTRP_ASSIGN_OR_RETURN(std::string octets, Read(name, object, where));
    list.push_back(std::move(octets));
    return list;
  }
  if (!value->is_array()) {
    return KindError(where, name.name, "an array", *value);
  }
  for (size_t i = 0; i < value->items().size(); ++i) {
    const Value& item = value->items()[i];
    if (!item.is_string()) {
      return ItemKindError(where, name.name, "base64", i, item);
    }
    absl::StatusOr<std::string> octets = Base64DecodeAny(item.as_string());
    if (!octets.ok()) {
      return MemberError(
          where, name.name,
          absl::StrCat("must hold base64, which [", i, "] isn't"));
    }
    list.push_back(*std::move(octets));
  }
  return list;
}

absl::StatusOr<std::string> Read(const member::Algorithm& name,
                                 const Value& object, absl::string_view where) {
  OTRP_ASSIGN_OR_RETURN(std::string text, ReadName(object, where, name.name));
  // The drafts' samples write the name itself in base64.
  const absl::StatusOr<std::string> decoded = Base64DecodeAny(text);
  for (absl::string_view known : {"RS256", "ES256"}) {
    if (decoded.ok() && *decoded == known) return std::string(known);
  }
  return text;
}

absl::StatusOr<bool> ReadValue(const member::Boolean& name, const Value& value,
                               absl::string_view where) {
  if (value.is_bool()) return value.as_bool();
  if (value.is_string()) {
    const absl::string_view text = value.as_string();
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
  }
  return KindError(where, name.name, "a boolean", value);
}

absl::StatusOr<int64_t> ReadValue(const member::Count& name, const Value& value,
                                  absl::string_view where) {
  int64_t number = -1;
  if (value.is_integer()) {
    number = value.as_integer();
  } else if (value.is_string()) {
    // Digits only: SimpleAtoi would take blanks and signs.
    const absl::string_view text = value.as_string();
    const bool digits =
        !text.empty() && text.size() <= 18 &&
        text.find_first_not_of("0123456789") == absl::string_view::npos;
    if (!digits || !absl::SimpleAtoi(text, &number)) number = -1;
  }
  if (number < 0) return MemberError(where, name.name, "must be a number");
  return number;
}

}  // namespace protocol
}  // namespace otrp
