"""Threats from inside, and when something fails."""

from tests.mutations.mutation import Mutation

_SLIP = "An operator's slip"
_CALLERS = "A stranger or one service calling"
_REVOKED = "A revoked certificate that goes on calling"
_UNAWARE = "Keeping a process from learning what is revoked"
_CALLERS_TEST = "//services/ca/handlers:revoked_callers_test"
_CALLER_REVOCATIONS = "libs/service/caller_revocations.cc"
_FOR_WHOM = "Saying for whom one calls"
_PODS = "Reaching a service or the database from another pod"
_ROLES = "One service's database role reading another's tables"
_OPEN_LINE = "Reading or answering the database's traffic"
_AUDIT = "Changing the audit log"
_LANES = ("An event of one service provider's that the tsm refuses, or that "
          "brings it down, and that keeps the others' from their devices")
_SECRETS = "Secrets in logs, errors, argv, environment"
_DUMP = "A stolen database dump"
_LEAKED = "A leaked password, session secret or service key"
_SQL = "SQL by parameters"
_CONTAINERS = "Breaking out of a container"
_MOUNTS = "A pod reading secrets that aren't its own"
_PARTS = "Parts of unknown origin in an image"
_OTHERS = "Images or a chart that somebody else made"
_NO_TSM = "Without the TSM nobody learns what is revoked"
_REPLICAS = "One replica gets all the work"
_VANISHED = "A replica that ends, or vanishes"
_GAVE_UP = "Work for callers who gave up"
_CRASH = "A crash or a lost connection leaves half a step"
_FORGOTTEN = "Issuing a certificate that the database forgets"
_RESTORED = "A restore from a backup makes revoked"
_LINTED = "A certificate that isn't what RFC 5280"
_MADE = "A fault while signing"
_SIGNER = "A leaked key of an OCSP signer"
_EXPIRED = "Expired staples or CRLs"

_ISSUER = "services/ca/issuing/issuer.cc"
_CA_STORE = "services/ca/storage/ca_store.cc"
_IDEMPOTENCY = "libs/store/idempotency.cc"
_COMMON_SQL = "libs/store/migrations/0000_common.sql"
_IDENTITY_KEYS = "services/tsm/identity/identity_keys.cc"
_IDENTITY_TEST = "//services/tsm/identity:identity_test"
_KEY_VAULT = "services/ca/issuing/key_vault.cc"
_AEAD = "libs/crypto/aead.cc"
_BLOB_SEAL = "services/sp_portal/storage/blob_seal.cc"
_BLOB_STORE = "services/sp_portal/storage/blob_store.cc"
_GATEWAY = "services/gateway/server.cc"
_SESSIONS = "services/tsm/storage/tsm_store_sessions.cc"
_POLICIES = "helm/otrp/templates/networkpolicies.yaml"
_STAGE = "deploy/images/stage.py"

_BALANCING_TEST = "//libs/rpc:balancing_test"
_PORTAL_STORE_TEST = "//services/sp_portal/storage:portal_store_test"
_HANDLERS_TEST = "//services/ca/handlers:handlers_test"
_OCSP_STORE = "services/ca/storage/ocsp_store.cc"
_OCSP_STORE_TEST = "//services/ca/storage:ca_store_test"
_OCSP_TEST = "//services/ca/handlers:ocsp_test"
_INTENTS_TEST = "//services/ca/issuing:intents_test"
_ISSUE_TEST = "//libs/pki:issue_test"
_CA_STORE_TEST = "//services/ca/storage:ca_store_test"
_SERVER_TEST = "//libs/rpc:server_test"
_DELEGATION_TEST = "//libs/rpc:delegation_test"
_POOL_TEST = "//libs/store:pool_test"
_POLICY_TEST = "//tests/helm:policy_test"
_PODS_TEST = "//tests/helm:pods_test"
_OPERATOR_TEST = "//tests/e2e:operator_test"
_IMAGES_TEST = "//tests/images:images_test"

_ANY_CALLER = (
    "libs/rpc/server.cc",
    "GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY",
    "GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY")
_ASKS_NOT = ("clients/otrpctl/command.cc", "command.asks = true;",
             "command.asks = false;")
_REWRITABLE = (_COMMON_SQL, "GRANT SELECT, INSERT ON audit_event, audit_seal",
               "GRANT ALL ON audit_event, audit_seal")
_NO_HASH = ("libs/store/audit_verify.cc",
            "} else if (hash.Finish() != seal.hash) {",
            "} else if (hash.Finish().empty()) {")

# A key of everybody's in place of the key-encryption key.
_KNOWN = "std::string(32, 'k')"

MUTATIONS = (
    Mutation(_SLIP, "what takes away doesn't ask", *_ASKS_NOT,
             "//clients/otrpctl:confirm_test",
             ("ConfirmTest.WhateverTakesAwayAsksAndNothingElse",)),
    Mutation(_SLIP, "every word is a group",
             "clients/otrpctl/commands_assign.cc",
             "if (!gives) return GroupTarget(word);",
             "if (!gives || !word.empty()) return GroupTarget(word);",
             "//clients/otrpctl:mishaps_test",
             ("MishapsTest.AMistypedDeviceIsNoGroup",)),
    Mutation(_SLIP, "what takes away doesn't ask", *_ASKS_NOT, _OPERATOR_TEST,
             ("operator_test.test_what_takes_away_asks_and_scripts_say_"
              "yes",)),
    Mutation(_SLIP, "files are those of the checkout", "otrp",
             '    cd "$caller"\n    exec "$bin/$path" "${words[@]}"',
             '    exec "$bin/$path" "${words[@]}"', "//tests/cli:entry_test",
             ("entry_test.test_files_are_read_and_written_in_the_callers_"
              "folder",)),

    Mutation(_CALLERS, "certificates of any root get in", *_ANY_CALLER,
             _SERVER_TEST, ("ServerTest.AnotherRootsCertificatesDoNotGetIn",)),
    Mutation(_CALLERS, "what no row names is allowed", "libs/rpc/authz.cc",
             "  bool allowed = false;\n", "  bool allowed = true;\n",
             _SERVER_TEST,
             ("ServerTest.MethodsOutsideTheTableAreDeniedNotUnimplemented",)),
    Mutation(_CALLERS, "a method without a row", "services/tsm/authz.cc",
             '"otrp.tsm.v1.Groups.ListGroups"',
             '"otrp.tsm.v1.Groups.ListAll"', "//services/tsm:authz_test",
             ("AuthzTest.EveryMethodHasExactlyOneRow",)),
    Mutation(_CALLERS, "certificates of any root get in", *_ANY_CALLER,
             _OPERATOR_TEST, ("operator_test.test_a_stranger_is_no_caller",)),

    Mutation(_FOR_WHOM, "every service calls for whom it likes",
             "libs/rpc/delegation.cc",
             "peer.kind != CallerKind::kService || peer.name != kFront",
             "peer.kind != CallerKind::kService", _DELEGATION_TEST,
             ("DelegationTest.NobodyElseCallsForSomebodyElse",)),
    Mutation(_FOR_WHOM, "the front calls as a service",
             "libs/rpc/delegation.cc",
             "if (!kind.has_value() || *kind == CallerKind::kService) {",
             "if (!kind.has_value()) {", _DELEGATION_TEST,
             ("DelegationTest.NobodyBecomesAService",)),
    Mutation(_FOR_WHOM, "the door takes the peer for the caller",
             "libs/rpc/server.cc", "CallerOf(peer, metadata);",
             "CallerOf(peer, {});", _SERVER_TEST,
             ("ServerTest.OnlyTheFrontCallsForSomebodyElse",)),
    Mutation(_FOR_WHOM, "every role is the owner's", "libs/rpc/identity.cc",
             "    case Role::kDeveloper: return 2;",
             "    case Role::kDeveloper: return 4;", "//libs/rpc:authz_test",
             ("AuthzTest.RolesOfAnSpRiseFromAuditorToOwner",)),

    Mutation(_PODS, "every service may call every other", _POLICIES,
             "{{- if has $key $peers }}", "{{- if true }}", _POLICY_TEST,
             ("policy_test.test_policies_are_the_arrows",)),
    Mutation(_PODS, "every service is open like the portal", _POLICIES,
             '{{- if eq $key "spPortal" }}', "{{- if true }}", _POLICY_TEST,
             ("policy_test.test_everything_else_is_denied",)),
    Mutation(_PODS, "the job that makes secrets reaches the database",
             _POLICIES, '{{- if ne $component "secrets" }}', "{{- if true }}",
             _POLICY_TEST,
             ("policy_test.test_only_owners_reach_the_database",)),

    Mutation(_ROLES, "a service's role may make tables",
             "libs/store/migrate.cc", '"GRANT USAGE ON SCHEMA "',
             '"GRANT USAGE, CREATE ON SCHEMA "', _POOL_TEST,
             ("PoolTest.TheRunTimeRoleHasNoDdl",)),
    Mutation(_ROLES, "a service's role may change the audit log",
             *_REWRITABLE, _POOL_TEST, ("PoolTest.TheRunTimeRoleHasNoDdl",)),
    Mutation(_ROLES, "a service's role may change the audit log",
             *_REWRITABLE, _OPERATOR_TEST,
             ("operator_test.test_the_services_themselves_cannot_rewrite_"
              "it",)),
    Mutation(_ROLES, "a service's role may read all schemas",
             "deploy/suite/postgres.py",
             'f"GRANT USAGE ON SCHEMA {schema} TO otrp_{schema};"',
             'f"GRANT USAGE ON SCHEMA {schema} TO otrp_{schema};"\n'
             '                f"GRANT pg_read_all_data TO otrp_{schema};"',
             _OPERATOR_TEST,
             ("operator_test.test_a_service_sees_its_own_schema_only",)),

    Mutation(_OPEN_LINE, "whatever the mode, the line is used",
             "libs/store/access.cc", "if (mode >= least) ",
             "if (mode >= SslMode::kDisable) ", "//libs/store:access_test",
             ("AccessTest.AnotherMachineNeedsWhatTheFloorSays",)),
    Mutation(_OPEN_LINE, "an address of the network passes for loopback",
             "libs/store/access.cc", "return ntohl(v4.s_addr) >> 24 == 127;",
             "return true;", "//libs/store:access_test",
             ("AccessTest.AnotherMachineNeedsWhatTheFloorSays",)),
    Mutation(_OPEN_LINE, "a role without our limits serves",
             "libs/store/session_settings.cc",
             "case Pooler::kTransaction: return CheckRole(options, driver);",
             "case Pooler::kTransaction:\n"
             "      static_cast<void>(CheckRole(options, driver));\n"
             "      return absl::OkStatus();", "//libs/store:pool_test",
             ("PoolTest.BehindATransactionPoolerNothingIsPreparedAndTheRole"
              "MustServe",)),

    Mutation(_LANES, "what is refused is tried for ever",
             "libs/store/outbox.cc",
             "    case absl::StatusCode::kInvalidArgument:\n", "",
             "//libs/store:outbox_test",
             ("OutboxTest.WhatIsRefusedIsParkedAndHoldsUpItsOwnLaneAlone",)),
    Mutation(_LANES, "a receiver that a message brings down is away",
             "libs/store/outbox_round.cc",
             "const bool counts = was_there || failed.kind",
             "const bool counts = failed.kind", "//libs/store:outbox_test",
             ("OutboxTest.AMessageThatBringsTheReceiverDownHoldsUpItsOwnLane"
              "Alone",)),

    Mutation(_AUDIT, "a seal's hash isn't compared", *_NO_HASH,
             "//libs/store:audit_test",
             ("TamperingTest.IsFound", "OldSealsTest.AChangedEventIsFound")),
    Mutation(_AUDIT, "an old seal's range is all that counts",
             "libs/store/audit_verify.cc",
             "if (hash.count() + stray != seal.count) {",
             "if (hash.count() != seal.count) {", "//libs/store:audit_test",
             ("OldSealsTest.AnEventPutUnderOneIsFound",)),
    Mutation(_AUDIT, "another server goes on as if it were the same",
             "libs/store/audit_seal.cc",
             "} else if (next.server != last.server) {",
             "} else if (next.server.empty() != last.server.empty()) {",
             "//libs/store:audit_test",
             ("AuditTest.AnotherServerBeginsAnEpochThatSaysSo",)),
    Mutation(_AUDIT, "a seal's hash isn't compared", *_NO_HASH,
             _OPERATOR_TEST, ("operator_test.test_tampering_is_found",)),

    Mutation(_SECRETS, "a secret may be everybody's to read",
             "libs/config/config.cc", "if (secret && IsExposed(info)) {",
             "if (secret && IsExposed(info) && info.st_size == 0) {",
             "//libs/config:config_test",
             ("SecretFileTest.OnlyTheOwnerMayReadIt",)),
    Mutation(_SECRETS, "an error quotes what it couldn't read",
             "libs/crypto/keys.cc",
             "  return Adopt(key.release(), Origin::kRead, use);",
             "  if (!key) return UnusableKey(der);\n"
             "  return Adopt(key.release(), Origin::kRead, use);",
             "//libs/crypto:crypto_test", ("KeysTest.ErrorsDoNotQuoteTheKey",)),
    Mutation(_SECRETS, "a string that was taken isn't wiped",
             "libs/base/secret.cc",
             "  // Short strings are copied by a move.\n  Wipe(&bytes);\n",
             "", "//libs/base:base_test",
             ("SecretBytesTest.TakeLeavesNothingInTheCallersString",)),
    Mutation(_SECRETS, "a secret that is read is logged",
             "libs/config/config.cc", "  if (done != content.size()) {",
             "  if (secret &&\n"
             "      write(STDERR_FILENO, content.data(), content.size()) < 0) "
             "{\n"
             "    return content;\n"
             "  }\n"
             "  if (done != content.size()) {",
             _OPERATOR_TEST,
             ("operator_test.test_no_secret_in_logs_and_command_lines",)),

    Mutation(_DUMP, "the TSM's keys are sealed by a known key",
             _IDENTITY_KEYS, "crypto::AesGcmSeal(kek_.view(),",
             f"crypto::AesGcmSeal({_KNOWN},", _IDENTITY_TEST,
             ("IdentityTest.KeysAreSealedAndAnotherKekDoesNotOpenThem",),
             ((_IDENTITY_KEYS, "crypto::AesGcmOpen(\n      kek_.view(),",
               f"crypto::AesGcmOpen({_KNOWN},"),)),
    Mutation(_DUMP, "the authorities' keys are sealed by a known key",
             _KEY_VAULT, "crypto::Kek(kek_).Seal(",
             f"crypto::Kek({_KNOWN}).Seal(",
             "//services/ca/issuing:bootstrap_test",
             ("BootstrapTest.AnotherKekOpensNothing",),
             ((_KEY_VAULT, "crypto::Kek(kek_, previous_kek_).Open(",
               f"crypto::Kek({_KNOWN}).Open("),)),
    Mutation(_DUMP, "an image's key is sealed by a known key", _BLOB_SEAL,
             "crypto::AesGcmSeal(kek_.view(), key.view(),",
             f"crypto::AesGcmSeal({_KNOWN}, key.view(),", _PORTAL_STORE_TEST,
             ("BlobStoreTest.ADumpOfTheDatabaseShowsNoImage",),
             ((_BLOB_SEAL, "crypto::AesGcmOpen(kek_.view(), sealed_key,",
               f"crypto::AesGcmOpen({_KNOWN}, sealed_key,"),)),
    Mutation(_DUMP, "an image's octets are given out unchecked", _BLOB_STORE,
             "if (crypto::Sha256(octets) != sha256) {",
             "if (sha256.empty()) {", _PORTAL_STORE_TEST,
             ("BlobStoreTest.OctetsThatSomebodyMovedOrCutAreNotGivenOut",)),
    Mutation(_DUMP, "a seal opens in any row", _AEAD,
             "Octets(plaintext), plaintext.size(),\n"
             "                         Octets(aad), aad.size())",
             "Octets(plaintext), plaintext.size(),\n"
             "                         Octets(aad), 0)",
             "//libs/crypto:crypto_test",
             ("AesGcmTest.OpensWhatItSealedForTheSamePlaceOnly",),
             ((_AEAD, "ciphertext.size(), Octets(aad), aad.size())",
               "ciphertext.size(), Octets(aad), 0)"),)),

    Mutation(_LEAKED, "a session secret that was replaced stays good",
             "services/tsm/messaging/secrets.cc",
             "  secrets_ = std::move(list);",
             "  for (const auto& old : secrets_) list.push_back(old);\n"
             "  secrets_ = std::move(list);",
             "//services/tsm/messaging:secrets_test",
             ("SessionSecretsTest.OneThatIsGoneIsGone",)),
    Mutation(_LEAKED, "changed certificates aren't read again",
             "libs/http/tls_files.cc",
             "if (stamp == stamp_) return context_;",
             "if (stamp != stamp_) return context_;",
             "//tests/e2e:rotation_test",
             ("rotation_test.test_everything_is_replaced_under_load",)),

    Mutation(_SQL, "parameters change their places",
             "libs/store/connection.cc",
             "runs->rewritten.push_back(param);",
             "runs->rewritten.insert(runs->rewritten.begin(), param);",
             _POOL_TEST,
             ("PoolTest.ManyAlternatingBinaryParametersKeepTheirPlaces",)),
    Mutation(_SQL, "a quote ends an element of an array",
             "libs/store/value.cc",
             "if (c == '\"' || c == '\\\\') out += '\\\\';",
             "if (c == '\\\\') out += '\\\\';", "//libs/store:value_test",
             ("ArrayTest.QuotesWhatNeedsIt",)),

    Mutation(_CONTAINERS, "a container's files can be changed",
             "helm/otrp/templates/_helpers.tpl",
             "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false",
             _PODS_TEST, ("pods_test.test_pod_security_restricted",)),
    Mutation(_CONTAINERS, "images are made from Debian's",
             "deploy/images/Dockerfile", "FROM scratch AS runtime",
             "FROM ${BASE} AS runtime", _IMAGES_TEST,
             ("images_test.test_nothing_can_be_run_but_the_images_own_"
              "programs", "images_test.test_no_shell_can_be_started")),
    Mutation(_CONTAINERS, "everybody may change a program", _STAGE,
             "os.path.basename(source)), 0o755)",
             "os.path.basename(source)), 0o757)", _IMAGES_TEST,
             ("images_test.test_its_user_can_change_nothing_and_no_file_"
              "gives_rights",)),

    Mutation(_MOUNTS, "every service mounts the tsm's database password",
             "helm/otrp/templates/deployments.yaml",
             '"otrp.dsnVolume" (dict "root" $root "role" $s.schema)',
             '"otrp.dsnVolume" (dict "root" $root "role" "tsm")', _PODS_TEST,
             ("pods_test.test_a_service_mounts_its_own_secrets_only",)),
    Mutation(_MOUNTS, "a job may read every secret",
             "helm/otrp/templates/_jobs.tpl",
             "    resourceNames:\n      {{- .secrets | trim | nindent 6 }}",
             "    resourceNames: []", _PODS_TEST,
             ("pods_test.test_roles_are_for_named_secrets_only",)),

    Mutation(_PARTS, "a part doesn't say where it is from",
             "deploy/images/sbom.py",
             '        "downloadLocation": NOTHING,\n', "", _IMAGES_TEST,
             ("images_test.test_they_are_spdx",)),
    Mutation(_PARTS, "each image has the packages of all", _STAGE,
             "owners.of(libraries))", "owners.of(everything))", _IMAGES_TEST,
             ("images_test.test_only_the_shared_libraries_that_are_needed",)),

    Mutation(_OTHERS, "images have no registry of their own",
             "helm/otrp/templates/_helpers.tpl",
             '$registry | trimSuffix "/" }}/', '"otrp" }}/',
             "//tests/helm:cluster_test",
             ("cluster_test.test_no_image_has_a_name_that_somebody_else_could_"
              "own",)),
    Mutation(_OTHERS, "the chart's documented release isn't signed",
             "docs/kubernetes.md", "helm package --sign --key", "helm package "
             "--key", "//tests/helm:release_test",
             ("release_test.test_a_package_that_somebody_changed_is_"
              "refused",)),

    Mutation(_CRASH, "the reply isn't kept with the step", _SESSIONS,
             "$9::timestamptz FROM document)",
             "$9::timestamptz FROM document WHERE false)",
             "//services/tsm/handlers:hostile_test",
             ("HostileTest.ACommitOfUnknownOutcomeIsRepeatedSafely",)),
    Mutation(_CRASH, "the reply isn't kept with the step", _SESSIONS,
             "$9::timestamptz FROM document)",
             "$9::timestamptz FROM document WHERE false)",
             "//services/tsm/storage:tsm_store_test",
             ("LostCommitTest.AStepIsTakenOnce",)),
    Mutation(_CRASH, "a key that is in use may be had", _IDEMPOTENCY,
             "           AND k.leased_until <= clock_timestamp()\n", "",
             "//libs/store:idempotency_test",
             ("IdempotencyTest.OfManyAtTheSameTimeOneIsTheFirst",)),
    Mutation(_CRASH, "a TA that a TEE has and we didn't know of is overlooked",
             "services/tsm/domain/reconcile.cc",
             "domain.tas.push_back(std::move(ta));",
             "if (!ta.version.empty()) domain.tas.push_back(std::move(ta));",
             "//tests/e2e:faults_test",
             ("faults_test.test_any_service_killed_before_any_message",)),

    Mutation(_NO_TSM, "a gateway without the TSM isn't ready", _GATEWAY,
             "void AddChecks(service::Readiness&) override {}",
             "void AddChecks(service::Readiness& readiness) override {\n"
             '    readiness.Add("tsm", [this]() -> absl::Status {\n'
             "      if (tsm_->GetState(false) == GRPC_CHANNEL_READY) {\n"
             "        return absl::OkStatus();\n"
             "      }\n"
             '      return absl::UnavailableError("away");\n'
             "    });\n"
             "  }",
             _OPERATOR_TEST,
             ("operator_test.test_crls_and_ocsp_stay_up_while_the_tsm_is_"
              "away",),
             ((_GATEWAY, ': keeper_({{"tsm", tsm}',
               ': tsm_(tsm), keeper_({{"tsm", tsm}'),
              (_GATEWAY, "const rpc::ConnectionKeeper keeper_;",
               "const std::shared_ptr<grpc::Channel> tsm_;\n"
               "  const rpc::ConnectionKeeper keeper_;"))),
    Mutation(_REPLICAS, "the first replica gets all calls",
             "libs/rpc/channel.cc", '"round_robin"', '"pick_first"',
             _BALANCING_TEST,
             ("BalancingTest.TheReplicasOfANameShareTheCallsOfOneClient",)),
    Mutation(_REPLICAS, "a connection never ends", "libs/rpc/server.cc",
             "absl::ToInt64Milliseconds(options.max_connection_age)",
             "absl::ToInt64Milliseconds(options.max_connection_age * 1000)",
             _BALANCING_TEST,
             ("BalancingTest.ANewReplicaIsFoundWithinTheAgeOfAConnection",)),
    Mutation(_REPLICAS, "who keeps work waiting gets more",
             "libs/service/readiness.cc", "if (mean <= most) return",
             "if (mean <= most * 1000) return", "//libs/service:readiness_test",
             ("ReadinessTest.WhoKeepsWorkWaitingGetsNoMore",)),
    Mutation(_REPLICAS, "the first replica gets all calls",
             "libs/rpc/channel.cc", '"round_robin"', '"pick_first"',
             "//tests/helm:node_test",
             ("node_test.test_install_load_upgrade_and_drain",)),
    Mutation(_VANISHED, "no call is tried again", "libs/rpc/channel.cc",
             "if (options.try_again) args", "if (options.target.empty()) args",
             _BALANCING_TEST,
             ("BalancingTest.AReplicaThatEndsTakesNoCallWithIt",)),
    Mutation(_VANISHED, "idle connections aren't tried",
             "libs/rpc/channel.cc",
             "GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1",
             "GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0", _BALANCING_TEST,
             ("BalancingTest.AnIdleConnectionIsKeptAndOneThatVanishedIs"
              "Noticed",)),
    Mutation(_GAVE_UP, "a call has a deadline of its own alone",
             "libs/rpc/channel.cc",
             "std::min(absl::Now() + options.timeout, options.deadline)",
             "absl::Now() + options.timeout", _BALANCING_TEST,
             ("BalancingTest.NobodyWorksLongerThanTheOneWhoWaits",)),

    Mutation(_GAVE_UP, "the verifier isn't told how long somebody waits",
             "services/tsm/clients/verifier_client.cc",
             "options.deadline = call.deadline();", "(void)call.deadline();",
             "//services/tsm/clients:verifier_client_test",
             ("VerifierClientTest.NothingIsAppraisedForAGatewayThatGaveUp",)),
    Mutation(_GAVE_UP, "the ca isn't told how long somebody waits",
             "services/sp_portal/clients/ca_client.cc",
             "          call.deadline()};",
             "          absl::InfiniteFuture()};",
             "//services/sp_portal/clients:ca_client_test",
             ("CaClientTest.NothingIsIssuedForSomebodyWhoGaveUp",)),

    Mutation(_FORGOTTEN, "a certificate is given that was never recorded",
             _ISSUER,
             "OTRP_RETURN_IF_ERROR("
             "store_.RecordIntent(begun.intent, begun.grounds));",
             "(void)store_.RecordIntent(begun.intent, begun.grounds).ok();",
             _HANDLERS_TEST, ("HandlersTest.WithoutADatabaseNothingIsIssued",),
             ((_ISSUER,
               "OTRP_RETURN_IF_ERROR(\n"
               "      store_.RecordIssued(begun.intent.serial, der, "
               "audit(begun.intent)));",
               "(void)store_.RecordIssued(begun.intent.serial, der,\n"
               "                             audit(begun.intent)).ok();"),
              (_ISSUER,
               "  OTRP_ASSIGN_OR_RETURN(\n      const bool blocked,\n"
               "      store_.IsBlockedKey("
               "crypto::Sha256(csr.public_key().ToSpki())));\n",
               "  const bool blocked = store_.IsBlockedKey(\n"
               "      crypto::Sha256(csr.public_key().ToSpki()))"
               ".value_or(false);\n"))),
    Mutation(_FORGOTTEN, "an intent that nobody completes stays",
             "services/ca/issuing/intents.cc",
             "now - kBackdate - kIntentPatience, revoked,",
             "absl::InfinitePast(), revoked,", _INTENTS_TEST,
             ("KilledTest.WhatNobodyAsksForAgainIsRevokedIfItMayHaveBeen"
              "Signed",)),
    Mutation(_FORGOTTEN, "an intent is completed with other octets", _ISSUER,
             "  if (known->tbs_sha256 ==\n"
             "      crypto::Sha256(crypto::TbsOf(begun.linted->info()))) {\n",
             "  if (!known->tbs_sha256.empty()) {\n",
             _INTENTS_TEST,
             ("IntentsTest.ASerialIsNeverSignedForOtherOctetsThanAtFirst",)),
    Mutation(_RESTORED, "a list's number begins anew",
             "services/ca/issuing/revocation.cc",
             "= absl::ToUnixMillis(clock_.Now());", "= 0;",
             "//services/ca/handlers:recovery_test",
             ("RecoveryTest.WhatWasRevokedAfterTheDumpIsRevokedAgainOnceThe"
              "ListIsRead",)),
    Mutation(_RESTORED, "anybody's list is believed",
             "services/ca/handlers/recovery.cc",
             "if (crl.VerifySigner(authority->certificate).ok()) "
             "return authority;",
             "if (crl.number() >= 0) return authority;",
             "//services/ca/handlers:recovery_test",
             ("RecoveryTest.AListOfNobodysTeachesNothing",)),
    Mutation(_LINTED, "nothing is linted", _ISSUER,
             "  OTRP_RETURN_IF_ERROR(pki::CheckLints(\n"
             "      crypto::TbsOf(made.info()),\n"
             "      {authority.certificate, leaf.role, "
             "&authority.terms.policy_oids}));\n",
             "", _INTENTS_TEST,
             ("IntentsTest.WhatBreaksALintLeavesNoIntent",)),
    Mutation(_LINTED, "the profile's usages aren't looked at",
             "libs/pki/lint.cc",
             "return UsagesOf(tbs) == ProfileOf(context).eku_oids;",
             "return !UsagesOf(tbs).empty() || context.role.has_value();",
             "//libs/pki:lint_test",
             ("LintTest.EachFindsWhatItIsForAndNothingElse",)),
    Mutation(_FORGOTTEN, "an intent is completed twice", _CA_STORE,
             "        WHERE serial = $1 AND status = 'intended'\n"
             "        RETURNING serial, profile",
             "        WHERE serial = $1\n"
             "        RETURNING serial, profile", _CA_STORE_TEST,
             ("CaStoreTest.AnIntentIsCompletedOnce",)),

    Mutation(_MADE, "what was signed isn't verified", "libs/pki/issue.cc",
             "return built.ok() ? absl::OkStatus() : "
             "WrongMade(built.message());",
             "(void)built.ok();\n  return absl::OkStatus();", _ISSUE_TEST,
             ("IssueTest.AKeyThatIsNotItsCertificatesIsFoundBeforeAnything"
              "Leaves",)),
    Mutation(_MADE, "an authority's path length isn't looked at",
             "libs/pki/issue.cc",
             "made.info().path_length >= above.path_length)) {",
             "made.info().path_length >= 1000)) {", _ISSUE_TEST,
             ("IssueTest.NoAuthorityLeavesThatItsIssuerHasNoRoomFor",)),
    Mutation(_SIGNER, "what a revoked signer signed is given out",
             _OCSP_STORE, "WHERE s.serial = r.signer AND s.status = 'issued')",
             "WHERE s.serial = r.signer)", _OCSP_STORE_TEST,
             ("OcspStoreTest.ARevokedSignerIsNobodys",)),
    Mutation(_SIGNER, "what a revoked signer signed is given out",
             _OCSP_STORE, "WHERE s.serial = r.signer AND s.status = 'issued')",
             "WHERE s.serial = r.signer)", _OCSP_TEST,
             ("OcspTest.ARevokedSignerIsReplacedAndWhatItSignedWithdrawn",)),
    Mutation(_EXPIRED, "a CRL short of a revocation is fresh", _CA_STORE,
             "OR crl.revoked <> (", "OR crl.revoked > (", _CA_STORE_TEST,
             ("CaStoreTest.ACrlIsStaleWhenMissingOldOrShortOfARevocation",)),
    Mutation(_REVOKED, "the door doesn't ask what is revoked",
             "libs/rpc/server.cc",
             "    if (status.ok()) status = "
             "CheckNotRevoked(*context, peer, *caller);\n",
             "", _CALLERS_TEST,
             ("RevokedCallersTest.CallNothingMoreOverNewAndOpenConnections",
              "DeniedCallersTest.WhoIsOnTheListIsRefusedUntilHeIsOffIt")),
    Mutation(_REVOKED, "what the CA lists isn't added", _CALLER_REVOCATIONS,
             "    view_.Add(serials);\n", "", _CALLERS_TEST,
             ("RevokedCallersTest.CallNothingMoreOverNewAndOpenConnections",)),
    Mutation(_REVOKED, "the front takes what the handshake took",
             "services/api/handlers/exchange.cc",
             "  if (good.ok()) return Admit(credential_.caller);\n",
             "  if (true) return Admit(credential_.caller);\n",
             "//tests/rest:front_test",
             ("FrontTest.ARevokedCertificateIsNoneOverNewAndOpen"
              "Connections",)),
    Mutation(_REVOKED, "a stream goes on as whoever began it",
             "services/api/handlers/watch.cc",
             "    return good.ok() ? Call() : TellProblem(good);\n",
             "    return Call();\n", "//tests/rest:watch_test",
             ("WatchTest.AStreamEndsWhenTheCertificateOfItsReaderIsRevoked",)),
    Mutation(_REVOKED, "the deny list is left unread", _CALLER_REVOCATIONS,
             "  if (denied.ok()) view_.SetDenied(*denied);\n", "",
             _CALLERS_TEST,
             ("DeniedCallersTest.WhoIsOnTheListIsRefusedUntilHeIsOffIt",)),
    Mutation(_REVOKED, "a serial's last digits are lost",
             "libs/rpc/peer_serial.cc",
             "  for (size_t i = 0; i < size; ++i) {\n",
             "  for (size_t i = 0; i + 1 < size; ++i) {\n",
             "//libs/rpc:peer_serial_test",
             ("PeerSerialTest.IsThatOfTheCertificateWhateverItsLength",)),
    Mutation(_REVOKED, "a table that grows forgets",
             "libs/rpc/revocation_view.cc",
             "  for (Entry& entry : entries_) "
             "larger->Slot(entry.name).store(&entry);\n",
             "", "//libs/rpc:revocation_view_test",
             ("RevocationViewTest.WhatIsRevokedStaysSoHoweverMuchComes",)),
    Mutation(_UNAWARE, "people are let in by a view that is stale",
             _CALLER_REVOCATIONS,
             "  view_.SetStale(options_.refuse_people_when_stale && stale);\n",
             "  view_.SetStale(!stale);\n", _CALLERS_TEST,
             ("DeniedCallersTest.WithoutTheCaPeopleAreLetInUnlessThatIsNot"
              "Wanted",)),
    Mutation(_UNAWARE, "what was known once is fresh for ever",
             "libs/service/crl_pull.cc",
             "  OTRP_ASSIGN_OR_RETURN(const ca::v1::ListAuthoritiesResponse "
             "authorities,\n",
             "  SetFresh(now);\n"
             "  OTRP_ASSIGN_OR_RETURN(const ca::v1::ListAuthoritiesResponse "
             "authorities,\n",
             "//libs/service:crl_pull_test",
             ("CrlPullTest.WithoutTheCaWhatIsKnownGetsOld",)),
)
