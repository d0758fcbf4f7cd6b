"""Threats from who gets at the command line's tokens."""

from tests.mutations.mutation import Mutation

_ON_DISK = "A token that others on the machine read or replace"
_IN_ARGV = "A token or a one-time code in argv"
_ELSEWHERE = "A token sent to somebody else"
_FOR_EVER = "A token that its holder, or who finds it"

_CONTEXTS = "clients/otrpctl/contexts.cc"
_CONTEXTS_TEST = "//clients/otrpctl:contexts_test"
_REST_TEST = "//clients/otrpctl:rest_caller_test"

MUTATIONS = (
    Mutation(_ON_DISK, "others may read the file", _CONTEXTS,
             "if ((file.st_mode & kOthers) != 0) {",
             "if ((file.st_mode & S_IWOTH) != 0) {", _CONTEXTS_TEST,
             ("ContextsTest.AFileThatOthersCanReadOrWriteIsRefused",)),
    Mutation(_ON_DISK, "the folder is everybody's", _CONTEXTS,
             "::mkdir(level.c_str(), 0700)", "::mkdir(level.c_str(), 0755)",
             _CONTEXTS_TEST,
             ("ContextsTest.FileAndFolderAreTheirOwnersAloneWhateverTheUmask"
              "Says",)),
    Mutation(_ON_DISK, "a link is followed", _CONTEXTS,
             "O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK",
             "O_RDONLY | O_CLOEXEC | O_NONBLOCK", _CONTEXTS_TEST,
             ("ContextsTest.ASymbolicLinkIsNotFollowed",)),
    Mutation(_ON_DISK, "others may write into the folder", _CONTEXTS,
             "(by_others && (there.st_mode & S_ISVTX) == 0)",
             "(by_others && there.st_uid != geteuid())", _CONTEXTS_TEST,
             ("ContextsTest.AFolderThatOthersWriteIntoIsRefused",)),
    Mutation(_ON_DISK, "anything is read", _CONTEXTS,
             "  if (!S_ISREG(file.st_mode)) return FileError(path, "
             "\"is no plain file\");\n", "", _CONTEXTS_TEST,
             ("ContextsTest.WhatIsNoPlainFileIsRefused",)),
    Mutation(_ON_DISK, "two write at once", _CONTEXTS,
             "::flock(edit.folder_, LOCK_EX) != 0", "false", _CONTEXTS_TEST,
             ("ContextsTest.OfManyChangesAtOnceNoneIsLost",)),
    Mutation(_IN_ARGV, "a code is a word of the command line",
             "clients/otrpctl/commands_login.cc",
             "{\"code-file\", \"FILE\", false,",
             "{\"code-file\", \"CODE\", false,",
             "//clients/otrpctl:commands_test",
             ("CommandsTest.NoFlagTakesASecretItself",)),
    Mutation(_IN_ARGV, "what is typed is shown", "clients/otrpctl/terminal.cc",
             "ECHO | ECHONL | ICANON | ISIG", "ICANON | ISIG",
             "//tests/e2e:login_test",
             ("login_test.test_the_code_that_is_typed_is_not_shown",)),
    Mutation(_IN_ARGV, "any text is a token", _CONTEXTS,
             "token.size() <= kMaxTokenBytes &&", "", _CONTEXTS_TEST,
             ("ContextsTest.ATokenOfOtherCharactersIsRefusedAndNotQuoted",)),
    Mutation(_ELSEWHERE, "plain HTTP goes anywhere", _CONTEXTS,
             "if (!tls && host != \"127.0.0.1\"", "if (!tls && host.empty()",
             _CONTEXTS_TEST, ("ContextsTest.NoTokenGoesInClearOverANetwork",)),
    Mutation(_ELSEWHERE, "the server isn't verified", "libs/http/client.cc",
             "tls_->set_verify_mode(asio::ssl::verify_peer);",
             "tls_->set_verify_mode(asio::ssl::verify_none);", _REST_TEST,
             ("RestCallerTest.AServerThatNobodyVouchesForGetsNothing",
              "RestCallerTest.ACertificateForAnotherHostIsNoProof")),
    Mutation(_ELSEWHERE, "a redirect is an answer", "libs/rest/client.cc",
             "  if (answer.status < 200 || answer.status > 299) {",
             "  if (answer.status < 200 || answer.status > 399) {", _REST_TEST,
             ("RestCallerTest.ARedirectIsNotFollowed",)),
    Mutation(_FOR_EVER, "giving it up changes nothing",
             "services/sp_portal/handlers/tokens.cc",
             "          token.tenant, token.id, now,",
             "          token.tenant, token.name, now,",
             "//services/sp_portal/handlers:access_handlers_test",
             ("AccessHandlersTest.WhoHasATokenGivesItUpWhateverItsRole",)),
)
