// otrp.common.v1.KeyEncryption, of each service with a --kek_file.
//
// Add KeyEncryptionRules() to the service's authorization table and
// "otrp.common.v1.KeyEncryption" to the services of its completeness test.
//
// Thread-safety: thread-safe. Errors: as sealed_rows.h; FAILED_PRECONDITION
// where there is no previous key.

#ifndef OTRP_LIBS_SERVICE_KEY_ENCRYPTION_SERVICE_H_
#define OTRP_LIBS_SERVICE_KEY_ENCRYPTION_SERVICE_H_

#include <memory>
#include <vector>

#include "grpcpp/impl/codegen/service_type.h"
#include "libs/rpc/authz.h"
#include "libs/rpc/guard.h"
#include "libs/service/sealed_rows.h"

namespace otrp {
namespace service {

// `changes`: who may rewrap; operators and auditors may see.
std::vector<rpc::AuthzRule> KeyEncryptionRules(const rpc::Allow& changes);

// `guard` and `rows` must outlive the service.
std::unique_ptr<grpc::Service> NewKeyEncryptionService(const rpc::Guard& guard,
                                                       SealedRows& rows);

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_KEY_ENCRYPTION_SERVICE_H_
