#include "tests/support/counting_allocator.h"

#include <malloc.h>

#include <algorithm>
#include <cerrno>

namespace {

thread_local otrp::testing::Allocations counted;

void* Taken(void* memory) {
  if (memory == nullptr) return nullptr;
  ++counted.number;
  counted.held += malloc_usable_size(memory);
  counted.most_held = std::max(counted.most_held, counted.held);
  return memory;
}

void GivenBack(void* memory) { counted.held -= malloc_usable_size(memory); }

}  // namespace

extern "C" {

// The C library's own, under names that stay when malloc() is replaced.
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t number, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* memory);

void* malloc(size_t size) { return Taken(__libc_malloc(size)); }

void* calloc(size_t number, size_t size) {
  return Taken(__libc_calloc(number, size));
}

void* realloc(void* memory, size_t size) {
  const size_t before = malloc_usable_size(memory);
  void* const moved = __libc_realloc(memory, size);
  if (moved == nullptr && size > 0) return nullptr;
  counted.held -= before;
  return Taken(moved);
}

void* memalign(size_t alignment, size_t size) {
  return Taken(__libc_memalign(alignment, size));
}

void* aligned_alloc(size_t alignment, size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void** memory, size_t alignment, size_t size) {
  *memory = memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

void free(void* memory) {
  GivenBack(memory);
  __libc_free(memory);
}

}  // extern "C"

namespace otrp {
namespace testing {

Allocations AllocationsOfThisThread() { return counted; }

void ForgetMostHeld() { counted.most_held = counted.held; }

}  // namespace testing
}  // namespace otrp
