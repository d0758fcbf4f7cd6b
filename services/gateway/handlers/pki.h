// The PKI's public files over HTTP: what certificates' extensions point to.
//
//   GET  /pki/crl/<authority>.crl   application/pkix-crl
//   GET  /pki/crl/<authority>/<part>.crl
//   GET  /pki/ca/<authority>.cer    application/pkix-cert
//   POST /pki/ocsp                  application/ocsp-response
//   GET  /pki/ocsp/<base64>         the same; percent-encoded, also base64url;
//                                   one slash more or less is no difference
//
// GETs carry ETag, and 304 answers If-None-Match; where they have a
// Last-Modified, If-Modified-Since, too.
//
// Thread-safety: thread-safe.
// Source: RFC 5280 section 4.2.1.13, RFC 6960 appendix A, RFC 5019 section 6.

#ifndef OTRP_SERVICES_GATEWAY_HANDLERS_PKI_H_
#define OTRP_SERVICES_GATEWAY_HANDLERS_PKI_H_

#include "libs/http/message.h"
#include "libs/http/respond.h"
#include "services/gateway/env.h"

namespace otrp {
namespace gateway {
namespace handlers {

inline constexpr char kCrlPrefix[] = "/pki/crl/";
inline constexpr char kIssuerPrefix[] = "/pki/ca/";
inline constexpr char kOcspPath[] = "/pki/ocsp";

http::Response GetCrl(const Env& env, const http::Request& request);
http::Response GetIssuer(const Env& env, const http::Request& request);
// They answer at once where the response is kept (ocsp_cache.h); `env` must
// live until they have.
void PostOcsp(const Env& env, http::Request request, http::Respond respond);
void GetOcsp(const Env& env, http::Request request, http::Respond respond);

}  // namespace handlers
}  // namespace gateway
}  // namespace otrp

#endif  // OTRP_SERVICES_GATEWAY_HANDLERS_PKI_H_
