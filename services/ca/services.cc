#include "services/ca/services.h"

#include "libs/rpc/run.h"
#include "otrp/ca/v1/ca.grpc.pb.h"
#include "services/ca/handlers/certificates.h"
#include "services/ca/handlers/directory.h"
#include "services/ca/handlers/trust_anchors.h"

namespace otrp {
namespace ca {
namespace {

class CertificateAuthorityService : public v1::CertificateAuthority::Service {
 public:
  explicit CertificateAuthorityService(Env& env) : env_(env) {}

  grpc::Status IssueCertificate(
      grpc::ServerContext* context, const v1::IssueCertificateRequest* request,
      v1::IssueCertificateResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &handlers::IssueCertificate);
  }

  grpc::Status RevokeCertificate(
      grpc::ServerContext* context, const v1::RevokeCertificateRequest* request,
      v1::RevokeCertificateResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &handlers::RevokeCertificate);
  }

  grpc::Status GetCertificate(grpc::ServerContext* context,
                              const v1::GetCertificateRequest* request,
                              v1::GetCertificateResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &handlers::GetCertificate);
  }

  grpc::Status ListCertificates(
      grpc::ServerContext* context, const v1::ListCertificatesRequest* request,
      v1::ListCertificatesResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &handlers::ListCertificates);
  }

 private:
  Env& env_;
};

class AuthorityDirectoryService : public v1::AuthorityDirectory::Service {
 public:
  explicit AuthorityDirectoryService(Env& env) : env_(env) {}

  grpc::Status ListAuthorities(grpc::ServerContext* context,
                               const v1::ListAuthoritiesRequest* request,
                               v1::ListAuthoritiesResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &handlers::ListAuthorities);
  }

 private:
  Env& env_;
};

class RevocationStatusService : public v1::RevocationStatus::Service {
 public:
  explicit RevocationStatusService(Env& env) : env_(env) {}

  grpc::Status GetCrl(grpc::ServerContext* context,
                      const v1::GetCrlRequest* request,
                      v1::GetCrlResponse* response) override {
    return rpc::Run(context, env_, request, response, &handlers::GetCrl);
  }

  grpc::Status GetOcspResponse(grpc::ServerContext* context,
                               const v1::GetOcspResponseRequest* request,
                               v1::GetOcspResponseResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &handlers::GetOcspResponse);
  }

 private:
  Env& env_;
};

class TrustAnchorsService : public v1::TrustAnchors::Service {
 public:
  explicit TrustAnchorsService(Env& env) : env_(env) {}

  grpc::Status AddTrustAnchor(grpc::ServerContext* context,
                              const v1::AddTrustAnchorRequest* request,
                              v1::AddTrustAnchorResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &handlers::AddTrustAnchor);
  }

  grpc::Status RemoveTrustAnchor(
      grpc::ServerContext* context, const v1::RemoveTrustAnchorRequest* request,
      v1::RemoveTrustAnchorResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &handlers::RemoveTrustAnchor);
  }

  grpc::Status ListTrustAnchors(
      grpc::ServerContext* context, const v1::ListTrustAnchorsRequest* request,
      v1::ListTrustAnchorsResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &handlers::ListTrustAnchors);
  }

 private:
  Env& env_;
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> NewServices(Env& env) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(std::make_unique<CertificateAuthorityService>(env));
  services.push_back(std::make_unique<AuthorityDirectoryService>(env));
  services.push_back(std::make_unique<RevocationStatusService>(env));
  services.push_back(std::make_unique<TrustAnchorsService>(env));
  return services;
}

}  // namespace ca
}  // namespace otrp
