// Why evidence is refused, or what is remarkable about accepted evidence.
//
// Thread-safety: value.

#ifndef OTRP_LIBS_ATTEST_REASON_H_
#define OTRP_LIBS_ATTEST_REASON_H_

#include <string>

namespace otrp {
namespace attest {

struct Reason {
  // Of reasons.h.
  std::string code;
  // For people.
  std::string detail;
  // Which part of the evidence, e.g. "tee.ver"; what it was there, printable
  // and up to 128 octets; and what it was held against.
  std::string claim = {};
  std::string value = {};
  std::string rule = {};
  // LabelOf() the policy that decided; empty: none did.
  std::string policy = {};
};

}  // namespace attest
}  // namespace otrp

#endif  // OTRP_LIBS_ATTEST_REASON_H_
