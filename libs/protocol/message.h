// What a device may send, as received and as verified.
//
//   bytes -> Incoming::Parse -> one of
//     UnverifiedDeviceState list   GetDeviceStateResponse, one a TEE
//     UnverifiedMessage            a response to one of the other six
//     AgentError                   OTrPBrokerError, OTrPAgentError, "status"
//     nothing more                 TADependencyNotification
//
// Two types on purpose: an UnverifiedMessage is what somebody sent; a
// VerifiedMessage can be had from Verify() only. What an unverified one tells
// (tid, rid) serves to find the session and the key to verify it with, and for
// nothing else.
//
// The outer name isn't signed: the name inside the payload counts, and a
// message whose two names disagree is refused.
//
// Thread-safety: values.
// Errors: INVALID_ARGUMENT naming the member; UNAUTHENTICATED as Verify() says.
// Source: docs/wire.md sections 1 to 4 and 6.

#ifndef OTRP_LIBS_PROTOCOL_MESSAGE_H_
#define OTRP_LIBS_PROTOCOL_MESSAGE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/crypto/keys.h"
#include "libs/jose/jwe.h"
#include "libs/jose/jws.h"
#include "libs/json/json.h"
#include "libs/protocol/dialect.h"
#include "libs/protocol/messages.h"

namespace otrp {
namespace protocol {

// The `reason` of a failed response.
struct Reason {
  // As received, e.g. "ERR_SD_NOT_FOUND"; see errors.h. "ERR_UNSPECIFIED"
  // (no row of the table) where a failed response gave none.
  std::string code;
  // What the TEE says, cut to 256 printable ASCII characters; not ours to
  // trust.
  std::string message;
};

class UnverifiedDeviceState;  // device_state.h

// A response, of which nothing is verified.
class UnverifiedMessage {
 public:
  MessageKind kind() const { return kind_; }
  // As received, perhaps empty: an agent may cut them out.
  const std::string& tid() const { return tid_; }
  const std::string& rid() const { return rid_; }
  jose::SigAlg alg() const { return jws_.alg(); }
  // BASE64URL(protected) '.' BASE64URL(payload), as received.
  const std::string& signing_input() const { return signing_input_; }
  // Raw octets.
  const std::string& signature() const { return jws_.signature(); }
  // status "fail".
  bool failed() const { return failed_; }

 private:
  friend class Incoming;
  friend class UnverifiedDeviceState;
  friend absl::StatusOr<class VerifiedMessage> Verify(
      UnverifiedMessage message, const crypto::PublicKey& tee_key);
  friend absl::StatusOr<class VerifiedDeviceState> VerifyDeviceState(
      UnverifiedDeviceState state, const crypto::PublicKey& tee_key);
  explicit UnverifiedMessage(jose::UnverifiedJws jws) : jws_(std::move(jws)) {}

  static absl::StatusOr<UnverifiedMessage> Parse(const MessageRow& row,
                                                 const json::Value& value);

  MessageKind kind_ = MessageKind::kGetDeviceState;
  std::string tid_;
  std::string rid_;
  bool failed_ = false;
  std::string signing_input_;
  jose::UnverifiedJws jws_;
  // The object inside "<Name>TBSResponse".
  json::Value tbs_;
};

// A response that the TEE with the given key has signed.
class VerifiedMessage {
 public:
  MessageKind kind() const { return kind_; }
  const std::string& tid() const { return tid_; }
  const std::string& rid() const { return rid_; }
  bool failed() const { return failed_; }
  // Encrypted part; absent in the failure of a TEE that couldn't encrypt.
  const absl::optional<jose::UnverifiedJwe>& content() const {
    return content_;
  }
  // A reason that stood in the clear.
  const absl::optional<Reason>& reason() const { return reason_; }

 private:
  friend absl::StatusOr<VerifiedMessage> Verify(
      UnverifiedMessage message, const crypto::PublicKey& tee_key);
  VerifiedMessage() = default;

  MessageKind kind_ = MessageKind::kGetDeviceState;
  std::string tid_;
  std::string rid_;
  bool failed_ = false;
  absl::optional<jose::UnverifiedJwe> content_;
  absl::optional<Reason> reason_;
};

// `tee_key`: the key of the accepted certificate of the TEE that the request
// went to. UNAUTHENTICATED where that key hasn't signed it. Not for
// GetDeviceState: see device_state.h.
absl::StatusOr<VerifiedMessage> Verify(UnverifiedMessage message,
                                       const crypto::PublicKey& tee_key);

// An agent's own words: unsigned, so they may end a try but never change what
// we know about a device.
struct AgentError {
  // Empty where the agent gave none.
  std::string tid;
  std::string rid;
  // E.g. "ERR_AGENT_TEE_BUSY"; see errors.h.
  std::string code;
  // For people; printable, up to 256 octets. Empty where there is none.
  std::string message;
  // The dialect that this form of the message belongs to.
  Dialect dialect = Dialect::kIetf03;
};

class Incoming {
 public:
  enum class Kind {
    kDeviceState,
    kResponse,
    kAgentError,
    // A TADependencyNotification opens a session like an empty body does. What
    // it asks for isn't read: a device gets all that it may have.
    kStarter,
  };

  // `body` isn't empty: an empty one opens a session without a word.
  static absl::StatusOr<Incoming> Parse(absl::string_view body);

  Kind kind() const { return kind_; }
  // "GetDeviceStateResponse", "CreateSDResponse", "OTrPBrokerError", ..: as
  // the table or the grammar has it, safe as a metric label.
  const std::string& name() const { return name_; }
  // Of the message; of the first TEE's entry in a GetDeviceStateResponse,
  // whose entries all agree. Empty where it has none.
  const std::string& tid() const;
  const std::string& rid() const;

  // kDeviceState: one a TEE, 1 to kMaxTeesPerDevice.
  const std::vector<UnverifiedMessage>& device_states() const {
    return messages_;
  }
  std::vector<UnverifiedMessage> TakeDeviceStates() && {
    return std::move(messages_);
  }
  // kResponse.
  const UnverifiedMessage& response() const { return messages_.front(); }
  UnverifiedMessage TakeResponse() && { return std::move(messages_.front()); }
  // kAgentError.
  const AgentError& agent_error() const { return agent_error_; }

 private:
  Incoming() = default;

  Kind kind_ = Kind::kStarter;
  std::string name_;
  std::vector<UnverifiedMessage> messages_;
  AgentError agent_error_;
};

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_MESSAGE_H_
