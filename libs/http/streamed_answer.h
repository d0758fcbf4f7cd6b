// Writes a streamed answer to one connection, which it is the end of. Part of
// server.cc; nobody else's.
//
// Thread-safety: all of it on the connection's thread.
// Errors: none; what goes wrong ends the connection.

#ifndef OTRP_LIBS_HTTP_STREAMED_ANSWER_H_
#define OTRP_LIBS_HTTP_STREAMED_ANSWER_H_

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "boost/asio/dispatch.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "libs/http/beast.h"
#include "libs/http/budget.h"
#include "libs/http/message.h"
#include "libs/http/problem.h"
#include "libs/http/shared.h"
#include "libs/http/stream.h"

namespace otrp {
namespace http {
namespace internal {

template <typename Stream>
class StreamedAnswer
    : public std::enable_shared_from_this<StreamedAnswer<Stream>> {
 public:
  // `owner` keeps the stream.
  StreamedAnswer(std::shared_ptr<Listed> owner, Stream& stream,
                 std::shared_ptr<Shared> shared,
                 std::shared_ptr<BodySource> source)
      : owner_(std::move(owner)),
        stream_(stream),
        shared_(std::move(shared)),
        source_(std::move(source)),
        linger_(stream.get_executor()),
        charge_(shared_->memory->answers) {
    shared_->streams.fetch_add(1);
  }
  ~StreamedAnswer() {
    if (source_ != nullptr) shared_->streams.fetch_sub(1);
  }
  StreamedAnswer(const StreamedAnswer&) = delete;
  StreamedAnswer& operator=(const StreamedAnswer&) = delete;

  void Start(const Response& head, bool http11) {
    response_.version(http11 ? 11 : 10);
    response_.result(static_cast<unsigned>(head.status));
    response_.reason(std::string(ReasonPhrase(head.status)));
    for (const Header& header : head.headers) {
      response_.insert(header.first, header.second);
    }
    // An older client takes the connection's end for the body's.
    if (http11) response_.chunked(true);
    response_.keep_alive(false);
    response_.body().data = nullptr;
    response_.body().more = true;
    serializer_.limit(kChunkOctets);
    GiveUpOnTheVanished();
    lowest().expires_never();
    ListenToPeer();
    BeginWriting();
    lowest().expires_at(ProgressLimit(shared_->options, start_, 0));
    bhttp::async_write_header(
        stream_, serializer_,
        [self = this->shared_from_this()](error_code error, size_t) {
          self->EndWriting();
          if (error) return self->Cut();
          self->Ask();
        });
  }

  // Ends the body as soon as what is being written is out.
  void Finish() {
    finishing_ = true;
    if (source_ != nullptr && !writing_) WriteEnd();
  }

  // Ends the connection as it is.
  void Cut() {
    LetGo();
    linger_.cancel();
    error_code ignored;
    lowest().socket().close(ignored);
  }

 private:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr size_t kChunkOctets = 64 * 1024;
  // A client has nothing more to say.
  static constexpr size_t kMaxHeardOctets = 64 * 1024;
  static constexpr std::chrono::seconds kLinger{1};

  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

  // A host that is gone acknowledges nothing; without this, what is sent to it
  // would be repeated for a quarter of an hour.
  void GiveUpOnTheVanished() {
    const auto milliseconds = static_cast<unsigned>(
        2 * absl::ToInt64Milliseconds(shared_->options.request_timeout));
    setsockopt(lowest().socket().native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT,
               &milliseconds, sizeof(milliseconds));
  }

  // Who goes is noticed while nothing is written.
  void ListenToPeer() {
    stream_.async_read_some(
        asio::buffer(heard_, sizeof(heard_)),
        [self = this->shared_from_this()](error_code error, size_t n) {
          self->heard_octets_ += n;
          if (error || self->heard_octets_ > kMaxHeardOctets) {
            return self->Cut();
          }
          self->ListenToPeer();
        });
  }

  void Ask() {
    if (source_ == nullptr) return;
    if (finishing_ || shared_->draining) return WriteEnd();
    // The source may give it on any thread.
    source_->Next(GivePiece([self = this->shared_from_this()](Piece piece) {
      if (self->shared_->over) return;
      asio::post(self->stream_.get_executor(),
                 [self, piece = std::move(piece)]() mutable {
                   self->Take(std::move(piece));
                 });
    }));
  }

  void Take(Piece piece) {
    if (source_ == nullptr || writing_) return;
    switch (piece.kind) {
      case Piece::Kind::kEnd: return WriteEnd();
      case Piece::Kind::kCut: return Cut();
      case Piece::Kind::kOctets: break;
    }
    piece_ = std::move(piece.octets);
    // An empty chunk would be the last one.
    if (piece_.empty() || !charge_.Hold(BeyondFree(piece_.size())))
      return Cut();
    response_.body().data = &piece_[0];
    response_.body().size = piece_.size();
    BeginWriting();
    Write(0);
  }

  void WriteEnd() {
    BeginWriting();
    LetGo();
    response_.body().data = nullptr;
    response_.body().more = false;
    Write(0);
  }

  void BeginWriting() {
    writing_ = true;
    start_ = std::chrono::steady_clock::now();
    shared_->writing.fetch_add(1);
  }

  void EndWriting() {
    writing_ = false;
    shared_->writing.fetch_sub(1);
  }

  void Write(size_t written) {
    lowest().expires_at(ProgressLimit(shared_->options, start_, written));
    bhttp::async_write_some(
        stream_, serializer_,
        [self = this->shared_from_this(), written](error_code error, size_t n) {
          // It has written what it had, and wants more.
          if (error == bhttp::error::need_buffer) return self->Written();
          if (error && error != bhttp::error::end_of_stream) {
            self->EndWriting();
            return self->Cut();
          }
          if (!self->serializer_.is_done()) return self->Write(written + n);
          self->EndWriting();
          self->SayGoodbye();
        });
  }

  void Written() {
    EndWriting();
    piece_.clear();
    piece_.shrink_to_fit();
    charge_.Hold(0);
    Ask();
  }

  // What the peer still sends is heard for a moment: a close with unread octets
  // would reset the connection and lose the body's end.
  void SayGoodbye() {
    error_code ignored;
    lowest().socket().shutdown(tcp::socket::shutdown_send, ignored);
    linger_.expires_after(kLinger);
    linger_.async_wait([self = this->shared_from_this()](error_code error) {
      if (!error) self->Cut();
    });
  }

  void LetGo() {
    if (source_ == nullptr) return;
    shared_->streams.fetch_sub(1);
    std::exchange(source_, nullptr)->Abandon();
  }

  const std::shared_ptr<Listed> owner_;
  Stream& stream_;
  const std::shared_ptr<Shared> shared_;
  // Null where it is asked for nothing more.
  std::shared_ptr<BodySource> source_;
  asio::steady_timer linger_;
  Charge charge_;
  bhttp::response<bhttp::buffer_body> response_;
  bhttp::response_serializer<bhttp::buffer_body> serializer_{response_};
  std::string piece_;
  Time start_;
  bool writing_ = false;
  bool finishing_ = false;
  char heard_[512];
  size_t heard_octets_ = 0;
};

}  // namespace internal
}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_STREAMED_ANSWER_H_
