// An answer whose body comes by and by, and may have no end: events, a copy of
// what is just being made.
//
// The server asks for one piece at a time, when the one before is on its way:
// a source never makes more than its reader takes.
//
//   class Clock : public http::BodySource {
//     void Next(http::GivePiece give) override;   // keeps it until the tick
//     void Abandon() override;                    // lets go of it
//   };
//   std::move(respond)(http::Streamed{head, std::make_shared<Clock>()});
//
// Thread-safety: GivePiece belongs to one thread at a time; may move to any.

#ifndef OTRP_LIBS_HTTP_STREAM_H_
#define OTRP_LIBS_HTTP_STREAM_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "libs/http/message.h"

namespace otrp {
namespace http {

// A part of a body.
struct Piece {
  enum class Kind {
    kOctets,
    // The body is complete.
    kEnd,
    // It will never be; the reader is told so by the connection's end.
    kCut,
  };

  Kind kind = Kind::kCut;
  // Of kOctets; never empty.
  std::string octets;
};

// The right and the duty to give the next piece, once. Whoever lets go of it
// without one has cut the body.
class GivePiece {
 public:
  using Function = absl::AnyInvocable<void(Piece)>;

  explicit GivePiece(Function function);
  GivePiece(GivePiece&& other) noexcept;
  GivePiece& operator=(GivePiece&& other) noexcept;
  GivePiece(const GivePiece&) = delete;
  GivePiece& operator=(const GivePiece&) = delete;
  ~GivePiece();

  // Nothing happens where it was moved from or has given.
  void operator()(std::string octets) &&;
  void End() &&;

 private:
  void Give(Piece piece);

  Function function_;
};

// Makes a body. Its methods are called on the connection's thread, which they
// must not block; it may be destroyed on any.
class BodySource {
 public:
  virtual ~BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;

  // One piece is wanted, now or whenever there is one.
  virtual void Next(GivePiece give) = 0;
  // Nobody reads any more: what Next() was given leads nowhere. The last call,
  // which doesn't come where the server itself is gone.
  virtual void Abandon() = 0;

 protected:
  BodySource() = default;
};

struct Streamed {
  // Without a body. Transfer-Encoding and Connection are set by the server.
  Response head;
  std::shared_ptr<BodySource> body;
};

}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_STREAM_H_
