// What it takes to issue, as values; issuing_flags.h fills them from flags.
//
// Thread-safety: value; only moves.

#ifndef OTRP_SERVICES_CA_ISSUING_CONFIG_H_
#define OTRP_SERVICES_CA_ISSUING_CONFIG_H_

#include <memory>
#include <string>

#include "libs/base/secret.h"
#include "libs/crypto/pkcs11.h"
#include "services/ca/issuing/key_vault.h"

namespace otrp {
namespace ca {

struct IssuingConfig {
  // 32 octets.
  SecretBytes kek;
  // Of the one before, or the one to come; empty: there is none.
  SecretBytes previous_kek;
  // Null: no authority's key is in a PKCS #11 token.
  std::unique_ptr<crypto::Pkcs11> pkcs11;
  // "pkcs11:token=ca": where the keys of new authorities are made. Empty: in
  // the database.
  std::string pkcs11_token;
  // Empty: certificates don't say where revocation is told.
  std::string pki_url;

  // Valid as long as this is.
  KeyVault keys() const {
    return KeyVault(kek.view(), pkcs11.get(), pkcs11_token)
        .WithPrevious(previous_kek.view());
  }
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_CONFIG_H_
