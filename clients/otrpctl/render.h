// Writes a Result as a table or as JSON.

#ifndef CLIENTS_OTRPCTL_RENDER_H_
#define CLIENTS_OTRPCTL_RENDER_H_

#include <string>

#include "clients/otrpctl/command.h"
#include "clients/otrpctl/parse.h"

namespace otrp::ctl {

// The text for stdout, ending in a newline unless it is empty.
std::string Render(const Result& result, Format format);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_RENDER_H_
