// The command line of otrp-device: a command, then flags.
//
// Thread-safety: a value.
// Errors: INVALID_ARGUMENT, naming the flag and what it may be.

#ifndef CLIENTS_DEVICE_ARGUMENTS_H_
#define CLIENTS_DEVICE_ARGUMENTS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp::device {

struct FlagRule {
  // Without dashes.
  std::string name;
  bool required = false;
  // False: the flag is a switch.
  bool has_value = true;
};

class Arguments {
 public:
  // `words`: what follows the command. Takes "--flag value", "--flag=value",
  // and "-o value" for output.
  static absl::StatusOr<Arguments> Parse(const std::vector<std::string>& words,
                                         const std::vector<FlagRule>& rules);

  bool Has(const std::string& name) const { return values_.count(name) != 0; }
  // Empty where the flag isn't given.
  std::string Get(const std::string& name) const;
  std::string GetOr(const std::string& name, absl::string_view other) const;

  // True for -o json; false for text and without the flag.
  absl::StatusOr<bool> WantsJson() const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_ARGUMENTS_H_
