// How a process treats callers whose certificates may be revoked, as values;
// revocation_flags.h fills them from flags.
//
// Thread-safety: value.

#ifndef OTRP_LIBS_SERVICE_REVOCATION_OPTIONS_H_
#define OTRP_LIBS_SERVICE_REVOCATION_OPTIONS_H_

#include <string>

#include "absl/time/time.h"

namespace otrp {
namespace service {

struct RevocationOptions {
  // Read again and again; empty: nobody is denied by name.
  std::string denied_callers_file;
  // For how long what was known last is good enough.
  absl::Duration max_age = absl::Minutes(15);
  // Else they are let in, and an alert says so.
  bool refuse_people_when_stale = false;
};

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_REVOCATION_OPTIONS_H_
