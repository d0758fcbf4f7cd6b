// What of the schema ca the key-encryption key seals
// (libs/service/sealed_rows.h): the private keys of authorities, of requests
// for their certificates, and of OCSP signers.
//
// Thread-safety: a function without state.

#ifndef OTRP_SERVICES_CA_STORAGE_SEALED_TABLES_H_
#define OTRP_SERVICES_CA_STORAGE_SEALED_TABLES_H_

#include <vector>

#include "libs/service/sealed_rows.h"

namespace otrp {
namespace ca {

std::vector<service::SealedTable> SealedTables();

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_STORAGE_SEALED_TABLES_H_
