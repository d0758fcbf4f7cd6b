"""Threats about authorities and their generations."""

from tests.mutations.mutation import Mutation

_DEAD = "A revoked or ended authority that goes on issuing"
_OUTSIDE = "An authority's certificate from outside"
_CEREMONY = "A ceremony that does something else than what was reviewed"
_NEW = "A new authority that relying parties can't follow"

_TAKEN = "Taking an authority's key away"

_KEK = "A key-encryption key that leaked"
_KEK_TEST = "//services/ca/storage:sealed_tables_test"

_PKCS11 = "libs/crypto/pkcs11.cc"
_PKCS11_TEST = "//libs/crypto:pkcs11_test"

_GENERATIONS = "services/ca/issuing/generations.cc"

_CEREMONY_TEST = "//clients/otrpctl:ceremony_test"
_IMPORT_TEST = "//services/ca/handlers:import_test"
_TEST = "//services/ca/handlers:authorities_test"
_STORE_TEST = "//services/ca/storage:ca_store_test"

MUTATIONS = (
    Mutation(_KEK, "what the key before sealed stays as it is",
             "libs/crypto/kek.cc",
             "if (Of(sealed, aad) == Under::kCurrent) return",
             "if (Of(sealed, aad) != Under::kNeither) return", _KEK_TEST,
             ("RewrapTest.KilledInBetweenItGoesOnAndTheOldKeyIsNeededNoMore",)),
    Mutation(_KEK, "what neither key opens is passed over",
             "libs/service/sealed_rows.cc",
             "if (!again.ok()) {\n        return absl::DataLossError(",
             "if (!again.ok()) continue;\n      if (key.empty()) {\n"
             "        return absl::DataLossError(", _KEK_TEST,
             ("RewrapTest.AKeyThatSealedNothingChangesNothingAndSaysWhichRow",
              )),
    Mutation(_KEK, "the vault opens by one key alone",
             "services/ca/issuing/key_vault.cc",
             "crypto::Kek(kek_, previous_kek_).Open(",
             "crypto::Kek(kek_).Open(", _KEK_TEST,
             ("RewrapTest.KilledInBetweenItGoesOnAndTheOldKeyIsNeededNoMore",)),
    Mutation(_CEREMONY, "what isn't known is passed over",
             "clients/otrpctl/ceremony_plan.cc",
             "if (asked_.count(member.text) == 0) {",
             "if (asked_.empty()) {", _CEREMONY_TEST,
             ("CeremonyTest.WhatIsUnknownOrImpossibleIsRefusedWithItsPlace",)),
    Mutation(_CEREMONY, "a name that stands there twice counts once",
             "clients/otrpctl/yaml_read.cc",
             "if (other.text == name.text) {",
             "if (other.text == name.text && name.text.empty()) {",
             _CEREMONY_TEST,
             ("CeremonyTest.WhatIsUnknownOrImpossibleIsRefusedWithItsPlace",)),
    Mutation(_CEREMONY, "keys are left open", "clients/otrpctl/ceremony.cc",
             "Add(absl::StrCat(step.name, \".key.pem\"), std::move(closed), "
             "true, \"key\",",
             "Add(absl::StrCat(step.name, \".key.pem\"),\n"
             "        std::string(key.ToPem().view()), true, \"key\",",
             _CEREMONY_TEST,
             ("CeremonyTest.MakesWhatThePlanSaysAsOpensslSeesIt",)),
    Mutation(_OUTSIDE, "any usages are good",
             "services/ca/issuing/import_check.cc",
             "if (profile.authority != role) continue;",
             "if (profile.authority != role || !has.empty()) continue;",
             _IMPORT_TEST,
             ("ImportTest.WhateverIsWrongIsFoundBeforeAnythingIsStored",)),
    Mutation(_OUTSIDE, "any key usage is good",
             "services/ca/issuing/import_check.cc",
             "(info.key_usage & kNeeded) != kNeeded) {",
             "(info.key_usage & kNeeded) == 0) {", _IMPORT_TEST,
             ("ImportTest.WhateverIsWrongIsFoundBeforeAnythingIsStored",)),
    Mutation(_OUTSIDE, "a key that comes along is anybody's",
             "services/ca/issuing/generations_import.cc",
             "if (key->public_key() != certificate.public_key()) {",
             "if (key->type() != certificate.public_key().type()) {",
             _IMPORT_TEST, ("ImportTest.AKeyComesAlongAndIsSealed",)),
    Mutation(_DEAD, "an intent is recorded whatever the state",
             "services/ca/storage/hold_issuing.cc",
             "if (!state.has_value() || !IsTrusted(*state)) {",
             "if (!state.has_value()) {", _TEST,
             ("AuthoritiesTest.ARevokedAuthorityIssuesNothingOnAnyReplica",
              "AuthoritiesTest.AnIntentOfARevokedAuthorityIsNeverCompleted")),
    Mutation(_DEAD, "a certificate outlives what its issuer has left",
             "services/ca/domain/generation.cc",
             "if (issuer_end < not_before + lifetime / 2) {",
             "if (issuer_end < not_before) {", _TEST,
             ("AuthoritiesTest."
              "ALeafEndsWithItsIssuerOrIsRefusedWithWhatToDo",)),
    Mutation(_DEAD, "an authority is revoked by its serial",
             "services/ca/handlers/certificates.cc",
             "if (certificate.own == OwnCertificate::kAuthority) {",
             "if (certificate.own == OwnCertificate::kAuthority &&\n"
             "      serial.empty()) {", _TEST,
             ("AuthoritiesTest.WhatMakesNoSenseIsRefusedAndSaysWhy",)),
    Mutation(_DEAD, "what it issued stays good",
             "services/ca/storage/ca_store_authorities.cc",
             "WHERE authority = $1 AND status = 'issued' AND not_after > $3",
             "WHERE authority = $1 AND status = 'intended' AND not_after > $3",
             _STORE_TEST,
             ("CaStoreAuthoritiesTest."
              "WithAnAuthorityAllThatCountsOnItIsRevoked",)),
    Mutation(_NEW, "the next one is active at once", _GENERATIONS,
             "row.state = AuthorityState::kNext;",
             "row.state = AuthorityState::kRetiring;", _TEST,
             ("AuthoritiesTest."
              "TheNextGenerationIssuesWhenItIsActivatedAndNotBefore",)),
    Mutation(_NEW, "chains end at the new root alone",
             "services/ca/issuing/authorities.cc",
             "if (older == nullptr || older->generation >= at->generation) "
             "continue;",
             "if (older != nullptr || at == nullptr) continue;", _TEST,
             ("AuthoritiesTest.WhoKnowsOnlyTheOldRootFollowsTheNewOne",)),
    Mutation(_NEW, "the next one is no anchor", _GENERATIONS,
             "if (!is_anchor && !before.was_anchor) return none;",
             "if (!is_anchor || !made.name.empty()) return none;", _TEST,
             ("AuthoritiesTest.WhereTheLastOneIsAnAnchorTheNextOneIs",)),
    Mutation(_TAKEN, "whoever has the PIN may read the key", _PKCS11,
             "CK_BBOOL no = CK_FALSE;", "CK_BBOOL no = CK_TRUE;", _PKCS11_TEST,
             ("Pkcs11Test.AKeyThatIsMadeCannotLeaveTheToken",)),
    Mutation(_TAKEN, "a URI may carry the PIN",
             "libs/crypto/pkcs11_library.cc",
             "if (p11_kit_uri_get_pin_value(uri.get()) != nullptr) {",
             "if (text.empty()) {", _PKCS11_TEST,
             ("Pkcs11Test.AUriThatMeansNoSingleKeyIsRefusedWithItsReason",)),
    Mutation(_TAKEN, "a signature that failed is no trouble", _PKCS11,
             "  library_->SetTrouble(", "  if (good) library_->SetTrouble(",
             _PKCS11_TEST,
             ("Pkcs11Test.ATokenThatLostItsKeyMakesNoSignatureAndSaysWhy",)),
    Mutation(_TAKEN, "a key's seal opens in any authority's row",
             "services/ca/issuing/key_vault.cc",
             'return absl::StrCat("ca.", owner);',
             'return absl::StrCat("ca.", owner.substr(0, 9));',
             "//services/ca/issuing:key_vault_test",
             ("KeyVaultTest.ARowIsNoOtherAuthoritysAndNoOtherKeks",)),
)
