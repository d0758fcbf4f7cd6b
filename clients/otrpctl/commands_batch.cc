#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/progress.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/pem.h"
#include "otrp/ca/v1/batch.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::ca::v1;

constexpr absl::string_view kBegin = "-----BEGIN ";
constexpr absl::string_view kEnd = "-----END ";
// As many as one call takes.
constexpr int kPage = 100;
// Tries of one call while the ca is away, and the pause between them.
constexpr int kTries = 16;
constexpr absl::Duration kPause = absl::Seconds(2);

// One PEM block of the file.
struct Asked {
  // Of its first line, from 1.
  int64_t line = 0;
  // Octets of the file until its end.
  int64_t end = 0;
  // Empty: it is no request.
  std::string csr_der;
};

std::string RequestIn(const std::string& block) {
  const auto blocks = crypto::PemDecode(block);
  if (!blocks.ok() || blocks->size() != 1 ||
      !absl::EndsWith(blocks->front().label, "CERTIFICATE REQUEST")) {
    return "";
  }
  return blocks->front().der;
}

// In the order of the file. What stands between blocks is a remark.
std::vector<Asked> BlocksOf(const std::string& text) {
  std::vector<Asked> all;
  std::string block;
  int64_t line = 0;
  int64_t begun = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t feed = std::min(text.find('\n', at), text.size() - 1);
    const absl::string_view row =
        absl::string_view(text).substr(at, feed + 1 - at);
    at = feed + 1;
    ++line;
    if (absl::StartsWith(row, kBegin)) {
      block.clear();
      begun = line;
    }
    if (begun == 0) continue;
    absl::StrAppend(&block, row);
    if (!absl::StartsWith(row, kEnd) && at < text.size()) continue;
    all.push_back({begun, static_cast<int64_t>(at), RequestIn(block)});
    begun = 0;
  }
  return all;
}

// Lines of JSON. What is written stays in a file beside the path until it is
// all there.
class Lines {
 public:
  static absl::StatusOr<Lines> Open(absl::string_view flag,
                                    const std::string& path) {
    Lines lines;
    lines.flag_ = std::string(flag);
    lines.path_ = path;
    if (path.empty()) return lines;
    lines.out_.open(lines.Part(), std::ios::binary | std::ios::trunc);
    if (lines.out_.good()) return lines;
    return cli::UsageError(
        absl::StrCat("--", flag, " ", path, ": can't be written"));
  }

  void Add(const json::Value& value) {
    ++count_;
    if (!path_.empty()) out_ << value.Serialize() << "\n";
  }
  int64_t count() const { return count_; }

  absl::Status Finish() {
    if (path_.empty()) return absl::OkStatus();
    out_.close();
    if (!out_.fail() && std::rename(Part().c_str(), path_.c_str()) == 0) {
      return absl::OkStatus();
    }
    return absl::InternalError(
        absl::StrCat("--", flag_, " ", path_,
                     ": couldn't be written; the certificates are issued, and "
                     "the same command gives them again"));
  }

 private:
  std::string Part() const { return absl::StrCat(path_, ".part"); }

  std::string flag_;
  std::string path_;
  std::ofstream out_;
  int64_t count_ = 0;
};

json::Value Refusal(int64_t line, const std::string& field,
                    const std::string& reason) {
  json::Value value = json::Value::Object();
  value.Set("line", json::Value::Integer(line));
  value.Set("field", json::Value::String(field));
  value.Set("reason", json::Value::String(reason));
  return value;
}

// The same request of the same profile has the same id, whichever file it
// stands in: what was issued already is given again.
std::string RequestId(const std::string& profile, const std::string& csr_der,
                      const std::string& authority) {
  return absl::StrCat(
      "batch-",
      absl::BytesToHexString(crypto::Sha256(absl::StrCat(
          profile, authority.empty() ? "" : " ", authority, "\n", csr_der))));
}

class Batch {
 public:
  Batch(std::string profile_word, v1::Profile profile, std::string authority,
        Connections& connections, Lines& issued, Lines& refused)
      : profile_word_(std::move(profile_word)),
        profile_(profile),
        authority_(std::move(authority)),
        connections_(connections),
        issued_(issued),
        refused_(refused) {}

  absl::Status Add(const Asked& asked) {
    if (asked.csr_der.empty()) {
      refused_.Add(Refusal(asked.line, "csr_der",
                           "must be a PEM block CERTIFICATE REQUEST"));
      return absl::OkStatus();
    }
    v1::BatchItem* item = request_.add_items();
    item->set_csr_der(asked.csr_der);
    item->set_request_id(RequestId(profile_word_, asked.csr_der, authority_));
    lines_.push_back(asked.line);
    return request_.items_size() < kPage ? absl::OkStatus() : Send();
  }

  absl::Status Send() {
    if (request_.items().empty()) return absl::OkStatus();
    request_.set_profile(profile_);
    request_.set_authority(authority_);
    OTRP_ASSIGN_OR_RETURN(const v1::IssueBatchResponse response, Call());
    if (response.results_size() != request_.items_size()) {
      return absl::InternalError("the ca answered to other items");
    }
    for (int i = 0; i < response.results_size(); ++i) {
      Take(lines_[static_cast<size_t>(i)], response.results(i), response);
    }
    request_.clear_items();
    lines_.clear();
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<v1::IssueBatchResponse> Call() {
    for (int attempt = 1;; ++attempt) {
      absl::StatusOr<v1::IssueBatchResponse> response =
          connections_.Call<v1::Batches>(
              Service::kCa, &v1::Batches::Stub::IssueBatch, request_);
      const bool may_pass = absl::IsUnavailable(response.status()) ||
                            absl::IsDeadlineExceeded(response.status()) ||
                            absl::IsUnknown(response.status());
      if (response.ok() || !may_pass || attempt == kTries) return response;
      absl::SleepFor(kPause);
    }
  }

  void Take(int64_t line, const v1::BatchResult& result,
            const v1::IssueBatchResponse& response) {
    if (result.serial().empty()) {
      refused_.Add(Refusal(line, result.field(), result.reason()));
      return;
    }
    // Without the root, which its holder has or doesn't trust.
    std::vector<std::string> chain = {result.certificate_der()};
    if (result.chain() < response.chains_size()) {
      const auto& above = response.chains(result.chain()).issuer_chain_der();
      if (!above.empty())
        chain.insert(chain.end(), above.begin(), above.end() - 1);
    }
    json::Value value = json::Value::Object();
    value.Set("line", json::Value::Integer(line));
    value.Set("serial", json::Value::String(result.serial()));
    value.Set("not_after", Time(result.not_after(), result.has_not_after()));
    value.Set("pem", json::Value::String(CertificatesPem(chain)));
    issued_.Add(value);
  }

  const std::string profile_word_;
  const v1::Profile profile_;
  const std::string authority_;
  Connections& connections_;
  Lines& issued_;
  Lines& refused_;
  v1::IssueBatchRequest request_;
  // Of the items.
  std::vector<int64_t> lines_;
};

absl::StatusOr<Result> CaBatch(const cli::Args& args,
                               Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const v1::Profile profile,
                        ParseProfile(args.Get("profile")));
  OTRP_ASSIGN_OR_RETURN(const std::string text,
                        ReadInput("csrs", args.Get("csrs")));
  const std::vector<Asked> all = BlocksOf(text);
  if (all.empty()) {
    return cli::UsageError(
        absl::StrCat("--csrs ", args.Get("csrs"), ": has no PEM block"));
  }
  OTRP_ASSIGN_OR_RETURN(Lines issued, Lines::Open("out", args.Get("out")));
  OTRP_ASSIGN_OR_RETURN(Lines refused,
                        Lines::Open("refused", args.Get("refused")));
  Batch batch(args.Get("profile"), profile, args.Get("authority"), connections,
              issued, refused);
  {
    Progress progress(0, static_cast<int64_t>(text.size()),
                      Progress::Terminal());
    for (const Asked& asked : all) {
      OTRP_RETURN_IF_ERROR(batch.Add(asked));
      progress.At(asked.end);
    }
    OTRP_RETURN_IF_ERROR(batch.Send());
  }
  OTRP_RETURN_IF_ERROR(issued.Finish());
  OTRP_RETURN_IF_ERROR(refused.Finish());
  Result result;
  result.value.Set("issued", json::Value::Integer(issued.count()));
  result.value.Set("refused", json::Value::Integer(refused.count()));
  if (refused.count() > 0) {
    result.verdict = absl::AbortedError(absl::StrCat(
        refused.count(), " of ", all.size(), " requests were refused",
        args.Has("refused") ? absl::StrCat("; see ", args.Get("refused"))
                            : "; --refused FILE tells which and why"));
  }
  return result;
}

}  // namespace

std::vector<Command> BatchCommands() {
  return {
      {{"ca",
        "batch",
        {},
        {{"profile", "tee|tfw|sp", true, "one of tee, tfw, sp", "profile"},
         {"csrs", "FILE", true,
          "PKCS#10 requests, PEM, one behind the other; up to 64 MiB"},
         {"out", "FILE", true,
          "a line of JSON for each certificate: line (of its request), serial, "
          "not_after, pem"},
         {"refused", "FILE", false,
          "a line of JSON for each refusal: line, field, reason"},
         {"authority", "NAME", false,
          "the authority that shall issue; the role's default without it",
          "authority"}},
        "Issues a certificate for each request of a file; again, the same "
        "ones."},
       CaBatch},
  };
}

}  // namespace otrp::ctl
