#include "libs/http/respond.h"

#include <utility>

#include "libs/http/problem.h"

namespace otrp {
namespace http {

Respond::Respond(Function function) : function_(std::move(function)) {}

Respond::Respond(Respond&& other) noexcept
    : function_(std::exchange(other.function_, nullptr)) {}

Respond::~Respond() {
  std::move (*this)(Problem(500, "the request was given up"));
}

void Respond::operator()(Answer answer) && {
  Function function = std::exchange(function_, nullptr);
  if (function != nullptr) function(std::move(answer));
}

}  // namespace http
}  // namespace otrp
