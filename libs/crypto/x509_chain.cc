// The path building half of x509.h.

#include <openssl/asn1.h>
#include <openssl/mem.h>
#include <openssl/obj.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/crypto/internal.h"
#include "libs/crypto/x509_internal.h"

namespace otrp {
namespace crypto {
namespace {

std::string Word(int error) {
  switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_CERT_UNTRUSTED: return "unknown-issuer";
    case X509_V_ERR_CERT_HAS_EXPIRED: return "expired";
    case X509_V_ERR_CERT_NOT_YET_VALID: return "not-yet-valid";
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE: return "bad-signature";
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN: return "not-a-ca";
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG: return "path-too-long";
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
    case X509_V_ERR_SUBTREE_MINMAX:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
    case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX: return "name-constraint";
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION: return "critical-extension";
    default: return "invalid";
  }
}

bool Push(STACK_OF(X509) * stack, X509* x) {
  X509_up_ref(x);
  bssl::UniquePtr<X509> owned(x);
  return bssl::PushToStack(stack, std::move(owned));
}

}  // namespace

absl::Status BuildX509Chain(const CertificateInfo& leaf,
                            const std::vector<const CertificateInfo*>& others,
                            const std::vector<const CertificateInfo*>& anchors,
                            absl::Time time, int max_depth,
                            std::vector<std::string>* chain,
                            ChainFailure* failure) {
  const internal::ErrorScope errors;
  bssl::UniquePtr<X509_STORE> store(X509_STORE_new());
  bssl::UniquePtr<STACK_OF(X509)> untrusted(sk_X509_new_null());
  bssl::UniquePtr<X509_STORE_CTX> ctx(X509_STORE_CTX_new());
  bool good = store && untrusted && ctx;
  for (const CertificateInfo* anchor : anchors) {
    good = good && X509_STORE_add_cert(store.get(), anchor->handle.get());
  }
  for (const CertificateInfo* other : others) {
    good = good && Push(untrusted.get(), other->handle.get());
  }
  if (!good || !X509_STORE_CTX_init(ctx.get(), store.get(), leaf.handle.get(),
                                    untrusted.get())) {
    return absl::InternalError("can't set up chain validation");
  }
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(ctx.get());
  X509_VERIFY_PARAM_set_time(param, absl::ToTimeT(time));
  X509_VERIFY_PARAM_set_depth(param, max_depth);
  // An anchor is trusted as it is, self-signed or not. Policies are processed
  // only when asked for, although critical policyConstraints are taken; any
  // policy is good for us. The tree that this builds is bounded because
  // ParseX509 takes no mappings and few policies.
  bssl::UniquePtr<ASN1_OBJECT> any(
      OBJ_txt2obj("2.5.29.32.0", /*dont_search_names=*/1));
  if (!any ||
      !X509_VERIFY_PARAM_set_flags(
          param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_POLICY_CHECK) ||
      !X509_VERIFY_PARAM_add0_policy(param, any.get())) {
    return absl::InternalError("can't set up chain validation");
  }
  (void)any.release();
  if (X509_verify_cert(ctx.get()) != 1) {
    const int error = X509_STORE_CTX_get_error(ctx.get());
    failure->word = Word(error);
    failure->detail =
        absl::StrCat(X509_verify_cert_error_string(error), " (certificate ",
                     X509_STORE_CTX_get_error_depth(ctx.get()),
                     " of the chain, 0 is the leaf)");
    return absl::FailedPreconditionError(failure->detail);
  }
  const STACK_OF(X509)* built = X509_STORE_CTX_get0_chain(ctx.get());
  for (size_t i = 0; i < sk_X509_num(built); ++i) {
    uint8_t* der = nullptr;
    const int size = i2d_X509(sk_X509_value(built, i), &der);
    if (size < 0) return absl::InternalError("can't write a certificate");
    bssl::UniquePtr<uint8_t> owned(der);
    chain->push_back(std::string(internal::ToView(der, size)));
  }
  return absl::OkStatus();
}

}  // namespace crypto
}  // namespace otrp
