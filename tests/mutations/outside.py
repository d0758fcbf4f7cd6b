"""Threats from the network, without any key."""

from tests.mutations.mutation import Mutation

_OCTETS = "Octets made to crash or to exhaust"
_CHAINS = "Chains that make path building explode"
_SLOW = "Slow or many connections"
_OPENING = "Opening sessions to fill the database"
_LEFT = "Sessions and answers left behind"
_AUDIT = "Filling the audit log with refusals"
_PARTS = "Any part of a request sent without end"
_HALVES = "Many half requests, or answers that nobody reads"
_RATE = "One address sends what all others' turn would be for"
_FORWARDED = "Speaking for another address"
_GONE = "Work for who has gone, or waited too long"
_BUYING = "Having the CA's keys sign for anybody"
_CROWD = "Asking so much by OCSP"
_SMUGGLING = "Smuggling requests past a proxy"
_PATHS = "A path of the REST interface that is read as another"
_TWICE = "One value said twice to the REST interface"
_BURSTS = "JSON for the REST interface that bursts inside"
_TELLS = "Errors of the REST interface that tell of the insides"
_CACHES = "A cache that gives one caller's answer to another"
_BETWEEN = "What is between services, reached over REST"
_ORACLE = "A padding oracle"
_CURVE = "Invalid curve points, weak or ROCA keys"
_ALG = "Choosing the algorithm by the message"
_CHANGING = "Reading or changing messages in between"
_DSI = "A DSI of endless names and lists"
_CONTROL = "Control characters in names"

_JSON = "libs/json/parse.cc"
_MEMBERS = "libs/jose/members.cc"
_JWS = "libs/jose/jws.cc"
_JWE = "libs/jose/jwe.cc"
_KEM = "libs/crypto/kem.cc"
_X509 = "libs/crypto/x509.cc"
_HTTP = "libs/http/connection.h"

_PATH = "libs/rest/path.cc"
_ROUTES = "libs/rest/routes.cc"
_BODY = "libs/rest/json_body.cc"
_PARAMETERS = "libs/rest/parameters.cc"
_TRANSCODER = "libs/rest/transcoder.cc"
_PROBLEM = "libs/rest/problem.cc"
_READER = "libs/http/request_reader.cc"
_PEERS = "libs/http/peers.cc"

_RESPONDER_CC = "services/ca/issuing/ocsp_responder.cc"
_OCSP_STORE = "services/ca/storage/ocsp_store.cc"
_OCSP_STORE_TEST = "//services/ca/storage:ca_store_test"
_OCSP_TEST = "//services/ca/handlers:ocsp_test"
_HANDLERS_TEST = "//services/ca/handlers:handlers_test"
_HTTP_TEST = "//libs/http:http_test"
_READER_TEST = "//libs/http:request_reader_test"
_HOSTILE_HTTP_TEST = "//libs/http:hostile_test"
_OVERLOAD_TEST = "//libs/http:overload_test"
_PEERS_TEST = "//libs/http:peers_test"
_JOSE_TEST = "//libs/jose:jose_test"
_CRYPTO_TEST = "//libs/crypto:crypto_test"
_COST_TEST = "//tests/cost:parsers_test"
_PATH_TEST = "//libs/rest:path_test"
_TRANSCODER_TEST = "//libs/rest:transcoder_test"
_PROBLEM_TEST = "//libs/rest:problem_test"
_HOSTILE_TEST = "//services/tsm/handlers:hostile_test"
_RULES_TEST = "//tests/e2e:http_rules_test"

# A ciphertext that is wrong is told from one that isn't.
_NO_REJECTION = (
    _KEM, "  SecretBytes result = SecretBytes::OfSize(expected_size);",
    "  if (mask != 0) return CheckFits(0, 0);\n"
    "  SecretBytes result = SecretBytes::OfSize(expected_size);")

_UNSEEN = ("libs/base/printable.cc", "if (!IsUnseen(character)) {",
           "if (!IsUnseen(character) || character != 0x7f) {")

MUTATIONS = (
    Mutation(_OCTETS, "JSON of any depth", _JSON,
             "rules.max_depth = static_cast<size_t>(limits.max_depth);",
             "rules.max_depth = size_t{1} << 30;",
             "//libs/json:json_test", ("JsonTest.DepthHasALimit",)),
    Mutation(_OCTETS, "JSON of any number of values", _JSON,
             'if (left_ == 0) return Fail("too many values", error);',
             "if (left_ == 0) left_ = 1;",
             "//libs/json:json_test", ("JsonTest.TheNumberOfValuesHasALimit",)),
    Mutation(_OCTETS, "JSON of any number of values", _JSON,
             'if (left_ == 0) return Fail("too many values", error);',
             "if (left_ == 0) left_ = 1;",
             _COST_TEST,
             ("ParserCostTest.Json", "ParserCostTest.Messages",
              "ParserCostTest.DeviceStates")),
    Mutation(_OCTETS, "headers of a JWS with any number of members", _MEMBERS,
             "if (header->members().size() > kMaxHeaderMembers) {",
             "if (header->members().size() > kMaxHeaderMembers * 1000) {",
             _JOSE_TEST,
             ("JwsTest.AHeaderOfTooManyMembersIsRefusedBeforeTheyAre"
              "Compared",)),
    # For each of its elements the test would never end.
    Mutation(_OCTETS, "DER is read again for each 16 KiB of it",
             "libs/crypto/der.cc",
             "    if ((element.tag & 0x20) != 0) {",
             "    if ((element.whole.data() - bytes.data()) % 16384 < 2) {\n"
             "      for (Reader again(bytes); !again.empty();) {\n"
             "        OTRP_RETURN_IF_ERROR(again.Next().status());\n"
             "      }\n"
             "    }\n"
             "    if ((element.tag & 0x20) != 0) {",
             _COST_TEST, ("ParserCostTest.CertificatesRequestsListsAndOcsp",)),
    Mutation(_OCTETS, "octets behind the end of a JSON text are overlooked",
             _JSON, "if (error || end < text.size()) {", "if (error) {",
             "//tests/conformance:json_suite_test",
             ("JsonSuiteTest.MustBeRefused",)),
    Mutation(_OCTETS, "octets behind the end of a JSON text are overlooked",
             _JSON, "if (error || end < text.size()) {", "if (error) {",
             "//tests/fuzz:json_replay_test",
             ("ReplayTest.SeedsAndTheirNeighbours",)),
    Mutation(_OCTETS, "a request's body of any size", _READER,
             "parser_->body_limit(limits_.body);",
             "parser_->body_limit(limits_.body * 10000);", _HTTP_TEST,
             ("HttpTest.ABodyOverTheLimitIs413AndTheClientLearnsIt",)),
    Mutation(_OCTETS, "a request's head of any size", _READER,
             "static_cast<std::uint32_t>(limits_.head)",
             "static_cast<std::uint32_t>(limits_.head * 10000)", _RULES_TEST,
             ("http_rules_test.test_a_header_without_end",),
             ((_READER, "if (head_octets_ + rest > limits_.head) {",
               "if (head_octets_ + rest > limits_.head * 10000) {"),)),

    Mutation(_CHAINS, "any number of certificates is built upon",
             "libs/attest/trust.cc",
             "intermediate_ders.size() > kMaxChainLength",
             "intermediate_ders.size() > kMaxChainLength * 1000",
             "//libs/attest:trust_test",
             ("TrustTest.TooManyCertificatesAreRefused",),
             (("libs/pki/verify.cc",
               "if (intermediates.size() > kMaxIntermediates) {",
               "if (intermediates.size() > kMaxIntermediates * 1000) {"),)),
    Mutation(_CHAINS, "policy mappings are taken", _X509,
             "if (X509_get_ext_by_NID(x, NID_policy_mappings, -1) >= 0) {",
             "if (X509_get_ext_by_NID(x, NID_policy_mappings, -1) >= 1000) {",
             "//libs/crypto:x509_test",
             ("X509Test.PolicyMappingsAreRefusedBeforeAnyPathIsBuilt",)),
    Mutation(_CHAINS, "any number of policies is taken", _X509,
             "constexpr size_t kMaxPolicies = 32;",
             "constexpr size_t kMaxPolicies = 32000;",
             "//libs/crypto:x509_test",
             ("X509Test.MorePoliciesThanACertificateNeedsAreRefused",)),
    Mutation(_CHAINS, "a path is taken that validation refuses",
             "libs/crypto/x509_chain.cc",
             "if (X509_verify_cert(ctx.get()) != 1) {",
             "if (X509_verify_cert(ctx.get()) != 1 && others.size() > 1000) {",
             "//tests/conformance:x509_limbo_test", ("X509LimboTest.Latest",)),

    Mutation(_PARTS, "what stands around chunks may be of any size", _READER,
             "if (rest > limits_.head) {", "if (rest > limits_.head * 10000) {",
             _READER_TEST,
             ("RequestReaderTest.WhateverIsSentWithoutEndIsRefusedAtIts"
              "Limit",)),
    Mutation(_PARTS, "a trailer's fields are the head's", _READER,
             "  request_.body = std::move(parser_->get().body());",
             "  request_.headers.clear();\n"
             "  CopyHead();\n"
             "  request_.body = std::move(parser_->get().body());",
             _READER_TEST, ("RequestReaderTest.ATrailerIsNoPartOfTheHead",)),
    Mutation(_PARTS, "what stands around chunks may be of any size", _READER,
             "if (rest > limits_.head) {", "if (rest > limits_.head * 10000) {",
             _HOSTILE_HTTP_TEST,
             ("HostileHttpTest.WhatHasNoEndIsAnsweredAndNotKept",)),
    Mutation(_PARTS, "what stands around chunks may be of any size", _READER,
             "if (rest > limits_.head) {", "if (rest > limits_.head * 10000) {",
             _RULES_TEST,
             ("http_rules_test.test_an_endless_chunk_extension_is_not_"
              "kept",)),
    Mutation(_HALVES, "requests have no budget", _HTTP,
             "return request_charge_.Hold(BeyondFree(octets)) &&",
             "return request_charge_.Hold(BeyondFree(0 * octets)) ||",
             _HOSTILE_HTTP_TEST,
             ("HostileHttpTest.UnfinishedRequestsUseUpTheirBudgetAndSmallOnes"
              "Pass",)),
    Mutation(_HALVES, "answers have no budget", _HTTP,
             "if (!answer_charge_.Hold(BeyondFree(response.body.size()))) {",
             "if (!answer_charge_.Hold(0)) {", _HOSTILE_HTTP_TEST,
             ("HostileHttpTest.AnswersThatNobodyReadsHaveABudget",)),
    Mutation(_HALVES, "an announced length is allocated", _READER,
             "void init(const boost::optional<std::uint64_t>&, error_code& "
             "error) {\n",
             "void init(const boost::optional<std::uint64_t>& size,\n"
             "              error_code& error) {\n"
             "      if (size) body_.reserve(static_cast<size_t>(*size));\n",
             _READER_TEST, ("RequestReaderTest.AnAnnouncedLengthAllocates"
                            "Nothing",)),

    Mutation(_SLOW, "a head's time begins anew with each octet", _HTTP,
             ": *begun_ + absl::ToChronoMilliseconds(",
             ": Now() + absl::ToChronoMilliseconds(", _HOSTILE_HTTP_TEST,
             ("HostileHttpTest.AHeadAnOctetAtATimeIs408",)),
    Mutation(_SLOW, "there is no least rate", "libs/http/shared.h",
             "                  start + time + earned);",
             "                  std::chrono::steady_clock::now() + time + "
             "0 * earned);", _HOSTILE_HTTP_TEST,
             ("HostileHttpTest.ABodyAnOctetAtATimeIs408",)),
    Mutation(_SLOW, "an answer may be read for ever", _HTTP,
             "lowest().expires_at(ProgressLimit(shared_->options, start, "
             "written));",
             "lowest().expires_never();", _HOSTILE_HTTP_TEST,
             ("HostileHttpTest.WhoReadsAnAnswerTooSlowlyIsCutOff",)),
    Mutation(_SLOW, "a request may take for ever", _HTTP,
             "               self->lowest().cancel();\n", "", _HTTP_TEST,
             ("HttpTest.ASlowRequestIs408AndAnIdleConnectionEnds",)),
    Mutation(_SLOW, "a connection may idle for ever", _HTTP,
             "absl::ToChronoMilliseconds(shared_->options.idle_timeout);",
             "absl::ToChronoMilliseconds(1000 * shared_->options."
             "idle_timeout);",
             _HTTP_TEST,
             ("HttpTest.ASlowRequestIs408AndAnIdleConnectionEnds",)),
    Mutation(_SLOW, "a queue of any length", _HTTP,
             "shared_->options.max_queue + shared_->options.handler_threads) {",
             "shared_->options.max_queue + 1000000) {", _HTTP_TEST,
             ("HttpTest.AFullQueueIs503WithRetryAfterAtOnce",)),
    Mutation(_SLOW, "one address may have all connections", _PEERS,
             "state.connections >= limits_.connections) {",
             "state.connections >= limits_.connections * 1000) {",
             _HOSTILE_HTTP_TEST,
             ("HostileHttpTest.OneAddressDoesNotTakeAllConnections",)),
    Mutation(_SLOW, "without descriptors nobody is told",
             "libs/http/server.cc",
             "self->spare_.RefuseWaiting(self->acceptor_.native_handle());",
             "(void)self->spare_;", _OVERLOAD_TEST,
             ("OverloadTest.WithoutDescriptorsNewConnectionsAreRefusedAt"
              "Once",)),
    Mutation(_SLOW, "nobody is served while a sender is waited for", _HTTP,
             "    if (!begun_.has_value()) begun_ = Now();",
             "    pollfd sender = {lowest().socket().native_handle(), POLLIN, "
             "0};\n"
             "    poll(&sender, 1, 60000);\n"
             "    if (!begun_.has_value()) begun_ = Now();", _RULES_TEST,
             ("http_rules_test.test_slow_senders_do_not_hold_up_others",)),

    Mutation(_RATE, "any number of requests of one address", _PEERS,
             "if (state.tokens < 1) return false;",
             "if (state.tokens < -1e9) return false;", _HOSTILE_HTTP_TEST,
             ("HostileHttpTest.TooManyRequestsOfOneAddressAre429",)),
    Mutation(_RATE, "any number of requests of one address", _PEERS,
             "if (state.tokens < 1) return false;",
             "if (state.tokens < -1e9) return false;", _PEERS_TEST,
             ("PeersTest.RequestsComeAtARateAndABurstOfTwice",)),
    Mutation(_RATE, "every address is remembered", _PEERS,
             "  if (states_.size() >= kMaxPeers) {\n",
             "  if (states_.size() >= kMaxPeers * 1000) {\n", _PEERS_TEST,
             ("PeersTest.EverNewAddressesDontFillTheMemory",)),
    Mutation(_FORWARDED, "whoever forwards is believed",
             "libs/http/forwarded.cc",
             "      if (!trusted.Contains(client)) return client;\n", "",
             _PEERS_TEST,
             ("ForwardedTest.TheNearestAddressThatIsNoProxyCounts",)),
    Mutation(_FORWARDED, "whoever forwards is believed",
             "libs/http/forwarded.cc",
             "      if (!trusted.Contains(client)) return client;\n", "",
             _HOSTILE_HTTP_TEST,
             ("HostileHttpTest.BehindATrustedProxyTheClientsAddress"
              "Counts",)),
    Mutation(_FORWARDED, "anybody may begin as a proxy does", _HTTP,
             "if (place_ == nullptr && shared_->options.proxy_protocol) {",
             "if (shared_->options.proxy_protocol) {", _HOSTILE_HTTP_TEST,
             ("HostileHttpTest.TheProxyProtocolIsForTrustedProxiesAlone",)),
    Mutation(_FORWARDED, "before TLS nobody is asked who sends", _HTTP,
             "if (place_ == nullptr && shared_->options.proxy_protocol) {",
             "if (place_ == nullptr && shared_->options.proxy_protocol &&\n"
             "        tls_ == nullptr) {", _HOSTILE_HTTP_TEST,
             ("HostileHttpTest.TheProxyProtocolComesBeforeTls",)),
    Mutation(_GONE, "who has gone is worked for", _HTTP,
             "return poll(&socket, 1, 0) != 0;",
             "return poll(&socket, 1, 0) > 1000;", _OVERLOAD_TEST,
             ("OverloadTest.TheWorkOfWhoHasGoneIsNotDone",)),
    Mutation(_GONE, "a request waits for ever", _HTTP,
             "if (!gone && Now() < until) {", "if (!gone) {", _OVERLOAD_TEST,
             ("OverloadTest.ARequestThatWaitsTooLongIs503AndNeverDone",)),
    Mutation(_GONE, "what a handler gives up is never answered",
             "libs/http/respond.cc",
             '  std::move (*this)(Problem(500, "the request was given up"));\n',
             "", _OVERLOAD_TEST,
             ("OverloadTest.ARequestThatAHandlerDropsIs500AndItsTurnIs"
              "Free",)),
    Mutation(_GONE, "handlers work where all connections wait", _HTTP,
             "asio::post(*lane->pool, [", "asio::dispatch(stream_.get_executor"
             "(), [", _OVERLOAD_TEST,
             ("OverloadTest.AHandlerThatReadsForLongHoldsUpNoConnection",)),

    Mutation(_BUYING, "each question buys a signature", _OCSP_STORE,
             "if (!found.response.der.empty()) return absl::OkStatus();",
             "if (found.response.der.size() == 1) return absl::OkStatus();",
             _OCSP_STORE_TEST,
             ("OcspStoreTest.ManyAtOnceGetTheOneResponseThatIsSigned",)),
    Mutation(_BUYING, "each question buys a signature", _RESPONDER_CC,
             "if (found->response.der.empty()) {",
             "if (found->response.der.size() != 1) {", _OCSP_TEST,
             ("OcspTest.StrangersBuyNoSecondSignatureWhateverTheySend",),
             ((_OCSP_STORE,
               "if (!found.response.der.empty()) return absl::OkStatus();",
               "if (found.response.der.size() == 1) return "
               "absl::OkStatus();"),)),
    Mutation(_BUYING, "the authority's own key signs", _RESPONDER_CC,
             "pki::IssueOcspResponse(response, signer.certificate, "
             "signer.key));",
             "pki::IssueOcspResponse(response, authority.certificate,\n"
             "                              authority.key));", _OCSP_TEST,
             ("OcspTest.NoAuthoritysKeySignsForStrangers",)),
    Mutation(_BUYING, "an authority answers for another's serial",
             _RESPONDER_CC, "if (found->authority != authority.name ||",
             "if (found->authority.empty() ||", _OCSP_TEST,
             ("OcspTest.WhatIsNoQuestionOfOursIsAnsweredUnsigned",)),
    Mutation(_BUYING, "an unknown serial is an error of ours", _RESPONDER_CC,
             "if (absl::IsNotFound(found.status())) {",
             "if (absl::IsDataLoss(found.status())) {", _HANDLERS_TEST,
             ("HandlersTest.OcspSignsNothingAboutASerialItNeverIssued",)),
    Mutation(_CROWD, "strangers take as many threads as they like",
             _RESPONDER_CC, "if (asker == Asker::kKnown) return",
             "if (!request->id.serial.empty() || asker == Asker::kKnown) "
             "return",
             _OCSP_TEST, ("OcspTest.StrangersHoldUpNobodyElse",)),
    Mutation(_OPENING, "a connect is written into the audit log",
             "services/tsm/messaging/messenger.cc",
             "exchange.call.Changed(false);",
             'exchange.Refuse(MessageVerdict::kOk, "", "connect");',
             "//services/tsm/handlers:advance_test",
             ("AdvanceTest.AConnectWritesNothing",)),
    Mutation(_OPENING, "a tid that nobody here made is taken",
             "libs/protocol/tid.cc", "if (!good) return refused;",
             "(void)good;", "//libs/protocol:tid_test",
             ("TidTest.EveryChangedDigitIsNoticed",)),
    Mutation(_OPENING, "a tid is good for an hour more",
             "libs/protocol/tid.cc", "back <= kTidEpochsAfter; ++back",
             "back <= kTidEpochsAfter + 12; ++back", _HOSTILE_TEST,
             ("HostileTest.FirstMessagesExpire",)),

    Mutation(_LEFT, "one batch a round", "libs/store/purge.cc",
             "while (batch == kPurgeBatch &&", "while (batch < 0 &&",
             "//libs/store:purge_test",
             ("PurgeTest.RemovesBatchAfterBatchUntilNothingIsLeft",)),
    Mutation(_LEFT, "one batch a round", "libs/store/purge.cc",
             "while (batch == kPurgeBatch &&", "while (batch < 0 &&",
             "//services/tsm/storage:tsm_store_test",
             ("TsmStoreTest.ABurstOfSessionsIsPurgedInOneRound",)),
    Mutation(_LEFT, "a purge goes on when its time is over",
             "libs/store/purge.cc", "&& absl::Now() < end);",
             "&& (batch > 0 || absl::Now() < end));",
             "//libs/store:purge_test",
             ("PurgeTest.WithoutTimeItDoesOneBatchAndTellsWhatIsLeft",)),

    Mutation(_AUDIT, "every refusal is recorded",
             "services/tsm/messaging/refusals.cc",
             "if (in_window_ >= max_per_second_) {",
             "if (in_window_ >= max_per_second_ * 1000) {", _HOSTILE_TEST,
             ("HostileTest.RefusalsAreLimitedAndTheNextRecordTellsHowMany"
              "AreMissing",)),

    Mutation(_SMUGGLING, "any number of hosts", "libs/http/head_rules.cc",
             "return count == 1 || (count == 0 && !http11);",
             "return count >= 0 || !http11;", _READER_TEST,
             ("HeadRulesTest.OneHostIsNeeded",)),
    Mutation(_SMUGGLING, "codings that we can't read are overlooked",
             "libs/http/head_rules.cc", "if (codings.size() > 1) {",
             "if (codings.size() > 1000) {", _READER_TEST,
             ("HeadRulesTest.CodingsThatWeCannotReadAreRefused",)),
    Mutation(_SMUGGLING, "what is no request is answered like one", _READER,
             'default: return Refuse(400, "not a request of HTTP/1.1");',
             "default: return Step::kDone;", _RULES_TEST,
             ("http_rules_test.test_two_lengths_are_no_request",
              "http_rules_test.test_what_is_no_http")),

    Mutation(_PATHS, "a decoded slash ends a segment", _PATH,
             "    path.segments.push_back(*std::move(segment));",
             "    for (const absl::string_view one :\n"
             "         absl::StrSplit(*segment, '/')) {\n"
             "      path.segments.emplace_back(one);\n    }",
             _PATH_TEST, ("PathTest.ADecodedSlashStaysInsideItsSegment",)),
    Mutation(_PATHS, "dot segments are taken", _PATH,
             'if (*segment == "." || *segment == "..") {',
             'if (*segment == ". .") {',
             _PATH_TEST, ("PathTest.TricksWithPathsAreRefused",)),
    Mutation(_PATHS, "a path is decoded twice", _PATH,
             "absl::StatusOr<std::string> segment = PercentDecode(part, "
             "Escapes::kPath);",
             "absl::StatusOr<std::string> segment = PercentDecode(\n        "
             "PercentDecode(part, Escapes::kPath).value_or(\"\"), "
             "Escapes::kPath);",
             _PATH_TEST, ("PathTest.TricksWithPathsAreRefused",)),
    Mutation(_PATHS, "a colon in a value is taken", _PATH,
             "raw.find(':') != absl::string_view::npos)) {",
             "raw.empty())) {", _PATH_TEST,
             ("PathTest.AnEscapedColonIsAValueAndARawOneBeginsAVerb",)),
    Mutation(_PATHS, "two routes fit one path", _ROUTES,
             "if (other->method == route.method && "
             "other->path.Overlaps(route.path)) {",
             "if (other->method == route.method && other == &route) {",
             "//libs/rest:routes_test",
             ("OptionTest.AWrongOptionIsRefusedWithItsRpc",)),

    Mutation(_TWICE, "a body replaces what the path says", _TRANSCODER,
             'if (object != nullptr) return MemberError(path, "stands in the '
             'path");',
             'if (object == &body) return MemberError(path, "stands in the '
             'path");',
             _TRANSCODER_TEST,
             ("TranscoderTest.WhatStandsInThePathIsNotInTheBody",)),
    Mutation(_TWICE, "a query replaces what the path says", _PARAMETERS,
             "    OTRP_RETURN_IF_ERROR(CheckPlace(route, name));\n",
             "    CheckPlace(route, name).IgnoreError();\n", _TRANSCODER_TEST,
             ("TranscoderTest.AWrongParameterIsNamed",)),
    Mutation(_TWICE, "unknown members are refused by no name", _BODY,
             "return MemberError(path + Printable(name, kMaxShownNameBytes),",
             "return MemberError(path,", _TRANSCODER_TEST,
             ("TranscoderTest.AnUnknownMemberIsNamed",)),
    Mutation(_TWICE, "a field comes under both of its names", _BODY,
             "if (!seen.insert(field).second) return",
             "if (!seen.insert(field).second && field == nullptr) return",
             _TRANSCODER_TEST,
             ("TranscoderTest.AWrongValueIsNamedWhereverItStands",)),

    Mutation(_BURSTS, "a stranger's body is read like our own", _TRANSCODER,
             "json::Parse(text, json::kStrangers)",
             "json::Parse(text, json::kOurs)", _TRANSCODER_TEST,
             ("TranscoderTest.ABodyThatIsNoGoodJsonIsRefused",)),
    Mutation(_BURSTS, "a body of any size", _TRANSCODER,
             "if (body.size() > kMaxJsonBytes) {",
             "if (body.size() > kMaxJsonBytes * 1000) {", _TRANSCODER_TEST,
             ("TranscoderTest.ALargeBodyIsRefusedBeforeItIsParsed",)),
    Mutation(_BURSTS, "a fault is looked for item by item", _BODY,
             "const size_t half = good + (bad - good) / 2;",
             "const size_t half = good + 1;", _COST_TEST,
             ("ParserCostTest.RestRequests",)),

    Mutation(_TELLS, "what the transport says is passed on", _PROBLEM,
             'case absl::StatusCode::kCancelled: return "try again soon";',
             "case absl::StatusCode::kCancelled:\n"
             "      return std::string(status.message());", _PROBLEM_TEST,
             ("ProblemTest.WhatFailedInsideIsNotTold",)),
    Mutation(_TELLS, "a caller's text is passed on as it is", _PROBLEM,
             "Printable(text, 2 * rpc::kMaxStatusMessageBytes);",
             "std::string(text.substr(0, 2 * rpc::kMaxStatusMessageBytes));",
             _PROBLEM_TEST,
             ("ProblemTest.ACallersTextMakesNeitherHeadersNorBrokenJson",)),
    Mutation(_CACHES, "any cache may keep an answer", "libs/rest/etag.cc",
             '"private, no-cache"', '"public"', "//libs/rest:etag_test",
             ("ETagTest.AnAnswerIsForItsCallerAlone",)),
    Mutation(_BETWEEN, "the gateway's RPC has a path",
             "protos/otrp/tsm/v1/tsm.proto",
             "rpc Advance(AdvanceRequest) returns (AdvanceResponse);",
             "rpc Advance(AdvanceRequest) returns (AdvanceResponse) {\n"
             '    option (google.api.http) = { post: "/v1/otrp" body: "*" };\n'
             "  }", "//tests/rest:surface_test",
             ("SurfaceTest.NoPathLeadsToWhatIsBetweenServices",)),

    Mutation(_ORACLE, "wrong padding ends the decryption", *_NO_REJECTION,
             _CRYPTO_TEST,
             ("RsaPkcs1Test.GivesRandomOctetsForWhateverIsWrong",)),
    Mutation(_ORACLE, "wrong padding has an error of its own", _KEM,
             "  SecretBytes result = SecretBytes::OfSize(expected_size);",
             '  if (mask != 0) return WrongKeyType("RSA");\n'
             "  SecretBytes result = SecretBytes::OfSize(expected_size);",
             _JOSE_TEST, ("JweTest.AllFailuresToDecryptLookTheSame",)),
    Mutation(_ORACLE, "the second octet of the padding is overlooked", _KEM,
             "bad |= em[1] ^ 2u;", "bad |= 0u;",
             "//tests/conformance:crypto_wycheproof_test",
             ("CryptoWycheproofTest.UnwrapsRsaCiphertextsWithoutAnOracle",)),
    Mutation(_ORACLE, "a wrong signature is told from a wrong ciphertext",
             "services/tsm/messaging/device_state.cc",
             "  if (IsUnsigned(*appraisal)) {\n"
             "    entries->AddUnreadable(MessageVerdict::kNotAuthentic,\n"
             "                           protocol::kNotAuthentic);",
             "  if (IsUnsigned(*appraisal)) {\n"
             "    entries->AddUnreadable(MessageVerdict::kNotAuthentic,\n"
             '                           "a wrong signature");', _HOSTILE_TEST,
             ("HostileTest.NobodyLearnsWhyAStateIsNotAuthentic",)),

    Mutation(_CURVE, "an ephemeral key of any kind", _JWE,
             "if (key->type() != crypto::KeyType::kEcP256) {",
             "if (key->bits() == 0) {", _JOSE_TEST,
             ("JweTest.RefusesEphemeralKeysThatAreNotOnTheCurve",)),
    Mutation(_CURVE, "for a point off the curve there is a key all the same",
             "libs/crypto/keys.cc",
             'if (!key.ok()) return UnusableKey("the point is not on the '
             'curve");',
             "if (!key.ok()) {\n"
             "    return PrivateKey::Generate(KeyType::kEcP256)\n"
             "        ->public_key();\n"
             "  }",
             _CRYPTO_TEST, ("KeysTest.RefusesOtherPoints",)),
    Mutation(_CURVE, "the ROCA fingerprint is overlooked",
             "libs/crypto/weak_key.cc", "if (HasRocaFingerprint(modulus)) {",
             "if (HasRocaFingerprint(modulus) && bits < 0) {", _CRYPTO_TEST,
             ("WeakKeyTest.FindsTheRocaFingerprint",)),

    Mutation(_ALG, "the policy is not asked", _JWS, "if (!allowed) {",
             "if (!allowed && jws.signature().empty()) {", _JOSE_TEST,
             ("JwsTest.TheKeyAndThePolicyDecideTheAlg",)),
    Mutation(_ALG, "the policy is not asked", _JWE, "if (!alg_allowed) {",
             "if (!alg_allowed && jwe.encrypted_key_.empty()) {", _JOSE_TEST,
             ("JweTest.TheKeyAndThePolicyDecideTheAlgAndTheEnc",)),
    Mutation(_ALG, "an unknown alg is taken for ES256", _JWS,
             'return MemberError("alg", "of a signature must be RS256 or '
             'ES256");',
             "return SigAlg::kES256;",
             "//clients/device:get_device_state_test",
             ("ProcessTest.AlgorithmNoneIsNotSupported",),
             (("clients/device/envelope.cc", "if (!alg.ok()) return alg;",
               'if (!alg.ok() && TextOf(jws, "payload").empty()) return '
               'alg;'),)),
    Mutation(_ALG, "the key that a message brings along checks it", _JWS,
             "return crypto::VerifySha256Digest(key, ",
             "const auto own = jws.x5c().empty()\n"
             "      ? absl::StatusOr<crypto::PublicKey>(key)\n"
             "      : crypto::PublicKey::FromSpki(jws.x5c()[0]);\n"
             "  return crypto::VerifySha256Digest(own.ok() ? *own : key, ",
             _JOSE_TEST, ("JwsTest.TheKeyOfTheMessageItselfIsNotUsed",)),

    Mutation(_CHANGING, "a response's signature isn't checked",
             "libs/protocol/message.cc",
             "if (!signature.ok()) return absl::UnauthenticatedError",
             "if (!signature.ok() && false) return "
             "absl::UnauthenticatedError", _HOSTILE_TEST,
             ("HostileTest.AWrongSignatureChangesNothing",)),
    Mutation(_CHANGING, "the signature covers the header only", _JWS,
             "hasher.Update(payload_b64);",
             "hasher.Update(payload_b64.substr(0, 0));",
             "//clients/device:tsm_trust_on_commands_test",
             ("TrustTest.ASignatureIsOfThisPayloadOnly",)),

    Mutation(_DSI, "lists of any length", "libs/protocol/dsi.cc",
             "if (count <= max) return", "if (count <= max * 1000) return",
             "//libs/protocol:dsi_test",
             ("ParseDsiTest.MoreThanATeeCanHoldIsRefusedByName",)),
    Mutation(_DSI, "names of any length", "libs/protocol/read.cc",
             "if (text.size() > kMaxNameBytes) {",
             "if (text.size() > kMaxNameBytes * 1000) {",
             "//libs/protocol:dsi_test",
             ("ParseDsiTest.NamesAreShortAndHaveNoControlCharacters",)),
    Mutation(_DSI, "names of any characters", "libs/protocol/read.cc",
             "if (absl::ascii_iscntrl(c)) {",
             "if (absl::ascii_iscntrl(c) && c == 0) {",
             "//libs/protocol:dsi_test",
             ("ParseDsiTest.NamesAreShortAndHaveNoControlCharacters",)),

    Mutation(_CONTROL, "what can't be seen stays as it is", *_UNSEEN,
             "//libs/base:base_test",
             ("PrintableTest.WhatCannotBeSeenIsWrittenOut",)),
    Mutation(_CONTROL, "what can't be seen stays as it is", *_UNSEEN,
             "//clients/otrpctl:render_test",
             ("RenderTest.ControlCharactersDontReachTheTerminal",
              "RenderTest.WhatTurnsTextRoundIsWrittenOutInBothFormats")),
    Mutation(_CONTROL, "what can't be seen stays as it is", *_UNSEEN,
             "//libs/telemetry:telemetry_test",
             ("LogTest.WhatTurnsTextRoundIsWrittenOut",
              "LogTest.ALineIsOneJsonObject")),
    Mutation(_CONTROL, "what can't be seen stays as it is", *_UNSEEN,
             "//clients/device:device_folder_test",
             ("ContactTest.WhatATsmSaysDoesNotSteerTheTerminal",)),
)
