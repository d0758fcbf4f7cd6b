#include "clients/device/dialect.h"

#include "absl/strings/str_cat.h"

namespace otrp::device {
namespace {

constexpr DialectRow kIetf03Row = {
    "ietf03",
    "tamid",
    /*json_booleans=*/true,
    /*separate_ca_ocsp=*/false,
    /*sigalgs_array=*/true,
    /*firmware_required=*/false,
    /*jwe_ta_key=*/true,
    "ERR_SD_ALREADY_EXISTS",
    "ERR_TAM_NOT_TRUSTED",
    "ERR_TAM_NOT_AUTHORIZED",
    "OTrPBrokerError",
    "ERR_AGENT_TEE_BUSY",
    "ERR_AGENT_TEE_FAIL",
};

constexpr DialectRow kPei03Row = {
    "pei03",
    "tsmid",
    /*json_booleans=*/false,
    /*separate_ca_ocsp=*/true,
    /*sigalgs_array=*/false,
    /*firmware_required=*/true,
    /*jwe_ta_key=*/false,
    "ERR_SD_ALREADY_EXIST",
    "ERR_TSM_NOT_TRUSTED",
    "ERR_TSM_NOT_AUTHORIZED",
    "OTrPAgentError",
    "ERR_TEE_BUSY",
    "ERR_TEE_FAIL",
};

}  // namespace

const DialectRow& RowOf(Dialect dialect) {
  return dialect == Dialect::kPei03 ? kPei03Row : kIetf03Row;
}

absl::string_view DialectName(Dialect dialect) { return RowOf(dialect).name; }

absl::StatusOr<Dialect> DialectFromName(absl::string_view name) {
  if (name == "ietf03") return Dialect::kIetf03;
  if (name == "pei03") return Dialect::kPei03;
  return absl::InvalidArgumentError(
      absl::StrCat("dialect ", name, " is unknown: ietf03 or pei03"));
}

}  // namespace otrp::device
