// What every list command takes, and the pages of a list: --limit, --filter,
// --since, --count.
//
// Filters are looked at here, on what the command prints, so that each member
// can be one; what a service can select by itself has a flag of its own.
//
// Thread-safety: a value; functions without state.
// Errors: usage errors that name the flag; those of the services.

#ifndef CLIENTS_OTRPCTL_SELECTION_H_
#define CLIENTS_OTRPCTL_SELECTION_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "clients/otrpctl/command.h"
#include "clients/otrpctl/connections.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"

namespace otrp::ctl {

// The most rows that services give at once.
inline constexpr int kPageRows = 1000;

// Of lists that only grow, without --limit.
inline constexpr int64_t kDefaultRows = 100;

// What a list is and how it is shown.
struct ListShape {
  // Member of the result.
  std::string list;
  std::vector<Column> columns;
  // As Result::name.
  std::vector<std::string> name = {};
  // The member that --since is about; empty: the list doesn't take it.
  std::string time = {};
  // Whether the services give the newest first, by `time`.
  bool newest_first = false;
  // Rows without --limit; 0: all.
  int64_t default_limit = 0;
};

// The flags; `time` says what --since is about, empty: without it. `paged`:
// whether the service gives the list in pages.
std::vector<cli::Flag> SelectionFlags(absl::string_view time,
                                      bool paged = true);

std::vector<cli::Flag> With(std::vector<cli::Flag> flags,
                            const std::vector<cli::Flag>& more);

class Selection {
 public:
  // `now`: what "2h" is before.
  static absl::StatusOr<Selection> From(const cli::Args& args, ListShape shape,
                                        absl::Time now);

  // How many rows to ask for at once.
  int page_size() const;
  // Takes or leaves an item. False: nothing that comes after it is wanted.
  bool Take(json::Value item);
  // What was taken, shown as it was asked for.
  Result ToResult();

  // For lists that are put together of several: those taken so far, moved
  // out, to be taken again in another order.
  std::vector<json::Value> Drain();

 private:
  struct Condition {
    std::string member;
    std::string value;
    bool is_prefix = false;
    bool negated = false;
  };

  static absl::StatusOr<Condition> ParseCondition(absl::string_view text);
  bool Matches(const json::Value& item) const;

  ListShape shape_;
  // 0: all.
  int64_t limit_ = 0;
  bool count_ = false;
  absl::optional<absl::Time> since_;
  std::vector<Condition> conditions_;
  std::vector<json::Value> taken_;
  // Of the items that were seen.
  std::set<std::string> members_;
};

// All pages of one RPC that `selection` wants. `rows`: the repeated field of a
// response; `to_value`: a row as it is printed, or nothing for one that isn't
// wanted.
template <typename Api, typename Request, typename Response, typename Rows,
          typename ToValue>
absl::Status TakePages(Connections& connections, Service service,
                       grpc::Status (Api::Stub::*method)(grpc::ClientContext*,
                                                         const Request&,
                                                         Response*),
                       Request request, Rows rows, ToValue to_value,
                       Selection* selection) {
  request.set_page_size(selection->page_size());
  do {
    OTRP_ASSIGN_OR_RETURN(
        const Response response,
        connections.template Call<Api>(service, method, request));
    for (const auto& row : rows(response)) {
      absl::optional<json::Value> value = to_value(row);
      if (value.has_value() && !selection->Take(*std::move(value))) {
        return absl::OkStatus();
      }
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_SELECTION_H_
