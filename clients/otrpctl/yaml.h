// JSON values as YAML, in blocks. The one door to libyaml.
//
// Thread-safety: a function without state.

#ifndef CLIENTS_OTRPCTL_YAML_H_
#define CLIENTS_OTRPCTL_YAML_H_

#include <string>

#include "libs/json/json.h"

namespace otrp::ctl {

// One document, which YAML 1.1 and 1.2 read as the same value: texts are
// quoted, so that none is taken for a number or a boolean.
std::string ToYaml(const json::Value& value);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_YAML_H_
