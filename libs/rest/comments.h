// What the protos say about their services, RPCs, messages, fields and enums:
// the public reference is made of it.
//
// Thread-safety: a value.
// Errors: INVALID_ARGUMENT for octets that are no FileDescriptorSet.

#ifndef OTRP_LIBS_REST_COMMENTS_H_
#define OTRP_LIBS_REST_COMMENTS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace rest {

class Comments {
 public:
  // Serialized FileDescriptorSets as protoc writes them with
  // --include_imports --include_source_info.
  static absl::StatusOr<Comments> Of(const std::vector<std::string>& sets);

  // The comment above the thing with this full name, in paragraphs; empty
  // where there is none. Names of fields stand there as JSON has them.
  std::string Find(absl::string_view full_name) const;

 private:
  std::map<std::string, std::string, std::less<>> by_name_;
  std::set<std::string> fields_;
};

// The first sentence without its full stop.
std::string FirstSentence(absl::string_view text);

}  // namespace rest
}  // namespace otrp

#endif  // OTRP_LIBS_REST_COMMENTS_H_
