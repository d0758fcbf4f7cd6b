#include "tests/support/counting_allocator.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

thread_local otrp::testing::Allocations counted;

}  // namespace

// Not inlined: the compiler would see malloc() and delete as a mismatched pair.
__attribute__((noinline)) void* operator new(size_t size) {
  void* const memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  ++counted.number;
  counted.held += malloc_usable_size(memory);
  counted.most_held = std::max(counted.most_held, counted.held);
  return memory;
}
__attribute__((noinline)) void operator delete(void* memory) noexcept {
  counted.held -= malloc_usable_size(memory);
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept { operator delete(memory); }

namespace otrp {
namespace testing {

Allocations AllocationsOfThisThread() { return counted; }

void ForgetMostHeld() { counted.most_held = counted.held; }

}  // namespace testing
}  // namespace otrp
