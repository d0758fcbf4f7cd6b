// Each flag of each command with a value that can't be: the error begins with
// the flag, whether the services are called by gRPC or over REST. They refuse
// here what a test tells them to, in the words that all services use:
// "field: must ...".

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/contexts.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/dynamic_message.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "libs/http/server.h"
#include "libs/rest/mounts.h"
#include "libs/rest/path.h"
#include "libs/rest/problem.h"
#include "libs/rest/transcoder.h"
#include "libs/rpc/status.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"
#include "tests/support/tls_server.h"

namespace otrp::ctl {
namespace {

using ::otrp::testing::StartTlsServer;
using ::otrp::testing::TestTls;
using ::otrp::testing::TlsServer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// What the services refuse, and what they were asked last.
class Refusals {
 public:
  void Refuse(const std::string& field) {
    std::lock_guard<std::mutex> lock(mutex_);
    field_ = field;
    method_.clear();
  }

  // `method` as "otrp.ca.v1.TrustAnchors.AddTrustAnchor".
  absl::Status Take(const std::string& method, std::string bytes) {
    std::lock_guard<std::mutex> lock(mutex_);
    method_ = method;
    bytes_ = std::move(bytes);
    return absl::InvalidArgumentError(
        absl::StrCat(field_, ": must be another"));
  }

  // True where the last request has the field, and something in it.
  bool WasFilled(const std::string& field) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (method_.empty()) return false;
    const auto* pool = google::protobuf::DescriptorPool::generated_pool();
    const auto* method = pool->FindMethodByName(method_);
    if (method == nullptr) return false;
    google::protobuf::DynamicMessageFactory factory;
    const std::unique_ptr<google::protobuf::Message> request(
        factory.GetPrototype(method->input_type())->New());
    return request->ParseFromString(bytes_) && HasPath(*request, field);
  }

 private:
  // "target.devices.labels".
  static bool HasPath(const google::protobuf::Message& message,
                      const std::string& path) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(path, absl::MaxSplits('.', 1));
    const auto* field = message.GetDescriptor()->FindFieldByName(parts.first);
    if (field == nullptr) return false;
    const auto* reflection = message.GetReflection();
    if (!parts.second.empty()) {
      return HasPath(reflection->GetMessage(message, field), parts.second);
    }
    return field->is_repeated() ? reflection->FieldSize(message, field) > 0
                                : reflection->HasField(message, field);
  }

  std::mutex mutex_;
  std::string field_;
  std::string method_;
  std::string bytes_;
};

// A service that takes any call and refuses it.
class Refuser : public grpc::CallbackGenericService {
 public:
  explicit Refuser(Refusals& refusals) : refusals_(refusals) {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Call(refusals_, context->method());
  }

 private:
  class Call : public grpc::ServerGenericBidiReactor {
   public:
    Call(Refusals& refusals, std::string method)
        : refusals_(refusals), method_(std::move(method)) {
      StartRead(&buffer_);
    }
    void OnReadDone(bool) override {
      std::string bytes;
      std::vector<grpc::Slice> slices;
      if (buffer_.Dump(&slices).ok()) {
        for (const grpc::Slice& slice : slices) {
          bytes.append(reinterpret_cast<const char*>(slice.begin()),
                       slice.size());
        }
      }
      // "/otrp.ca.v1.TrustAnchors/AddTrustAnchor".
      Finish(rpc::ToGrpcStatus(
          refusals_.Take(absl::StrReplaceAll(method_.substr(1), {{"/", "."}}),
                         bytes),
          ""));
    }
    void OnDone() override { delete this; }

   private:
    Refusals& refusals_;
    const std::string method_;
    grpc::ByteBuffer buffer_;
  };

  Refusals& refusals_;
};

// The REST interface, by the options as the front has them, in front of nothing
// but refusals.
class RestRefuser {
 public:
  static constexpr char kToken[] = "otrp_test";

  absl::Status Start(TestTls& tls, Refusals& refusals) {
    OTRP_ASSIGN_OR_RETURN(routes_, rest::NewRouteTable());
    OTRP_ASSIGN_OR_RETURN(const std::string dir, tls.Issue(""));
    http::Router router;
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
      router.Add(method, "/*", "rest",
                 [this, &refusals](const http::Request& request) {
                   return Answer(request, refusals);
                 });
    }
    http::Server::Options options;
    options.listen = "127.0.0.1:0";
    options.tls_cert_file = dir + "/cert.pem";
    options.tls_key_file = dir + "/key.pem";
    OTRP_ASSIGN_OR_RETURN(server_,
                          http::Server::Start(options, std::move(router)));
    return absl::OkStatus();
  }

  std::string url() const {
    return absl::StrCat("https://127.0.0.1:", server_->port());
  }

 private:
  http::Response Answer(const http::Request& request, Refusals& refusals) {
    const absl::StatusOr<rest::Path> path = rest::ParsePath(request.path);
    if (!path.ok()) return rest::HttpProblem(400, "path", "");
    const auto match = routes_.Find(request.method, *path);
    if (match.route == nullptr) return rest::HttpProblem(404, "none", "");
    const auto& type = *match.route->rpc->input_type();
    const auto fail = [&type](const absl::Status& status) {
      return rest::ProblemOf(status, &type, "");
    };
    if (request.header("Authorization") != absl::StrCat("Bearer ", kToken)) {
      return fail(absl::UnauthenticatedError("send the token"));
    }
    const std::unique_ptr<google::protobuf::Message> message(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(&type)
            ->New());
    const absl::Status read =
        rest::ReadRequest(*match.route, match.variables, request.query,
                          request.body, message.get());
    return fail(read.ok() ? refusals.Take(match.route->rpc->full_name(),
                                          message->SerializeAsString())
                          : read);
  }

  rest::RouteTable routes_;
  std::unique_ptr<http::Server> server_;
};

// Whatever isn't empty is good for these.
const std::set<std::string>& FreeText() {
  static const auto* const kNames = new std::set<std::string>{
      "key new --cn", "ta sign --taid", "ta sign --version", "device list --ta",
      "ta versions --taid", "ta versions --spid",
      // These need a closed key or a plan (ceremony_test.cc), or an image that
      // fits them (ta_check_test.cc).
      "ca ceremony --dry-run", "ca ceremony --out",
      "ca ceremony --passphrase-file", "ca ceremony --plan-sha256",
      "ca import --passphrase-file", "ta check --cert", "ta check --taid",
      "ta check --version"};
  return *kNames;
}

// By REST where the parameter says so.
class FlagsTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, TestTls::Create());
    OTRP_ASSERT_OK_AND_ASSIGN(tls_dir_, tls_->Issue("otrp://operator/alice"));
    ::setenv("OTRPCTL_CONFIG", absl::StrCat(tls_dir_, "/contexts.json").c_str(),
             1);
    if (GetParam()) {
      StartRest();
    } else {
      StartGrpc();
    }
    // A policy, and as good as any other octets where others are wanted.
    file_ = absl::StrCat(tls_dir_, "/file");
    std::ofstream(file_) << "{\"firmware_evidence_required\": true}";
    std::ofstream(tls_dir_ + "/csrs")
        << "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n"
           "-----END CERTIFICATE REQUEST-----\n";
    std::ofstream(tls_dir_ + "/audit")
        << R"({"at":"2026-02-02T03:04:05Z","service":"ca",)"
           R"("action":"certificate.revoke","subject":"a1","outcome":"ok",)"
           R"("details":{"reason":"REVOCATION_REASON_KEY_COMPROMISE"}})";
    std::ofstream(tls_dir_ + "/manifest") << "{\"displayName\": \"Wallet\"}";
  }

  void TearDown() override { ::unsetenv("OTRPCTL_CONFIG"); }

  void StartRest() {
    OTRP_ASSERT_OK(rest_.Start(*tls_, refusals_));
    OTRP_ASSERT_OK_AND_ASSIGN(ContextsEdit edit,
                              ContextsEdit::Begin(tls_dir_ + "/contexts.json"));
    Context context;
    context.server = rest_.url();
    context.token = SecretBytes(RestRefuser::kToken);
    context.ca_file = tls_dir_ + "/ca.pem";
    edit.contexts().all["rest"] = std::move(context);
    OTRP_ASSERT_OK(edit.Commit());
    globals_ = {"--context=rest"};
  }

  void StartGrpc() {
    globals_ = {absl::StrCat("--tls-dir=", tls_dir_)};
    for (const auto& [flag, name] :
         std::vector<std::pair<std::string, std::string>>{
             {"ca-addr", "ca"},
             {"tsm-addr", "tsm"},
             {"verifier-addr", "attestation_verifier"},
             {"portal-addr", "sp_portal"}}) {
      StartServer(flag, name);
    }
  }

  void StartServer(const std::string& flag, const std::string& name) {
    grpc::ServerBuilder builder;
    services_.push_back(std::make_unique<Refuser>(refusals_));
    builder.RegisterCallbackGenericService(services_.back().get());
    OTRP_ASSERT_OK_AND_ASSIGN(
        TlsServer started,
        StartTlsServer(*tls_, absl::StrCat("otrp://service/", name), builder));
    globals_.push_back(absl::StrCat("--", flag, "=", started.address));
    servers_.push_back(std::move(started.server));
  }

  std::string GoodValue(const Command& command, const cli::Flag& flag) const {
    if (command.noun == "key") {
      // It overwrites no key.
      return flag.value == "FILE"
                 ? absl::StrCat(tls_dir_, "/new-", flag.name, ++new_files_)
                 : "word";
    }
    if ((command.verb == "sign" || command.verb == "import") &&
        flag.name == "cert") {
      return tls_dir_ + "/cert.pem";
    }
    if (flag.value.empty()) return "";
    if (command.noun == "policy" &&
        (flag.name == "draft" || absl::StrContains(flag.name, "version"))) {
      return "7";
    }
    if (flag.value == "HOURS") return "7";
    if (flag.name == "csrs") return tls_dir_ + "/csrs";
    if (flag.name == "out") return tls_dir_ + "/out";
    if (flag.name == "key" && flag.value == "FILE") {
      return tls_dir_ + "/key.pem";
    }
    if (command.noun == "usage" && flag.name == "by") return "tsm";
    if (flag.name == "generation" || flag.name == "by" || flag.name == "days" ||
        flag.name == "shards") {
      return "7";
    }
    if (flag.name == "from") return "2026-01-01";
    if (flag.name == "to") return "2026-02-01";
    if (flag.name == "minor-units") return "45";
    if (flag.name == "currency") return "EUR";
    if (flag.name == "audit") return tls_dir_ + "/audit";
    if (flag.name == "percent" || flag.name == "min-devices" ||
        flag.name == "minutes") {
      return "7";
    }
    if (flag.name == "manifest") return tls_dir_ + "/manifest";
    if (flag.value == "FILE") return file_;
    if (flag.name == "device" || flag.name == "signer") {
      return std::string(64, 'a');
    }
    if (flag.name == "server") return "https://127.0.0.1:9";
    if (flag.name == "limit") return "7";
    if (flag.value == "HEX") return "0a";
    if (command.verb == "reappraise" && flag.name == "id") return "7";
    if (flag.name == "service") return "sp_portal";
    if (flag.name == "life" || flag.name == "expiring") return "30d";
    if (flag.name == "claim") return "environment=release";
    if (flag.name == "role") return "tee";
    if (flag.name == "profile") return "tee";
    if (flag.name == "overlap") return "1h";
    const std::vector<std::string> words = absl::StrSplit(flag.value, '|');
    return words.size() > 1 ? words.back() : "word";
  }

  // Whether `optional` must be there because the one that could stand for it
  // isn't `tried`.
  static bool IsNeeded(const Command& command, const cli::Flag& optional,
                       const cli::Flag* tried) {
    std::string other;
    if (optional.name == "device" && optional.field == "target") {
      const bool conditions =
          tried != nullptr && absl::StartsWith(tried->field, "target.devices.");
      other = conditions ? tried->name : "group";
    } else if (optional.name == "serial" && command.verb == "revoke") {
      other = "cert";
    } else if (optional.name == "id" && command.verb == "reappraise") {
      other = "all";
    } else if (optional.name == "crl" && command.verb == "reconcile") {
      other = "audit";
    } else if (command.noun == "ca" && optional.name == "minor-units") {
      return tried != nullptr && tried->name == "currency";
    } else if (command.noun == "ca" && optional.name == "currency") {
      return tried != nullptr && tried->name == "minor-units";
    } else if (optional.name == "provenance") {
      other = "sbom";
    }
    return !other.empty() && (tried == nullptr || tried->name != other);
  }

  // The words of a call with all that is required, and with `flag` = `value`.
  std::vector<std::string> CallOf(const Command& command, const cli::Flag* flag,
                                  const std::string& value) const {
    std::vector<std::string> words = {command.noun};
    if (!command.verb.empty()) words.push_back(command.verb);
    for (const cli::Word& word : command.words) {
      words.push_back(word.name == "DID"    ? std::string(64, 'a')
                      : word.name == "ID"   ? "7"
                      : word.name == "FILE" ? file_
                      : word.name == "KIND" ? "ta-install"
                                            : "word");
    }
    for (const cli::Flag& other : command.flags) {
      if (flag != nullptr && other.name == flag->name) {
        words.push_back(value.empty()
                            ? absl::StrCat("--", flag->name)
                            : absl::StrCat("--", flag->name, "=", value));
      } else if (other.required || IsNeeded(command, other, flag)) {
        words.push_back(
            absl::StrCat("--", other.name, "=", GoodValue(command, other)));
      }
    }
    words.insert(words.end(), globals_.begin(), globals_.end());
    return words;
  }

  static std::string ErrorOf(const std::vector<std::string>& words) {
    const auto call = cli::Parse(Program(), words);
    if (!call.ok()) return std::string(call.status().message());
    const auto result = RunCall(*call);
    return result.ok() ? "(no error)" : std::string(result.status().message());
  }

  Refusals refusals_;
  RestRefuser rest_;
  // Outlive the servers.
  std::vector<std::unique_ptr<Refuser>> services_;
  std::unique_ptr<TestTls> tls_;
  std::string tls_dir_;
  std::string file_;
  mutable int new_files_ = 0;
  std::vector<std::unique_ptr<grpc::Server>> servers_;
  std::vector<std::string> globals_;
};

// The table says which field a flag fills, and the field is really filled.
TEST_P(FlagsTest, AServicesErrorBeginsWithTheFlagThatFilledTheField) {
  size_t checked = 0;
  for (const Command& command : Commands()) {
    // It calls its own --server.
    if (command.noun == "login") continue;
    // A token has no certificate to renew.
    if (command.noun == "renew" && GetParam()) continue;
    for (const cli::Flag& flag : command.flags) {
      if (flag.field.empty()) continue;
      SCOPED_TRACE(
          absl::StrCat(command.noun, " ", command.verb, " --", flag.name));
      refusals_.Refuse(flag.field);
      EXPECT_EQ(ErrorOf(CallOf(command, &flag, GoodValue(command, flag))),
                absl::StrCat("--", flag.name, ": must be another"));
      // A price goes in a call of its own, after the one that is refused here.
      const bool later =
          command.noun == "ca" && command.verb == "create" &&
          (flag.name == "minor-units" || flag.name == "currency");
      EXPECT_TRUE(later || refusals_.WasFilled(flag.field));
      ++checked;
    }
    for (const cli::Word& word : command.words) {
      if (word.field.empty()) continue;
      SCOPED_TRACE(absl::StrCat(command.noun, " ", command.verb));
      refusals_.Refuse(word.field);
      EXPECT_EQ(ErrorOf(CallOf(command, nullptr, "")),
                absl::StrCat(word.name, ": must be another"));
      EXPECT_TRUE(refusals_.WasFilled(word.field));
    }
  }
  EXPECT_GT(checked, 40u);
}

// What no service sees, or what otrpctl checks before it asks.
TEST_P(FlagsTest, OurOwnErrorBeginsWithTheFlag) {
  for (const Command& command : Commands()) {
    const std::string name = absl::StrCat(
        command.noun, command.verb.empty() ? "" : " ", command.verb);
    for (const cli::Flag& flag : command.flags) {
      const std::string with_flag = absl::StrCat(name, " --", flag.name);
      SCOPED_TRACE(with_flag);
      const bool is_checked_here = flag.field.empty() || flag.value == "FILE" ||
                                   absl::StrContains(flag.value, '|');
      // Written after the call, and none of it is lost: the answer can be
      // asked for again.
      const bool comes_later = flag.name == "out" && name == "trust export";
      if (!is_checked_here || comes_later || flag.name == "format" ||
          FreeText().count(with_flag) > 0) {
        continue;
      }
      refusals_.Refuse("nothing");
      const std::string bad =
          flag.value == "FILE" ? tls_dir_ + "/no/such/file" : "nonsense";
      std::vector<std::string> words = CallOf(command, &flag, bad);
      EXPECT_THAT(ErrorOf(words), StartsWith(absl::StrCat("--", flag.name)));
    }
  }
}

TEST_P(FlagsTest, AFlagOfAllCommandsIsNamedToo) {
  if (GetParam()) {
    EXPECT_THAT(ErrorOf({"device", "list", "--context=other"}),
                StartsWith("--context: "));
    EXPECT_THAT(ErrorOf({"device", "list", "--context=rest", "--tls-dir=x"}),
                StartsWith("--tls-dir: "));
    EXPECT_THAT(
        ErrorOf({"device", "list", "--context=rest", "--ca-file=/no/such"}),
        StartsWith("--ca-file: "));
    return;
  }
  EXPECT_THAT(ErrorOf({"device", "list", "--timeout=never"}),
              StartsWith("--timeout"));
  EXPECT_THAT(ErrorOf({"device", "list", "--tls-dir=/no/such"}),
              StartsWith("--tls-dir: "));
  EXPECT_THAT(ErrorOf({"device", "list", "--tsm-addr=127.0.0.1:9",
                       absl::StrCat("--tls-dir=", tls_dir_)}),
              StartsWith("--tsm-addr"));
}

// A policy's member is named by its path, whoever finds the fault.
TEST_P(FlagsTest, AMemberOfAPolicyIsNamedByItsPath) {
  const Command* set = nullptr;
  for (const Command& command : Commands()) {
    if (command.noun == "policy" && command.verb == "set") set = &command;
  }
  ASSERT_NE(set, nullptr);
  const auto error_of = [&](const std::string& text) {
    std::ofstream(file_) << text;
    return ErrorOf(CallOf(*set, &set->flags[0], file_));
  };
  EXPECT_THAT(error_of(R"({"tee_rules":[{"deny":false},{"deny":"maybe"}]})"),
              StartsWith("--file: tee_rules[1].deny: "));
  EXPECT_THAT(error_of(R"({"tee_rules":[{"nme":"x"}]})"),
              StartsWith("--file: tee_rules[0].nme: "));
  EXPECT_THAT(error_of(R"({"firmware":true})"),
              StartsWith("--file: firmware: "));
  EXPECT_THAT(error_of("[1]"), StartsWith("--file: "));
  EXPECT_THAT(error_of("{"), StartsWith("--file: "));
  // Somebody took another file, which is nobody's to see.
  EXPECT_THAT(error_of("-----BEGIN PRIVATE KEY-----"),
              AllOf(StartsWith("--file: "), Not(HasSubstr("PRIVATE"))));
  refusals_.Refuse("policy.tee_rules[1].min_version");
  EXPECT_EQ(error_of("{}"),
            "--file: tee_rules[1].min_version: must be another");
}

INSTANTIATE_TEST_SUITE_P(By, FlagsTest, ::testing::Bool(),
                         [](const auto& info) {
                           return info.param ? "Rest" : "Grpc";
                         });

}  // namespace
}  // namespace otrp::ctl
