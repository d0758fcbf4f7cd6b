"""Defences of the TSM's own keys and certificates, broken one by one."""

from tests.mutations.mutation import Mutation

_EXPIRED = "Expired staples or CRLs"
_FOREIGN = "Staples that speak of another chain"
_STOLEN = "A stolen key of the TSM's"
_REPLACED = "A key that is replaced while devices are at work"

_IDENTITY = "services/tsm/identity/identity.cc"
_PROOF = "services/tsm/identity/proof.cc"
_IDENTITY_TEST = "//services/tsm/identity:identity_test"
_IDENTITIES_TEST = "//services/tsm/handlers:identities_test"

MUTATIONS = (
    Mutation(_EXPIRED, "a staple is renewed after its life", _PROOF,
             "answer.this_update) / 2", "answer.this_update) * 2",
             _IDENTITY_TEST,
             ("IdentityTest.StaplesAreRenewedInTheSecondHalfOfTheirLife",)),
    Mutation(_EXPIRED, "keys to read with need a certificate that counts",
             "services/tsm/messaging/own_keys.cc",
             "  OwnKeys keys(source.Readers(crypto::KeyType::kRsa),\n",
             "  OwnKeys keys(source.Get(crypto::KeyType::kRsa) == nullptr\n"
             "                   ? Readers()\n"
             "                   : source.Readers(crypto::KeyType::kRsa),\n",
             _IDENTITIES_TEST,
             ("IdentitiesTest.WithoutStaplesWhatHasToBeSignedWaitsAndIsNo"
              "Forgery",)),
    Mutation(_EXPIRED, "without keys everything is a forgery",
             "services/tsm/messaging/own_keys.cc",
             "  if (keys.tries() == 0) return errors::IdentityNotReady();\n",
             "", _IDENTITIES_TEST,
             ("IdentitiesTest.BeforeItsKeysAreReadTheTsmCallsNothingA"
              "Forgery",),
             (("services/tsm/messaging/own_keys.cc",
               "return std::max(rsa_.size(), ec_.size());",
               "return std::max(size_t{1}, "
               "std::max(rsa_.size(), ec_.size()));"),)),
    Mutation(_FOREIGN, "staples are published unseen", _PROOF,
             "  return response.Answer(chain[n], chain[n + 1], now);\n",
             "  return pki::OcspAnswer{pki::OcspStatus::kGood, now,\n"
             "                         response.ends_at()};\n",
             _IDENTITY_TEST,
             ("IdentityTest.StaplesOfAnotherCertificateAreNotPublished",)),
    Mutation(_FOREIGN, "a chain is stored before it has staples", _IDENTITY,
             "    OTRP_ASSIGN_OR_RETURN(std::string der, "
             "ca_.GetOcspResponse(request));\n",
             "    store_.SaveIdentityProof(loaded.stored.id, "
             "loaded.stored.chain_pem,\n"
             "        {pki::ToPem(chain), chain.front().not_after(), {}, now},"
             "\n        now, absl::nullopt).status().IgnoreError();\n"
             "    OTRP_ASSIGN_OR_RETURN(std::string der, "
             "ca_.GetOcspResponse(request));\n",
             _IDENTITY_TEST,
             ("IdentityTest.ARenewalShowsWithItsStaplesOrNotAtAll",)),
    Mutation(_FOREIGN, "staples are stored beside whatever chain",
             "services/tsm/storage/tsm_store_identity.cc",
             "      WHERE id = $1 AND chain_pem = $2\n",
             "      WHERE id = $1 AND $2::text <> ''\n", _IDENTITY_TEST,
             ("IdentityTest.StaplesForAChainThatWasReplacedMeanwhileAreNot"
              "Stored",)),
    Mutation(_STOLEN, "what the CA's list says waits for the staple's end",
             _IDENTITY,
             "      first.Update(Revoke(*loaded, entry->revoked_at, "
             "entry->reason));\n", "      break;\n", _IDENTITY_TEST,
             ("IdentityTest.ARevocationOnTheCasListCountsAtOnceAndForEver",)),
    Mutation(_STOLEN, "whoever has the authority's name revokes", _IDENTITY,
             "      !crl.VerifySigner(chain[n + 1]).ok()) {\n",
             "      chain.empty()) {\n", _IDENTITY_TEST,
             ("IdentityTest.AListOfSomebodyElsesSaysNothing",)),
    Mutation(_STOLEN, "a revoked key goes on in its sessions",
             "services/tsm/messaging/step.cc",
             "(!context->state->fresh || !HasSigner(exchange, memory))) {\n",
             "(!context->state->fresh ||\n"
             "         (false && HasSigner(exchange, memory)))) {\n",
             "//tests/tsm_device:software_tee_test",
             ("SoftwareTeeTest.ASessionWhoseKeyIsRevokedGoesOnWithTheNext",)),
    Mutation(_STOLEN, "no next key is ever made the current one", _IDENTITY,
             "        now < *stored.complete_at + kIdentitySettle) {\n",
             "        now > absl::InfinitePast()) {\n", _IDENTITY_TEST,
             ("IdentityTest.TheNextKeyIsTheWayBackFromARevokedOne",)),
    Mutation(_REPLACED, "a key signs before others read with it", _IDENTITY,
             "        now < *stored.complete_at + kIdentitySettle) {\n",
             "        now < *stored.complete_at) {\n", _IDENTITY_TEST,
             ("IdentityTest.ANextKeySignsOnceEveryReplicaReadsWithIt",)),
    Mutation(_REPLACED, "a key signs before it has a certificate", _IDENTITY,
             "stored.state != IdentityState::kNext || !loaded->MaySign() ||\n"
             "        !stored.complete_at.has_value() ||\n"
             "        now < *stored.complete_at + kIdentitySettle) {\n",
             "stored.state != IdentityState::kNext) {\n", _IDENTITY_TEST,
             ("IdentityTest.ANextKeyWithoutCertificateNeverSigns",)),
    Mutation(_REPLACED, "only the current key reads",
             "services/tsm/messaging/device_state.cc",
             "    const bool last = n + 1 == own.tries();\n",
             "    const bool last = n < own.tries();\n", _IDENTITIES_TEST,
             ("IdentitiesTest.WhatIsEncryptedToARetiredKeyIsRead",)),
    Mutation(_REPLACED, "a session goes on with the current key",
             "services/tsm/messaging/requests.cc",
             "      SignerFor(tools.identity, frame.es256, "
             "frame.identity));\n",
             "      SignerFor(tools.identity, frame.es256));\n",
             "//tests/tsm_device:software_tee_test",
             ("SoftwareTeeTest.ASessionGoesOnWithTheKeyThatItBeganWith",)),
)
