#include "clients/load/session.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace otrp::load {
namespace {

using Result = absl::optional<Failure>;

class Session {
 public:
  Session(SimDevice& device, Wire& wire, Transaction* transaction)
      : device_(device), wire_(wire), transaction_(*transaction) {}

  Result Open() {
    requests_.clear();
    return wire_.Open(device_.hint(), &transaction_, &answer_);
  }

  bool done() const { return !answer_.has_message; }
  const std::string& response() const { return response_; }

  // The TEE takes the TSM's request and must be content with it.
  Result Process() {
    if (requests_.size() >= kMaxRequests) {
      return Failure{"endless", absl::StrCat("more than ", kMaxRequests,
                                             " requests in a session")};
    }
    device::Outcome outcome;
    response_ =
        device_.Process(answer_.body, &outcome, &transaction_.device_cpu);
    const std::string name(absl::StripSuffix(outcome.request, "Request"));
    requests_.push_back(name);
    if (outcome.passed) return absl::nullopt;
    return WrongAnswer(
        absl::StrCat(
            "tee-", outcome.error_code.empty() ? "failed" : outcome.error_code),
        absl::StrCat(outcome.request, ": ", outcome.error_message));
  }

  // The response goes to the TSM, whose answer is the next request.
  Result Send() {
    return wire_.Post(absl::StrCat(requests_.back(), "Response"), response_,
                      &transaction_, &answer_);
  }

  // The same octets again must have the same answer.
  Result SendAgain() {
    Answer again;
    Result failure = wire_.Post("replay", response_, &transaction_, &again);
    if (failure.has_value()) return failure;
    if (again.has_message == answer_.has_message &&
        again.body == answer_.body) {
      return absl::nullopt;
    }
    return WrongAnswer("replay-differs",
                       absl::StrCat("the same ", requests_.back(),
                                    "Response got another answer"));
  }

  // The response with a wrong signature must have no effect.
  Result SendForged() {
    std::string forged = response_;
    const std::string member = "\"signature\":\"";
    const size_t at = forged.rfind(member);
    if (at == std::string::npos) {
      return Failure{"generator", "a response has no signature to spoil"};
    }
    char& letter = forged[at + member.size()];
    letter = letter == 'A' ? 'B' : 'A';
    Answer answer;
    Result failure = wire_.Post("forged", forged, &transaction_, &answer);
    if (failure.has_value()) return failure;
    if (!answer.has_message) return absl::nullopt;
    return WrongAnswer("forged-accepted",
                       absl::StrCat("a ", requests_.back(),
                                    "Response with a wrong signature got an "
                                    "answer"));
  }

  Result Finish() {
    while (!done()) {
      if (Result failure = Process()) return failure;
      if (Result failure = Send()) return failure;
    }
    return absl::nullopt;
  }

  // What the TSM asked for since Open(). An update may be overtaken by the
  // next one.
  Result Expect(const std::vector<std::string>& expected) const {
    std::vector<std::string> got = requests_;
    if (expected.back() == "UpdateTA") {
      while (got.size() > expected.size() && got.back() == "UpdateTA") {
        got.pop_back();
      }
    }
    if (got == expected) return absl::nullopt;
    return Failure{
        "requests",
        absl::StrCat("the TSM asked for ", absl::StrJoin(requests_, ", "),
                     "; expected ", absl::StrJoin(expected, ", "))};
  }

 private:
  // The last message was answered, and not as it must be.
  Failure WrongAnswer(std::string reason, std::string detail) {
    transaction_.legs.back().failed = true;
    return Failure{std::move(reason), std::move(detail)};
  }

  SimDevice& device_;
  Wire& wire_;
  Transaction& transaction_;
  Answer answer_;
  std::string response_;
  std::vector<std::string> requests_;
};

Result Replay(Session& session) {
  if (Result failure = session.Open()) return failure;
  while (!session.done()) {
    if (Result failure = session.Process()) return failure;
    if (Result failure = session.Send()) return failure;
    if (Result failure = session.SendAgain()) return failure;
  }
  return absl::nullopt;
}

// The device goes away with a request in its hands, and comes back.
Result Abort(Session& session) {
  if (Result failure = session.Open()) return failure;
  if (Result failure = session.Process()) return failure;
  if (Result failure = session.Send()) return failure;
  if (session.done()) return session.Expect({"GetDeviceState", "CreateSD"});
  if (Result failure = session.Open()) return failure;
  return session.Finish();
}

Result BadSignature(Session& session) {
  if (Result failure = session.Open()) return failure;
  if (Result failure = session.Process()) return failure;
  if (Result failure = session.Send()) return failure;
  if (session.done()) return session.Expect({"GetDeviceState", "CreateSD"});
  if (Result failure = session.Process()) return failure;
  if (Result failure = session.SendForged()) return failure;
  if (Result failure = session.Send()) return failure;
  return session.Finish();
}

Result Plain(Session& session) {
  if (Result failure = session.Open()) return failure;
  return session.Finish();
}

Result Run(SimDevice& device, Session& session, Kind kind, size_t version) {
  static const auto* const kInstall =
      new std::vector<std::string>{"GetDeviceState", "CreateSD", "InstallTA"};
  Result failure;
  switch (kind) {
    case Kind::kReplay: failure = Replay(session); break;
    case Kind::kAbort: failure = Abort(session); break;
    case Kind::kBadSignature: failure = BadSignature(session); break;
    default: failure = Plain(session);
  }
  if (failure.has_value()) return failure;
  switch (kind) {
    case Kind::kHeartbeat: failure = session.Expect({"GetDeviceState"}); break;
    case Kind::kUpdate:
      failure = session.Expect({"GetDeviceState", "UpdateTA"});
      break;
    case Kind::kWithdraw:
      failure = session.Expect({"GetDeviceState", "DeleteTA", "DeleteSD"});
      break;
    default: failure = session.Expect(*kInstall);
  }
  if (failure.has_value()) return failure;
  if (kind == Kind::kWithdraw) return device.CheckEmpty();
  return device.CheckHolds(version, &device.version);
}

}  // namespace

absl::Status Ready(Kind kind, SimDevice& device) {
  switch (RoleOf(kind)) {
    case Role::kInstall: return device.Reset();
    case Role::kWithdraw: return device.Restore();
    default: return absl::OkStatus();
  }
}

void RunTransaction(SimDevice& device, Wire& wire, size_t version,
                    Transaction* transaction) {
  transaction->fresh_device = !device.used;
  device.used = true;
  Session session(device, wire, transaction);
  transaction->failure = Run(device, session, transaction->kind, version);
}

}  // namespace otrp::load
