// What this thread allocates, by malloc() and whatever calls it: operator new,
// and libraries in C. A program that links this library has its counting
// malloc() and kin around the C library's; a sanitizer's don't go with them.
//
// Thread-safety: counters are each thread's own; memory that one thread takes
// and another gives back is counted wrongly.

#ifndef OTRP_TESTS_SUPPORT_COUNTING_ALLOCATOR_H_
#define OTRP_TESTS_SUPPORT_COUNTING_ALLOCATOR_H_

#include <cstddef>

namespace otrp {
namespace testing {

struct Allocations {
  size_t number = 0;
  // Octets of now, and the most at a time, with what malloc adds to each.
  size_t held = 0;
  size_t most_held = 0;
};

Allocations AllocationsOfThisThread();

// most_held is held again.
void ForgetMostHeld();

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_SUPPORT_COUNTING_ALLOCATOR_H_
