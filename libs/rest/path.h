// Paths of requests and the templates that they are held against.
//
// A path is cut at its slashes first and decoded then (RFC 3986 section 2.4):
// "%2F" is part of a segment, never a border between two. A custom verb is cut
// off before the decoding, too: "1.0:release" has the verb "release", while
// "a%3Ab" is a value with a colon.
//
// Templates are those of google.api.http, in a subset: literals, "{field}" and
// "{field.member}" for one segment each, and a verb at the end.
//
//   /v1/service-providers/{spid}/applications/{taid}/versions/{version}:release
//
// Thread-safety: values and functions without state.
// Errors: INVALID_ARGUMENT, without the path in it.

#ifndef OTRP_LIBS_REST_PATH_H_
#define OTRP_LIBS_REST_PATH_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace rest {

// Octets of a path as sent. The longest of ours has 200 with all ids at their
// longest; percent-encoding makes three of one.
inline constexpr size_t kMaxPathBytes = 2048;

struct Path {
  // Decoded; well-formed UTF-8 without control characters, never empty, ".",
  // or "..".
  std::vector<std::string> segments;
  // What stands behind the last segment's colon; empty without one.
  std::string verb;
};

// `raw` as it was sent, up to the '?'. Bad escapes, empty segments (a double
// slash, one at the end), dot segments, control characters, and paths that are
// too long are refused.
absl::StatusOr<Path> ParsePath(absl::string_view raw);

// Percent-decoding of one segment, or of a name or value of a query, where '+'
// is a space too. Refuses bad escapes, control characters and malformed UTF-8.
enum class Escapes { kPath, kQuery };
absl::StatusOr<std::string> PercentDecode(absl::string_view text,
                                          Escapes escapes);

// One segment or value, so that PercentDecode() gives it back.
std::string PercentEncode(absl::string_view text);

class PathTemplate {
 public:
  struct Segment {
    // A literal, or the path of a field as the proto has it: "target.did".
    std::string text;
    bool is_variable = false;
  };

  static absl::StatusOr<PathTemplate> Parse(absl::string_view text);

  // The same with a further literal behind the first one: "/v1/audit-events"
  // under "ca" is "/v1/ca/audit-events". An empty one changes nothing.
  PathTemplate Under(absl::string_view literal) const;

  const std::vector<Segment>& segments() const { return segments_; }
  const std::string& verb() const { return verb_; }
  // The fields in it, in order.
  std::vector<std::string> Variables() const;

  // Whether every segment fits.
  bool Matches(const Path& path) const;
  // Whether some path fits both.
  bool Overlaps(const PathTemplate& other) const;

  std::string ToString() const;

 private:
  std::vector<Segment> segments_;
  std::string verb_;
};

}  // namespace rest
}  // namespace otrp

#endif  // OTRP_LIBS_REST_PATH_H_
