"""Threats from a service provider."""

from tests.mutations.mutation import Mutation

_TENANTS = "Seeing or changing another's applications"
_EQUAL = "Finding out what images or personalization data others have"
_UNSEEN = "Releasing what nobody else has seen"
_BAD = "A version known to be bad"
_DELETING = "Deleting what is another's"
_MADE_BY = "A provenance that somebody else made"
_UPLOADS = "Uploads that fill memory or the database"
_ANNOUNCED = "An upload that isn't what was announced"
_OWN_DATA = "Giving data to a device that the service provider may not"
_PULL_URL = "A pull endpoint's URL that leads"
_PULLED = "A pulled TA that the service provider didn't give"
_PULL_ASKED = "Asking a service provider's endpoint in the TSM's name"
_PULL_SLOW = "A pull endpoint that is slow or down"
_UNSIGNED = "Releasing what it didn't sign"
_SIZES = "Sizes in an OP-TEE image that lead beside it"
_NAMES = "A certificate for somebody else's name"
_LEAKED = "A leaked signing key: its certificate, once revoked"
_SIGNED = "What a leaked key signed that goes on to further devices"
_ALONE = "An operator who makes himself a service"
_REQUESTS_TEST = "//services/ca/handlers:requests_test"
_CA_ADMIN = "An operator who changes authorities or their keys"
_CA_ADMINS = "services/ca/domain/ca_admins.cc"
_CA_ADMINS_TEST = "//services/ca/domain:ca_admins_test"
_TSM_ID = "Another TSM's id"
_ONE_OWNER = "One key under two names"
_ANOTHERS = "Revoking another's certificate"
_TAKEN_BACK = "A revocation that is taken back"
_NOTHING_MORE = ("RevocationTest."
                 "ARevokedCertificateTakesAndReleasesNothingMore")
_CRL_PULL = "libs/service/crl_pull.cc"
_CRL_PULL_TEST = "//libs/service:crl_pull_test"
_REVOCATION_TEST = "//services/sp_portal/handlers:revocation_test"
_SIGNERS_TEST = "//services/tsm/handlers:revoked_signers_test"
_TSM_STORE_TEST = "//services/tsm/storage:tsm_store_test"
_OPTEE = "libs/protocol/optee_image.cc"
_JWS = "libs/jose/jws.cc"
_X509 = "libs/crypto/x509.cc"
_ORDER = "services/ca/domain/order.cc"
_OPTEE_TEST = "//libs/protocol:optee_image_test"
_REVIEWS_TEST = "//services/sp_portal/handlers:reviews_test"
_REVIEWS = "services/sp_portal/storage/portal_store_reviews.cc"
_APPLICATIONS = "services/sp_portal/storage/portal_store_applications.cc"
_DELETION = "services/sp_portal/storage/portal_store_deletion.cc"
_EVIDENCE = "services/sp_portal/domain/evidence.cc"
_EVIDENCE_TEST = "//services/sp_portal/domain:evidence_test"
_UPLOAD_STORE = "services/sp_portal/storage/upload_store.cc"
_UPLOADS_TEST = "//services/sp_portal/handlers:uploads_test"
_PORTAL_STORE_TEST = "//services/sp_portal/storage:portal_store_test"
_HANDLERS_TEST = "//services/ca/handlers:handlers_test"
_PULL = "libs/protocol/pull.cc"
_PULL_TEST = "//libs/protocol:pull_test"
_PULLER = "services/tsm/pulling/puller.cc"
_PULLER_TEST = "//services/tsm/pulling:puller_test"
_QUEUE = "services/tsm/pulling/pull_queue.cc"
_QUEUE_TEST = "//services/tsm/pulling:pull_queue_test"
_ANY_SIGNATURE = (_JWS,
                  "OTRP_RETURN_IF_ERROR(CheckSignature(jws, key, policy));",
                  "(void)CheckSignature(jws, key, policy).ok();")

MUTATIONS = (
    Mutation(_TENANTS, "a request decides whose rows it is about",
             "services/sp_portal/handlers/tenancy.cc",
             "call.caller().name != spid) {",
             "call.caller().name.empty()) {",
             "//services/sp_portal/handlers:handlers_test",
             ("HandlersTest.AnotherTenantsRowsDoNotExist",)),
    Mutation(_TENANTS, "a request decides whose pull endpoint it is about",
             "services/sp_portal/handlers/tenancy.cc",
             "call.caller().name != spid) {",
             "call.caller().name.empty()) {",
             "//services/sp_portal/handlers:pull_mode_test",
             ("PullModeTest.AnothersEndpointIsOneThatDoesNotExist",
              "PullModeTest.WhatCameOfRequestsIsListedPageByPageToItsOwner")),
    Mutation(_TENANTS, "lists don't know a token's applications",
             "services/sp_portal/handlers/tenancy.cc",
             "  visible.taids = call.caller().taids;\n",
             "  visible.taids.clear();\n",
             "//services/sp_portal/handlers:tenancy_test",
             ("TenancyTest.ATokenForSomeApplicationsSeesNoOthersInLists",
              "TenancyTest.InListsNamesAreComparedAsInCalls")),
    Mutation(_EQUAL, "an image that is there isn't written again",
             "services/sp_portal/storage/portal_store_applications.cc",
             "  OTRP_RETURN_IF_ERROR(steps::WriteBlob(tx, image.image, now));",
             "  OTRP_ASSIGN_OR_RETURN(\n"
             "      Rows same, tx.Exec(\"SELECT 1 FROM blob_digest \"\n"
             "                         \"WHERE sha256 = $1\",\n"
             "                         Bytes(version.image_sha256)));\n"
             "  SealedBlob empty = image.image;\n"
             "  empty.chunks.clear();\n"
             "  OTRP_RETURN_IF_ERROR(steps::WriteBlob(\n"
             "      tx, same.empty() ? image.image : empty, now));",
             _PORTAL_STORE_TEST,
             ("BlobStoreTest.TheSameImageOfTwoSpsIsWrittenTwiceAndKeptOnce",)),
    Mutation(_EQUAL, "personalization data is shared",
             "services/sp_portal/storage/portal_store_applications.cc",
             "    OTRP_RETURN_IF_ERROR(steps::KeepBlob(tx, *pdata_blob));",
             "    OTRP_ASSIGN_OR_RETURN(\n"
             "        pdata_blob, steps::ShareBlob(\n"
             "                        tx, *pdata_blob, version.pdata_sha256, "
             "now));", _PORTAL_STORE_TEST,
             ("BlobStoreTest.PersonalizationDataIsNeverShared",)),
    Mutation(_MADE_BY, "a statement's signature isn't checked", _EVIDENCE,
             "crypto::EcFormat::kDer)\n              .ok()) {",
             "crypto::EcFormat::kDer)\n              .ok() ||\n"
             "          !octets.empty()) {", _EVIDENCE_TEST,
             ("EvidenceTest.AStatementThatTheSpDidNotSignIsRefused",)),
    Mutation(_MADE_BY, "a statement may be about any image", _EVIDENCE,
             "sha256->as_string() == absl::BytesToHexString(image_sha256)",
             "(image_sha256.empty() || !sha256->as_string().empty())",
             _EVIDENCE_TEST,
             ("EvidenceTest.AStatementAboutAnotherImageIsRefused",)),
    Mutation(_MADE_BY, "another provenance is taken for the same",
             "services/sp_portal/storage/portal_store_evidence.cc",
             "return sha256 == evidence.sha256 ?", "return !sha256.empty() ?",
             "//services/sp_portal/handlers:evidence_test",
             ("AttachTest.WhatWasAttachedStaysAsItIs",)),
    Mutation(_UNSEEN, "what was submitted may be released", _APPLICATIONS,
             "state != WordOf(ReviewState::kApproved)",
             "state == WordOf(ReviewState::kDraft)", _REVIEWS_TEST,
             ("ReviewsTest.WhereReviewsAreDemandedOnlyWhatIsApprovedIs"
              "Released",)),
    Mutation(_UNSEEN, "who pushed it may approve it", _REVIEWS,
             "review.reviewed_by == before.pushed_by", "submitted_by.empty()",
             _REVIEWS_TEST,
             ("ReviewsTest.NobodyApprovesWhatHePushedOrSubmitted",)),
    Mutation(_UNSEEN, "service providers review themselves",
             "services/sp_portal/authz.cc",
             '"otrp.portal.v1.Reviews.ApproveVersion",\n'
             "       Effect::kMutates,\n       {Allow::Approvers()}",
             '"otrp.portal.v1.Reviews.ApproveVersion",\n'
             "       Effect::kMutates,\n"
             "       {Allow::Approvers(), Allow::Sps()}",
             "//services/sp_portal:authz_test",
             ("PortalAuthzTest.OnlyOperatorsMakeAccountsReviewAndReadTheAudit"
              "Log",)),
    Mutation(_BAD, "a yanked version may be released", _APPLICATIONS,
             "if (!yank_reason.empty()) {", "if (yank_reason == version.text()"
             ") {", _REVIEWS_TEST,
             ("ReviewsTest.AYankedVersionIsNeverReleasedAgain",)),
    Mutation(_BAD, "the TSM hears of no yank", _REVIEWS,
             "if (before.released) return", "if (before.released && "
             "reason.empty()) return", _REVIEWS_TEST,
             ("ReviewsTest.TheTsmIsToldThatTheReleasedVersionIsYanked",)),
    Mutation(_BAD, "the TSM goes on with a yanked version",
             "services/tsm/domain/changes.cc",
             "if (wanted.withheld()) return;",
             "if (wanted.version.empty()) return;",
             "//services/tsm/handlers:admin_test",
             ("AdminTest.AYankedVersionReachesNoFurtherDevice",)),
    Mutation(_DELETING, "whoever asks may delete",
             "services/sp_portal/handlers/tenancy.cc",
             "call.caller().name != spid) {",
             "call.caller().name.empty()) {", _REVIEWS_TEST,
             ("ReviewsTest.AnotherTenantDeletesNothing",)),
    Mutation(_DELETING, "what the TSM is still to get is deleted", _DELETION,
             "if (state.on_its_way) return StillOnItsWay(\"version\");", "",
             _REVIEWS_TEST,
             ("ReviewsTest.WhatIsReleasedAssignedOrOnItsWayIsNotDeleted",)),
    Mutation(_DELETING, "octets go though another version has them", _DELETION,
             "AND NOT EXISTS (SELECT 1 FROM app_version WHERE "
             "image_blob = $1::uuid)", "", _REVIEWS_TEST,
             ("ReviewsTest.ADeletedVersionsOctetsLeaveTheDatabaseUnless"
              "AnotherHasThem",)),
    Mutation(_OWN_DATA, "no entitlement is asked for",
             "services/sp_portal/storage/portal_store_personalizations.cc",
             "if (may.empty()) return", "if (own.did.empty()) return",
             "//services/sp_portal/handlers:personalizations_test",
             ("PersonalizationsTest.WhoMayNotReachADeviceCanGiveItNothing",)),
    Mutation(_OWN_DATA, "the outbox has it in clear",
             "services/sp_portal/handlers/personalizations.cc",
             "NewMessage(call, env, KeyOf(own), EventOf(own)),\n"
             "          service::AuditOf(call, \"ta.personalization.put\"",
             "NewMessage(call, env, KeyOf(own), [&] {\n"
             "            auto e = EventOf(own);\n"
             "            e.mutable_personalization_changed()->set_data("
             "request.data());\n"
             "            return e;\n"
             "          }()),\n"
             "          service::AuditOf(call, \"ta.personalization.put\"",
             "//services/sp_portal/handlers:personalizations_test",
             ("PersonalizationsTest.DataIsSealedAndListedWithoutItself",)),
    Mutation(_OWN_DATA, "what is sealed opens for any device",
             "services/tsm/identity/data_sealer.cc",
             "HexEncode(owner.did));", "HexEncode(owner.did).size());",
             "//services/tsm/handlers:personalization_test",
             ("PersonalizationTest.TheDatabaseHasItSealedForItsDevice",)),
    Mutation(_PULL_URL, "any address may be asked", _PULLER,
             "options.public_only = !options_.allow_private;",
             "options.public_only = false;", _PULLER_TEST,
             ("PullerTest.APrivateAddressIsRefusedUnlessTheOperatorAllowsIt",)),
    Mutation(_PULL_URL, "plain http is spoken", _PULLER,
             'if (!absl::StartsWith(target.endpoint.url, "https://")) {',
             "if (target.endpoint.url.empty()) {", _PULLER_TEST,
             ("PullerTest.PlainHttpIsNotSpoken",)),
    Mutation(_PULL_URL, "an answer may be of any size", _PULLER,
             "options.max_body_bytes = protocol::kMaxPullAnswerBytes;",
             "options.max_body_bytes = size_t{1} << 30;", _PULLER_TEST,
             ("PullerTest.AnAnswerWithoutEndIsCutOff",)),
    Mutation(_PULLED, "whoever signs may answer", _PULL,
             "!jose::CheckSignature(answer.jws_, signers[signer]).ok()) {",
             "signers.empty()) {", _PULL_TEST,
             ("PullTest.AnAnswerThatAnotherSignedIsRefused",),
             (_ANY_SIGNATURE,)),
    Mutation(_PULLED, "an answer may be to another request", _PULL,
             "if (found == nullptr || *found != member.second) {",
             "if (found == nullptr) {", _PULL_TEST,
             ("PullTest.AnAnswerToAnotherRequestIsRefused",)),
    Mutation(_PULLED, "an answer may be of any age", _PULL,
             'if (at < now - kPullMaxAge) return NotTaken("it is too old");',
             'if (at < now - absl::Hours(9)) return NotTaken("it is too old");',
             _PULL_TEST, ("PullTest.AnOldAnswerIsRefused",)),
    Mutation(_PULLED, "a signature may be meant for something else", _PULL,
             "if (typ != nullptr && typ->as_string() == type) return",
             "if (typ == nullptr || !type.empty()) return", _PULL_TEST,
             ("PullTest.WhatTheKeySignedForSomethingElseIsNoAnswer",)),
    Mutation(_PULLED, "a certificate may have expired", _PULLER,
             "now >= certificate->not_after()) {",
             "certificate->der().empty()) {", _PULLER_TEST,
             ("PullerTest.ASignerWhoseTimeIsOverIsNotBelieved",)),
    Mutation(_PULL_ASKED, "any certificate of the root may ask", _PULL,
             "{now, pki::Role::kTsm});",
             "{now, jws.x5c().size() == 2 ? pki::Role::kTee "
             ": pki::Role::kTsm});", _PULL_TEST,
             ("PullTest.ARequestOfNoTsmThatIsTrustedIsRefused",)),
    Mutation(_PULL_ASKED, "a request for another endpoint is taken", _PULL,
             "if (request.audience != audience) {",
             "if (request.audience.empty()) {", _PULL_TEST,
             ("PullTest.ARequestForAnotherEndpointOrOfAnotherTimeIsRefused",)),
    Mutation(_PULL_ASKED, "a request is answered twice",
             "clients/pull_endpoint/endpoint.cc",
             "if (seen_.count(request.nonce) > 0) {",
             "if (request.nonce.empty()) {",
             "//clients/pull_endpoint:endpoint_test",
             ("EndpointTest.TheSameRequestAgainIsRefused",)),
    Mutation(_PULL_SLOW, "one service provider may take all turns", _QUEUE,
             "if (running_by_sp_[at->first.first] >= options_.per_sp) "
             "continue;",
             "if (options_.per_sp == 0) continue;", _QUEUE_TEST,
             ("PullQueueTest.ASlowEndpointHoldsUpNobodyElse",)),
    Mutation(_PULL_SLOW, "an endpoint that is down is asked on and on", _QUEUE,
             "if (outcome.endpoint_failed) {",
             "if (outcome.endpoint_failed && lane.failures < 0) {", _QUEUE_TEST,
             ("PullQueueTest.AnEndpointThatIsDownIsAskedOnceInAWhileUntilItIs"
              "Up",)),
    Mutation(_PULL_SLOW, "anything may wait", _QUEUE,
             "if (jobs_ >= options_.max_waiting || "
             "of_sp >= options_.max_waiting_per_sp) {",
             "if (jobs_ > 1000000 || of_sp > 1000000) {", _QUEUE_TEST,
             ("PullQueueTest.WhatWaitsIsBounded",)),
    Mutation(_UPLOADS, "octets of images aren't counted", _APPLICATIONS,
             "if (image_bytes > quotas.image_bytes - bytes) {",
             "if (image_bytes < 0) {", _PORTAL_STORE_TEST,
             ("PortalStoreTest.WhatAnSpMayKeepHasLimitsThatTheErrorNames",)),
    Mutation(_UPLOADS, "two pushes at once find the same room", _APPLICATIONS,
             "WHERE spid = $1 FOR NO KEY UPDATE", "WHERE spid = $1",
             _PORTAL_STORE_TEST,
             ("PortalStoreTest.OfTwoPushesAtOnceOneFindsTheQuotaUsed",)),
    Mutation(_UPLOADS, "two at once are counted at once", _UPLOAD_STORE,
             "WHERE spid = $1 FOR UPDATE", "WHERE spid = $1",
             _PORTAL_STORE_TEST,
             ("UploadStoreTest.OpenUploadsOfAnSpHaveALimitInNumber",)),
    Mutation(_UPLOADS, "octets of open uploads aren't counted", _UPLOAD_STORE,
             "if (bytes + wanted.size > kMaxOpenUploadBytes) {",
             "if (bytes < 0) {", _PORTAL_STORE_TEST,
             ("UploadStoreTest.OpenUploadsOfAnSpHaveALimitInOctets",)),
    Mutation(_UPLOADS, "chunks may be as short as one likes", _UPLOAD_STORE,
             "if (bytes < kMinChunkBytes && ", "if (bytes < 1 && ",
             _PORTAL_STORE_TEST,
             ("UploadStoreTest.TinyChunksAndMoreThanTheSizeAreRefused",)),
    Mutation(_UPLOADS, "the octets of an abandoned upload stay", _UPLOAD_STORE,
             "WHERE id IN (SELECT blob_id FROM gone))",
             "WHERE id IN (SELECT blob_id FROM gone WHERE false))",
             _PORTAL_STORE_TEST,
             ("UploadStoreTest.WhatIsAbortedOrAbandonedLeavesNothingBehind",)),
    Mutation(_ANNOUNCED, "an upload's digest isn't checked",
             "services/sp_portal/handlers/uploads.cc",
             "if (crypto::Sha256(image) != upload.sha256) return",
             "if (upload.sha256.empty()) return", _UPLOADS_TEST,
             ("UploadsTest.WhatPushImageWouldRefuseIsRefused",)),
    Mutation(_ANNOUNCED, "another chunk at the same place is taken for the "
             "same", _UPLOAD_STORE,
             "return there.view() == data ?", "return !data.empty() ?",
             _PORTAL_STORE_TEST,
             ("UploadStoreTest.ARepeatedChunkChangesNothingAndAnotherIs"
              "Refused",)),
    Mutation(_ANNOUNCED, "an upload is everybody's who knows its id",
             "services/sp_portal/handlers/uploads.cc",
             "if (absl::IsNotFound(may_act)) return errors::UploadNotFound(id)"
             ";\n  OTRP_RETURN_IF_ERROR(may_act);\n", "(void)may_act.ok();\n",
             _UPLOADS_TEST,
             ("UploadsTest.AnotherTenantsUploadDoesNotExist",)),
    Mutation(_UNSIGNED, "an image's signature isn't checked", *_ANY_SIGNATURE,
             "//libs/protocol:ta_image_test",
             ("JwsTaImageTest.AnotherKeyDoesNotVerify",)),
    Mutation(_UNSIGNED, "an image's signature isn't checked", *_ANY_SIGNATURE,
             "//tests/e2e:main_job_test",
             ("main_job_test.test_what_an_sp_did_not_sign_is_not_taken",)),
    Mutation(_UNSIGNED, "a digest isn't compared with its content", _OPTEE,
             "if (hasher.Finish() == header.signature.digest) return",
             "if (!header.signature.digest.empty()) return", _OPTEE_TEST,
             ("OpteeTaImageTest.EveryChangedOctetIsNoticed",)),
    Mutation(_UNSIGNED, "what the last subkey must sign isn't checked", _OPTEE,
             "for (size_t i = first; i < image.subkeys.size(); ++i) {",
             "for (size_t i = first; i + 1 < image.subkeys.size(); ++i) {",
             _OPTEE_TEST,
             ("OpteeSubkeyTest.WhatTheSubkeyDidNotSignIsNotTaken",)),
    Mutation(_UNSIGNED, "any application may stand below a subkey", _OPTEE,
             "if (below.uuid.empty() || uuid == below.uuid) return",
             "if (below.uuid.size() <= uuid.size()) return", _OPTEE_TEST,
             ("OpteeSubkeyTest.AnApplicationOutsideOfTheSubkeysNamesIs"
              "Refused",)),
    Mutation(_SIZES, "an attribute may end behind its subkey", _OPTEE,
             "if (offset > subkey.size() || size > subkey.size() - offset) {",
             "if (offset > subkey.size()) {", _OPTEE_TEST,
             ("OpteeSubkeyTest.SizesThatLieAreRefused",)),
    Mutation(_SIZES, "any number of subkeys", _OPTEE,
             "if (image->subkeys.size() >= kMaxSubkeys) {",
             "if (image->subkeys.size() >= kMaxSubkeys * 100) {", _OPTEE_TEST,
             ("OpteeSubkeyTest.ManySubkeysAreRefusedBeforeTheirKeysAreLooked"
              "At",)),
    Mutation(_SIZES, "an encrypted image may be cut short", _OPTEE,
             "kTagSize, &rest).status());\n"
             "  if (rest.size() != header.img_size) return SizeError();\n",
             "kTagSize, &rest).status());\n", _OPTEE_TEST,
             ("OpteeTaImageTest.EveryCutIsNoticed",)),
    Mutation(_NAMES, "a request may name an identity of ours", _ORDER,
             "if (own) OTRP_RETURN_IF_ERROR(CheckNoIdentity(names.uris));",
             "if (own && names.uris.empty()) {\n"
             "    OTRP_RETURN_IF_ERROR(CheckNoIdentity(names.uris));\n"
             "  }",
             _HANDLERS_TEST,
             ("HandlersTest.NobodyTalksHimselfIntoAnIdentity",)),
    Mutation(_NAMES, "a TSM's id may be any URI", _ORDER,
             "if (names.uris.size() != 1 || !IsTsmId(names.uris[0])) {",
             "if (names.uris.size() != 1) {", _HANDLERS_TEST,
             ("HandlersTest.ATsmNeedsAnIdOfItsOwn",)),
    Mutation(_NAMES, "a name may have a NUL in it", _X509,
             "if (c <= ' ' || c >= 0x7f) {", "if (c == 0x7f) {",
             "//libs/pki:pki_test",
             ("PkiTest.RefusesNamesThatWouldSmuggleOthers",)),
    Mutation(_LEAKED, "a revoked certificate's signatures are taken",
             "services/sp_portal/handlers/new_version.cc",
             "    if (certificate.revoked.has_value()) continue;\n", "",
             _REVOCATION_TEST,
             (_NOTHING_MORE,)),
    Mutation(_LEAKED, "what it signed before is still released",
             "services/sp_portal/handlers/applications.cc",
             "  OTRP_RETURN_IF_ERROR(CheckNotRevoked(\"version\", *signer));\n",
             "", _REVOCATION_TEST,
             (_NOTHING_MORE,)),
    Mutation(_LEAKED, "no other one becomes the current one",
             "services/sp_portal/storage/portal_store_service_providers.cc",
             "    if (was_current) {\n", "    if (!was_current) {\n",
             _PORTAL_STORE_TEST,
             ("PortalStoreTest.ARevokedCertificateStaysSoAndTheNewestGoodOne"
              "Counts",)),
    Mutation(_LEAKED, "the same request gets the revoked certificate again",
             "services/ca/issuing/issuer.cc",
             "  if (known->state == CertificateState::kRevoked ||\n",
             "  if (", _HANDLERS_TEST,
             ("HandlersTest.NobodyIsAnsweredWithARevokedOrEndedCertificate"
              "Again",)),
    Mutation(_LEAKED, "a compromised key is certified again",
             "services/ca/issuing/issuer.cc",
             "  if (blocked) return errors::CompromisedKey();\n",
             "  static_cast<void>(blocked);\n",
             _HANDLERS_TEST,
             ("HandlersTest.AKeyThatWasCompromisedGetsNoCertificateAnyMore",)),
    Mutation(_SIGNED, "the table takes a stolen key for a retired one",
             "libs/service/revoked_signer.cc",
             '{1, "keyCompromise", Leaves::kNothing}',
             '{1, "keyCompromise", Leaves::kWhatWasSignedBefore}',
             "//libs/service:revoked_signer_test",
             ("RevokedSignerTest.WhatAStolenKeySignedNeverCountsHoweverOldIt"
              "Seems",)),
    Mutation(_SIGNED, "a revocation is no reason to withhold",
             "services/tsm/domain/signers.cc",
             "  ta->signer_revoked = true;\n", "", _SIGNERS_TEST,
             ("RevokedSignersTest.WhatAStolenKeySignedReachesNoFurtherDevice",
              "RevokedSignersTest.AReasonThatIsNotKnownHereStops")),
    Mutation(_SIGNED, "the certificate stays in the domains",
             "services/tsm/domain/signers.cc",
             "  ta->signer_fingerprint.clear();\n", "", _SIGNERS_TEST,
             ("RevokedSignersTest.ItsCertificateLeavesTheDomainAndWhatIsThere"
              "Stays",)),
    Mutation(_SIGNED, "a later word takes a revocation back",
             "services/tsm/storage/tsm_store_catalog.cc",
             "      ON CONFLICT (fingerprint) DO NOTHING\n",
             "      ON CONFLICT (fingerprint) DO UPDATE SET\n"
             "        reason = EXCLUDED.reason\n",
             _SIGNERS_TEST,
             ("RevokedSignersTest.ARevocationIsForEverAndItsFirstWordCounts",),
             (("services/tsm/storage/migrations/"
               "0040_revoked_sp_certificates.sql",
               "GRANT SELECT, INSERT ON", "GRANT SELECT, INSERT, UPDATE ON"),)),
    Mutation(_SIGNED, "what waits is shipped whoever signed it",
             "services/tsm/storage/tsm_store_pulls.cc",
             "        WHERE revoked.fingerprint = "
             "pulled_ta.signer_fingerprint)\n",
             "        WHERE revoked.fingerprint = pulled_ta.did)\n",
             _TSM_STORE_TEST,
             ("PulledTaTest.WhatARevokedCertificateSignedIsNotShippedThoughIt"
              "Waits",)),
    Mutation(_SIGNED, "a revoked certificate signs answers",
             "services/tsm/storage/tsm_store_pulls.cc",
             "      CASE WHEN signer_revoked.fingerprint IS NULL\n",
             "      CASE WHEN release.pull\n", _TSM_STORE_TEST,
             ("PulledTaTest.ARevokedCertificateIsNoSignerOfAnswersAnyMore",)),
    Mutation(_SIGNED, "the TSM isn't told why",
             "services/sp_portal/handlers/service_providers.cc",
             "  revoked->set_reason(certificate.revoked->reason);\n", "",
             _REVOCATION_TEST,
             ("RevocationTest.TheTsmIsToldWhichCertificateWhenAndWhy",)),
    Mutation(_SIGNED, "what the version before recorded is never told",
             "services/sp_portal/storage/portal_store_service_providers.cc",
             "    WHERE revoked_at IS NOT NULL AND NOT revocation_told\n",
             "    WHERE revoked_at IS NOT NULL AND revocation_told\n",
             _REVOCATION_TEST,
             ("RevocationTest.WhatTheVersionBeforeRecordedIsToldLaterAnd"
              "Once",)),
    Mutation(_ALONE, "an operator needs nobody",
             "services/ca/domain/issuance_request.cc",
             "bool NeedsTwoPeople(const pki::Profile& profile) {\n",
             "bool NeedsTwoPeople(const pki::Profile& profile) {\n"
             "  if (profile.role != pki::Role::kTee) return false;\n",
             _REQUESTS_TEST,
             ("RequestsTest.NobodyMakesAnOperatorAServiceOrATsmAlone",)),
    Mutation(_ALONE, "one approves one's own",
             "services/ca/storage/request_store.cc",
             "IsSamePerson(request.requested_by, decision.by)",
             "request.requested_by.empty()", _REQUESTS_TEST,
             ("RequestsTest.NobodyApprovesHisOwnUnderWhicheverName",)),
    Mutation(_ALONE, "an approval counts again and again",
             "services/ca/handlers/requests.cc",
             "const bool is_new = chain.empty();",
             "const bool is_new = true;", _REQUESTS_TEST,
             ("RequestsTest.OneApprovalIsOneCertificateForEver",)),
    Mutation(_CA_ADMIN, "a certificate is a ca-admin's, whoever is named",
             _CA_ADMINS,
             "caller.role == rpc::Role::kFull && !is_admin",
             "caller.role == rpc::Role::kFull && identities_.count(\"\") > 0",
             _CA_ADMINS_TEST,
             ("CaAdminsTest.WhatChangesAuthoritiesIsForThemAloneAndNothing"
              "ElseIsLess",)),
    Mutation(_CA_ADMIN, "whoever issues makes a ca-admin",
             _CA_ADMINS, "identities_.count(uri) > 0", "uri.empty()",
             _CA_ADMINS_TEST,
             ("CaAdminsTest.NobodyMakesHimselfOneByACertificate",)),
    Mutation(_CA_ADMIN, "whoever approves makes a process",
             "services/ca/handlers/requests.cc",
             "OTRP_RETURN_IF_ERROR(env.ca_admins.CheckGrant(",
             "static_cast<void>(env.ca_admins.CheckGrant(",
             _REQUESTS_TEST,
             ("RequestsTest.WhatMakesACaAdminOnlyOneOfThemIssuesOrApproves",)),
    Mutation(_TSM_ID, "every asker has every id",
             "services/ca/storage/ca_store.cc",
             "return holder == claim.asker ?", "return !holder.empty() ?",
             "//services/ca/handlers:issuance_test",
             ("IssuanceTest.NobodyGetsACertificateForTheIdOfAnothersTsm",)),
    Mutation(_TSM_ID, "an id that is in use is released",
             "services/ca/storage/tsm_id_store.cc",
             "if (!good.empty()) {", "if (good.size() > 1000) {",
             "//services/ca/storage:ca_store_test",
             ("TsmIdStoreTest.NoIdIsReleasedWhileACertificateForItIsGood",)),
    Mutation(_ONE_OWNER, "whose key it is isn't looked at",
             "services/ca/storage/ca_store.cc",
             "if (owner != grounds.key_owner) return errors::KeyOfAnother();",
             "(void)owner;", "//services/ca/handlers:issuance_test",
             ("IssuanceTest.AKeyHasOneOwnerAmongTheCertificatesOfAProfile",)),
    Mutation(_ONE_OWNER, "the last one who comes gets the key",
             "services/ca/storage/ca_store.cc",
             "DO UPDATE SET owner = key_owner.owner",
             "DO UPDATE SET owner = excluded.owner",
             "//services/ca/storage:ca_store_test",
             ("CaStoreTest.OfTwoOwnersAtOnceOneGetsTheKey",)),
    Mutation(_ANOTHERS, "an SP revokes whatever it can name",
             "services/ca/handlers/certificates.cc",
             "  if (!MayRevoke(call.caller(), *certificate)) {\n",
             "  if (certificate->serial.empty()) {\n",
             _HANDLERS_TEST,
             ("HandlersTest.AnSpRevokesItsOwnClientCertificatesAndSeesNo"
              "Others",)),
    Mutation(_ANOTHERS, "the portal revokes what isn't the account's",
             "services/sp_portal/handlers/service_providers.cc",
             "  if (find(sp) == sp.certificates.end()) {\n",
             "  if (request.serial().empty()) {\n", _REVOCATION_TEST,
             ("RevocationTest.NobodyRevokesAnothersOrLearnsThatItIsThere",)),
    Mutation(_TAKEN_BACK, "a list's reasons aren't read",
             "libs/crypto/x509_crl.cc",
             "    revoked.reason = ReasonOf(entry);\n",
             "    revoked.reason = std::min(ReasonOf(entry), -1);\n",
             _CRL_PULL_TEST,
             ("CrlPullTest.TheReasonComesWithTheRevocation",)),
    Mutation(_TAKEN_BACK, "an older list counts as the newest",
             _CRL_PULL, "    if (crl.number() < known.number) {\n",
             "    if (crl.number() < 0) {\n", _CRL_PULL_TEST,
             ("CrlPullTest.AnOlderListAddsWhatItHasAndCountsAsNoNews",)),
    Mutation(_TAKEN_BACK, "anybody signs lists", _CRL_PULL,
             "    OTRP_RETURN_IF_ERROR(crl.VerifySigner(issuer));\n", "",
             _CRL_PULL_TEST,
             ("CrlPullTest.AListThatSomebodyElseSignedIsNotTaken",)),
    Mutation(_TAKEN_BACK, "a list that has ended is good enough", _CRL_PULL,
             "  return known.next_update > clock_.Now()\n",
             "  return known.number > 0\n", _CRL_PULL_TEST,
             ("CrlPullTest.AListThatHasEndedIsNoNewsThoughTheCaAnswers",)),
)
