#include "libs/protocol/dialect.h"

#include "absl/strings/str_cat.h"

namespace otrp {
namespace protocol {
namespace {

constexpr DialectRow kIetf03 = {
    Dialect::kIetf03,
    "ietf03",
    "tamid",
    /*ocsp_array=*/true,
    /*sigalgs_array=*/true,
    /*json_booleans=*/true,
    /*ta_key_jwe=*/true,
    /*firmware_required=*/false,
};

constexpr DialectRow kPei03 = {
    Dialect::kPei03,
    "pei03",
    "tsmid",
    /*ocsp_array=*/false,
    /*sigalgs_array=*/false,
    /*json_booleans=*/false,
    /*ta_key_jwe=*/false,
    /*firmware_required=*/true,
};

}  // namespace

const DialectRow& RowOf(Dialect dialect) {
  return dialect == Dialect::kPei03 ? kPei03 : kIetf03;
}

absl::string_view DialectName(Dialect dialect) { return RowOf(dialect).name; }

absl::StatusOr<Dialect> DialectFromName(absl::string_view name) {
  for (Dialect dialect : {Dialect::kIetf03, Dialect::kPei03}) {
    if (DialectName(dialect) == name) return dialect;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("dialect \"", name, "\" is unknown: use ietf03 or pei03"));
}

json::Value BoolValue(Dialect dialect, bool value) {
  if (RowOf(dialect).json_booleans) return json::Value::Bool(value);
  return json::Value::String(value ? "true" : "false");
}

}  // namespace protocol
}  // namespace otrp
