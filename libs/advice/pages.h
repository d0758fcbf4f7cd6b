// The pages of docs/ that are made of the tables of codes; ./otrp docs writes
// them, advice_test holds them against the code.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_LIBS_ADVICE_PAGES_H_
#define OTRP_LIBS_ADVICE_PAGES_H_

#include <string>

#include "absl/strings/string_view.h"

namespace otrp {
namespace advice {

// docs/errors.md.
std::string ErrorsPage();

// `page`, docs/attestation.md, with the table of reasons between its two
// markers made anew; unchanged where it lacks them.
std::string AttestationPage(absl::string_view page);

}  // namespace advice
}  // namespace otrp

#endif  // OTRP_LIBS_ADVICE_PAGES_H_
