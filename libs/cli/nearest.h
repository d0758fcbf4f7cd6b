// The known word that was probably meant.
//
// Thread-safety: a function without state. Errors: none.

#ifndef OTRP_LIBS_CLI_NEAREST_H_
#define OTRP_LIBS_CLI_NEAREST_H_

#include <string>
#include <vector>

namespace otrp {
namespace cli {

// "; did you mean \"device\"?", or nothing where none of `known` is near: a
// guess would only mislead.
std::string DidYouMean(const std::string& word,
                       const std::vector<std::string>& known);

}  // namespace cli
}  // namespace otrp

#endif  // OTRP_LIBS_CLI_NEAREST_H_
