"""Mutations of what the attestation verifier believes and tells."""

from tests.mutations.mutation import Mutation

_OPEN = "Failing open while the verifier or its database is away"
_BACKUP = "A CA that came back from a backup"
_TAKEN_BACK = "Trust that was taken back goes on"
_PASSING = "Passing off a device as better or worse"
_PROVIDER = "A service provider's policy that makes good"
_SOURCE = "A revocation source that is pointed into our network"
_FETCHER = "services/attestation_verifier/trust/revocation_fetcher.cc"
_FETCHER_TEST = (
    "//services/attestation_verifier/trust:revocation_fetcher_test")
_UNSEEN = "A policy that lets everybody in"
_SHOWN_LATER = "A signed result that is shown after"
_POLICY_SET_TEST = "//libs/attest:policy_set_test"
_DRAFTS_TEST = "//services/attestation_verifier/handlers:policy_drafts_test"
_HOLDER = "services/attestation_verifier/trust/trust_holder.cc"
_UPDATER = "services/attestation_verifier/trust/trust_updater.cc"
_KEPT = "services/attestation_verifier/trust/kept_file.cc"
_REFERENCE_TEST = (
    "//services/attestation_verifier/handlers:reference_values_test")
_WITHDRAWAL_STORE = "services/tsm/storage/withdrawal_store.cc"
_WITHDRAWAL_STORE_TEST = "//services/tsm/storage:withdrawal_store_test"
_RESULTS_TEST = "//services/attestation_verifier/results:results_test"
_TRUST_PULL_TEST = "//services/attestation_verifier/trust:trust_pull_test"
_VERIFIER_TEST = "//services/attestation_verifier:server_test"
_TOKEN = "Proving by a token what isn't so"
_CORIM = "A file of reference values that makes bad devices good"
_TOKEN_COST = "Tokens and kept evidence that cost the verifier more"
_SCHEMES = "services/attestation_verifier/schemes/schemes.cc"
_SCHEMES_TEST = "//services/attestation_verifier/schemes:schemes_test"
_EVIDENCE_TEST = "//services/attestation_verifier/handlers:evidence_test"

MUTATIONS = (
    Mutation(_OPEN, "without the verifier a message is refused for good",
             "services/tsm/messaging/device_state.cc",
             "if (!appraisal.ok()) return errors::VerifierUnavailable();",
             "if (!appraisal.ok()) return absl::OkStatus();",
             "//services/tsm/handlers:advance_test",
             ("AdvanceTest.WithoutTheVerifierNothingIsConsumed",)),
    Mutation(_OPEN, "a refusal doesn't wait for the database",
             "services/attestation_verifier/records/appraisal_log.cc",
             "if (!record.accepted) return",
             "if (!record.accepted && record.tid.empty()) return",
             _VERIFIER_TEST,
             ("ServerTest.AcceptingGoesOnWithoutTheDatabaseButRefusingDoes"
              "Not",)),
    Mutation(_OPEN, "until the policy is loaded everybody is welcome", _HOLDER,
             "if (!copy_.has_value() || !policy_.has_value() || "
             "!revocation_.has_value() ||\n"
             "      !references_.has_value() || !scoped_.has_value()) {",
             "if (!evidence_anchors_.has_value()) "
             "evidence_anchors_.emplace();\n"
             "  if (!policy_.has_value()) policy_.emplace();\n"
             "  if (!revocation_.has_value()) revocation_.emplace();\n"
             "  if (!references_.has_value()) references_.emplace();\n"
             "  if (!scoped_.has_value()) scoped_.emplace();\n"
             "  if (!copy_.has_value()) {",
             _VERIFIER_TEST,
             ("ServerTest.ADeniedTeeIsNotAcceptedBeforeThePolicyIsLoaded",)),
    Mutation(_OPEN, "until trust is loaded there is a verdict all the same",
             _HOLDER,
             "return errors::NotLoadedYet(\n"
             '        "trust anchors, policy and reference values are");',
             "return std::make_shared<const Snapshot>(\n"
             "        Snapshot{attest::Trust::Create({}), {}, {}, {}, {}});",
             _VERIFIER_TEST,
             ("ServerTest.NothingIsAppraisedBeforeTrustIsLoaded",)),
    Mutation(_OPEN, "a list that was never had is as good as none", _HOLDER,
             "  inputs.pending_issuers = copy.pending_issuers;\n", "",
             _TRUST_PULL_TEST,
             ("TrustPullTest.ATeeOfAnAuthorityWhoseListWasNeverHadWaitsForIt",
              )),
    Mutation(_OPEN, "a file of any age is used", _KEPT,
             "if (now - confirmed > max_age_) {",
             "if (max_age_ < absl::ZeroDuration()) {", _TRUST_PULL_TEST,
             ("TrustPullTest.AFileOfLongAgoIsNotUsed",)),
    Mutation(_OPEN, "whoever can write the file is believed", _KEPT,
             "if ((status.st_mode & 077) != 0) {",
             "if (status.st_mode == 0) {",
             "//services/attestation_verifier/trust:kept_file_test",
             ("KeptFileTest.OneThatOthersMayWriteOrThatIsNotWholeIsNot"
              "Believed",)),
    Mutation(_TAKEN_BACK, "a withdrawn TEE is like one that nobody knows",
             "libs/attest/judge.cc",
             "if (reference.result == ReferenceResult::kWithdrawn) {",
             "if (reference.name.empty() &&\n"
             "      reference.result == ReferenceResult::kWithdrawn) {",
             _REFERENCE_TEST,
             ("ReferenceValuesTest.AWithdrawnOneRefusesRecordedDevicesAnd"
              "TellsTheTsm",)),
    Mutation(_TAKEN_BACK, "a removed anchor's devices stay accepted",
             "services/attestation_verifier/records/reappraiser.cc",
             "if (!is_trusted) {", "if (!is_trusted && anchors.size() > 99) {",
             _REFERENCE_TEST,
             ("ReferenceValuesTest.ARemovedAnchorAndADenyingRuleRefuse"
              "RecordedOnesToo",)),
    Mutation(_TAKEN_BACK, "appraisals begin before the values are there",
             _HOLDER, "      !references_.has_value() || !scoped_",
             "      !scoped_",
             _REFERENCE_TEST,
             ("ReferenceValuesTest.NothingIsAppraisedBeforeTheyAreLoaded",)),
    Mutation(_TAKEN_BACK, "an open session goes on", _WITHDRAWAL_STORE,
             "WHERE state = 'open' AND dids @> ARRAY[$1::bytea]",
             "WHERE state = 'done' AND dids @> ARRAY[$1::bytea]",
             _WITHDRAWAL_STORE_TEST,
             ("WithdrawalStoreTest.AWithdrawnDeviceIsServedNoMoreNorInOpen"
              "Sessions",)),
    Mutation(_TAKEN_BACK, "an old word undoes a new proof", _WITHDRAWAL_STORE,
             "AND attested_at <= $2", "AND $2::timestamptz IS NOT NULL",
             _WITHDRAWAL_STORE_TEST,
             ("WithdrawalStoreTest.WhoHasAttestedSinceStaysAndNothingComes"
              "Twice",)),
    Mutation(_PASSING, "what anybody sends changes a device's result",
             "services/attestation_verifier/handlers/appraise.cc",
             "record.proved = appraisal.proved;",
             "record.proved = !appraisal.did.empty();",
             _RESULTS_TEST,
             ("ResultsTest.WhatOthersSendInADevicesNameChangesNoResult",)),
    Mutation(_PASSING, "a refused device's result is as its vector says",
             "libs/attest/ear.cc",
             "return accepted ? vector.tier() : TrustTier::kContraindicated;",
             "return accepted ? vector.tier() : TrustTier::kAffirming;",
             _RESULTS_TEST,
             ("ResultsTest.ARevokedTeeThatSignedIsContraindicated",)),
    Mutation(_PASSING, "a leaked key's results stay good",
             "services/attestation_verifier/domain/result_keys.cc",
             "if (current.has_value() && rotation != Rotation::kForget) {",
             "if (current.has_value()) {", _RESULTS_TEST,
             ("ResultsTest.AResultOutlivesTheRotationOfItsKeyUnlessThatHas"
              "Leaked",)),
    Mutation(_TOKEN, "an old answer is as good as a new one", _SCHEMES,
             "return is_new && is_current && claims.unsecured.empty();",
             "return (is_new || is_current) && claims.unsecured.empty();",
             _SCHEMES_TEST,
             ("SchemesTest.AnAnswerToAnotherChallengeIsRefused",)),
    Mutation(_TOKEN, "a PSA device may name another's key",
             "services/attestation_verifier/schemes/psa/psa.cc",
             'TokenSigner signer = {std::move(instance), "psa-instance-id",',
             "TokenSigner signer = {token.signer.key_id.empty()\n"
             "                            ? std::move(instance)\n"
             "                            : token.signer.key_id,\n"
             '                        "psa-instance-id",',
             _SCHEMES_TEST, ("SchemesTest.ADeviceCantSpeakForAnother",)),
    Mutation(_TOKEN, "whoever signs anything signs everything", _SCHEMES,
             "if (!signer || !CheckScheme(Scheme::kName, ground, &out)) "
             "return out;",
             "if (!signer) return out;", _SCHEMES_TEST,
             ("SchemesTest.ASignerCountsForItsSchemesOnly",)),
    Mutation(_CORIM, "any certificate of the maker's signs",
             "services/attestation_verifier/handlers/reference_imports.cc",
             "if (std::count(usages.begin(), usages.end(), kCodeSigning) == 0) "
             "{",
             "if (usages.size() > 99) {",
             "//services/attestation_verifier/handlers:corim_test",
             ("CorimTest.ADevicesCertificateSignsNoReferenceValues",)),
    Mutation(_CORIM, "what isn't known is passed over",
             "services/attestation_verifier/domain/corim.cc",
             "if (!key.is_integer() ||\n"
             "        std::count(known.begin(), known.end(), key.integer()) == "
             "0) {",
             "if (known.size() > 99) {",
             "//services/attestation_verifier/handlers:corim_test",
             ("CorimTest.WhatIsntUnderstoodIsRefusedAndSaysWhere",)),
    Mutation(_TOKEN_COST, "anybody's evidence is kept",
             "services/attestation_verifier/records/kept_evidence.cc",
             "return policy.keep_evidence_days > 0 && appraisal.proved &&",
             "return policy.keep_evidence_days > 0 && "
             "!appraisal.did.empty() &&",
             _EVIDENCE_TEST,
             ("EvidenceTest.EvidenceIsKeptOnlyWhereThePolicySaysSoAndOfOur"
              "Devices",)),
    Mutation(_TOKEN_COST, "items may lie as deep as they like",
             "libs/cbor/cbor.cc",
             "if (open_.size() >= limits_.depth) return",
             "if (open_.size() > limits_.depth + 1000) return",
             "//libs/cbor:cbor_test",
             ("CborTest.LimitsHoldAndOneMoreDoesNot",)),
    Mutation(_BACKUP, "the CA's list counts, whatever was there", _UPDATER,
             "crl.this_update() < held->second.this_update)) {",
             "crl.size() + 1 == 0)) {", _TRUST_PULL_TEST,
             ("TrustPullTest.AnOlderCrlReplacesNoNewerOneNorAfterARestart",)),
    Mutation(_BACKUP, "one list that fails holds up all", _UPDATER,
             "const absl::Status published = Publish();",
             "const absl::Status published =\n"
             "      of_lists.empty() ? Publish() : absl::OkStatus();",
             _TRUST_PULL_TEST,
             ("TrustPullTest.TheCrlThatOneAuthorityDoesntGiveHoldsUpNobody"
              "Else",)),
    Mutation(_BACKUP, "what was remembered counts under new lists too",
             "libs/attest/trust.cc",
             "if (!touched) remembered.emplace(key, entry);",
             "if (!touched || true) remembered.emplace(key, entry);",
             "//libs/attest:trust_test",
             ("TrustTest.AChangeForgetsTheChainsThatItTouchesAndNoOthers",
              "TrustTest.ATakenOverListRevokesAndARevokedChainIsNot"
              "Remembered")),
    Mutation(_PROVIDER, "a maker's policy allows what the base denies",
             "libs/attest/judge.cc",
             "    const bool decides = policy == layers.specific;\n",
             "    const bool decides = policy == layers.specific;\n"
             "    if (!decides) continue;\n", _POLICY_SET_TEST,
             ("PolicySetTest.WhatTheBaseDeniesNoMakersPolicyAllows",
              "PolicySetPropertyTest.WhatAnyPolicyInChargeDeniesIsRefused")),
    Mutation(_PROVIDER, "a provider's policy decides for the operator",
             "libs/attest/policy_set.cc", 'return Layers("", anchor);',
             "PolicyLayers layers = Layers(\n"
             '      spids_.empty() ? "" : spids_[0], anchor);\n'
             "  return layers.specific == nullptr\n"
             '             ? Layers("", anchor)\n'
             "             : layers;",
             _POLICY_SET_TEST,
             ("PolicySetPropertyTest.AProvidersPolicyOnlyEverRefusesMore",)),
    Mutation(_PROVIDER, "the TSM installs what its provider refuses",
             "services/tsm/domain/plan.cc",
             "IsRefusedBySp(device.device, action);",
             "IsRefusedBySp(Device(), action);",
             "//services/tsm/handlers:refused_sps_test",
             ("RefusedSpsTest.AProvidersRefusalStopsItsOwnAndNobodyElses",)),
    Mutation(_UNSEEN, "a draft comes into force untested",
             "services/attestation_verifier/domain/policy_drafts.cc",
             "from != DraftState::kTested) {",
             "from == DraftState::kDiscarded) {", _DRAFTS_TEST,
             ("PolicyDraftsTest.NothingUntestedComesIntoForceAndHistorySays"
              "WhoAndWhen",)),
    Mutation(_UNSEEN, "its author activates it",
             "services/attestation_verifier/storage/policy_store.cc",
             "if (two_people && IsSamePerson(draft.created_by, step.by)) {",
             "if (two_people && draft.created_by.empty()) {", _DRAFTS_TEST,
             ("PolicyDraftsTest.WithTwoPeopleNobodyPutsHisOwnPolicyIntoForce",
              )),
    Mutation(_SHOWN_LATER, "a result is as good as it was",
             "services/attestation_verifier/handlers/results.cc",
             "attest::ear::IsWorse(status, token->status)",
             "attest::ear::IsWorse(status, status)", _RESULTS_TEST,
             ("ResultsTest.WhatIsWithdrawnShowsToWhoeverAsksForAnOlder"
              "Result",)),
    Mutation(_SOURCE, "any address may be asked", _FETCHER,
             "options.public_only = !options_.any_host;",
             "options.public_only = options_.any_host && max_bytes == 0;",
             _FETCHER_TEST,
             ("RevocationFetcherTest.NothingOfAPrivateNetworkIsAsked",)),
    Mutation(_SOURCE, "an older list replaces a newer one", _FETCHER,
             "ProducedAt(data) >= ProducedAt(*held)",
             "ProducedAt(data) != ProducedAt(*held)", _FETCHER_TEST,
             ("RevocationFetcherTest.AnOlderOrAForeignListReplacesNothing",)),
    Mutation(_SOURCE, "what has run out is forgiven for ever",
             "libs/attest/trust.cc",
             "now < until + rule.stale_life) {",
             "now < until + absl::Hours(9999)) {", _FETCHER_TEST,
             ("RevocationFetcherTest.WhatRanOutRefusesUnlessItMayBeStaleForA"
              "While",)),
    Mutation(_SOURCE, "what must be known is forgotten at a start",
             "services/attestation_verifier/trust/kept_file.cc",
             "kept.revocation.sources.push_back(std::move(source));",
             "if (source.name.empty()) {\n"
             "      kept.revocation.sources.push_back(source);\n"
             "    }",
             _FETCHER_TEST,
             ("RevocationFetcherTest.WhatWasHadAndWhatMustBeSurviveAStart"
              "WithoutAll",)),
)
