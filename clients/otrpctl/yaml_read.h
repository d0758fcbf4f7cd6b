// YAML as a tree that knows where everything stands, for files that people
// review: no tags, anchors, aliases or second documents, no name twice.
//
// Thread-safety: a function without state.
// Errors: INVALID_ARGUMENT with line and column.

#ifndef CLIENTS_OTRPCTL_YAML_READ_H_
#define CLIENTS_OTRPCTL_YAML_READ_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp::ctl {

inline constexpr size_t kMaxYamlBytes = size_t{1} << 20;

struct YamlNode {
  enum class Kind { kText, kList, kMap };
  Kind kind = Kind::kText;
  // Of a text, quoted or not.
  std::string text;
  std::vector<YamlNode> items;
  // In their order; names are texts.
  std::vector<std::pair<YamlNode, YamlNode>> members;
  // Both count from 1.
  size_t line = 1;
  size_t column = 1;

  // "line 3, column 5: ...".
  absl::Status Error(absl::string_view what) const;
};

absl::StatusOr<YamlNode> ParseYaml(absl::string_view text);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_YAML_READ_H_
