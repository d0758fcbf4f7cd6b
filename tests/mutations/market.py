"""Threats to bills, and of authorities that compete."""

from tests.mutations.mutation import Mutation

_LEARNING = "Learning what another uses or pays"
_TWICE = "A bill that counts twice"
_FORGED = "Evidence with a maker's certificate"
_FORMULA = "A name that is a formula"
_ANOTHERS = "Certificates of another tenant's authority"
_BEYOND = "Names beyond what a tenant's authority may certify"

_SERVICE = "libs/service/usage_service.cc"
_VERIFIER_STORE = "services/attestation_verifier/storage/verifier_store.cc"
_ORDER = "services/ca/domain/order.cc"

_COMMANDS_TEST = "//clients/otrpctl:usage_commands_test"
_CA_STORE_TEST = "//services/ca/storage:ca_store_test"
_VERIFIER_STORE_TEST = \
    "//services/attestation_verifier/storage:verifier_store_test"
_MARKET_TEST = "//services/ca/handlers:market_test"

MUTATIONS = (
    Mutation(_LEARNING, "an SP is summed up with everybody", _SERVICE,
             "    range.spid = call.caller().name;\n", "", _COMMANDS_TEST,
             ("UsageCommandsTest.AServiceProviderSeesNothingOfAnother",)),
    Mutation(_LEARNING, "an owned authority's price is anybody's",
             "services/ca/handlers/usage.cc",
             "return MayUse(caller, authority->terms);",
             "return MayUse(caller, {});", _MARKET_TEST,
             ("MarketTest."
              "WhatAnOwnedAuthorityCostsAndIssuesIsItsOwnersToSee",)),
    Mutation(_TWICE, "what is issued isn't counted",
             "services/ca/storage/ca_store.cc",
             '        UsageOfIssued(), " SELECT 1 FROM issued"));',
             '        "used AS (SELECT 1)", " SELECT 1 FROM issued"));',
             _CA_STORE_TEST,
             ("UsageTest.AnIssuanceIsCountedOnceWithAllThatABillAsksFor",)),
    Mutation(_TWICE, "a step that is lost is counted",
             "services/tsm/storage/step_usage.cc",
             "    FROM document, jsonb_to_recordset(body->'usage') AS item("
             "kind text,\n",
             "    FROM jsonb_to_recordset($14::jsonb->'usage') AS item("
             "kind text,\n",
             "//services/tsm/storage:tsm_store_test",
             ("UsageStoreTest.AStepThatSomebodyElseTookIsNotCountedAgain",)),
    Mutation(_TWICE, "a batch that is written again is counted again",
             _VERIFIER_STORE, "tsm_id, key AS item, 1 AS quantity",
             "tsm_id, key || random() AS item, 1 AS quantity",
             _VERIFIER_STORE_TEST,
             ("VerifierStoreTest.ABatchThatIsWrittenAgainIsCountedOnce",)),
    Mutation(_FORGED, "whose certificate it is pays", _VERIFIER_STORE,
             "        SELECT CASE WHEN proved THEN claims->>'tee_anchor'\n",
             "        SELECT CASE WHEN true THEN claims->>'tee_anchor'\n",
             _VERIFIER_STORE_TEST,
             ("VerifierStoreTest."
              "EachAppraisalIsCountedAndAForgeryIsNoVendorsCost",)),
    Mutation(_FORMULA, "a cell is what it is",
             "clients/otrpctl/render.cc",
             'absl::StrContains("=+-@", cell[0])',
             'absl::StrContains("", cell[0])', _COMMANDS_TEST,
             ("UsageCommandsTest.ANameThatIsAFormulaIsNoneInCsv",)),
    Mutation(_ANOTHERS, "each has of each", _ORDER,
             "  return terms.owner.empty() || caller.kind == "
             "rpc::CallerKind::kOperator ||\n         Owns(caller, terms);",
             "  return terms.owner != caller.ToString() || true;",
             _MARKET_TEST,
             ("MarketTest.AnOwnedAuthorityIsItsOwnersAndTheOperatorsAlone",)),
    Mutation(_ANOTHERS, "an owner has certificates of all",
             "services/ca/handlers/market.cc",
             "    return named != nullptr && Owns(caller, named->terms) &&\n",
             "    return named != nullptr &&\n", _MARKET_TEST,
             ("MarketTest.AnOwnedAuthorityIsItsOwnersAndTheOperatorsAlone",)),
    Mutation(_BEYOND, "a host that ends so is within", _ORDER,
             "absl::EndsWith(host, one) && host.size() > one.size()",
             "absl::StrContains(host, one)",
             _MARKET_TEST,
             ("MarketTest."
              "WhatItMayNotCertifyIsRefusedBeforeAnythingIsSigned",)),
)
