#include "libs/http/tls_peer.h"

#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"

namespace otrp {
namespace http {
namespace internal {
namespace {

struct Free {
  void operator()(X509* x) const { X509_free(x); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::vector<std::string> UrisOf(const X509* certificate) {
  std::vector<std::string> uris;
  const std::unique_ptr<GENERAL_NAMES, Free> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (names == nullptr) return uris;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    // With its NULs, if it has any: a reader of the whole text refuses them.
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      static_cast<size_t>(ASN1_STRING_length(uri)));
  }
  return uris;
}

// As certificates are listed by; empty where it can't be told.
std::string SerialOf(const X509* certificate) {
  const std::unique_ptr<BIGNUM, Free> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  if (number == nullptr) return "";
  std::string octets(static_cast<size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(octets.data()));
  const std::string digits = absl::BytesToHexString(octets);
  const size_t first = digits.find_first_not_of('0');
  return first == std::string::npos ? "" : digits.substr(first);
}

}  // namespace

absl::optional<TlsPeer> TlsPeer::Of(TlsStream& stream) {
  SSL* ssl = stream.native_handle();
  const std::unique_ptr<X509, Free> certificate(SSL_get1_peer_certificate(ssl));
  if (certificate == nullptr || SSL_get_verify_result(ssl) != X509_V_OK) {
    return absl::nullopt;
  }
  std::tm end = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
    return absl::nullopt;
  }
  std::string serial = SerialOf(certificate.get());
  if (serial.empty()) return absl::nullopt;
  return TlsPeer(ClientCertificate(UrisOf(certificate.get()), std::move(serial),
                                   absl::FromTM(end, absl::UTCTimeZone())));
}

}  // namespace internal
}  // namespace http
}  // namespace otrp
