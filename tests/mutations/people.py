"""Certificates of people and pipelines."""

from tests.mutations.mutation import Mutation

_STOLEN = "A stolen client certificate that goes on for ever"
_EST = "Enrolling by EST for somebody else"
_GOOD = "A certificate that is called good by who can't know"

_ORDER = "services/ca/domain/order.cc"
_RENEWAL = "services/ca/handlers/renewal.cc"
_STORE = "services/ca/storage/renewal_store.cc"
_FRONT = "services/api/handlers/est.cc"
_EST_TEST = "//tests/rest:est_test"
_VERDICT = "clients/otrpctl/certificate_verdict.cc"
_VERDICT_TEST = "//clients/otrpctl:certificate_verdict_test"
_TEST = "//services/ca/handlers:renewal_test"

MUTATIONS = (
    Mutation(_STOLEN, "what has ended is renewed", _ORDER,
             "  if (old.not_after <= now) return "
             "errors::RenewsNoEnded(old.not_after);\n", "", _TEST,
             ("RenewalTest.WhatHasEndedIsRenewedNoMore",)),
    Mutation(_STOLEN, "what came from a revoked one is renewed", _ORDER,
             "  if (renewable.is_stopped) return "
             "errors::RenewalIsStopped();\n", "", _TEST,
             ("RenewalTest."
              "ARevokedOneIsRenewedNoMoreNorWhatCameFromItOrBesideIt",)),
    Mutation(_STOLEN, "names of the request are ignored in silence", _ORDER,
             "  if (!same_names) return errors::OtherNames();\n",
             "  static_cast<void>(same_names);\n", _TEST,
             ("RenewalTest.RightsCannotGrow",)),
    Mutation(_STOLEN, "renewals begin a new month each", _ORDER,
             "  order.first_serial = renewable.first_serial;\n", "", _TEST,
             ("RenewalTest.RenewingEndsAMonthAfterTheFirst",)),
    Mutation(_STOLEN, "a token renews", _RENEWAL,
             "  if (!call.caller().agent.empty()) return "
             "errors::RenewsCertificatesOnly();\n", "", _TEST,
             ("RenewalTest.TokensAndSessionsRenewNothing",)),
    Mutation(_STOLEN, "anybody says which certificate it is", _RENEWAL,
             "  if (env.is_front == said.empty()) return "
             "errors::NoShownSerial();\n"
             "  return env.is_front ? said : env.peer_serial;\n",
             "  return said.empty() ? env.peer_serial : said;\n", _TEST,
             ("RenewalOverTlsTest."
              "WhatIsRenewedIsTheCertificateOfTheConnection",)),
    Mutation(_STOLEN, "siblings of a revoked one go on", _STORE,
             "AND other.status = 'revoked' AND other.reason <> $2)",
             "AND other.status = 'revoked' AND other.reason <> $2\n"
             "                 AND false)",
             "//services/ca/storage:ca_store_test",
             ("RenewalStoreTest."
              "AllGoBackToTheFirstAndStopWithAnyThatWasRevoked",)),
    Mutation(_EST, "the name before a token is anybody's", _FRONT,
             "          if (!is_his || self->env_.clock.Now() >=",
             "          static_cast<void>(is_his);\n"
             "          if (self->env_.clock.Now() >=", _EST_TEST,
             ("EstTest.WhoMayNotIsToldSoInPlainText",)),
    Mutation(_EST, "any body is taken", _FRONT,
             "    if (request_.body.size() > kMaxEstBytes) {\n",
             "    if (request_.body.size() > 2 * kMaxEstBytes) {\n", _EST_TEST,
             ("EstTest.NothingIsAskedForWhatCannotBeARequest",)),
    Mutation(_EST, "tries cost nothing", _FRONT,
             "    if (left.taken) return true;\n", "    return true;\n",
             _EST_TEST, ("EstTest.GuessingATokenIsSlowedDown",)),
    Mutation(_EST, "a revoked certificate enrols", _FRONT,
             "    if (good.ok()) return Admit(credential_.caller);\n",
             "    if (true) return Admit(credential_.caller);\n", _EST_TEST,
             ("EstTest.AClientCertificateEnrolsAndRenewsItself",)),
    Mutation(_EST, "plain HTTP will do", _FRONT,
             "    if (scheme_ == Scheme::kHttp) {\n",
             "    if (scheme_ == Scheme::kHttp && request_.body.empty()) {\n",
             _EST_TEST, ("EstTest.OverPlainHttpThereIsNone",)),
    Mutation(_GOOD, "anybody's list counts", _VERDICT,
             "  if (!good.ok()) return Nothing(good);\n"
             "  if (!crl->IsFor(subject)) {",
             "  if (!crl->IsFor(subject)) {", _VERDICT_TEST,
             ("CertificateVerdictTest."
              "WordsThatOthersSignedOrThatAreOldAreNone",)),
    Mutation(_GOOD, "the list alone counts", _VERDICT,
             "for (const Word& word : {crl, ocsp}) {",
             "for (const Word& word : {crl}) {", _VERDICT_TEST,
             ("CertificateVerdictTest.OneWordThatItIsRevokedIsEnough",)),
    Mutation(_GOOD, "a revoked root goes on vouching", _VERDICT,
             "    if (authority.is_root() && authority.state() == "
             "\"revoked\") continue;\n", "", _VERDICT_TEST,
             ("CertificateVerdictTest.ARevokedRootOfOursVouchesForNothing",)),
)
