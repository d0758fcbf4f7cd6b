#include "libs/store/value.h"

#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "libs/store/result_holder.h"

namespace otrp {
namespace store {
namespace {

absl::Status BadColumn(size_t column, absl::string_view problem) {
  return absl::InternalError(
      absl::StrCat("database result: column ", column, " ", problem));
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// PostgreSQL's bytea_output = hex: "\x" and two lower-case digits an octet.
bool DecodeBytea(absl::string_view text, std::string* out) {
  if (!absl::ConsumePrefix(&text, "\\x") || text.size() % 2 != 0) return false;
  out->resize(text.size() / 2);
  for (size_t i = 0; i < out->size(); ++i) {
    const int high = HexDigit(text[2 * i]);
    const int low = HexDigit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    (*out)[i] = static_cast<char>(high * 16 + low);
  }
  return true;
}

bool DecodeTime(absl::string_view text, absl::Time* out) {
  if (text == "infinity") {
    *out = absl::InfiniteFuture();
    return true;
  }
  if (text == "-infinity") {
    *out = absl::InfinitePast();
    return true;
  }
  // Sessions run with TimeZone = UTC (pool.cc).
  if (!absl::ConsumeSuffix(&text, "+00")) return false;
  std::string error;
  return absl::ParseTime("%Y-%m-%d %H:%M:%E*S", std::string(text),
                         absl::UTCTimeZone(), out, &error);
}

std::string FormatTimestamp(absl::Time time) {
  if (time == absl::InfiniteFuture()) return "infinity";
  if (time == absl::InfinitePast()) return "-infinity";
  return absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00", time, absl::UTCTimeZone());
}

}  // namespace

Param::Param(absl::Time time)
    : kind_(Kind::kText), owned_(true), text_(FormatTimestamp(time)) {}

Param::Param(double number)
    : kind_(Kind::kText),
      owned_(true),
      text_(absl::StrFormat("%.17g", number)) {}

std::string TextArray(const std::vector<std::string>& values) {
  std::string out = "{";
  for (const std::string& value : values) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (char c : value) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + "}";
}

std::string BytesArray(const std::vector<std::string>& values) {
  std::string out = "{";
  for (const std::string& value : values) {
    if (out.size() > 1) out += ',';
    absl::StrAppend(&out, "\"\\\\x", absl::BytesToHexString(value), "\"");
  }
  return out + "}";
}

size_t Rows::size() const { return holder_->result.size(); }

int64_t Rows::affected() const {
  return static_cast<int64_t>(holder_->result.affected_rows());
}

size_t Row::columns() const { return holder_->result.columns(); }

bool Row::IsNull(size_t column) const {
  return holder_->result[index_][static_cast<int>(column)].is_null();
}

absl::string_view Row::Raw(size_t column) const {
  const pqxx::field field = holder_->result[index_][static_cast<int>(column)];
  return absl::string_view(field.c_str(), field.size());
}

absl::Status Row::CheckColumns(size_t wanted) const {
  if (wanted == columns()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("database result: has ", columns(),
                                          " columns, not ", wanted));
}

absl::Status Row::ScanOne(size_t column, std::string* out) const {
  if (IsNull(column)) return BadColumn(column, "is NULL");
  const absl::string_view raw = Raw(column);
  out->assign(raw.data(), raw.size());
  return absl::OkStatus();
}

absl::Status Row::ScanOne(size_t column, int32_t* out) const {
  if (IsNull(column)) return BadColumn(column, "is NULL");
  if (!absl::SimpleAtoi(Raw(column), out)) {
    return BadColumn(column, "isn't a 32-bit integer");
  }
  return absl::OkStatus();
}

absl::Status Row::ScanOne(size_t column, int64_t* out) const {
  if (IsNull(column)) return BadColumn(column, "is NULL");
  if (!absl::SimpleAtoi(Raw(column), out)) {
    return BadColumn(column, "isn't a 64-bit integer");
  }
  return absl::OkStatus();
}

absl::Status Row::ScanOne(size_t column, bool* out) const {
  if (IsNull(column)) return BadColumn(column, "is NULL");
  const absl::string_view raw = Raw(column);
  if (raw != "t" && raw != "f") return BadColumn(column, "isn't a boolean");
  *out = raw == "t";
  return absl::OkStatus();
}

absl::Status Row::ScanOne(size_t column, double* out) const {
  if (IsNull(column)) return BadColumn(column, "is NULL");
  if (!absl::SimpleAtod(Raw(column), out)) {
    return BadColumn(column, "isn't a number");
  }
  return absl::OkStatus();
}

absl::Status Row::ScanOne(size_t column, absl::Time* out) const {
  if (IsNull(column)) return BadColumn(column, "is NULL");
  if (!DecodeTime(Raw(column), out)) {
    return BadColumn(column, "isn't a timestamptz");
  }
  return absl::OkStatus();
}

absl::Status Row::ScanOne(size_t column, BytesOut out) const {
  if (IsNull(column)) {
    if (out.optional_value == nullptr) return BadColumn(column, "is NULL");
    out.optional_value->reset();
    return absl::OkStatus();
  }
  std::string bytes;
  if (!DecodeBytea(Raw(column), &bytes)) {
    return BadColumn(column, "isn't a bytea");
  }
  if (out.optional_value != nullptr) {
    *out.optional_value = std::move(bytes);
  } else {
    *out.value = std::move(bytes);
  }
  return absl::OkStatus();
}

}  // namespace store
}  // namespace otrp
