// Private to libs/store: the driver's result behind Rows and Row.

#ifndef OTRP_LIBS_STORE_RESULT_HOLDER_H_
#define OTRP_LIBS_STORE_RESULT_HOLDER_H_

#include <utility>

#include "pqxx/result"

namespace otrp {
namespace store {
namespace internal {

struct ResultHolder {
  explicit ResultHolder(pqxx::result r) : result(std::move(r)) {}
  const pqxx::result result;
};

}  // namespace internal
}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_RESULT_HOLDER_H_
