#include "clients/otrpctl/ceremony.h"

#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/encrypted_key.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/pem.h"
#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"
#include "libs/pki/csr.h"
#include "libs/pki/issue.h"

namespace otrp::ctl {
namespace {

using Kind = CeremonyStep::Kind;

constexpr absl::Duration kDay = absl::Hours(24);

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

// DER of one PEM block with this label, or the file itself.
std::string DerOf(const std::string& file, absl::string_view label) {
  const auto blocks = crypto::PemDecode(file);
  if (!blocks.ok() || blocks->empty()) return file;
  for (const crypto::PemBlock& block : *blocks) {
    if (absl::EndsWith(block.label, label)) return block.der;
  }
  return "";
}

class Conductor {
 public:
  Conductor(const CeremonyInput& input, bool rehearse)
      : input_(input), rehearse_(rehearse) {}

  absl::StatusOr<Ceremony> Run() {
    OTRP_ASSIGN_OR_RETURN(const CeremonyPlan plan,
                          ParseCeremonyPlan(input_.plan));
    json::Value& transcript = out_.transcript;
    transcript.Set("title", json::Value::String(plan.title));
    transcript.Set("plan_sha256", json::Value::String(Sha256Hex(input_.plan)));
    transcript.Set("rehearsal", json::Value::Bool(rehearse_));
    transcript.Set("at", json::Value::String(Rfc3339(input_.now)));
    json::Value steps = json::Value::Array();
    for (const CeremonyStep& step : plan.steps) {
      json::Value record = json::Value::Object();
      record.Set("step", json::Value::String(CeremonyKindWord(step.kind)));
      record.Set("name", json::Value::String(step.name));
      if (!step.issuer.empty()) {
        record.Set("issuer", json::Value::String(step.issuer));
      }
      const absl::Status done = Do(step, &record);
      if (!done.ok()) return step.place.Error(done.message());
      steps.Append(std::move(record));
    }
    transcript.Set("steps", std::move(steps));
    return std::move(out_);
  }

 private:
  struct Known {
    // Neither in a rehearsal of what is made.
    absl::optional<pki::Certificate> certificate;
    absl::optional<crypto::PrivateKey> key;
    absl::Time not_after;
    int64_t path_length = 0;
  };

  absl::Status Do(const CeremonyStep& step, json::Value* record) {
    switch (step.kind) {
      case Kind::kRoot:
      case Kind::kIssuing: return Make(step, record);
      case Kind::kSign: return Sign(step, record);
      case Kind::kCrl: return MakeCrl(step, record);
      case Kind::kUse: return Use(step, record);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Read(const std::string& path, const char* what,
                                   json::Value* record) {
    OTRP_ASSIGN_OR_RETURN(std::string octets, input_.read(path));
    record->Set(absl::StrCat(what, "_sha256"),
                json::Value::String(Sha256Hex(octets)));
    return octets;
  }

  // Adds a file, with its hash in the step's record.
  void Add(const std::string& name, std::string octets, bool is_key,
           const char* what, json::Value* record) {
    record->Set(what, json::Value::String(name));
    record->Set(absl::StrCat(what, "_sha256"),
                json::Value::String(Sha256Hex(octets)));
    out_.files.push_back({name, std::move(octets), is_key});
  }

  pki::AuthorityTemplate Template(const CeremonyStep& step) const {
    pki::AuthorityTemplate wanted;
    wanted.serial = pki::NewSerial(*input_.random);
    wanted.common_name = step.subject;
    wanted.not_before = input_.now;
    wanted.not_after = input_.now + step.days * kDay;
    wanted.path_length = static_cast<int>(step.path_length);
    wanted.permitted_dns = step.permitted_dns;
    wanted.permitted_uri_hosts = step.permitted_uri_hosts;
    wanted.policy_oids = step.policies;
    wanted.cps_uri = step.cps;
    wanted.crl_url = step.crl_url;
    wanted.ocsp_url = step.ocsp_url;
    wanted.issuer_url = step.issuer_url;
    return wanted;
  }

  // What would be refused when it is signed.
  absl::Status CheckUnder(const CeremonyStep& step) const {
    const Known& issuer = known_.at(step.issuer);
    if (input_.now + step.days * kDay > issuer.not_after) {
      return absl::InvalidArgumentError(
          absl::StrCat("days: ", step.name, " would end after its issuer, ",
                       Rfc3339(issuer.not_after)));
    }
    if (issuer.path_length >= 0 && step.path_length >= issuer.path_length) {
      return absl::InvalidArgumentError(
          absl::StrCat("path_length: the issuer's is ", issuer.path_length,
                       ", so that this one must be below it"));
    }
    return absl::OkStatus();
  }

  void Describe(const pki::Certificate& certificate, json::Value* record) {
    record->Set("subject", json::Value::String(certificate.subject()));
    record->Set("serial", json::Value::String(certificate.serial()));
    record->Set("not_before",
                json::Value::String(Rfc3339(certificate.not_before())));
    record->Set("not_after",
                json::Value::String(Rfc3339(certificate.not_after())));
    record->Set("key_kind", json::Value::String(
                                pki::KeyKindWord(certificate.public_key())));
    record->Set(
        "public_key_sha256",
        json::Value::String(Sha256Hex(certificate.public_key().ToSpki())));
    record->Set("fingerprint_sha256",
                json::Value::String(Sha256Hex(certificate.der())));
  }

  // What the plan alone tells of a certificate.
  void Foretell(const CeremonyStep& step, json::Value* record) {
    record->Set("subject",
                json::Value::String(absl::StrCat("CN=", step.subject)));
    record->Set("not_after",
                json::Value::String(Rfc3339(input_.now + step.days * kDay)));
    Known known;
    known.not_after = input_.now + step.days * kDay;
    known.path_length = step.path_length;
    known_.emplace(step.name, std::move(known));
  }

  absl::StatusOr<pki::Certificate> Issue(const CeremonyStep& step,
                                         const crypto::PublicKey& key) {
    const Known& issuer = known_.at(step.issuer);
    OTRP_ASSIGN_OR_RETURN(
        pki::Certificate certificate,
        pki::IssueAuthority(Template(step), key, *issuer.certificate,
                            *issuer.key));
    OTRP_RETURN_IF_ERROR(pki::CheckIssued(certificate, *issuer.certificate));
    return certificate;
  }

  absl::Status Keep(const CeremonyStep& step,
                    const pki::Certificate& certificate,
                    absl::optional<crypto::PrivateKey> key,
                    json::Value* record) {
    Describe(certificate, record);
    Add(absl::StrCat(step.name, ".cert.pem"), pki::ToPem(certificate), false,
        "certificate", record);
    Known known;
    known.certificate = certificate;
    known.key = std::move(key);
    known.not_after = certificate.not_after();
    known.path_length = certificate.info().path_length;
    known_.emplace(step.name, std::move(known));
    return absl::OkStatus();
  }

  absl::Status Make(const CeremonyStep& step, json::Value* record) {
    if (step.kind == Kind::kIssuing) OTRP_RETURN_IF_ERROR(CheckUnder(step));
    if (rehearse_) {
      Foretell(step, record);
      return absl::OkStatus();
    }
    OTRP_ASSIGN_OR_RETURN(const crypto::PrivateKey key, pki::NewKey(step.key));
    absl::StatusOr<pki::Certificate> certificate =
        step.kind == Kind::kRoot ? pki::IssueRoot(Template(step), key)
                                 : Issue(step, key.public_key());
    OTRP_RETURN_IF_ERROR(certificate.status());
    if (step.kind == Kind::kRoot) {
      OTRP_RETURN_IF_ERROR(pki::CheckIssued(*certificate, *certificate));
    }
    OTRP_ASSIGN_OR_RETURN(std::string closed,
                          crypto::EncryptKey(key, input_.passphrase));
    Add(absl::StrCat(step.name, ".key.pem"), std::move(closed), true, "key",
        record);
    return Keep(step, *certificate, key, record);
  }

  absl::Status Sign(const CeremonyStep& step, json::Value* record) {
    OTRP_RETURN_IF_ERROR(CheckUnder(step));
    OTRP_ASSIGN_OR_RETURN(const std::string file,
                          Read(step.csr_file, "csr", record));
    const absl::StatusOr<pki::Csr> csr =
        pki::Csr::ParseAuthority(DerOf(file, "CERTIFICATE REQUEST"));
    if (!csr.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("csr: ", csr.status().message()));
    }
    if (rehearse_) {
      Foretell(step, record);
      return absl::OkStatus();
    }
    OTRP_ASSIGN_OR_RETURN(const pki::Certificate certificate,
                          Issue(step, csr->public_key()));
    return Keep(step, certificate, absl::nullopt, record);
  }

  absl::Status MakeCrl(const CeremonyStep& step, json::Value* record) {
    const Known& issuer = known_.at(step.issuer);
    pki::CrlTemplate wanted;
    wanted.number = step.number;
    wanted.this_update = input_.now;
    wanted.next_update = input_.now + step.days * kDay;
    wanted.revoked = step.revoked;
    record->Set("number", json::Value::Integer(step.number));
    record->Set("revoked", json::Value::Integer(
                               static_cast<int64_t>(step.revoked.size())));
    record->Set("next_update",
                json::Value::String(Rfc3339(wanted.next_update)));
    if (rehearse_) return absl::OkStatus();
    OTRP_ASSIGN_OR_RETURN(
        const pki::Crl crl,
        pki::IssueCrl(wanted, *issuer.certificate, *issuer.key));
    OTRP_RETURN_IF_ERROR(crl.Verify(*issuer.certificate, input_.now));
    Add(absl::StrCat(step.name, ".crl.pem"),
        crypto::PemEncode("X509 CRL", crl.der()), false, "crl", record);
    return absl::OkStatus();
  }

  absl::Status Use(const CeremonyStep& step, json::Value* record) {
    OTRP_ASSIGN_OR_RETURN(const std::string file,
                          Read(step.certificate_file, "certificate", record));
    const absl::StatusOr<pki::Certificate> certificate =
        pki::Certificate::FromDer(DerOf(file, "CERTIFICATE"));
    if (!certificate.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("certificate: ", certificate.status().message()));
    }
    if (!certificate->is_ca() || certificate->not_after() <= input_.now) {
      return absl::InvalidArgumentError(
          "certificate: is no authority's, or has ended");
    }
    OTRP_ASSIGN_OR_RETURN(const std::string pem,
                          Read(step.key_file, "key", record));
    Describe(*certificate, record);
    Known known;
    known.certificate = *certificate;
    known.not_after = certificate->not_after();
    known.path_length = certificate->info().path_length;
    if (!rehearse_) {
      const absl::StatusOr<crypto::PrivateKey> key =
          crypto::DecryptKey(pem, input_.passphrase);
      if (!key.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat("key: ", key.status().message()));
      }
      if (key->public_key() != certificate->public_key()) {
        return absl::InvalidArgumentError("key: isn't the certificate's");
      }
      known.key = *key;
    }
    known_.emplace(step.name, std::move(known));
    return absl::OkStatus();
  }

  const CeremonyInput& input_;
  const bool rehearse_;
  Ceremony out_;
  std::map<std::string, Known> known_;
};

}  // namespace

absl::StatusOr<Ceremony> RehearseCeremony(const CeremonyInput& input) {
  return Conductor(input, /*rehearse=*/true).Run();
}

absl::StatusOr<Ceremony> RunCeremony(const CeremonyInput& input) {
  return Conductor(input, /*rehearse=*/false).Run();
}

std::string Sha256Hex(absl::string_view octets) {
  return absl::BytesToHexString(crypto::Sha256(octets));
}

}  // namespace otrp::ctl
