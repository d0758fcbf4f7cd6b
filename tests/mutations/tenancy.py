"""Threats of accounts, members, tokens and trusted publishing."""

from tests.mutations.mutation import Mutation

_TOKEN = "A guessed, stolen or leaked token"
_ABOVE = "A token that may more than its maker"
_CODE = "An invitation that somebody else finds"
_LEFT = "A member who left, or an account that was stopped, goes on"
_LAST = "Locking everybody out of an account"
_FLOOD = "A flood of registrations, or one in another's name"
_WHO = "Learning which tenants there are"
_REACH = "Reaching devices that aren't its business"
_TRIAL = "A trial version that reaches devices it isn't meant for"
_ID_TOKEN = "An ID token that is forged, for others, old or used"
_JOB = "Another CI, or another job of it"
_KEYS = "Making the portal ask inner hosts, or ask for ever"

_TOKENS_CC = "services/sp_portal/handlers/tokens.cc"
_ACCESS_CC = "services/sp_portal/handlers/access.cc"
_TOKEN_SQL = "services/sp_portal/storage/access_store_tokens.cc"
_MEMBER_SQL = "services/sp_portal/storage/access_store_members.cc"
_REGISTRATION_SQL = "services/sp_portal/storage/access_store_registrations.cc"
_ID_TOKEN_CC = "services/sp_portal/domain/id_token.cc"

_HANDLERS = "//services/sp_portal/handlers:access_handlers_test"
_STORE = "//services/sp_portal/storage:access_store_test"
_PUBLISHERS = "//services/sp_portal/handlers:publishers_test"
_ID_TOKEN_TEST = "//services/sp_portal/domain:id_token_test"

MUTATIONS = (
    Mutation(_TOKEN, "a token that has expired is good", _TOKEN_SQL,
             """      AND token.expires_at > $2 AND member.removed_at IS NULL
""", """      AND $2::timestamptz IS NOT NULL AND member.removed_at IS NULL
""", _STORE,
             ("AccessStoreTest.UnknownExpiredAndRevokedAreOneAnswer",)),
    Mutation(_TOKEN, "a token is made to be guessed",
             "services/sp_portal/domain/bearer.cc",
             "random.Bytes(kSecretBytes)", "std::string(kSecretBytes, 'x')",
             "//services/sp_portal/domain:access_test",
             ("BearerTest.AThousandSecretsAndIdsDiffer",)),
    Mutation(_ABOVE, "a member's token has any role", _TOKENS_CC,
             "if (!Includes(request.spid(), RoleOf(call), request.role())) {",
             "if (false) {", _HANDLERS,
             ("AccessHandlersTest.ATokenIsNeverAboveItsMaker",)),
    Mutation(_ABOVE, "a program's token makes others", _ACCESS_CC,
             """  return agent.empty() || absl::StartsWith(agent, kMemberPrefix)
""", """  return agent.empty() || !agent.empty()
""", _HANDLERS,
             ("AccessHandlersTest.AProgramsTokenCantMakeItselfImmortal",)),
    Mutation(_ABOVE, "a token keeps the role that its member had", _TOKEN_SQL,
             "      Common(token->tenant, token->role, member_role);",
             "      Common(token->tenant, token->role,\n"
             "             member_role.empty() ? member_role : "
             "token->role);", _STORE,
             ("AccessStoreTest.AMembersTokenIsNeverMoreThanHeIsNow",)),
    Mutation(_CODE, "a code works again", _MEMBER_SQL,
             """    WHERE id = $1 AND accepted_as IS NULL AND revoked_at IS NULL
      AND expires_at > $3
""", """    WHERE id = $1 AND expires_at > $3
""", _STORE,
             ("AccessStoreTest.OfTwoWhoUseOneCodeAtOnceOneBecomesAMember",)),
    Mutation(_LEFT, "a suspended account's tokens live", _TOKEN_SQL,
             "      AND (token.tenant = '' OR sp.state = 'active')",
             "      AND (token.tenant = '' OR sp.state <> '')", _STORE,
             ("AccessStoreTest."
              "ASuspendedSpsTokensAreDeadAtOnceAndLiveOnAfterIt",)),
    Mutation(_LEFT, "tokens come back with the name", _MEMBER_SQL,
             "    OTRP_RETURN_IF_ERROR(tx.Exec(kRevokeTokens, tenant, name, "
             "now).status());\n", "    (void)kRevokeTokens;\n", _STORE,
             ("AccessStoreTest.ARemovedMembersTokensDontComeBackWithHisName",)),
    Mutation(_LAST, "the last owner may go", _MEMBER_SQL,
             "  return others > 0 ? absl::OkStatus() : errors::LastOwner();",
             "  return absl::OkStatus();", _STORE,
             ("AccessStoreTest.TheLastOwnerCanNeitherGoNorBecomeLess",)),
    Mutation(_LAST, "changes of members don't wait for one another",
             "services/sp_portal/storage/steps.cc",
             "SELECT state FROM sp WHERE spid = $1 FOR UPDATE",
             "SELECT state FROM sp WHERE spid = $1", _STORE,
             ("AccessStoreTest.OfTwoOwnersWhoRemoveEachOtherAtOnceOneStays",)),
    Mutation(_FLOOD, "any number may register", _REGISTRATION_SQL,
             "        recent >= kMaxRegistrationsPerHour) {",
             "        recent < 0) {", _STORE,
             ("AccessStoreTest.AFloodOfRegistrationsEndsAtTheHoursLimit",)),
    Mutation(_WHO, "another's account is answered otherwise", _ACCESS_CC,
             "  return CheckTenant(call, spid);",
             "  return CheckTenant(call, spid).ok() ? absl::OkStatus()\n"
             "                                      : errors::NotForTokens();",
             _HANDLERS,
             ("AccessHandlersTest.AnotherTenantIsAnsweredAsOneThatDoesntExist",
              )),
    Mutation(_REACH, "an SP assigns to whatever it likes",
             "services/sp_portal/storage/portal_store_assignments.cc",
             "    if (by == By::kSp) {", "    if (false && by == By::kSp) {",
             "//services/sp_portal/storage:portal_store_test",
             ("PortalStoreTest.AnSpAssignsWithinItsEntitlementsOnly",)),
    Mutation(_REACH, "who was granted a part reaches the whole",
             "libs/service/device_conditions.cc",
             "Includes(others.labels_, labels_)",
             "Includes(labels_, others.labels_)",
             "//libs/service:device_conditions_test",
             ("DeviceConditionsTest."
              "FewerConditionsCoverMoreAndNeverTheOtherWayRound",)),
    Mutation(_REACH, "conditions cover any single device",
             "services/sp_portal/domain/model.cc",
             "wide.has_value() && narrow.has_value() &&",
             "wide.has_value() && !narrow.has_value() ? true :\n"
             "         wide.has_value() && narrow.has_value() &&",
             "//services/sp_portal/domain:domain_test",
             ("CoversTest.AGrantCoversWhatDemandsAsMuchAndNothingElse",)),
    Mutation(_REACH, "any entitlement of the SP will do",
             "services/sp_portal/storage/portal_store_assignments.cc",
             "    if (!granted.has_value() || "
             "!Covers(*granted, assignment.target)) continue;",
             "    if (!granted.has_value()) continue;",
             "//services/sp_portal/handlers:reach_test",
             ("ReachTest.AnSpReachesThoseThatItWasGrantedAndPartsOfThem",)),
    Mutation(_REACH, "what was revoked still covers parts",
             "services/sp_portal/storage/portal_store_assignments.cc",
             "    WHERE spid = $1 AND revoked_at IS NULL "
             "AND kind IN ('group', 'devices')",
             "    WHERE spid = $1 AND kind IN ('group', 'devices')",
             "//services/sp_portal/handlers:reach_test",
             ("ReachTest.WhatIsRevokedCoversNoPartAnyMoreAndTellsWhatIsLeft",),
             (("services/sp_portal/storage/portal_store_assignments.cc",
               "    WHERE id = $1 AND revoked_at IS NULL\n",
               "    WHERE id = $1\n"),)),
    Mutation(_TRIAL, "any assignment's channel counts",
             "services/tsm/domain/resolve.cc",
             "rank > winner.rank ||", "rank < winner.rank ||",
             "//services/tsm/domain:resolve_test",
             ("ResolveTest.TheMostSpecificAssignmentDecidesTheChannel",)),
    Mutation(_TRIAL, "without a release, another channel's counts",
             "services/tsm/domain/resolve.cc",
             "    if (winner.rank.second == service::Channel::kBeta) {\n",
             "    if (winner.rank.second == service::Channel::kBeta ||\n"
             "        found->second.release_id == 0) {\n",
             "//services/tsm/domain:resolve_test",
             ("ResolveTest.AChannelWithoutReleaseIsNoWayToAnotherOne",)),
    Mutation(_TRIAL, "a withdrawn version comes back with a beta",
             "services/tsm/storage/tsm_store_catalog.cc",
             "        release_id = CASE WHEN application.withdrawn THEN NULL\n"
             "                          ELSE application.release_id END\n",
             "        release_id = application.release_id\n",
             "//services/tsm/storage:tsm_store_test",
             ("TsmChannelsTest."
              "AWithdrawalTakesBothAndNeitherComesBackWithTheOther",)),
    Mutation(_TRIAL, "a beta is told as a release",
             "services/sp_portal/handlers/applications.cc",
             "channel == service::Channel::kStable\n"
             "                       ? event.mutable_version_released()",
             "channel == service::Channel::kStable || !spid.empty()\n"
             "                       ? event.mutable_version_released()",
             "//services/sp_portal/handlers:channels_test",
             ("ChannelsTest.ATsmWithoutChannelsDoesNotTakeABetaForARelease",)),
    Mutation(_ID_TOKEN, "an ID token's signature isn't looked at", _ID_TOKEN_CC,
             "  return Bad(\"its signature is wrong\");",
             "  return absl::OkStatus();", _ID_TOKEN_TEST,
             ("IdTokenTest.AnotherKeyUnderAKnownNameIsRefused",)),
    Mutation(_ID_TOKEN, "one for another audience is taken", _ID_TOKEN_CC,
             "  if (!IsAudience(claims.Find(\"aud\"), expected.audience)) {",
             "  if (!IsAudience(claims.Find(\"aud\"), expected.audience) &&\n"
             "      claims.Find(\"aud\") == nullptr) {", _ID_TOKEN_TEST,
             ("IdTokenTest.WhatIsForAnotherOrForOthersTooIsRefused",)),
    Mutation(_ID_TOKEN, "one is taken a second time",
             "services/sp_portal/storage/publisher_store.cc",
             "    if (!before.empty()) return errors::IdTokenUsed();\n", "",
             "//services/sp_portal/storage:publisher_store_test",
             ("PublisherStoreTest.AnIdTokenIsExchangedOnce",)),
    Mutation(_JOB, "a claim may have any value", _ID_TOKEN_CC,
             "    if (value !=\n        (claim",
             "    if (value.empty() &&\n        value != (claim",
             _ID_TOKEN_TEST,
             ("PublisherTest.EachWantedClaimMustBeThereWithItsValue",)),
    Mutation(_KEYS, "private networks are asked", "libs/http/client.cc",
             "  return !IsPublic(IpAddress(copy));", "  return false;",
             "//libs/http:client_test",
             ("HttpClientTest.AnInnerHostIsNotAskedWhateverItsName",)),
)
