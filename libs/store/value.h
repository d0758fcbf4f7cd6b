// Values that travel between C++ and PostgreSQL: statement parameters
// (`Param`) and result rows (`Rows`, `Row`).
//
// What it is not: an object mapper. SQL stays SQL.
//
//   OTRP_ASSIGN_OR_RETURN(Rows rows, tx.Exec(
//       "SELECT spid, image, pushed_at FROM version WHERE taid = $1", taid));
//   for (Row row : rows) {
//     OTRP_RETURN_IF_ERROR(row.Scan(&spid, BytesOut(&image), &pushed_at));
//   }
//
// Thread-safety: const methods may be used from several threads.
// Errors: Scan() answers INTERNAL where a column is NULL (and the target isn't
// an optional), malformed for the type, or the counts differ: all of these
// are mistakes in our own SQL.

#ifndef OTRP_LIBS_STORE_VALUE_H_
#define OTRP_LIBS_STORE_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace otrp {
namespace store {

// Marks a string parameter as bytea: sent in binary, never escaped.
struct Bytes {
  explicit Bytes(absl::string_view v) : value(v) {}
  absl::string_view value;
};

// SQL NULL.
struct Null {};

// A parameter of a statement. Strings and bytes are views: what they point to
// must live until the call returns, which temporaries in the call do.
class Param {
 public:
  enum class Kind { kNull, kText, kBytes };

  Param(Null) : kind_(Kind::kNull) {}                                  // NOLINT
  Param(absl::nullopt_t) : kind_(Kind::kNull) {}                       // NOLINT
  Param(absl::string_view text) : kind_(Kind::kText), view_(text) {}   // NOLINT
  Param(const std::string& text) : kind_(Kind::kText), view_(text) {}  // NOLINT
  Param(const char* text) : kind_(Kind::kText), view_(text) {}         // NOLINT
  Param(Bytes bytes) : kind_(Kind::kBytes), view_(bytes.value) {}      // NOLINT
  Param(absl::Time time);                                              // NOLINT
  Param(double number);                                                // NOLINT

  template <typename T, std::enable_if_t<std::is_integral<T>::value, int> = 0>
  Param(T number)  // NOLINT
      : kind_(Kind::kText), owned_(true), text_(FromInteger(number)) {}

  template <typename T>
  Param(const absl::optional<T>& value)  // NOLINT
      : Param(value.has_value() ? Param(*value) : Param(Null{})) {}

  Kind kind() const { return kind_; }
  absl::string_view view() const { return owned_ ? text_ : view_; }

 private:
  static std::string FromInteger(bool b) { return b ? "t" : "f"; }
  template <typename T>
  static std::string FromInteger(T n) {
    return std::to_string(n);
  }

  Kind kind_;
  bool owned_ = false;
  std::string text_;
  absl::string_view view_;
};

// A text[] or bytea[] parameter: `WHERE spid = ANY($1::text[])`.
std::string TextArray(const std::vector<std::string>& values);
std::string BytesArray(const std::vector<std::string>& values);

// Tells Scan() that the column is bytea.
struct BytesOut {
  explicit BytesOut(std::string* v) : value(v) {}
  explicit BytesOut(absl::optional<std::string>* v) : optional_value(v) {}
  std::string* value = nullptr;
  absl::optional<std::string>* optional_value = nullptr;
};

namespace internal {
struct ResultHolder;  // Wraps the driver's result; only rows.cc looks inside.
}  // namespace internal

// One row of a result; shares ownership of it.
class Row {
 public:
  // Copies the columns, in order, into the targets: std::string*, int32_t*,
  // int64_t*, bool*, double*, absl::Time*, absl::optional of these, BytesOut.
  template <typename... Targets>
  absl::Status Scan(Targets... targets) const {
    if (absl::Status s = CheckColumns(sizeof...(Targets)); !s.ok()) return s;
    absl::Status status = absl::OkStatus();
    size_t column = 0;
    // Stops at the first failure, left to right.
    (void)std::initializer_list<int>{
        (status.ok() ? (status = ScanOne(column, targets), 0) : 0, ++column,
         0)...};
    return status;
  }

  size_t columns() const;
  bool IsNull(size_t column) const;
  // The column as PostgreSQL's text; empty for NULL. Valid while a Row or
  // Rows of this result lives.
  absl::string_view Raw(size_t column) const;

 private:
  friend class Rows;
  Row(std::shared_ptr<const internal::ResultHolder> holder, size_t index)
      : holder_(std::move(holder)), index_(index) {}

  absl::Status CheckColumns(size_t wanted) const;
  absl::Status ScanOne(size_t column, std::string* out) const;
  absl::Status ScanOne(size_t column, int32_t* out) const;
  absl::Status ScanOne(size_t column, int64_t* out) const;
  absl::Status ScanOne(size_t column, bool* out) const;
  absl::Status ScanOne(size_t column, double* out) const;
  absl::Status ScanOne(size_t column, absl::Time* out) const;
  absl::Status ScanOne(size_t column, BytesOut out) const;

  template <typename T>
  absl::Status ScanOne(size_t column, absl::optional<T>* out) const {
    if (IsNull(column)) {
      out->reset();
      return absl::OkStatus();
    }
    T value{};
    absl::Status status = ScanOne(column, &value);
    if (status.ok()) *out = std::move(value);
    return status;
  }

  std::shared_ptr<const internal::ResultHolder> holder_;
  size_t index_;
};

// The result of a statement. Cheap to copy.
class Rows {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Row;
    using difference_type = std::ptrdiff_t;
    using pointer = const Row*;
    using reference = Row;

    Iterator(const Rows* rows, size_t index) : rows_(rows), index_(index) {}
    Row operator*() const { return (*rows_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator!=(const Iterator& other) const {
      return index_ != other.index_;
    }
    bool operator==(const Iterator& other) const {
      return index_ == other.index_;
    }

   private:
    const Rows* rows_;
    size_t index_;
  };

  explicit Rows(std::shared_ptr<const internal::ResultHolder> holder)
      : holder_(std::move(holder)) {}

  size_t size() const;
  bool empty() const { return size() == 0; }
  // For INSERT, UPDATE and DELETE: rows touched.
  int64_t affected() const;
  Row operator[](size_t index) const { return Row(holder_, index); }
  Iterator begin() const { return Iterator(this, 0); }
  Iterator end() const { return Iterator(this, size()); }

 private:
  std::shared_ptr<const internal::ResultHolder> holder_;
};

}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_VALUE_H_
