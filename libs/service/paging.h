// One page of a list, for all list RPCs:
//
//   OTRP_ASSIGN_OR_RETURN(const service::Page page,
//                         service::Page::Of(request));
//   OTRP_ASSIGN_OR_RETURN(auto rows,
//                         env.store.List(page.after(), page.limit()));
//   page.Finish(rows, response, [](const Row& row) { return row.serial; });
//   for (const Row& row : rows) ToProto(row, *response.add_rows());
//
// The token is base64url over the last row's sort key; it is checked, not
// trusted: the handler's own query decides what a caller may see.
//
// Thread-safety: value. Errors: INVALID_ARGUMENT for page_size and
// page_token.

#ifndef OTRP_LIBS_SERVICE_PAGING_H_
#define OTRP_LIBS_SERVICE_PAGING_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace service {

inline constexpr int kDefaultPageSize = 100;
inline constexpr int kMaxPageSize = 1000;

// For tokens whose sort key isn't one of the list's.
absl::Status BadPageToken();

class Page {
 public:
  // Of a request with page_size (0: kDefaultPageSize) and page_token (empty:
  // the first page).
  template <typename Request>
  static absl::StatusOr<Page> Of(const Request& request) {
    return Parse(request.page_size(), request.page_token());
  }
  static absl::StatusOr<Page> Parse(int page_size, absl::string_view token);

  // The sort key of the row before this page's first; empty: from the start.
  const std::string& after() const { return after_; }
  // The same where the sort key is a number above zero; `first` for the first
  // page. Errors: BadPageToken().
  absl::StatusOr<int64_t> AfterNumber(int64_t first) const;

  // How many rows to read: one more than the page has tells whether there is
  // a next one.
  int limit() const { return size_ + 1; }

  // Takes away the row too many and gives `response` the token of the next
  // page, made of `sort_key(last row)`; no token on the last page.
  template <typename Row, typename Response, typename SortKey>
  void Finish(std::vector<Row>& rows, Response& response,
              const SortKey& sort_key) const {
    if (rows.size() <= static_cast<size_t>(size_)) return;
    rows.erase(rows.begin() + size_, rows.end());
    response.set_next_page_token(Token(sort_key(std::as_const(rows.back()))));
  }

 private:
  Page(int size, std::string after) : size_(size), after_(std::move(after)) {}
  static std::string Token(absl::string_view sort_key);

  int size_;
  std::string after_;
};

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_PAGING_H_
