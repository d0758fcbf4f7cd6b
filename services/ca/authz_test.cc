#include "services/ca/authz.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/rpc/authz_test_util.h"
#include "otrp/ca/v1/audit_recovery.pb.h"
#include "otrp/ca/v1/authorities.pb.h"
#include "otrp/ca/v1/batch.pb.h"
#include "otrp/ca/v1/ca.pb.h"
#include "otrp/ca/v1/crl_shards.pb.h"
#include "otrp/ca/v1/issuance.pb.h"
#include "otrp/ca/v1/market.pb.h"
#include "otrp/ca/v1/recovery.pb.h"
#include "otrp/ca/v1/renewal.pb.h"
#include "otrp/ca/v1/tsm_ids.pb.h"
#include "otrp/common/v1/common.pb.h"
#include "otrp/common/v1/key_encryption.pb.h"
#include "otrp/common/v1/usage.pb.h"

namespace otrp {
namespace ca {
namespace {

using ::testing::IsEmpty;

TEST(CaAuthzTest, EveryMethodHasItsRowAndNoRowIsStale) {
  EXPECT_THAT(
      rpc::AuthzProblems(
          Authz(),
          rpc::ServicesOf({v1::Certificate::descriptor()->file(),
                           v1::RenewCertificateRequest::descriptor()->file(),
                           v1::TsmId::descriptor()->file(),
                           v1::LiveCertificates::descriptor()->file(),
                           v1::IssuanceRequest::descriptor()->file(),
                           v1::BatchItem::descriptor()->file(),
                           v1::CreateAuthorityRequest::descriptor()->file(),
                           v1::SetCrlShardsRequest::descriptor()->file(),
                           v1::LoggedRevocation::descriptor()->file(),
                           v1::ReconcileCrlRequest::descriptor()->file(),
                           common::v1::SealedRows::descriptor()->file(),
                           common::v1::AuditEvent::descriptor()->file(),
                           common::v1::UsageEvent::descriptor()->file()}),
          // Its own certificate, with the same rights.
          {"otrp.ca.v1.CertificateRenewal.RenewCertificate"}),
      IsEmpty());
}

TEST(CaAuthzTest, NobodyAnonymousGetsIn) {
  for (const rpc::AuthzRule& rule : Authz().rules()) {
    EXPECT_FALSE(Authz().Check(rule.method, rpc::Identity()).ok())
        << rule.method;
  }
}

TEST(CaAuthzTest, WhatChangesThingsIsForThoseWhoNeedIt) {
  struct Case {
    const char* method;
    const char* caller;
    bool allowed;
  };
  const char kIssue[] = "otrp.ca.v1.CertificateAuthority.IssueCertificate";
  const char kRevoke[] = "otrp.ca.v1.CertificateAuthority.RevokeCertificate";
  const char kRenew[] = "otrp.ca.v1.CertificateRenewal.RenewCertificate";
  const char kExpiring[] =
      "otrp.ca.v1.CertificateExpiry.FindExpiringCertificates";
  const char kGet[] = "otrp.ca.v1.CertificateAuthority.GetCertificate";
  const char kList[] = "otrp.ca.v1.CertificateAuthority.ListCertificates";
  const char kAuthorities[] = "otrp.ca.v1.AuthorityDirectory.ListAuthorities";
  const char kRotate[] = "otrp.ca.v1.Authorities.PrepareGeneration";
  const char kKill[] = "otrp.ca.v1.Authorities.RevokeGeneration";
  const char kImport[] = "otrp.ca.v1.Authorities.ImportGeneration";
  const char kCrl[] = "otrp.ca.v1.RevocationStatus.GetCrl";
  const char kOcsp[] = "otrp.ca.v1.RevocationStatus.GetOcspResponse";
  const char kAdd[] = "otrp.ca.v1.TrustAnchors.AddTrustAnchor";
  const char kRemove[] = "otrp.ca.v1.TrustAnchors.RemoveTrustAnchor";
  const char kAnchors[] = "otrp.ca.v1.TrustAnchors.ListTrustAnchors";
  const char kTsmIds[] = "otrp.ca.v1.TsmIds.ListTsmIds";
  const char kApprove[] = "otrp.ca.v1.IssuanceRequests.ApproveIssuance";
  const char kTransfer[] = "otrp.ca.v1.TsmIds.TransferTsmId";
  const char kAudit[] = "otrp.common.v1.AuditLog.ListAuditEvents";
  for (const Case& c : std::initializer_list<Case>{
           {kIssue, "otrp://operator/alice", true},
           {kIssue, "otrp://service/tsm", true},
           {kIssue, "otrp://service/sp_portal", true},
           {kIssue, "otrp://service/gateway", false},
           {kIssue, "otrp://service/attestation_verifier", false},
           {kIssue, "otrp://auditor/bob", false},
           // For an authority of its own.
           {kIssue, "otrp://sp/bank", true},
           {kRevoke, "otrp://operator/alice", true},
           {kRevoke, "otrp://service/tsm", false},
           {kRevoke, "otrp://service/sp_portal", true},
           {kRevoke, "otrp://sp/bank", true},
           {kRevoke, "otrp://auditor/bob", false},
           {kRenew, "otrp://operator/alice", true},
           {kRenew, "otrp://auditor/bob", true},
           {kRenew, "otrp://sp/bank", true},
           {kRenew, "otrp://service/tsm", false},
           {kRenew, "otrp://service/api", false},
           {kExpiring, "otrp://auditor/bob", true},
           {kExpiring, "otrp://sp/bank", false},
           {kExpiring, "otrp://service/tsm", false},
           {kGet, "otrp://auditor/bob", true},
           {kGet, "otrp://service/gateway", false},
           {kList, "otrp://auditor/bob", true},
           {kList, "otrp://sp/bank", false},
           {kAuthorities, "otrp://service/gateway", true},
           {kAuthorities, "otrp://sp/bank", true},
           {kRotate, "otrp://operator/alice", true},
           {kRotate, "otrp://auditor/bob", false},
           {kRotate, "otrp://service/tsm", false},
           {kRotate, "otrp://sp/bank", false},
           {kKill, "otrp://operator/alice", true},
           {kKill, "otrp://auditor/bob", false},
           {kImport, "otrp://operator/alice", true},
           {kImport, "otrp://auditor/bob", false},
           {kImport, "otrp://service/sp_portal", false},
           {kCrl, "otrp://service/gateway", true},
           {kCrl, "otrp://service/attestation_verifier", true},
           {kOcsp, "otrp://service/tsm", true},
           {kOcsp, "otrp://service/gateway", true},
           {kAdd, "otrp://operator/alice", true},
           {kAdd, "otrp://service/attestation_verifier", false},
           {kAdd, "otrp://auditor/bob", false},
           {kRemove, "otrp://operator/alice", true},
           {kRemove, "otrp://service/sp_portal", false},
           {kAnchors, "otrp://service/attestation_verifier", true},
           {kAnchors, "otrp://service/sp_portal", true},
           {kAnchors, "otrp://service/gateway", false},
           {"otrp.ca.v1.Recovery.ReconcileCrl", "otrp://operator/alice", true},
           {"otrp.ca.v1.Recovery.ReconcileCrl", "otrp://auditor/bob", false},
           {"otrp.ca.v1.Batches.IssueBatch", "otrp://operator/alice", true},
           {"otrp.ca.v1.Batches.IssueBatch", "otrp://service/tsm", false},
           {kApprove, "otrp://operator/alice", true},
           {kApprove, "otrp://auditor/bob", false},
           {kApprove, "otrp://sp/bank", false},
           {kTransfer, "otrp://operator/alice", true},
           {kTransfer, "otrp://service/tsm", false},
           {kTransfer, "otrp://auditor/bob", false},
           {kTsmIds, "otrp://auditor/bob", true},
           {kTsmIds, "otrp://sp/bank", false},
           {kAudit, "otrp://auditor/bob", true},
           {kAudit, "otrp://service/tsm", false}}) {
    auto caller = rpc::ParseIdentity(c.caller);
    ASSERT_TRUE(caller.ok());
    EXPECT_EQ(Authz().Check(c.method, *caller).ok(), c.allowed)
        << c.method << " by " << c.caller;
  }
}

}  // namespace
}  // namespace ca
}  // namespace otrp
