#include "libs/http/stream.h"

#include <utility>

namespace otrp {
namespace http {

GivePiece::GivePiece(Function function) : function_(std::move(function)) {}

GivePiece::GivePiece(GivePiece&& other) noexcept
    : function_(std::exchange(other.function_, nullptr)) {}

GivePiece& GivePiece::operator=(GivePiece&& other) noexcept {
  if (this != &other) {
    Give(Piece());
    function_ = std::exchange(other.function_, nullptr);
  }
  return *this;
}

GivePiece::~GivePiece() { Give(Piece()); }

void GivePiece::operator()(std::string octets) && {
  Give({Piece::Kind::kOctets, std::move(octets)});
}

void GivePiece::End() && { Give({Piece::Kind::kEnd, ""}); }

void GivePiece::Give(Piece piece) {
  Function function = std::exchange(function_, nullptr);
  if (function != nullptr) function(std::move(piece));
}

}  // namespace http
}  // namespace otrp
