// One connection of a server. Part of server.cc; nobody else's.
//
// Thread-safety: as said at each.
// Errors: none; what goes wrong ends the connection.

#ifndef OTRP_LIBS_HTTP_CONNECTION_H_
#define OTRP_LIBS_HTTP_CONNECTION_H_

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/variant.h"
#include "boost/asio/dispatch.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/read.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/write.hpp"
#include "libs/http/beast.h"
#include "libs/http/budget.h"
#include "libs/http/forwarded.h"
#include "libs/http/head_rules.h"
#include "libs/http/ip_address.h"
#include "libs/http/message.h"
#include "libs/http/peers.h"
#include "libs/http/problem.h"
#include "libs/http/request_reader.h"
#include "libs/http/respond.h"
#include "libs/http/router.h"
#include "libs/http/server.h"
#include "libs/http/shared.h"
#include "libs/http/stream.h"
#include "libs/http/streamed_answer.h"
#include "libs/http/tls_files.h"
#include "libs/http/tls_peer.h"
#include "libs/telemetry/metrics.h"

namespace otrp {
namespace http {
namespace internal {

inline PlainStream MakeStream(tcp::socket socket, const TlsFiles::Context&,
                              PlainStream*) {
  return PlainStream(std::move(socket));
}
inline TlsStream MakeStream(tcp::socket socket, const TlsFiles::Context& tls,
                            TlsStream*) {
  return TlsStream(PlainStream(std::move(socket)), *tls);
}

// One connection. All of its steps run on one thread.
template <typename Stream>
class Connection : public Listed,
                   public std::enable_shared_from_this<Connection<Stream>> {
 public:
  // `place` is null where the peer is a trusted proxy: many are behind it.
  Connection(tcp::socket socket, const IpAddress& peer,
             std::unique_ptr<Peers::Place> place,
             std::shared_ptr<Shared> shared)
      : shared_(std::move(shared)),
        tls_(shared_->tls == nullptr ? nullptr : shared_->tls->Get()),
        peer_(peer),
        client_(peer),
        stream_(
            MakeStream(std::move(socket), tls_, static_cast<Stream*>(nullptr))),
        timer_(stream_.get_executor()),
        buffer_(shared_->options.max_header_bytes + kReadOctets),
        request_charge_(shared_->memory->requests),
        answer_charge_(shared_->memory->answers) {
    if (place != nullptr) Settle(std::move(place));
  }

  void Start() {
    listing_.emplace(*shared_, this);
    asio::dispatch(stream_.get_executor(),
                   [self = this->shared_from_this()] { self->Begin(); });
  }

  void Abort() override {
    // Null where the last owner is just letting go of it.
    auto self = this->weak_from_this().lock();
    if (self == nullptr) return;
    const auto executor = stream_.get_executor();
    // Handed over wholly: the caller holds the lock that a last owner needs.
    asio::post(executor, [self = std::move(self)] { self->Disconnect(); });
  }

  void EndStream() override {
    auto self = this->weak_from_this().lock();
    if (self == nullptr) return;
    const auto executor = stream_.get_executor();
    asio::post(executor, [self = std::move(self)] {
      if (auto streamed = self->streamed_.lock()) streamed->Finish();
    });
  }

 private:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr size_t kReadOctets = 16 * 1024;
  static constexpr size_t kWriteOctets = 64 * 1024;
  // How soon somebody who waits is noticed to have gone.
  static constexpr std::chrono::milliseconds kWaitTick{250};

  static Time Now() { return std::chrono::steady_clock::now(); }

  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

  // --- The beginning ------------------------------------------------------

  void Begin() {
    if (place_ == nullptr && shared_->options.proxy_protocol) {
      proxy_.emplace();
      SetTimeLimit(shared_->options.request_timeout);
      return ReadProxyHeader();
    }
    Secure();
  }

  void ReadProxyHeader() {
    proxy_octets_.resize(proxy_->wants());
    asio::async_read(
        lowest(), asio::buffer(proxy_octets_),
        [self = this->shared_from_this()](error_code error, size_t) {
          if (error || !self->proxy_->Take(self->proxy_octets_)) return;
          if (self->proxy_->wants() > 0) return self->ReadProxyHeader();
          if (self->EnterProxied()) self->Secure();
        });
  }

  // False: who is behind the proxy has all that he may have.
  bool EnterProxied() {
    const absl::optional<IpAddress> source = proxy_->source();
    proxy_.reset();
    if (!source.has_value()) return true;
    peer_ = client_ = *source;
    if (shared_->trusted.Contains(peer_)) return true;
    auto place = shared_->peers.Enter(peer_, Now());
    if (place == nullptr) return false;
    Settle(std::move(place));
    return true;
  }

  void Settle(std::unique_ptr<Peers::Place> place) {
    place_ = std::move(place);
    peer_charge_ = std::make_unique<Charge>(place_->budget());
  }

  void Secure() {
    if constexpr (std::is_same<Stream, TlsStream>::value) {
      SetTimeLimit(shared_->options.request_timeout);
      stream_.async_handshake(
          asio::ssl::stream_base::server,
          [self = this->shared_from_this()](error_code error) {
            if (error) return;
            self->tls_peer_ = TlsPeer::Of(self->stream_);
            self->AwaitRequest();
          });
    } else {
      AwaitRequest();
    }
  }

  // --- Time ---------------------------------------------------------------

  // For what the stream does next: when the time is over, the socket closes.
  void SetTimeLimit(absl::Duration time) {
    lowest().expires_after(absl::ToChronoMilliseconds(time));
  }

  // `then` runs at that time, unless another one is set or it is stopped; a
  // timer that was on its way already is told by its number.
  void SetTimer(Time when, std::function<void()> then) {
    const std::uint64_t number = ++timer_number_;
    timer_.expires_at(when);
    timer_.async_wait([self = this->shared_from_this(), number,
                       then = std::move(then)](error_code error) {
      if (!error && number == self->timer_number_) then();
    });
  }

  void StopTimer() {
    ++timer_number_;
    timer_.cancel();
  }

  // --- Reading ------------------------------------------------------------

  void AwaitRequest() {
    reader_.emplace(RequestReader::Limits{shared_->options.max_header_bytes,
                                          shared_->options.max_body_bytes});
    begun_.reset();
    head_done_at_.reset();
    head_ = false;
    awaits_continue_ = false;
    timed_out_ = false;
    received_ = 0;
    idle_until_ =
        Now() + absl::ToChronoMilliseconds(shared_->options.idle_timeout);
    if (buffer_.size() > 0) return Parse();
    if (buffer_.capacity() > kFreeOctets) buffer_.shrink_to_fit();
    Hold(buffer_.capacity());
    ReadIdle();
  }

  // Waits for the first octets with the longer time.
  void ReadIdle() {
    lowest().expires_at(idle_until_);
    stream_.async_read_some(
        buffer_.prepare(kFreeOctets),
        [self = this->shared_from_this()](error_code error, size_t n) {
          if (error) return self->Close();
          self->buffer_.commit(n);
          self->Parse();
        });
  }

  // Who is too slow gets an answer, so the socket must stay open: not the
  // stream's own time limit.
  void ReadMore() {
    if (!begun_.has_value()) begun_ = Now();
    lowest().expires_never();
    SetTimer(head_done_at_.has_value()
                 ? ProgressLimit(shared_->options, *head_done_at_, received_)
                 : *begun_ + absl::ToChronoMilliseconds(
                                 shared_->options.request_timeout),
             [self = this] {
               self->timed_out_ = true;
               self->lowest().cancel();
             });
    stream_.async_read_some(
        buffer_.prepare(kReadOctets),
        [self = this->shared_from_this()](error_code error, size_t n) {
          self->StopTimer();
          if (self->timed_out_) {
            return self->Refuse(Problem(408, "the request came too slowly"));
          }
          if (error) return self->Close();
          self->buffer_.commit(n);
          self->received_ += n;
          self->Parse();
        });
  }

  // Takes what has come as far as it goes.
  void Parse() {
    while (true) {
      const asio::const_buffer octets = buffer_.cdata();
      size_t used = 0;
      const RequestReader::Step step = reader_->Take(
          {static_cast<const char*>(octets.data()), octets.size()}, &used);
      buffer_.consume(used);
      switch (step) {
        case RequestReader::Step::kRefused: return Refuse(reader_->refusal());
        case RequestReader::Step::kDone: return Dispatch();
        case RequestReader::Step::kMore: return Continue();
        case RequestReader::Step::kHead: {
          absl::optional<Response> refusal = OnHead();
          if (refusal.has_value()) return Refuse(*std::move(refusal));
          break;
        }
      }
    }
  }

  absl::optional<Response> OnHead() {
    head_done_at_ = Now();
    received_ = 0;
    Request& request = reader_->request();
    head_ = request.method == "HEAD";
    absl::optional<Response> refusal = RefuseHead(reader_->http11(), &request);
    if (refusal.has_value()) return refusal;
    client_ = ClientOf(peer_, request.headers,
                       shared_->options.forwarded_header, shared_->trusted);
    if (!shared_->peers.Request(client_, *head_done_at_)) {
      Response response = Problem(429, "too many requests from this address");
      response.headers.emplace_back("Retry-After", "1");
      return response;
    }
    awaits_continue_ = reader_->http11() && ExpectsContinue(request);
    return absl::nullopt;
  }

  void Continue() {
    if (!Hold(buffer_.capacity() + reader_->held())) {
      return Refuse(Problem(503, "no memory for the request now"));
    }
    if (!reader_->begun()) return ReadIdle();
    const bool asked = std::exchange(awaits_continue_, false);
    if (!asked || buffer_.size() > 0) return ReadMore();
    static constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";
    SetTimeLimit(shared_->options.request_timeout);
    asio::async_write(
        stream_, asio::buffer(kContinue, sizeof(kContinue) - 1),
        [self = this->shared_from_this()](error_code error, size_t) {
          if (!error) self->ReadMore();
        });
  }

  bool Hold(size_t octets) {
    return request_charge_.Hold(BeyondFree(octets)) &&
           (peer_charge_ == nullptr || peer_charge_->Hold(BeyondFree(octets)));
  }

  // --- The handler --------------------------------------------------------

  void Dispatch() {
    keep_alive_ = reader_->keep_alive();
    request_ = reader_->Release();
    request_.peer = client_.ToString();
    if (tls_peer_.has_value()) {
      if (absl::Now() < tls_peer_->not_after()) {
        request_.client_certificate = tls_peer_->certificate();
      } else {
        keep_alive_ = false;
      }
    }
    if (shared_->queued.fetch_add(1) >=
        shared_->options.max_queue + shared_->options.handler_threads) {
      shared_->queued.fetch_sub(1);
      return ReplyUnhandled(Problem(503, "busy; try again soon"));
    }
    match_ = shared_->router.Find(request_);
    switch (match_.kind()) {
      case Router::Kind::kNone:
        return match_.Handle(std::move(request_), MakeRespond(nullptr));
      case Router::Kind::kBlocking: return Enqueue(&shared_->blocking);
      case Router::Kind::kAsync: return Enqueue(&shared_->async);
    }
  }

  void Enqueue(Lane* lane) {
    queued_at_ = Now();
    const absl::optional<Turns::Place> place =
        lane->turns.Begin([self = this->shared_from_this(), lane] {
          asio::post(self->stream_.get_executor(),
                     [self, lane] { self->OnTurn(lane); });
        });
    if (!place.has_value()) return Handle(lane);
    Wait(lane, *place,
         Now() + absl::ToChronoMilliseconds(shared_->options.queue_timeout));
  }

  void Wait(Lane* lane, Turns::Place place, Time until) {
    SetTimer(std::min(until, Now() + kWaitTick),
             [self = this, lane, place, until] {
               const bool gone = self->PeerHasGone();
               if (!gone && Now() < until) {
                 return self->Wait(lane, place, until);
               }
               // Else its turn has just come; OnTurn() is on its way.
               if (!lane->turns.Leave(place)) return;
               self->shared_->queued.fetch_sub(1);
               self->ObserveQueueTime();
               if (gone) return self->Disconnect();
               self->ReplyUnhandled(Problem(503, "busy; try again soon"));
             });
  }

  void OnTurn(Lane* lane) {
    StopTimer();
    if (!PeerHasGone()) return Handle(lane);
    shared_->queued.fetch_sub(1);
    lane->turns.End();
    Disconnect();
  }

  // Not here, where others' connections wait, unless the body is small:
  // handlers read what strangers wrote.
  void Handle(Lane* lane) {
    if (shared_->over) return;
    ObserveQueueTime();
    if (lane == &shared_->async && HasSmallBody()) {
      return match_.Handle(std::move(request_), MakeRespond(lane));
    }
    asio::post(*lane->pool, [match = match_, respond = MakeRespond(lane),
                             request = std::move(request_)]() mutable {
      match.Handle(std::move(request), std::move(respond));
    });
  }

  bool HasSmallBody() const {
    const absl::optional<size_t>& small = shared_->options.small_body_bytes;
    return small.has_value() && request_.body.size() <= *small;
  }

  void ObserveQueueTime() const {
    if (!shared_->options.counts_queue_time) return;
    shared_->queue_time.Observe(absl::FromChrono(Now() - queued_at_));
  }

  // Whether nobody is there for an answer. A client that only says that it
  // sends no more counts as gone: HTTP's don't.
  bool PeerHasGone() {
    if (!lowest().socket().is_open()) return true;
    pollfd socket = {lowest().socket().native_handle(), POLLRDHUP, 0};
    return poll(&socket, 1, 0) != 0;
  }

  // Takes the answer, on any thread.
  Respond MakeRespond(Lane* lane) {
    return Respond([self = this->shared_from_this(), lane](Answer answer) {
      if (self->shared_->over) return;
      asio::dispatch(self->stream_.get_executor(),
                     [self, lane, answer = std::move(answer)]() mutable {
                       if (lane != nullptr) lane->turns.End();
                       self->shared_->queued.fetch_sub(1);
                       absl::visit(
                           [&](auto&& any) { self->Reply(std::move(any)); },
                           std::move(answer));
                     });
    });
  }

  // --- Writing ------------------------------------------------------------

  // An answer after which the connection ends: the request isn't at its end.
  void Refuse(Response response) {
    keep_alive_ = false;
    ReplyUnhandled(std::move(response));
  }

  // What no handler has seen is counted here.
  void ReplyUnhandled(Response response) {
    telemetry::kHttpRequests
        .With("refused", absl::AlphaNum(response.status).Piece())
        .Increment();
    Reply(std::move(response));
  }

  void Reply(Response response) {
    reader_.reset();
    Hold(buffer_.capacity());
    if (!answer_charge_.Hold(BeyondFree(response.body.size()))) {
      response = Problem(503, "no memory for the answer now");
    }
    response_ = {};
    response_.version(11);
    response_.result(static_cast<unsigned>(response.status));
    response_.reason(std::string(ReasonPhrase(response.status)));
    for (const Header& header : response.headers) {
      response_.insert(header.first, header.second);
    }
    response_.body() = std::move(response.body);
    if (response.status != 204 && response.status != 304) {
      response_.content_length(response_.body().size());
    }
    if (head_) response_.body().clear();
    if (shared_->draining) keep_alive_ = false;
    response_.keep_alive(keep_alive_);
    serializer_.emplace(response_);
    serializer_->limit(kWriteOctets);
    shared_->writing.fetch_add(1);
    Write(Now(), 0);
  }

  // The connection ends with it.
  void Reply(Streamed streamed) {
    if (head_ || shared_->draining) {
      streamed.body->Abandon();
      return Reply(head_ ? std::move(streamed.head)
                         : Problem(503, "the server ends; ask again"));
    }
    const bool http11 = reader_->http11();
    reader_.reset();
    buffer_.clear();
    buffer_.shrink_to_fit();
    Hold(0);
    const auto answer = std::make_shared<StreamedAnswer<Stream>>(
        this->shared_from_this(), stream_, shared_, std::move(streamed.body));
    streamed_ = answer;
    answer->Start(streamed.head, http11);
  }

  void Write(Time start, size_t written) {
    lowest().expires_at(ProgressLimit(shared_->options, start, written));
    bhttp::async_write_some(stream_, *serializer_,
                            [self = this->shared_from_this(), start, written](
                                error_code error, size_t n) {
                              if (!error && !self->serializer_->is_done()) {
                                return self->Write(start, written + n);
                              }
                              self->shared_->writing.fetch_sub(1);
                              self->serializer_.reset();
                              self->response_ = {};
                              self->answer_charge_.Hold(0);
                              if (error || !self->keep_alive_)
                                return self->Close();
                              self->AwaitRequest();
                            });
  }

  // --- The end ------------------------------------------------------------

  // Says goodbye, then swallows for a moment what the peer still sends: a
  // close with unread octets would reset the connection and lose the reply.
  void Close() {
    error_code ignored;
    lowest().socket().shutdown(tcp::socket::shutdown_send, ignored);
    SetTimeLimit(absl::Seconds(1));
    buffer_.clear();
    Swallow(0);
  }

  void Swallow(size_t swallowed) {
    constexpr size_t kEnough = size_t{4} << 20;
    if (swallowed > kEnough) return;
    lowest().async_read_some(buffer_.prepare(kReadOctets),
                             [self = this->shared_from_this(), swallowed](
                                 error_code error, size_t n) {
                               if (!error) self->Swallow(swallowed + n);
                             });
  }

  void Disconnect() {
    // They hold the connection, too.
    StopTimer();
    if (auto streamed = streamed_.lock()) streamed->Cut();
    error_code ignored;
    lowest().socket().close(ignored);
  }

  const std::shared_ptr<Shared> shared_;
  // From Start() on: until then nobody may call Abort().
  absl::optional<Listing> listing_;
  const TlsFiles::Context tls_;
  // Who is at the other end, or what a trusted proxy there says of itself; and
  // whom the request is from.
  IpAddress peer_;
  IpAddress client_;
  std::unique_ptr<Peers::Place> place_;
  absl::optional<ProxyHeader> proxy_;
  std::string proxy_octets_;
  Stream stream_;
  absl::optional<TlsPeer> tls_peer_;
  asio::steady_timer timer_;
  std::uint64_t timer_number_ = 0;

  beast::flat_buffer buffer_;
  absl::optional<RequestReader> reader_;
  Time idle_until_;
  absl::optional<Time> begun_;
  absl::optional<Time> head_done_at_;
  // Octets since the head was done.
  size_t received_ = 0;
  bool timed_out_ = false;
  bool awaits_continue_ = false;
  bool keep_alive_ = false;
  bool head_ = false;
  Charge request_charge_;
  std::unique_ptr<Charge> peer_charge_;

  Request request_;
  Router::Match match_;
  Time queued_at_;

  Charge answer_charge_;
  bhttp::response<bhttp::string_body> response_;
  boost::optional<bhttp::response_serializer<bhttp::string_body>> serializer_;
  std::weak_ptr<StreamedAnswer<Stream>> streamed_;
};

}  // namespace internal
}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_CONNECTION_H_
