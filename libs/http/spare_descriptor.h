// A descriptor kept back, so that a process that has no other left can still
// tell clients so. Private to libs/http.
//
// Thread-safety: belongs to one thread at a time.

#ifndef OTRP_LIBS_HTTP_SPARE_DESCRIPTOR_H_
#define OTRP_LIBS_HTTP_SPARE_DESCRIPTOR_H_

namespace otrp {
namespace http {
namespace internal {

class SpareDescriptor {
 public:
  SpareDescriptor() = default;
  ~SpareDescriptor();
  SpareDescriptor(const SpareDescriptor&) = delete;
  SpareDescriptor& operator=(const SpareDescriptor&) = delete;

  // Tries to have one from now on.
  void Open();
  // Closes the connections that wait at a listening socket (non-blocking);
  // they would wait on until somebody else's end.
  void RefuseWaiting(int listener);

 private:
  void Close();

  int spare_ = -1;
};

}  // namespace internal
}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_SPARE_DESCRIPTOR_H_
