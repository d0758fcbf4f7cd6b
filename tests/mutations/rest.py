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
_FORGED = "A page of another site"
_FIXED = "A session that a stranger chose"
_SIGN_IN = "A sign-in to the console that guesses"
_OUTLIVED = "A session that outlives"
_HEADERS = "Headers made by what a request says"
_FILES = "A path of the console"
_SCRIPT = "Script in a page of the console"
_STREAMS = "Streams of events"
_TELLS_ON = "A stream that tells on"
_ORIGIN = "A page of another origin"
_WORDS = "Words of a stranger"

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
_RULES = "services/api/handlers/browser_rules.cc"
_SESSION = "services/api/handlers/console_session.cc"
_CONSOLE_FILES = "services/api/handlers/console_files.cc"
_SESSION_TEST = "//tests/rest:console_session_test"
_FILES_TEST = "//services/api/handlers:console_files_test"
_WATCH = "services/api/handlers/watch.cc"
_STREAMED = "libs/http/streamed_answer.h"
_WATCH_TEST = "//tests/rest:watch_test"
_STREAM_TEST = "//libs/http:stream_test"
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
             "if (!IsForStrangers(route_->rpc->full_name())) {",
             "if (route_ == nullptr) {",
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
             "if (left.taken) return true;", "if (rule.burst > 0) return true;",
             _FRONT_TEST,
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
             "if (!IsFinal(status.code())) {",
             "if (!IsFinal(status.code()) || true) {",
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
             "  return crypto::AesGcmSeal(SealKey(request, secret_).view(), "
             "octets.view(),\n"
             "                            request.scope, random_);",
             "  return std::string(octets.view());", _KEPT_ANSWERS_TEST,
             ("KeptAnswersTest.NeitherKeysNorSecretsLieInTheDatabase",)),
    Mutation(_KEPT, "the client's key alone opens them", _KEPT_ANSWERS,
             "crypto::HkdfSha256(request.key, secret.view(), kSealInfo,",
             "crypto::HkdfSha256(request.key, \"\", kSealInfo,",
             _KEPT_ANSWERS_TEST,
             ("KeptAnswersTest.WithoutTheServicesKeyAnAnswerDoesNotOpen",)),
    Mutation(_KEPT, "the service's key alone opens them", _KEPT_ANSWERS,
             "crypto::HkdfSha256(request.key, secret.view(), kSealInfo,",
             "crypto::HkdfSha256(\"\", secret.view(), kSealInfo,",
             _KEPT_ANSWERS_TEST,
             ("KeptAnswersTest.WithoutTheClientsKeyAnAnswerDoesNotOpen",)),
    Mutation(_FORGED, "a change needs no header of the console", _RULES,
             "return request.header(\"X-OTrP-Console\") == \"1\"",
             "return request.header(\"X-OTrP-Console\") != \"2\"",
             _SESSION_TEST,
             ("ConsoleSessionTest.WithoutTheConsolesHeaderACookieChanges"
              "Nothing",)),
    Mutation(_FORGED, "whatever origin a page has", _RULES,
             "return origin == own;", "return !own.empty() || origin == own;",
             _SESSION_TEST,
             ("ConsoleSessionTest.AnotherOriginsPageChangesNothingByACookie",
              "ConsoleSessionTest.ACertificateThatABrowserShowsIsNoOther"
              "Pages")),
    Mutation(_FORGED, "whatever site a page is of", _RULES,
             "return site == \"same-origin\";", "return site != \"nobody\";",
             _SESSION_TEST,
             ("ConsoleSessionTest.AnotherSitesRequestChangesNothingByA"
              "Cookie",)),
    Mutation(_FORGED, "a cookie counts in what another site gets", _RULES,
             "return site == \"same-origin\" || site == \"none\";",
             "return site != \"nobody\";", _SESSION_TEST,
             ("ConsoleSessionTest.ACookieDoesNotCountInWhatAnotherSiteHasA"
              "BrowserGet",)),
    Mutation(_FIXED, "a cookie without the prefix counts over HTTPS", _RULES,
             "case Scheme::kHttps: return \"__Host-otrp-session\";",
             "case Scheme::kHttps: return \"otrp-session\";", _SESSION_TEST,
             ("ConsoleSessionTest.TheCookieIsForThisHostAndNoScript",
              "ConsoleSessionTest.ACookieThatANeighbourCouldSetDoesNot"
              "Count")),
    Mutation(_FIXED, "scripts can read the cookie", _SESSION,
             "; Path=/; HttpOnly; SameSite=Strict", "; Path=/; SameSite=Strict",
             _SESSION_TEST,
             ("ConsoleSessionTest.TheCookieIsForThisHostAndNoScript",)),
    Mutation(_SIGN_IN, "signing in may be tried without end", _SESSION,
             "if (!TakeTurn()) return;\n    if (!token.ok())",
             "if (!token.ok())", _SESSION_TEST,
             ("ConsoleSessionTest.GuessingTokensBySigningInEnds",)),
    Mutation(_OUTLIVED, "the front remembers who signed out", _SESSION,
             "self->env_.authenticator.Forget(secret);", "", _SESSION_TEST,
             ("ConsoleSessionTest.SigningOutEndsTheSessionAtOnce",)),
    Mutation(_OUTLIVED, "a revoked token's session goes on",
             "services/sp_portal/storage/access_store_console_sessions.cc",
             "AND session.expires_at > $2 AND token.revoked_at IS NULL\n"
             "      AND member.removed_at IS NULL",
             "AND session.expires_at > $2 AND member.removed_at IS NULL",
             "//services/sp_portal/storage:access_store_test",
             ("AccessStoreTest.ASessionStandsForItsTokenAndDiesWithIt",)),
    Mutation(_OUTLIVED, "a session lives for its own time",
             "services/sp_portal/handlers/console_sessions.cc",
             "std::min(now + kSessionLife, token.expires_at)",
             "now + kSessionLife",
             "//services/sp_portal/handlers:console_sessions_test",
             ("ConsoleSessionsTest.ASessionNeverOutlivesItsToken",)),
    Mutation(_HEADERS, "the trace is whatever the header says",
             "libs/telemetry/trace.cc",
             "if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return "
             "false;", "if (c == ' ') return false;", _SESSION_TEST,
             ("ConsoleSessionTest.WhatARequestSaysBecomesNoHeaderOfIts"
              "Answer",)),
    Mutation(_FILES, "an encoded slash or backslash is one", _CONSOLE_FILES,
             "if (segment.find_first_of(\"/\\\\%\") != std::string::npos) {",
             "if (segment.empty()) {", _FILES_TEST,
             ("ConsoleFilesTest.NoPathLeadsOutOfTheFolder",)),
    Mutation(_FILES, "links are followed", _CONSOLE_FILES,
             "entry.symlink_status(error)", "entry.status(error)", _FILES_TEST,
             ("ConsoleFilesTest.ALinkIsRefusedWhereverItLeads",)),
    Mutation(_SCRIPT, "a page may have scripts in it", _CONSOLE_FILES,
             "script-src 'self'; style", "script-src 'self' 'unsafe-inline'; "
             "style", _FILES_TEST,
             ("ConsoleFilesTest.NothingRunsInAPageThatIsNotOneOfItsScripts",)),
    Mutation(_STREAMS, "a caller may have as many as he wants",
             "services/api/domain/places.cc",
             "own->second >= rule_.of_one", "own->second < 0", _WATCH_TEST,
             ("WatchTest.StreamsOfOneCallerHaveALimitAndSoHaveAll",)),
    Mutation(_STREAMS, "the looks go on for who has gone", _WATCH,
             "  over_ = true;\n  give = std::exchange(give_, absl::nullopt);\n"
             "  alarm = std::move(alarm_);\n", "  give = absl::nullopt;\n",
             _WATCH_TEST,
             ("WatchTest.WhoHasGoneCostsNothingMore",)),
    Mutation(_STREAMS, "who reads nothing may stay", _STREAMED,
             "lowest().expires_at(ProgressLimit(shared_->options, start_, "
             "written));", "lowest().expires_never();", _STREAM_TEST,
             ("StreamTest.WhoDoesNotReadIsAskedForNothingMoreAndCutOff",),
             also=((_STREAMED, "    GiveUpOnTheVanished();\n", ""),)),
    Mutation(_STREAMS, "nobody tells streams that the server ends",
             "libs/http/server.cc", "        connection->EndStream();\n",
             "        (void)connection;\n", _STREAM_TEST,
             ("StreamTest.AServerThatEndsEndsItsStreamsInOrder",)),
    Mutation(_STREAMS, "a reader may send what he wants", _STREAMED,
             "error || self->heard_octets_ > kMaxHeardOctets",
             "error", _STREAM_TEST,
             ("StreamTest.WhoSendsWithoutEndWhileHeReadsIsCutOff",)),
    Mutation(_TELLS_ON, "who has a secret is looked at once", _WATCH,
             "if (subject_.credential.kind == "
             "Credential::Kind::kCertificate) {",
             "if (subject_.credential.kind != Credential::Kind::kNone) {",
             _SESSION_TEST,
             ("ConsoleSessionTest.AStreamEndsSoonAfterItsSessionDid",),
             also=((_WATCH, "env_.clock.Now() < subject_.credential.not_after",
                    "subject_.route != nullptr"),)),
    Mutation(_TELLS_ON, "a certificate counts after its end", _WATCH,
             "env_.clock.Now() < subject_.credential.not_after",
             "subject_.route != nullptr", _WATCH_TEST,
             ("WatchTest.AStreamEndsWithTheCertificateOfItsReader",)),
    Mutation(_TELLS_ON, "a stream goes on after a refusal", _WATCH,
             "if (EndsAt(problem.status)) {",
             "if (EndsAt(problem.status + 1000)) {", _WATCH_TEST,
             ("WatchTest.WhoMayReadNoMoreIsToldSoAndTheStreamEnds",)),
    Mutation(_ORIGIN, "a form's body is taken", _EXCHANGE,
             "!rest::IsMediaType(request_.header(\"Content-Type\"), wanted)",
             "request_.header(\"Content-Type\") == \"none\"", _FRONT_TEST,
             ("FrontTest.BodiesAreJsonAndBounded",)),
    Mutation(_ORIGIN, "a browser may load what an answer says",
             "services/api/handlers/security_headers.h",
             "\"default-src 'none'; frame-ancestors 'none'\"",
             "\"default-src 'self'\"", _FRONT_TEST,
             ("FrontTest.AnswersHaveSecurityHeadersAndAllowNoOtherOrigin",)),
    Mutation(_WORDS, "a registrant's name is markup",
             "clients/console/src/pages/registrations.tsx",
             "{ name: \"Name\", cell: (row) => row.name },",
             "{ name: \"Name\", cell: (row) => (\n"
             "  <b dangerouslySetInnerHTML={{ __html: row.name }} />) },",
             "//tests/console:build_test",
             ("build_test.test_no_text_becomes_markup",)),
    Mutation(_WORDS, "a text is run",
             "clients/console/src/pages/registrations.tsx",
             "{ name: \"Name\", cell: (row) => row.name },",
             "{ name: \"Name\", cell: (row) =>\n"
             "  String(new Function(row.name)) },",
             "//tests/console:build_test",
             ("build_test.test_nothing_in_it_is_forbidden_by_its_pages_"
              "policy",)),
)
