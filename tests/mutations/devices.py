"""Threats from a device, and from a false TSM."""

from tests.mutations.mutation import Mutation

_UNKNOWN = "A TEE or firmware of unknown origin"
_PURPOSE = "A third party's certificate for another purpose"
_THIRD = "A certificate that a third party revoked"
_PART = "A CRL that clears more than it speaks about"
_RESPONDER = "An OCSP response by a responder"
_LARGER = "A key of another curve where messages are verified"
_ANCHORS = "A leaf, or what can't say that it is an authority's"
_NO_KEY = "A certificate sent without its key"
_REPLAY = "Replaying a message"
_RACES = "Racing deliveries of one message"
_NAMES = "Answering in another device's or session's name"
_REFUSED = "Having another device refused"
_FOREIGN_EVENTS = "Putting events into the log in another device's name"
_CLAIM = "Claiming another maker or more than was proved"
_OLDER = "Going back to an older TA"
_EMPTYING = "Emptying devices by mistake or with a stolen account"
_TAKEN_BACK = "Having devices served by what was taken back"
_CLAIMS = "Claiming a task done that isn't"
_ENDLESS = "Endless sessions"
_SERIES = "Making time series by invented error codes"
_FALSE_TSM = "A TSM of another root, expired or revoked"
_PLAYED_BACK = "A request played back"
_OWNERS = "Touching another owner's domains"
_POWER = "A power cut in the middle"

_STATE = "services/tsm/messaging/device_state.cc"
_RESPONSE = "services/tsm/messaging/response.cc"
_EXCHANGE = "services/tsm/messaging/exchange.cc"
_SESSION = "services/tsm/domain/session.cc"
_SESSIONS = "services/tsm/storage/tsm_store_sessions.cc"
_APPS = "services/sp_portal/storage/portal_store_applications.cc"
_HOLDER = "services/attestation_verifier/trust/trust_holder.cc"
_TEE = "clients/device/tee.cc"
_TSM_TRUST = "clients/device/tsm_trust.cc"

_VERIFIER_TEST = "//services/attestation_verifier:server_test"
_HOSTILE_TEST = "//services/tsm/handlers:hostile_test"
_ADVANCE_TEST = "//services/tsm/handlers:advance_test"
_REACH_TEST = "//services/tsm/handlers:reach_test"
_TASKS_TEST = "//services/tsm/handlers:tasks_test"
_PORTAL_TEST = "//services/sp_portal/storage:portal_store_test"
_TRUST_TEST = "//clients/device:tsm_trust_on_commands_test"
_DEVICE_STATE_TEST = "//clients/device:get_device_state_test"
_FAULTS_TEST = "//tests/e2e:faults_test"

_NOT_REVOKED = ("libs/attest/trust.cc",
                "if (word.revoked) {",
                "if (word.revoked && now == absl::InfiniteFuture()) {")
_UNLOADED = (
    "if (!copy_.has_value() || !policy_.has_value() || "
    "!revocation_.has_value() ||\n"
    "      !references_.has_value() || !scoped_.has_value()) {",
    "if (!policy_.has_value()) policy_.emplace();\n"
    "  if (!revocation_.has_value()) revocation_.emplace();\n"
    "  if (!references_.has_value()) references_.emplace();\n"
    "  if (!scoped_.has_value()) scoped_.emplace();\n"
    "  if (!copy_.has_value()) {")
_ANY_STEP = (_SESSIONS,
             "WHERE tid = $1 AND version = $10::bigint AND expected_rid = $11",
             "WHERE tid = $1 AND $10::bigint >= 0 AND $11 <> ''")

MUTATIONS = (
    Mutation(_UNKNOWN, "what a CRL lists is accepted", *_NOT_REVOKED,
             "//libs/attest:appraise_test",
             ("AppraiseTest.TheTableOfEvidence",)),
    Mutation(_UNKNOWN, "the firmware's signature isn't checked",
             "libs/attest/appraise.cc",
             "if (!FirmwareSigned(firmware, *key, evidence.tid)) {",
             "if (!FirmwareSigned(firmware, *key, evidence.tid) &&\n"
             "      evidence.tid.empty()) {",
             "//libs/attest:appraise_test",
             ("AppraiseTest.TheTableOfEvidence",)),
    Mutation(_UNKNOWN, "a rule that denies is overlooked",
             "libs/attest/judge.cc",
             "if (rule.result == RuleResult::kDenied) {",
             "if (rule.result == RuleResult::kDenied && who.empty()) {",
             "//libs/attest:appraise_test",
             ("AppraiseTest.TheTableOfEvidence",)),
    Mutation(_UNKNOWN, "a refused device is recorded as accepted", _STATE,
             "device.verdict = Verdict::kRefused;",
             "device.verdict = Verdict::kAccepted;", _HOSTILE_TEST,
             ("HostileTest.ARefusedDeviceIsRecordedAndGetsNothing",)),
    Mutation(_UNKNOWN, "what a CRL lists is accepted", *_NOT_REVOKED,
             "//tests/e2e:pki_test",
             ("pki_test.test_a_device_whose_certificate_is_revoked_is_"
              "refused",)),

    Mutation(_PURPOSE, "an anchor's usages count for all anchors",
             "libs/pki/verify.cc",
             "if (taken.empty() || certificates_[i].der() != anchor.der()) "
             "continue;",
             "if (taken.empty() || anchor.der().empty()) continue;",
             "//libs/pki:foreign_test",
             ("AnchorUsageTest.OnlyTheUsagesOfTheirAnchorMakeOthers"
              "CertificatesGood",)),
    Mutation(_PURPOSE, "an anchor's usages get lost on the way", _HOLDER,
             ".push_back({anchor.certificate_der, anchor.ekus, anchor.name});",
             ".push_back({anchor.certificate_der, {}, anchor.name});",
             _VERIFIER_TEST,
             ("ServerTest.AnAnchorsUsagesReachTheAppraisal",)),
    Mutation(_THIRD, "what an operator brings isn't looked at", _HOLDER,
             "for (const RevocationData& data : revocation.data) {",
             "for (const RevocationData& data : revocation.data) {\n"
             "    if (!data.der.empty()) continue;",
             _VERIFIER_TEST,
             ("ServerTest.AThirdPartysCrlHoldsAtOnceAndUntilItIsRemoved",)),
    Mutation(_THIRD, "until the CRLs are loaded nothing is revoked", _HOLDER,
             *_UNLOADED, _VERIFIER_TEST,
             ("ServerTest.ARevokedTeeIsNotAcceptedBeforeTheCrlsAreLoaded",)),
    Mutation(_THIRD, "what a CRL lists is accepted", *_NOT_REVOKED,
             "//tests/e2e:pki_test",
             ("pki_test.test_a_foreign_root_counts_once_it_is_trusted",)),
    Mutation(_THIRD, "the first word about a certificate counts",
             "libs/attest/trust.cc", "if (answer.this_update < word->at ||",
             "if (answer.this_update > absl::InfinitePast() ||",
             "//libs/attest:trust_test",
             ("TrustTest.OfCrlsAndOcspResponsesTheLaterWordCounts",)),
    Mutation(_THIRD, "a result is remembered as long as the chain lives",
             "libs/attest/trust.cc",
             "*until = std::min(*until, word.good_until);",
             "*until = std::min(*until, absl::InfiniteFuture());",
             "//libs/attest:trust_test",
             ("TrustTest.ARememberedResultEndsWithWhatToldThatItIsGood",)),
    Mutation(_PART, "a CRL of authorities clears leaves",
             "libs/crypto/x509_crl.cc",
             "(crl.scope.only_cas && !certificate.is_ca)) {",
             "(crl.scope.only_cas && crl.der.empty())) {",
             "//libs/pki:foreign_test",
             ("CrlTest.ACrlOfAPartSpeaksAboutThatPartOnly",)),
    Mutation(_PART, "an indirect CRL is taken for the issuer's own",
             "libs/crypto/x509_crl.cc", "if (point->indirectCRL > 0) {",
             "if (point->indirectCRL > 1000) {", "//libs/pki:foreign_test",
             ("CrlTest.WhatTellsLessOrOfOthersIsRefusedWithItsReason",)),
    Mutation(_PART, "a CRL without an end is good for ever",
             "libs/pki/crl.cc",
             "info_.next_update.value_or(this_update() + undated_life)",
             "info_.next_update.value_or(undated_life + "
             "absl::InfiniteFuture())",
             "//libs/pki:foreign_test",
             ("CrlTest.WithoutAnEndItIsCurrentForAsLongAsIsSaid",)),
    Mutation(_PART, "the policy's days aren't asked", _HOLDER,
             "absl::Hours(24) * policy.undated_crl_days;",
             "absl::Hours(24) * 1000 + 0 * absl::Hours(policy.undated_crl_"
             "days);", _VERIFIER_TEST,
             ("ServerTest.APolicySaysHowLongACrlWithoutAnEndIsCurrent",)),
    Mutation(_PART, "a CRL of authorities clears leaves",
             "libs/crypto/x509_crl.cc",
             "(crl.scope.only_cas && !certificate.is_ca)) {",
             "(crl.scope.only_cas && crl.der.empty())) {",
             "//tests/conformance:pkits_test", ("PkitsTest.Paths",)),
    Mutation(_PART, "one odd entry loses the whole CRL",
             "libs/crypto/x509_crl.cc",
             "      ++info->skipped;\n      continue;",
             "      return serial.status();",
             "//libs/pki:foreign_test",
             ("CrlTest.OneOddSerialLosesNoOtherEntry",)),
    Mutation(_RESPONDER, "a responder needs no usage of its own",
             "libs/pki/ocsp.cc",
             "if (std::find(oids.begin(), oids.end(), kOcspSigningEku) == "
             "oids.end()) {",
             "if (oids.size() > 1000) {", "//libs/pki:foreign_test",
             ("OcspTest.AResponderThatItsIssuerDidNotMakeForThisIsRefused",)),
    Mutation(_RESPONDER, "a response may be from the future",
             "libs/pki/ocsp.cc", "if (now + kClockSkew < produced_at_) {",
             "if (now + absl::Hours(1000) < produced_at_) {",
             "//libs/pki:foreign_test",
             ("OcspTimesTest.AResponseFromTheFutureOrBeforeWhatItTellsIs"
              "Refused",)),
    Mutation(_RESPONDER, "a responder's own revocation isn't asked for",
             "libs/pki/ocsp.cc",
             'if (word.revoked) return refuse("is revoked");\n'
             "  if (now >= word.good_until &&",
             "if (now >= word.good_until && oids.size() > 1000 &&",
             "//libs/pki:foreign_test",
             ("OcspTest.ACrlTellsWhetherAResponderIsRevoked",)),
    Mutation(_RESPONDER, "an answer lives as long as the longest entry",
             "libs/pki/ocsp.cc",
             "answer.next_update < worst->next_update)) {",
             "answer.next_update > worst->next_update)) {",
             "//libs/pki:foreign_test",
             ("OcspTimesTest.AnAnswerLivesAsLongAsItsOwnEntry",)),
    Mutation(_RESPONDER, "of several entries the first counts",
             "libs/pki/ocsp.cc",
             "if (!worst.ok() || Badness(answer.status) > "
             "Badness(worst->status) ||",
             "if (!worst.ok() || Badness(answer.status) > 1000 ||",
             "//libs/pki:pki_test",
             ("PkiTest.AGoodEntryHidesNoRevokedOneOfTheSameCertificate",)),
    Mutation(_LARGER, "any key signs messages", "libs/pki/verify.cc",
             "if (!AllowsKey(ProfileFor(role), leaf.public_key().type())) {",
             "if (leaf.public_key().bits() == 0) {",
             "//libs/pki:foreign_test",
             ("CurveTest.ALeafOnALargerCurveSignsNoMessages",)),
    Mutation(_ANCHORS, "a certificate of any version is an anchor",
             "services/ca/handlers/trust_anchors.cc",
             "if (certificate->info().version != 3) {",
             "if (certificate->info().version > 3) {",
             "//services/ca/handlers:handlers_test",
             ("HandlersTest.ACertificateOfVersion1IsRefusedAsAnAnchor",)),
    Mutation(_ANCHORS, "what is no anchor is left out",
             "services/ca/handlers/trust_anchors.cc",
             "if (why.empty()) continue;",
             "if (why.empty() || i > 0) continue;",
             "//services/ca/handlers:handlers_test",
             ("HandlersTest.SeveralAnchorsAreAddedAllOrNone",)),

    Mutation(_NO_KEY, "a TSM's certificate is proof enough", _TEE,
             "if (jose::CheckSignature(jws, signer.key).ok()) return signer;",
             "if (signer.key.bits() > 0) return signer;", _TRUST_TEST,
             ("TrustTest.ACertificateIsNoProofWithoutItsKey",)),
    Mutation(_NO_KEY, "the DSI may have any TEE's certificate",
             "libs/protocol/device_state.cc",
             "if (spki != tee_key.ToSpki()) {", "if (spki.empty()) {",
             "//libs/protocol:device_state_test",
             ("DeviceStateTest.TheCertificateInsideMustBeTheAcceptedKeys",)),

    Mutation(_REPLAY, "the stored reply isn't given again", _EXCHANGE,
             "return loaded.reply->reply;", "return std::string();",
             _HOSTILE_TEST,
             ("HostileTest.TheSameBytesGetTheSameReplyAndNoSecondEffect",)),
    Mutation(_REPLAY, "other octets get the stored reply", _EXCHANGE,
             "if (loaded.reply->message_sha256 == sha256) {",
             "if (!loaded.reply->message_sha256.empty()) {", _HOSTILE_TEST,
             ("HostileTest.OtherBytesForAConsumedRequestAreAReplay",)),
    Mutation(_REPLAY, "the stored reply isn't given again", _EXCHANGE,
             "return loaded.reply->reply;", "return std::string();",
             _FAULTS_TEST,
             ("faults_test.test_a_message_played_back_later_changes_"
              "nothing",)),

    Mutation(_RACES, "a step is taken from any state", *_ANY_STEP,
             _HOSTILE_TEST,
             ("HostileTest.TwentyDeliveriesAtOnceHaveOneEffectAndOneReply",)),
    Mutation(_RACES, "a step is taken from any state", *_ANY_STEP,
             "//services/tsm/storage:tsm_store_test",
             ("TsmStoreTest.OfManyStepsAtOnceOneIsTaken",)),

    Mutation(_NAMES, "a response's signature isn't checked",
             "libs/protocol/message.cc",
             "if (!signature.ok()) return absl::UnauthenticatedError",
             "if (!signature.ok() && false) return "
             "absl::UnauthenticatedError", _HOSTILE_TEST,
             ("HostileTest.AnotherDevicesAnswerIsNotTaken",)),
    Mutation(_NAMES, "a session takes any rid, and signed ids aren't compared",
             _SESSION, "incoming.rid() != session.expected_rid) {",
             "incoming.rid().empty()) {", _HOSTILE_TEST,
             ("HostileTest.IdsOfTwoSessionsDontMix",),
             ((_RESPONSE, "if (message->tid() != tid || ",
               "if (message->tid().empty() && "),)),
    Mutation(_NAMES, "a content may name any device", _RESPONSE,
             "if (content->did != step.commit.session.current_did &&",
             "if (content->did.size() > step.commit.session.tid.size() &&",
             _HOSTILE_TEST,
             ("HostileTest.AContentThatNamesAnotherDeviceIsNotTaken",)),

    Mutation(_FOREIGN_EVENTS, "who is named is the actor", _EXCHANGE,
             "if (proven) event.actor", "if (!did.empty()) event.actor",
             _ADVANCE_TEST,
             ("AdvanceTest.EventsAboutADeviceHaveItAsTheirSubject",)),
    Mutation(_FOREIGN_EVENTS, "whoever is named sent a malformed DSI",
             "libs/attest/appraise.cc",
             "if (dsi.ok() && CheckTee(evidence, *dsi, trust, policies, now, "
             "&proof)) {",
             "if (dsi.ok()) {\n"
             "    CheckTee(evidence, *dsi, trust, policies, now, &proof);",
             "//libs/attest:appraise_test",
             ("AppraiseTest.AMalformedDsiNamesTheDeviceWhoseTeeSignedIt",)),

    Mutation(_REFUSED, "anybody's word has a known device refused", _STATE,
             "  if (IsUnsigned(*appraisal)) {",
             "  if (IsUnsigned(*appraisal) && entries->refused.size() > 9) {",
             _HOSTILE_TEST, ("HostileTest.NobodyElseCanHaveADeviceRefused",),
             ((_STATE,
               "if (!device.tee_spki.empty() && !IsByKnownKey(known, tee)) ",
               "if (device.tee_spki.empty() && !IsByKnownKey(known, tee)) "),
              )),

    Mutation(_CLAIM, "a TEE's own name is its vendor", _STATE,
             "device.tee_vendor = tee.appraisal.tee_anchor();",
             "device.tee_vendor = tee.state.dsi().tee_name;", _REACH_TEST,
             ("TsmReachTest.AVendorIsTheAnchorsNameAndNotWhatTheTeeSays",)),
    Mutation(_CLAIM, "what it proved once counts for ever", _STATE,
             "  context->Decide();\n", "", _REACH_TEST,
             ("TsmReachTest."
              "ADeviceThatProvesLessThanBeforeLosesWhatDemandsMore",)),
    Mutation(_CLAIM, "conditions aren't looked at",
             "services/tsm/domain/resolve.cc",
             "reach.conditions->HoldFor(marks, tier)",
             "reach.conditions->count() < 1000",
             "//services/tsm/domain:resolve_test",
             ("ResolveTest.WhatDoesNotHoldOfTheDeviceOffersNothing",)),
    Mutation(_OLDER, "a release may go down", _APPS,
             "if (lower) return errors::VersionLower(",
             "if (lower && highest.empty()) return errors::VersionLower(",
             _PORTAL_TEST, ("PortalStoreTest.ReleasesOnlyGoUp",)),
    Mutation(_OLDER, "a withdrawal forgets how high the releases were", _APPS,
             "SET released_version = NULL, beta_version = NULL, "
             "withdrawn = true",
             "SET released_version = NULL, beta_version = NULL, "
             "withdrawn = true,\n"
             "        highest_released = NULL",
             _PORTAL_TEST,
             ("PortalStoreTest.AWithdrawalDoesNotOpenTheWayDown",)),
    Mutation(_OLDER, "a device off beta is taken back",
             "services/tsm/domain/changes.cc",
             "         IsHigherVersion(installed->version, wanted.version))) {",
             "         IsHigherVersion(wanted.version, wanted.version))) {",
             "//services/tsm/domain:plan_test",
             ("PlanTest.TheTableOfSituations",)),
    Mutation(_OLDER, "a TEE takes an older version", "clients/device/state.cc",
             "if (was.has_value() && (!now.has_value() || *now < *was)) return",
             "if (was.has_value() && !now.has_value()) return",
             "//clients/device:ta_refusals_test",
             ("TaTest.AnUpdateToAnOlderVersionIsRefused",
              "TaTest.AnOlderVersionIsRefusedAfterTheTaWasDeleted",
              "TaTest.AnotherNameOfTheSpIsNoWayToAnOlderVersion")),
    Mutation(_OLDER, "versions don't go along to another name of the SP",
             "clients/device/handle_update_sd.cc",
             "    change.state.CopyVersions(change.owner, old_spid, "
             "new_spid);\n",
             "", "//clients/device:ta_refusals_test",
             ("TaTest.AnotherNameOfTheSpIsNoWayToAnOlderVersion",)),
    Mutation(_OLDER, "the highest versions aren't kept on disk",
             "clients/device/state.cc",
             'out.Set("highest_versions", std::move(highest_versions));',
             'out.Set("highest_versions", Value::Array());',
             "//clients/device:restart_test",
             ("RestartTest.TheHighestVersionOutlivesTheTaAndTheProcess",)),

    Mutation(_EMPTYING, "a decision is about what came after it, too",
             "services/tsm/domain/changes.cc",
             ": decision.version > ta.known_in;", ": true;",
             "//services/tsm/domain:plan_test",
             ("PlanHistoryTest.EveryPlanEndsAtItsGoalsAndRemovesWhatWas"
              "DecidedAlone",)),
    Mutation(_EMPTYING, "what isn't wanted goes without a decision",
             "services/tsm/domain/changes.cc",
             "    if (decision == nullptr) {\n"
             "      difference_.kept.push_back({domain.sdname, domain.spid, "
             "ta.taid,",
             "    static const Decision any;\n"
             "    if (decision == nullptr) decision = &any;\n"
             "    if (decision == nullptr) {\n"
             "      difference_.kept.push_back({domain.sdname, domain.spid, "
             "ta.taid,",
             "//services/tsm/handlers:removals_test",
             ("RemovalsTest.ADeviceWithAnotherIdKeepsWhatItHas",
              "RemovalsTest.ARestoredDatabaseTakesNothingAway")),
    Mutation(_EMPTYING, "a domain of another name is ours",
             "services/tsm/domain/changes.cc",
             "return domain.sdname == SdNameOf(domain.spid);",
             "return !domain.sdname.empty();",
             "//services/tsm/handlers:removals_test",
             ("RemovalsTest.ADomainThatIsntOursIsNeverTouched",)),
    Mutation(_EMPTYING, "the brake lets the next one pass",
             "services/tsm/storage/removal_brake.cc",
             "  exceeded_ = true;\n  return false;",
             "  exceeded_ = true;\n  return true;",
             "//services/tsm/handlers:removals_test",
             ("BrakeTest.TooManyWhoLoseSomethingPauseRemovalsUntilTheyAre"
              "Released",)),
    Mutation(_TAKEN_BACK, "the catalogue in memory is good enough",
             "services/tsm/storage/catalogue_cache.cc",
             "  std::shared_ptr<const Catalogue> current = "
             "std::atomic_load(&current_);\n"
             "  if (current->version() >= rules_version) return current;",
             "  std::shared_ptr<const Catalogue> current = "
             "std::atomic_load(&current_);\n"
             "  if (current->version() > 0 || rules_version == 0) return "
             "current;",
             "//services/tsm/storage:tsm_store_test",
             ("CatalogueCacheTest.NobodyIsJudgedByOneThatLacksWhatWas"
              "Committed",)),
    Mutation(_CLAIMS, "what has no effect is tried for ever",
             "services/tsm/domain/retry.cc",
             "task.attempts >= kMaxAttempts)",
             "task.attempts >= kMaxAttempts * 10)", _TASKS_TEST,
             ("TasksTest.WhatPassedWithoutEffectIsGivenUpWithAndWithoutA"
              "Dsi",)),
    Mutation(_CLAIMS, "what passed counts as done",
             "services/tsm/messaging/step.cc",
             "if (!Contains(plan.open, action)) continue;",
             "if (!Contains(plan.open, action) || now > absl::UnixEpoch()) "
             "continue;", _TASKS_TEST,
             ("TasksTest.WhatPassedIsProvenByTheNextStateWhateverComes"
              "First",)),
    Mutation(_CLAIMS, "a state that wasn't shown counts as known", _RESPONSE,
             "context->state->fresh = false;", "context->state->fresh = true;",
             _ADVANCE_TEST,
             ("AdvanceTest.ATeeThatHidesItsNewStateIsAskedForIt",)),

    Mutation(_ENDLESS, "a session starts over any number of times", _SESSION,
             "step.progress.restarts >= kMaxRestartsPerSession ||",
             "step.progress.restarts >= kMaxRestartsPerSession * 10 ||",
             _ADVANCE_TEST,
             ("AdvanceTest.ASessionStartsOverThreeTimesAtMost",)),
    Mutation(_ENDLESS, "a session is open for an hour more", _SESSION,
             "if (now >= session.expires_at) return",
             "if (now >= session.expires_at + absl::Hours(1)) return",
             _HOSTILE_TEST, ("HostileTest.SessionsExpire",)),

    Mutation(_SERIES, "a code is a label as the device spells it", _EXCHANGE,
             'known ? absl::string_view(row.code) : "other")',
             'known ? absl::string_view(row.code) : message.error_code)',
             _HOSTILE_TEST,
             ("HostileTest.AnInventedErrorCodeIsCountedAsOther",)),
    Mutation(_SERIES, "an unknown code is tried again for ever",
             "libs/protocol/errors.cc", '"", A::kGiveUpTask,',
             '"", A::kRetryLater,', "//libs/protocol:tables_test",
             ("ErrorsTest.AnInventedCodeGivesTheTaskUp",)),
    Mutation(_SERIES, "what can't be read is dropped silently",
             "services/tsm/messaging/messenger.cc",
             "  if (!incoming.ok()) {\n",
             "  if (!incoming.ok() && !exchange.message.empty()) return "
             'std::string();\n  if (!incoming.ok()) {\n', _HOSTILE_TEST,
             ("HostileTest.JunkIsRefusedAndCounted",)),

    Mutation(_FALSE_TSM, "a certificate may be its own root", _TSM_TRUST,
             "certificates[0], absl::MakeConstSpan(certificates).subspan(1), "
             "anchors_,",
             "certificates[0], absl::MakeConstSpan(certificates).subspan(1),\n"
             "      pki::TrustAnchors({certificates.back()}),",
             _DEVICE_STATE_TEST,
             ("GetDeviceStateTest.ATsmOfAnotherRootIsNotTrusted",)),
    Mutation(_FALSE_TSM, "any status in a staple is good", _TSM_TRUST,
             "if (answer->status != pki::OcspStatus::kGood) {",
             "if (answer->status != pki::OcspStatus::kGood && i > 1000) {",
             _DEVICE_STATE_TEST,
             ("GetDeviceStateTest.StaplesThatAreNotGoodMakeATsmNotTrusted",)),
    Mutation(_FALSE_TSM, "a revoked TSM stays remembered", _TEE,
             "if (known && signer.good_until == absl::InfinitePast()) {",
             "if (known && signer.good_until == absl::InfiniteFuture()) {",
             _TRUST_TEST, ("TrustTest.ARevokedTsmIsForgotten",)),

    Mutation(_PLAYED_BACK, "a request may be for any state", _TEE,
             "crypto::ConstantTimeEquals(hash, peer->second.dsi_hash) &&\n"
             "      peer->second.dsi_generation == "
             "state_.Generation(signer.owner)) {",
             "hash.size() == peer->second.dsi_hash.size()) {",
             "//clients/device:commands_on_tee_test",
             ("CommandsTest.ARequestPlayedBackIsStale",)),
    Mutation(_PLAYED_BACK, "a request may be for any state", _TEE,
             "crypto::ConstantTimeEquals(hash, peer->second.dsi_hash) &&\n"
             "      peer->second.dsi_generation == "
             "state_.Generation(signer.owner)) {",
             "hash.size() == peer->second.dsi_hash.size()) {",
             "//clients/device:restart_test",
             ("RestartTest.AReplayOfBeforeIsStillRefused",)),

    Mutation(_OWNERS, "a domain is everybody's", "clients/device/state.cc",
             "if (sd.owner == owner && sd.name == name) return &sd;",
             "if (!owner.empty() && sd.name == name) return &sd;",
             "//clients/device:owners_test",
             ("OwnersTest.NobodyTouchesAnothers",)),

    Mutation(_POWER, "a file is written in its place", "libs/base/files.cc",
             'const std::string temporary = absl::StrCat(path, ".tmp");',
             "const std::string temporary = path;",
             "//clients/device:state_store_test",
             ("FolderStoreTest.APowerCutLeavesBeforeOrAfter",)),
    Mutation(_POWER, "the state is written before what it names",
             "clients/device/state_store.cc",
             "const Blobs& fresh) {\n  for (const auto& blob : fresh) {",
             "const Blobs& fresh) {\n"
             "  OTRP_RETURN_IF_ERROR(\n"
             "      WriteFileAtomically(StatePath(), "
             "SerializeState(state).view(),\n"
             "                          0600, options_.before_rename));\n"
             "  for (const auto& blob : fresh) {",
             "//clients/device:restart_test",
             ("RestartTest.APowerCutLeavesARequestDoneOrNotDone",)),
)
