#include "services/ca/authz.h"

#include <vector>

#include "libs/pki/profile.h"
#include "libs/service/audit_service.h"
#include "libs/service/key_encryption_service.h"
#include "libs/service/usage_service.h"

namespace otrp {
namespace ca {
namespace {

using rpc::Allow;
using rpc::Effect;

// Any who may have a certificate of some profile.
std::vector<Allow> Requesters() {
  // An SP for its own authority alone; handlers look.
  std::vector<Allow> allowed = {Allow::Operators(),
                                Allow::Sps(rpc::Role::kOwner)};
  for (const pki::Profile& profile : pki::Profiles()) {
    if (profile.requester.empty()) continue;
    allowed.push_back(Allow::Service(profile.requester));
  }
  return allowed;
}

std::vector<rpc::AuthzRule> Rules() {
  std::vector<rpc::AuthzRule> rules = {
      {"otrp.ca.v1.CertificateAuthority.IssueCertificate", Effect::kMutates,
       Requesters()},
      {"otrp.ca.v1.CertificateAuthority.RevokeCertificate",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps(rpc::Role::kOwner),
        Allow::Service("sp_portal")}},
      {"otrp.ca.v1.CertificateAuthority.GetCertificate",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.ca.v1.CertificateAuthority.ListCertificates",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.ca.v1.CertificateRenewal.RenewCertificate",
       Effect::kMutates,
       {Allow::Operators(), Allow::Auditors(), Allow::Sps(rpc::Role::kOwner)}},
      {"otrp.ca.v1.CertificateExpiry.FindExpiringCertificates",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.ca.v1.AuthorityDirectory.ListAuthorities",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors(), Allow::Services(),
        Allow::Sps()}},
      {"otrp.ca.v1.Authorities.ListGenerations",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.ca.v1.Authorities.GetGeneration",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.ca.v1.Authorities.PrepareGeneration",
       Effect::kMutates,
       {Allow::CaAdmins()}},
      {"otrp.ca.v1.Authorities.ActivateGeneration",
       Effect::kMutates,
       {Allow::CaAdmins()}},
      {"otrp.ca.v1.Authorities.RetireGeneration",
       Effect::kMutates,
       {Allow::CaAdmins()}},
      {"otrp.ca.v1.Authorities.RevokeGeneration",
       Effect::kMutates,
       {Allow::CaAdmins()}},
      {"otrp.ca.v1.Authorities.CrossSignGeneration",
       Effect::kMutates,
       {Allow::CaAdmins()}},
      {"otrp.ca.v1.Authorities.RequestGeneration",
       Effect::kMutates,
       {Allow::CaAdmins()}},
      {"otrp.ca.v1.Authorities.ImportGeneration",
       Effect::kMutates,
       {Allow::CaAdmins()}},
      {"otrp.ca.v1.CrlShards.SetCrlShards",
       Effect::kMutates,
       {Allow::CaAdmins()}},
      {"otrp.ca.v1.CrlShards.GetCrlShards",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.ca.v1.RevocationStatus.GetCrl",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors(), Allow::Services()}},
      {"otrp.ca.v1.RevocationStatus.GetOcspResponse",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors(), Allow::Services()}},
      {"otrp.ca.v1.TrustAnchors.AddTrustAnchor",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.ca.v1.TrustAnchors.RemoveTrustAnchor",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.ca.v1.TrustAnchors.ListTrustAnchors",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors(),
        Allow::Service("attestation_verifier"), Allow::Service("sp_portal")}},
      {"otrp.ca.v1.IssuanceRequests.RequestIssuance",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.ca.v1.IssuanceRequests.ApproveIssuance",
       Effect::kMutates,
       {Allow::Approvers()}},
      {"otrp.ca.v1.IssuanceRequests.RejectIssuance",
       Effect::kMutates,
       {Allow::Operators(), Allow::Approvers()}},
      {"otrp.ca.v1.IssuanceRequests.GetIssuanceRequest",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.ca.v1.IssuanceRequests.ListIssuanceRequests",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      // An SP for its own authority alone; handlers look.
      {"otrp.ca.v1.Batches.IssueBatch",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps(rpc::Role::kOwner)}},
      {"otrp.ca.v1.AuthorityMarket.CreateAuthority",
       Effect::kMutates,
       {Allow::CaAdmins()}},
      {"otrp.ca.v1.AuthorityMarket.SetAuthorityPolicies",
       Effect::kMutates,
       {Allow::CaAdmins()}},
      {"otrp.ca.v1.Recovery.ReconcileCrl",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.ca.v1.AuditRecovery.ReconcileAudit",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.ca.v1.TsmIds.AddTsmId", Effect::kMutates, {Allow::Operators()}},
      {"otrp.ca.v1.TsmIds.TransferTsmId",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.ca.v1.TsmIds.ReleaseTsmId",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.ca.v1.TsmIds.ListTsmIds",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
  };
  for (const rpc::AuthzRule& rule : service::AuditLogRules()) {
    rules.push_back(rule);
  }
  for (const rpc::AuthzRule& rule :
       service::KeyEncryptionRules(Allow::CaAdmins())) {
    rules.push_back(rule);
  }
  for (const rpc::AuthzRule& rule : service::UsageLedgerRules()) {
    rules.push_back(rule);
  }
  return rules;
}

}  // namespace

const rpc::AuthzTable& Authz() {
  static const auto* table = new rpc::AuthzTable(Rules());
  return *table;
}

}  // namespace ca
}  // namespace otrp
