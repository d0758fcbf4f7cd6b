// Which certificates a security domain has, and what becomes of versions whose
// signer is revoked.

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "services/tsm/domain/plan.h"

namespace otrp {
namespace tsm {
namespace {

DesiredTa Want(const std::string& spid, const std::string& taid,
               const std::string& version, const std::string& signer,
               const std::string& current) {
  return {spid, taid, version, 0, signer, current};
}

DesiredTa Yanked(DesiredTa ta) {
  ta.yanked = true;
  return ta;
}

DesiredTa SignerRevoked(DesiredTa ta) {
  ta.signer_revoked = true;
  ta.signer_fingerprint.clear();
  return ta;
}

// A TA whose version's signer is known.
InstalledTa SignedBy(const std::string& taid, const std::string& version,
                     const std::string& signer) {
  InstalledTa ta{taid, version};
  ta.signer_known = true;
  ta.signer_fingerprint = signer;
  return ta;
}

// Of the bank, that these certificates of were revoked or replaced.
SecurityDomain Bank(const std::vector<std::string>& certs,
                    const std::vector<InstalledTa>& tas,
                    const std::vector<std::string>& revoked,
                    const std::vector<std::string>& former = {}) {
  SecurityDomain domain = {"bank.sd", "bank", certs, tas};
  domain.revoked_certs = revoked;
  domain.former_certs = former;
  return domain;
}

struct Case {
  const char* name;
  std::vector<DesiredTa> desired;
  std::vector<SecurityDomain> domains;
  std::vector<std::string> blocked;
  // Action of the next request; empty: none.
  const char* action;
  PlanResult::Reason reason;
};

constexpr auto kNext = PlanResult::Reason::kNext;
constexpr auto kInStep = PlanResult::Reason::kInStep;
constexpr auto kBlocked = PlanResult::Reason::kBlocked;

std::vector<Case> Cases() {
  const SecurityDomain bank = Bank({"c1"}, {{"wallet", "1"}}, {"c1"});
  return {
      {"what a revoked signer signed reaches nobody, nor does a domain",
       {SignerRevoked(Want("bank", "wallet", "1", "c1", "c2"))},
       {},
       {},
       "",
       kInStep},
      {"its certificate leaves the domain though what it signed is there",
       {SignerRevoked(Want("bank", "wallet", "1", "c1", ""))},
       {bank},
       {},
       "UpdateSD bank -c1",
       kNext},
      {"and the SP's new one comes in the same message",
       {SignerRevoked(Want("bank", "wallet", "1", "c1", "c2"))},
       {bank},
       {},
       "UpdateSD bank +c2 -c1",
       kNext},
      {"what it signed stays until there is another version",
       {SignerRevoked(Want("bank", "wallet", "1", "c1", "c2"))},
       {{"bank.sd", "bank", {"c2"}, {{"wallet", "1"}}}},
       {},
       "",
       kInStep},
      {"another version of it isn't one that a revoked signer signed",
       {SignerRevoked(Want("bank", "wallet", "2", "c1", "c2"))},
       {{"bank.sd", "bank", {"c2"}, {{"wallet", "1"}}}},
       {},
       "",
       kInStep},
      {"a version of another signer comes all the same",
       {SignerRevoked(Want("bank", "wallet", "1", "c1", "c2")),
        Want("bank", "till", "1", "c2", "c2")},
       {},
       {},
       "CreateSD bank",
       kNext},
      {"a signer stays until the TA that it signed is updated",
       {Want("bank", "wallet", "2", "c2", "c2")},
       {Bank({"c1"}, {SignedBy("wallet", "1", "c1")}, {}, {"c1"})},
       {},
       "UpdateSD bank +c2",
       kNext},
      {"also where the update fails for good",
       {Want("bank", "wallet", "2", "c2", "c2")},
       {Bank({"c1", "c2"}, {SignedBy("wallet", "1", "c1")}, {}, {"c1"})},
       {"UpdateTA bank/wallet@2"},
       "",
       kBlocked},
      {"and leaves then",
       {Want("bank", "wallet", "2", "c2", "c2")},
       {Bank({"c1", "c2"}, {{"wallet", "2"}}, {}, {"c1"})},
       {},
       "UpdateSD bank -c1",
       kNext},
      {"a signer of another TA of the domain stays with that",
       {Want("bank", "wallet", "2", "c2", "c2"),
        Yanked(Want("bank", "card", "2", "c2", "c2"))},
       {Bank({"c1", "c2"}, {{"wallet", "2"}, SignedBy("card", "1", "c1")}, {},
             {"c1"})},
       {},
       "",
       kInStep},
  };
}

TEST(PlanSignersTest, TheTableOfSituations) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.name);
    const PlanResult result =
        Plan(Goals{c.desired, {}}, c.domains, [&](absl::string_view action) {
          return std::count(c.blocked.begin(), c.blocked.end(), action) > 0;
        });
    EXPECT_EQ(result.request ? result.request->action : "", c.action);
    EXPECT_EQ(result.reason, c.reason);
  }
}

}  // namespace
}  // namespace tsm
}  // namespace otrp
