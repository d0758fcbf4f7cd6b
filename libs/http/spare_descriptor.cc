#include "libs/http/spare_descriptor.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace otrp {
namespace http {
namespace internal {
namespace {

// A round; the next one comes soon.
constexpr int kMost = 1000;

}  // namespace

SpareDescriptor::~SpareDescriptor() { Close(); }

void SpareDescriptor::Open() {
  if (spare_ < 0) spare_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void SpareDescriptor::Close() {
  if (spare_ >= 0) close(spare_);
  spare_ = -1;
}

void SpareDescriptor::RefuseWaiting(int listener) {
  Close();
  for (int i = 0; i < kMost; ++i) {
    const int refused = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (refused < 0) break;
    close(refused);
  }
  Open();
}

}  // namespace internal
}  // namespace http
}  // namespace otrp
