"""Threats by webhooks and to them."""

from tests.mutations.mutation import Mutation

_SSRF = "Having the portal call addresses of our network"
_HOLDING = "Endpoints that are slow, dead or endless"
_OTHERS = "Another's webhooks"
_FORGED = "Events that somebody else made"
_DUMP = "A stolen database dump"
_SECRETS = "Secrets in logs, errors, argv, environment"
_FLOOD = "A fleet that fails at once"
_CRASH = "A crash or a lost connection leaves half a step"

_COURIER = "services/sp_portal/clients/webhook_courier.cc"
_URL = "services/sp_portal/clients/webhook_url.cc"
_DELIVERIES = "services/sp_portal/storage/webhook_store_deliveries.cc"
_STORE = "services/sp_portal/storage/webhook_store.cc"
_DOMAIN = "services/sp_portal/domain/webhook.cc"
_HANDLERS = "services/sp_portal/handlers/webhooks.cc"

_COURIER_TEST = "//services/sp_portal/clients:webhook_courier_test"
_STORE_TEST = "//services/sp_portal/storage:portal_store_test"
_ROLLOUTS = "services/sp_portal/storage/rollout_store.cc"
_OUTCOME = "services/tsm/domain/outcome.cc"
_OUTCOME_STORE = "services/tsm/storage/tsm_store_outcomes.cc"
_OUTCOME_TEST = "//services/tsm/domain:outcome_test"
_TSM_STORE_TEST = "//services/tsm/storage:tsm_store_test"
_DOMAIN_TEST = "//services/sp_portal/domain:webhook_test"
_HANDLERS_TEST = "//services/sp_portal/handlers:webhooks_test"

MUTATIONS = (
    Mutation(_FLOOD, "each attempt is told", _OUTCOME,
             "if (task.attempts != 1 && task.state != TaskState::kGivenUp) "
             "return {};", "", _OUTCOME_TEST,
             ("OutcomeTest.OnlyTheFirstFailureAndTheLastAreTold",)),
    Mutation(_FLOOD, "each device is told", _ROLLOUTS,
             "std::max<int64_t>(kMaxDeviceNotices - told, 0)",
             "kMaxDeviceNotices", _STORE_TEST,
             ("RolloutStoreTest.AFleetThatFailsDoesntFloodWebhooks",)),
    Mutation(_FLOOD, "each change of the numbers is told", _ROLLOUTS,
             "WHERE untold AND told_at < $2",
             "WHERE untold AND $2 IS NOT NULL", _STORE_TEST,
             ("RolloutStoreTest.WebhooksHearOfProgressNowAndThen",)),
    Mutation(_CRASH, "a batch counts each time it comes", _ROLLOUTS,
             "if (!first) return absl::OkStatus();", "", _STORE_TEST,
             ("RolloutStoreTest.ABatchIsCountedOnceHoweverOftenItComes",)),
    Mutation(_CRASH, "a batch that nobody kept is forgotten", _OUTCOME_STORE,
             "if (!late.empty()) return Read(late);", "", _TSM_STORE_TEST,
             ("OutcomeStoreTest.ABatchComesAgainUntilItIsKept",)),
    Mutation(_SSRF, "webhooks are posted to any address", _COURIER,
             "options.public_only = !options_.any_host;",
             "options.public_only = false;", _COURIER_TEST,
             ("WebhookCourierTest.NoNameOrAddressLeadsIntoOurNetwork",)),
    Mutation(_SSRF, "a name isn't looked at once it has an address",
             "libs/http/client.cc",
             "std::remove_if(found.begin(), found.end(), IsNotPublic)",
             "std::remove_if(found.begin(), found.end(),\n"
             "                                 [&](const tcp::endpoint& one) "
             "{\n"
             "                                   return IsNotPublic(one) &&\n"
             "                                          host != \"localhost\";"
             "\n                                 })",
             _COURIER_TEST,
             ("WebhookCourierTest.NoNameOrAddressLeadsIntoOurNetwork",)),
    Mutation(_SSRF, "a URL with a private address is taken", _URL,
             "!http::IsPublic(*address)", "host.empty()", _COURIER_TEST,
             ("WebhookUrlTest.OnlyHttpsToThePublicInternetIsTaken",)),
    Mutation(_HOLDING, "all threads may be one service provider's",
             _DELIVERIES, "other.busy_until > $1) < $2",
             "other.busy_until > $1) < $2 + 100", _COURIER_TEST,
             ("WebhookCourierTest.ASlowEndpointHoldsUpNoOther",)),
    Mutation(_HOLDING, "a webhook may be delivered to by several",
             _DELIVERIES,
             "(webhook.busy_until IS NULL OR webhook.busy_until <= $1)",
             "true", _COURIER_TEST,
             ("WebhookCourierTest.OneWebhookGetsOneEventAtATime",)),
    Mutation(_HOLDING, "an answer is read to its end", _COURIER,
             "options.max_body_bytes = kMaxWebhookAnswerBytes;", "",
             _COURIER_TEST,
             ("WebhookCourierTest.RedirectsAndAnswersWithoutEndAreFailures",)),
    Mutation(_HOLDING, "who fails for days is never disabled", _DELIVERIES,
             "result.at - *failing_since < kFailingToDisable",
             "result.at - *failing_since < 100 * kFailingToDisable",
             _COURIER_TEST,
             ("WebhookCourierTest.WhoFailsForFiveDaysIsDisabledAndSaysWhy",)),
    Mutation(_HOLDING, "webhooks have no limit", _STORE,
             "if (count >= kMaxWebhooksPerSp)", "if (count < 0)", _STORE_TEST,
             ("WebhookStoreTest.AnSpHasNoMoreThanSixteenEvenAtOnce",)),
    Mutation(_OTHERS, "a webhook is everybody's who knows its id", _DELIVERIES,
             "SELECT enabled FROM webhook WHERE id = $1::uuid AND spid = $2",
             "SELECT enabled FROM webhook WHERE id = $1::uuid "
             "AND $2::text <> ''",
             _STORE_TEST,
             ("WebhookStoreTest.AnotherSpsWebhookDoesNotExist",)),
    Mutation(_OTHERS, "a request decides whose webhooks it is about",
             "services/sp_portal/handlers/tenancy.cc",
             "call.caller().name != spid) {",
             "call.caller().name.empty()) {", _HANDLERS_TEST,
             ("WebhooksTest.AnotherTenantsWebhookDoesNotExist",)),
    Mutation(_OTHERS, "who is for one application learns of all", _HANDLERS,
             "return call.caller().taids.empty() ?",
             "return !call.caller().name.empty() ?", _HANDLERS_TEST,
             ("WebhooksTest.WhoIsForSomeApplicationsOnlyHasNoSayIn"
              "Webhooks",)),
    Mutation(_FORGED, "a signature doesn't cover the time", _DOMAIN,
             "absl::StrCat(due.event_id, \".\", absl::ToUnixSeconds(now), "
             "\".\", body);",
             "absl::StrCat(due.event_id, \".\", now < due.at, \".\", body);",
             _DOMAIN_TEST,
             ("WebhookTest.AnotherIdTimeOrBodyHasAnotherSignature",
              "WebhookTest.ASignatureIsThatOfStandardWebhooks")),
    Mutation(_FORGED, "a secret that was replaced signs for ever", _DELIVERIES,
             "CASE WHEN webhook.old_secret_until > $1 "
             "THEN webhook.old_secret END",
             "webhook.old_secret", _COURIER_TEST,
             ("WebhookCourierTest.WhileASecretIsReplacedTwoSignaturesCome",)),
    Mutation(_DUMP, "a webhook's secret opens in any webhook's row", _STORE,
             "return absl::StrCat(\"webhook.\", id);",
             "return absl::StrCat(\"webhook.\", id.size());", _STORE_TEST,
             ("WebhookStoreTest.ADumpOfTheDatabaseShowsNoSecret",)),
    Mutation(_SECRETS, "a record has a webhook's whole URL", _HANDLERS,
             ".Set(\"host\", HostOf(webhook.url))",
             ".Set(\"host\", webhook.url)", _HANDLERS_TEST,
             ("WebhooksTest.ASecretIsShownOnceAndNeverWrittenDown",)),
    Mutation(_CRASH, "who comes too late still says what came of it",
             _DELIVERIES,
             "WHERE id = $1::uuid AND busy_until = $2\n",
             "WHERE id = $1::uuid AND busy_until >= $2\n", _COURIER_TEST,
             ("WebhookCourierTest.WhatACrashLeftIsDeliveredAgainUnderTheSame"
              "Id",)),
)
