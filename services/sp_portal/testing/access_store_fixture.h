// The store over a real database, and what its tests begin with.
//
// Thread-safety: belongs to one test, whose threads may call the store.

#ifndef OTRP_SERVICES_SP_PORTAL_TESTING_ACCESS_STORE_FIXTURE_H_
#define OTRP_SERVICES_SP_PORTAL_TESTING_ACCESS_STORE_FIXTURE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/hash.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "services/sp_portal/storage/access_store.h"
#include "services/sp_portal/storage/portal_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {

inline const absl::Time kNow = absl::FromUnixSeconds(1763900000);

class AccessStoreTest : public ::testing::Test {
 protected:
  static store::AuditEvent Audit() {
    store::AuditEvent audit;
    audit.actor = "otrp://operator/alice";
    audit.action = "test";
    return audit;
  }

  void AddSp(const std::string& spid) {
    Sp sp;
    sp.spid = spid;
    sp.name = spid + " AG";
    sp.created_at = kNow;
    OTRP_ASSERT_OK(portal_.CreateSp(sp, Audit()));
  }

  // The digest of a secret of this name.
  static std::string Digest(const std::string& name) {
    return crypto::Sha256(name);
  }

  absl::Status Register(const std::string& id, absl::Time at = kNow) {
    Registration registration;
    registration.id = id;
    registration.spid = "acme";
    registration.name = "Acme";
    registration.contact = "+49 30 1";
    registration.registered_at = at;
    return db_.Register(registration, Digest(id), Audit());
  }

  absl::StatusOr<Change> Approve(const std::string& id) {
    Invitation invitation;
    invitation.id = "inv_" + id;
    invitation.expires_at = kNow + absl::Hours(1);
    return db_.ApproveRegistration(id, {"op", kNow, ""}, invitation, Audit());
  }

  absl::Status Invite(const std::string& tenant, const std::string& role,
                      const std::string& code) {
    return db_.CreateInvitation(
        {"inv_" + code, tenant, role, "op", kNow, kNow + absl::Hours(1)},
        Digest(code), Audit());
  }

  // The member's first token has the digest of "<tenant>/<name>".
  absl::Status Accept(const std::string& code, const std::string& name,
                      absl::Time now = kNow) {
    absl::StatusOr<Invitation> invitation =
        db_.FindInvitation(Digest(code), now);
    if (!invitation.ok()) return invitation.status();
    return db_.AcceptInvitation(
        invitation->id,
        NewToken(absl::StrCat("tok_", code), invitation->tenant,
                 invitation->role, name),
        Digest(absl::StrCat(invitation->tenant, "/", name)), Audit());
  }

  void AddMember(const std::string& tenant, const std::string& name,
                 const std::string& role) {
    const std::string code = absl::StrCat(tenant, name, ++codes_);
    OTRP_ASSERT_OK(Invite(tenant, role, code));
    OTRP_ASSERT_OK(Accept(code, name));
  }

  static Token NewToken(const std::string& id, const std::string& tenant,
                        const std::string& role, const std::string& member) {
    Token token;
    token.id = id;
    token.tenant = tenant;
    token.member = member;
    token.name = "name of " + id;
    token.role = role;
    token.created_at = kNow;
    token.expires_at = kNow + absl::Hours(1);
    return token;
  }

  absl::Status Use(const std::string& secret, absl::Time now = kNow) {
    return db_.UseToken(Digest(secret), now).status();
  }

  // With the digest of its id.
  absl::Status Begin(const std::string& id, const Token& token,
                     absl::Time at = kNow) {
    Session session;
    session.id = id;
    session.tenant = token.tenant;
    session.token_id = token.id;
    session.created_at = at;
    session.expires_at = at + absl::Minutes(30);
    return db_.BeginSession(session, Digest(id), Audit());
  }
  absl::Status UseSession(const std::string& id, absl::Time now = kNow) {
    return db_.UseSession(Digest(id), now).status();
  }

  // A released application, as if its image had been pushed.
  void Release(const std::string& spid) {
    OTRP_ASSERT_OK(database_.superuser().ExecOnce(R"sql(
        INSERT INTO app (spid, taid, released_version) VALUES ($1, 'pay', '1.0')
        )sql",
                                                  spid));
  }

  ::otrp::testing::ServiceDatabase database_{
      {"portal", "services/sp_portal/storage/migrations"}};
  PortalStore portal_{database_.pool()};
  AccessStore db_{database_.pool()};
  int codes_ = 0;
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_TESTING_ACCESS_STORE_FIXTURE_H_
