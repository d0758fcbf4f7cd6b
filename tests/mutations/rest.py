"""Threats from a caller of the REST interface."""

from tests.mutations.mutation import Mutation

_CERTIFICATE = "A client certificate of another root"
_SOMEBODY = "Being somebody else by REST"
_GUESSING = "Guessing tokens"
_IN_LOGS = "A token in logs, histories and caches"
_REVOKED = "A revoked or expired token"
_TWICE = "A retry that does it twice"
_ANOTHERS = "Getting another's answer"
_KEPT = "Reading kept answers"
_ORIGIN = "A page of another origin"

_TLS = "libs/http/tls_files.cc"
_CREDENTIAL = "services/api/handlers/credential.cc"
_EXCHANGE = "services/api/handlers/exchange.cc"
_REMEMBERING = "services/api/clients/remembering_authenticator.cc"
_IDEMPOTENCY = "libs/store/idempotency.cc"
_KEYED_RUN = "libs/rpc/keyed_run.cc"
_KEPT_ANSWERS = "libs/service/kept_answers.cc"
_KEPT_ANSWERS_TEST = "//libs/service:kept_answers_test"
_KEYS_TEST = "//tests/rest:idempotency_test"
_CERTIFICATE_TEST = "//libs/http:client_certificate_test"
_AUTHENTICATORS_TEST = "//services/api/clients:authenticators_test"
_CREDENTIAL_TEST = "//services/api/handlers:credential_test"
_FRONT_TEST = "//tests/rest:front_test"
_MATRIX_TEST = "//tests/rest:matrix_test"

MUTATIONS = (
    Mutation(_CERTIFICATE, "whatever certificate is shown is taken", _TLS,
             "context->set_verify_mode(asio::ssl::verify_peer, error);",
             "context->set_verify_mode(asio::ssl::verify_peer, error);\n"
             "  context->set_verify_callback(\n"
             "      [](bool, asio::ssl::verify_context&) { return true; },\n"
             "      error);",
             _CERTIFICATE_TEST,
             ("ClientCertificateTest.AnotherRootsEndsTheHandshake",
              "ClientCertificateTest.AnExpiredOneEndsTheHandshake",
              "ClientCertificateTest.AServersEndsTheHandshake"),
             also=(("libs/http/tls_peer.cc",
                    " || SSL_get_verify_result(ssl) != X509_V_OK", ""),)),
    Mutation(_CERTIFICATE, "one that has ended counts on",
             "libs/http/connection.h",
             "if (absl::Now() < tls_peer_->not_after()) {",
             "if (absl::InfinitePast() < tls_peer_->not_after()) {",
             _CERTIFICATE_TEST,
             ("ClientCertificateTest.AConnectionThatOutlivesItsCertificate"
              "IsNobodys",)),
    Mutation(_SOMEBODY, "who has no credential is the front itself", _EXCHANGE,
             "if (!IsForStrangers(*route_)) {", "if (route_ == nullptr) {",
             _MATRIX_TEST,
             ("MatrixTest.WithoutACredentialNoRouteReachesAService",)),
    Mutation(_SOMEBODY, "the front calls for itself", _EXCHANGE,
             "options.caller = caller_;", "options.caller = absl::nullopt;",
             _MATRIX_TEST,
             ("MatrixTest.EachRouteAnswersEachKindOfCallerAsTheTablesSay",)),
    Mutation(_SOMEBODY, "of two credentials one counts", _CREDENTIAL,
             "if (static_cast<size_t>(headers) + cookies.size() + "
             "(certificate ? 1 : 0) >\n      1) {", "if (headers > 2) {",
             _FRONT_TEST,
             ("FrontTest.TwoCredentialsAndOneInTheUrlAre400",)),
    Mutation(_SOMEBODY, "a service's certificate is a credential", _CREDENTIAL,
             "case rpc::CallerKind::kSp: return credential;\n"
             "    case rpc::CallerKind::kAnonymous:\n"
             "    case rpc::CallerKind::kService: break;",
             "case rpc::CallerKind::kSp:\n"
             "    case rpc::CallerKind::kService: return credential;\n"
             "    case rpc::CallerKind::kAnonymous: break;", _FRONT_TEST,
             ("FrontTest.AServicesOrNobodysCertificateIsNoCredential",)),
    Mutation(_SOMEBODY, "whoever the portal names is believed",
             "services/api/clients/portal_authenticator.cc",
             "  if (caller.agent.empty()) {\n"
             "    return absl::InvalidArgumentError(\"agent",
             "  if (caller.name.empty()) {\n"
             "    return absl::InvalidArgumentError(\"agent",
             _AUTHENTICATORS_TEST,
             ("AuthenticatorsTest.AHolderThatCannotBeIsNotBelieved",)),
    Mutation(_GUESSING, "tokens may be guessed without end", _EXCHANGE,
             "if (!TakeStrangersTurn()) return;\n  env_.authenticator",
             "env_.authenticator", _FRONT_TEST,
             ("FrontTest.GuessingTokensEndsAndThePortalIsAskedNoMore",)),
    Mutation(_GUESSING, "callers have no rate", _EXCHANGE,
             "if (caller_.has_value() && !TakeTurn()) return;",
             "if (caller_.has_value()) (void)TakeTurn();", _FRONT_TEST,
             ("FrontTest.OneCallersRequestsHaveARateAndAreTold",)),
    Mutation(_GUESSING, "every key is remembered",
             "services/api/domain/token_buckets.cc",
             "      Fill(&shared_, now);\n      return shared_;\n",
             "      Fill(&shared_, now);\n",
             "//services/api/domain:token_buckets_test",
             ("TokenBucketsTest.EverNewKeysShareOneBucketAndDontFillThe"
              "Memory",)),
    Mutation(_IN_LOGS, "a token in the URL is overlooked", _CREDENTIAL,
             "if (HasCredential(request.query)) {",
             "if (HasCredential(\"\")) {",
             _CREDENTIAL_TEST,
             ("CredentialTest.ATokenInTheUrlIsRefusedBesideAGoodOneToo",)),
    Mutation(_IN_LOGS, "plain HTTP on every address",
             "services/api/config.cc",
             "networks->Contains(*ip)", "!networks->Contains(*ip)",
             "//services/api:config_test",
             ("ConfigTest.PlainHttpIsForLoopbackOnly",)),
    Mutation(_REVOKED, "an answer counts for the token's life", _REMEMBERING,
             "std::min(now + kTokenMemory, principal.expires_at)",
             "std::max(now + kTokenMemory, principal.expires_at)",
             _AUTHENTICATORS_TEST,
             ("AuthenticatorsTest.ARevokedTokenIsDeadWithinSeconds",
              "AuthenticatorsTest.AnExpiredTokenIsNotRememberedPastItsEnd")),
    Mutation(_TWICE, "an answer isn't kept", _KEYED_RUN,
             "if (!IsFinal(status.code())) {", "if (true) {",
             _KEPT_ANSWERS_TEST,
             ("KeptAnswersTest.TheSameRequestIsDoneOnceAndAnsweredTheSame",)),
    Mutation(_TWICE, "the deed doesn't say that it was done",
             "libs/service/audit.cc",
             "  event.attempt = call.attempt();\n", "",
             _KEPT_ANSWERS_TEST,
             ("KeptAnswersTest.WhatWasDoneIsNotDoneAgainThoughItsAnswerIsLost",
              "KeptAnswersTest.OfACommitWithoutAnswerTheDatabaseKnowsWhat"
              "Became",
              "KeptAnswersTest.ADeadTryIsTakenOverAndASlowOneIsStopped")),
    Mutation(_TWICE, "a try that was taken over goes on", _IDEMPOTENCY,
             "  return marked == 1 ? absl::OkStatus() : TakenOver();",
             "  return marked <= 1 ? absl::OkStatus() : TakenOver();",
             "//libs/store:idempotency_test",
             ("IdempotencyTest.ATryThatWasTakenOverDoesNothingAnyMore",)),
    Mutation(_TWICE, "what was done is taken over", _IDEMPOTENCY,
             "OR (NOT k.acted AND NOT k.answered", "OR (NOT k.answered",
             _KEPT_ANSWERS_TEST,
             ("KeptAnswersTest.WhatWasDoneIsNotDoneAgainThoughItsAnswerIsLost",)
             ),
    Mutation(_ANOTHERS, "a key is everybody's", _KEYED_RUN,
             "absl::StrCat(call->caller().ToString(), \" \", call->method())",
             "call->method()", _KEPT_ANSWERS_TEST,
             ("KeptAnswersTest.NobodyGetsAnothersAnswer",)),
    Mutation(_ANOTHERS, "another request gets the answer", _IDEMPOTENCY,
             "if (request_sha256 != request.request_sha256) {",
             "if (request_sha256.empty()) {", _KEYS_TEST,
             ("IdempotencyKeyTest.AnotherRequestUnderTheKeyIs422AndNotDone",)),
    Mutation(_ANOTHERS, "who has no credential may have a key",
             "services/api/handlers/idempotency_key.cc",
             "if (!has_caller) {", "if (count > 2) {", _KEYS_TEST,
             ("IdempotencyKeyTest.WhoHasNoCredentialHasNoKeys",),
             also=((_KEYED_RUN,
                    "if (call->caller().kind == CallerKind::kService) {",
                    "if (call->caller().kind == CallerKind::kAnonymous) {"),)),
    Mutation(_KEPT, "answers lie in clear", _KEPT_ANSWERS,
             "  return crypto::AesGcmSeal(SealKey(request).view(), "
             "octets.view(),\n"
             "                            request.scope, random_);",
             "  return std::string(octets.view());", _KEPT_ANSWERS_TEST,
             ("KeptAnswersTest.NeitherKeysNorSecretsLieInTheDatabase",)),
    Mutation(_KEPT, "the client's key alone opens them", _KEPT_ANSWERS,
             "crypto::HkdfSha256(request.key, secret_.view(), kSealInfo,",
             "crypto::HkdfSha256(request.key, \"\", kSealInfo,",
             _KEPT_ANSWERS_TEST,
             ("KeptAnswersTest.WithoutTheServicesKeyAnAnswerDoesNotOpen",)),
    Mutation(_KEPT, "the service's key alone opens them", _KEPT_ANSWERS,
             "crypto::HkdfSha256(request.key, secret_.view(), kSealInfo,",
             "crypto::HkdfSha256(\"\", secret_.view(), kSealInfo,",
             _KEPT_ANSWERS_TEST,
             ("KeptAnswersTest.WithoutTheClientsKeyAnAnswerDoesNotOpen",)),
    Mutation(_ORIGIN, "a form's body is taken", _EXCHANGE,
             "!rest::IsMediaType(request_.header(\"Content-Type\"), wanted)",
             "request_.header(\"Content-Type\") == \"none\"", _FRONT_TEST,
             ("FrontTest.BodiesAreJsonAndBounded",)),
    Mutation(_ORIGIN, "a browser may load what an answer says",
             "services/api/handlers/security_headers.h",
             "\"default-src 'none'; frame-ancestors 'none'\"",
             "\"default-src 'self'\"", _FRONT_TEST,
             ("FrontTest.AnswersHaveSecurityHeadersAndAllowNoOtherOrigin",)),
)
