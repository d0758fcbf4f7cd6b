#include <map>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/passphrase.h"
#include "clients/otrpctl/values.h"
#include "libs/base/secret.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/encrypted_key.h"
#include "libs/crypto/pem.h"
#include "libs/pki/key_kind.h"
#include "otrp/ca/v1/authorities.grpc.pb.h"
#include "otrp/common/v1/usage.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::ca::v1;
using Stub = v1::Authorities::Stub;

json::Value GenerationValue(const v1::Authority& generation) {
  json::Value item = json::Value::Object();
  item.Set("name", json::Value::String(generation.name()));
  item.Set("line", json::Value::String(generation.line()));
  item.Set("generation", json::Value::Integer(generation.generation()));
  item.Set("state", json::Value::String(generation.state()));
  item.Set("root", json::Value::Bool(generation.is_root()));
  item.Set("issuer", json::Value::String(generation.issuer()));
  item.Set("key", json::Value::String(absl::StrCat(
                      generation.key_type() == "RSA" ? "RSA-" : "P-",
                      generation.key_bits())));
  item.Set("policies", Strings({generation.policy_oids().begin(),
                                generation.policy_oids().end()}));
  item.Set("cps_uri", json::Value::String(generation.cps_uri()));
  item.Set("owner", json::Value::String(generation.owner()));
  item.Set("not_after",
           Time(generation.not_after(), generation.has_not_after()));
  return item;
}

Result GenerationResult(const v1::Authority& generation) {
  Result result;
  result.value = GenerationValue(generation);
  result.name = {"name"};
  return result;
}

absl::StatusOr<int> NumberOf(const cli::Args& args, const std::string& flag) {
  int number = 0;
  if (!absl::SimpleAtoi(args.Get(flag), &number) || number < 1) {
    return cli::UsageError(
        absl::StrCat("--", flag, " ", args.Get(flag), " is no number"));
  }
  return number;
}

// `line` and the number that --generation has.
template <typename Request>
absl::Status Fill(const cli::Args& args, Request* request) {
  request->set_line(args.Positional(0));
  OTRP_ASSIGN_OR_RETURN(const int number, NumberOf(args, "generation"));
  request->set_generation(number);
  return absl::OkStatus();
}

absl::Status CheckKey(const cli::Args& args) {
  const std::string word = args.Get("key");
  return word.empty() || pki::KeyKindFromWord(word).has_value()
             ? absl::OkStatus()
             : cli::UsageError(absl::StrCat("--key ", word, " is none of ",
                                            pki::KeyKindWords()));
}

// What its certificates cost now, by kind: its own prices.
absl::Status AddPrices(const std::string& line, Connections& connections,
                       Result* result) {
  using Ledger = common::v1::UsageLedger;
  std::map<std::string, common::v1::Price> newest;
  common::v1::ListPricesRequest request;
  request.set_page_size(1000);
  do {
    OTRP_ASSIGN_OR_RETURN(
        const common::v1::ListPricesResponse response,
        connections.Call<Ledger>(Service::kCa, &Ledger::Stub::ListPrices,
                                 request));
    for (const common::v1::Price& price : response.prices()) {
      if (price.party() == line) newest[price.kind()] = price;
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  json::Value prices = json::Value::Array();
  for (const auto& [kind, price] : newest) {
    json::Value item = json::Value::Object();
    item.Set("kind", json::Value::String(kind));
    item.Set("amount_minor", json::Value::Integer(price.amount_minor()));
    item.Set("currency", json::Value::String(price.currency()));
    item.Set("since", Time(price.since(), price.has_since()));
    prices.Append(std::move(item));
    result->notes.push_back(absl::StrCat(kind, " costs ", price.amount_minor(),
                                         " minor units of ", price.currency()));
  }
  result->value.Set("prices", std::move(prices));
  return absl::OkStatus();
}

absl::StatusOr<Result> CaShow(const cli::Args& args, Connections& connections) {
  v1::ListGenerationsRequest request;
  request.set_line(args.Positional(0));
  OTRP_ASSIGN_OR_RETURN(const v1::ListGenerationsResponse all,
                        connections.Call<v1::Authorities>(
                            Service::kCa, &Stub::ListGenerations, request));
  Result result;
  result.list = "generations";
  result.columns = {{"NAME", "name"},   {"GENERATION", "generation"},
                    {"STATE", "state"}, {"ISSUER", "issuer"},
                    {"KEY", "key"},     {"POLICIES", "policies"},
                    {"OWNER", "owner"}, {"NOT AFTER", "not_after"}};
  result.name = {"name"};
  json::Value list = json::Value::Array();
  for (const v1::Authority& generation : all.generations()) {
    list.Append(GenerationValue(generation));
  }
  result.value.Set("generations", std::move(list));
  OTRP_RETURN_IF_ERROR(AddPrices(args.Positional(0), connections, &result));
  return result;
}

absl::StatusOr<Result> CaRotate(const cli::Args& args,
                                Connections& connections) {
  v1::PrepareGenerationRequest request;
  request.set_line(args.Positional(0));
  OTRP_RETURN_IF_ERROR(CheckKey(args));
  request.set_key(args.Get("key"));
  if (args.Has("days")) {
    OTRP_ASSIGN_OR_RETURN(const int days, NumberOf(args, "days"));
    request.set_lifetime_days(days);
  }
  OTRP_ASSIGN_OR_RETURN(const v1::PrepareGenerationResponse response,
                        connections.Call<v1::Authorities>(
                            Service::kCa, &Stub::PrepareGeneration, request));
  Result result = GenerationResult(response.generation());
  result.notes.push_back(absl::StrCat(
      "it issues nothing yet: once relying parties know it, otrpctl ca "
      "activate ",
      args.Positional(0), " --generation ",
      response.generation().generation()));
  return result;
}

absl::StatusOr<Result> CaActivate(const cli::Args& args,
                                  Connections& connections) {
  v1::ActivateGenerationRequest request;
  OTRP_RETURN_IF_ERROR(Fill(args, &request));
  OTRP_ASSIGN_OR_RETURN(const v1::ActivateGenerationResponse response,
                        connections.Call<v1::Authorities>(
                            Service::kCa, &Stub::ActivateGeneration, request));
  return GenerationResult(response.generation());
}

absl::StatusOr<Result> CaRetire(const cli::Args& args,
                                Connections& connections) {
  v1::RetireGenerationRequest request;
  OTRP_RETURN_IF_ERROR(Fill(args, &request));
  OTRP_ASSIGN_OR_RETURN(const v1::RetireGenerationResponse response,
                        connections.Call<v1::Authorities>(
                            Service::kCa, &Stub::RetireGeneration, request));
  return GenerationResult(response.generation());
}

// What stops working: "12 certificates of sp, 3 of client; otrp://service/tsm".
std::string WhatStops(const v1::GetGenerationResponse& found) {
  if (found.live().empty()) return "no certificate of it lives";
  std::vector<std::string> counts;
  for (const v1::LiveCertificates& live : found.live()) {
    counts.push_back(
        absl::StrCat(live.count(), " of ", ProfileName(live.profile())));
  }
  std::string text = absl::StrCat("certificates that stop working: ",
                                  absl::StrJoin(counts, ", "));
  if (!found.holders().empty()) {
    absl::StrAppend(&text, "; of ", absl::StrJoin(found.holders(), ", "));
  }
  return text;
}

absl::StatusOr<std::string> Stakes(const cli::Args& args,
                                   Connections& connections) {
  v1::GetGenerationRequest request;
  OTRP_RETURN_IF_ERROR(Fill(args, &request));
  OTRP_ASSIGN_OR_RETURN(const v1::GetGenerationResponse found,
                        connections.Call<v1::Authorities>(
                            Service::kCa, &Stub::GetGeneration, request));
  return absl::StrCat(found.generation().name(), " (",
                      found.generation().state(), "): ", WhatStops(found));
}

absl::StatusOr<Result> CaRevoke(const cli::Args& args,
                                Connections& connections) {
  v1::RevokeGenerationRequest request;
  OTRP_RETURN_IF_ERROR(Fill(args, &request));
  // Typed by whoever called.
  request.set_confirm_line(args.Positional(0));
  OTRP_ASSIGN_OR_RETURN(const v1::RevocationReason reason,
                        ParseReason(args.Get("reason")));
  request.set_reason(reason);
  OTRP_ASSIGN_OR_RETURN(const v1::RevokeGenerationResponse response,
                        connections.Call<v1::Authorities>(
                            Service::kCa, &Stub::RevokeGeneration, request));
  Result result = GenerationResult(response.generation());
  result.value.Set("revoked_at",
                   Time(response.revoked_at(), response.has_revoked_at()));
  return result;
}

absl::StatusOr<Result> CaCrossSign(const cli::Args& args,
                                   Connections& connections) {
  v1::CrossSignGenerationRequest request;
  OTRP_RETURN_IF_ERROR(Fill(args, &request));
  OTRP_ASSIGN_OR_RETURN(const int signer, NumberOf(args, "by"));
  request.set_signer(signer);
  OTRP_ASSIGN_OR_RETURN(const v1::CrossSignGenerationResponse response,
                        connections.Call<v1::Authorities>(
                            Service::kCa, &Stub::CrossSignGeneration, request));
  Result result = GenerationResult(response.generation());
  result.value.Set("signer", json::Value::Integer(signer));
  return result;
}

// Asks for the authority's name, and says what stops.
Command AskingForName(Command command) {
  command = Asking(std::move(command));
  command.stakes = &Stakes;
  command.asks_for_word = true;
  return command;
}

absl::StatusOr<Result> CaCsr(const cli::Args& args, Connections& connections) {
  v1::RequestGenerationRequest request;
  request.set_line(args.Positional(0));
  OTRP_RETURN_IF_ERROR(CheckKey(args));
  request.set_key(args.Get("key"));
  request.set_common_name(args.Get("cn"));
  request.set_replace(args.Has("replace"));
  OTRP_ASSIGN_OR_RETURN(OutputFile out,
                        OutputFile::Open("out", args.Get("out")));
  OTRP_ASSIGN_OR_RETURN(const v1::RequestGenerationResponse response,
                        connections.Call<v1::Authorities>(
                            Service::kCa, &Stub::RequestGeneration, request));
  OTRP_RETURN_IF_ERROR(
      out.Write(crypto::PemEncode("CERTIFICATE REQUEST", response.csr_der())));
  Result result;
  result.value.Set("csr", json::Value::String(args.Get("out")));
  result.notes.push_back(
      absl::StrCat("once a root has signed it: otrpctl ca import ",
                   args.Positional(0), " --cert FILE"));
  return result;
}

// Out of --key, a file or "-" for stdin; never of the command line itself.
absl::StatusOr<SecretBytes> ImportedKey(const cli::Args& args) {
  const std::string path =
      args.Get("key") == "-" ? "/dev/stdin" : args.Get("key");
  OTRP_ASSIGN_OR_RETURN(std::string text, ReadInput("key", path));
  const SecretBytes pem = SecretBytes::Take(std::move(text));
  SecretBytes passphrase;
  if (crypto::IsEncryptedKey(pem.view())) {
    OTRP_ASSIGN_OR_RETURN(
        passphrase,
        KnownPassphrase("passphrase-file", args.Get("passphrase-file")));
  }
  const absl::StatusOr<crypto::PrivateKey> key =
      crypto::DecryptKey(pem.view(), passphrase.view());
  if (!key.ok()) {
    return cli::UsageError(
        absl::StrCat("--key ", args.Get("key"), ": ", key.status().message()));
  }
  return key->ToPkcs8();
}

absl::StatusOr<Result> CaImport(const cli::Args& args,
                                Connections& connections) {
  v1::ImportGenerationRequest request;
  request.set_line(args.Positional(0));
  OTRP_ASSIGN_OR_RETURN(const std::vector<std::string> chain,
                        ReadCertificates("cert", args.Get("cert")));
  request.set_certificate_der(chain[0]);
  for (size_t i = 1; i < chain.size(); ++i) request.add_above_der(chain[i]);
  if (args.Has("key")) {
    OTRP_ASSIGN_OR_RETURN(const SecretBytes pkcs8, ImportedKey(args));
    request.set_private_key_der(std::string(pkcs8.view()));
  }
  const absl::StatusOr<v1::ImportGenerationResponse> response =
      connections.Call<v1::Authorities>(Service::kCa, &Stub::ImportGeneration,
                                        request);
  Wipe(request.mutable_private_key_der());
  OTRP_RETURN_IF_ERROR(response.status());
  Result result = GenerationResult(response->generation());
  result.notes.push_back(absl::StrCat(
      "it issues nothing yet: once relying parties know its root (otrpctl "
      "trust add), otrpctl ca activate ",
      args.Positional(0), " --generation ",
      response->generation().generation()));
  return result;
}

}  // namespace

std::vector<Command> AuthorityCommands() {
  const std::vector<cli::Word> name = {{"NAME", "line"}};
  const cli::Flag generation = {"generation", "N", true,
                                "its number, as ca show has it", "generation"};
  return {
      {{"ca", "show", name, {}, "Lists the generations of an authority."},
       CaShow},
      {{"ca",
        "rotate",
        name,
        {{"key", "RSA-2048|RSA-3072|RSA-4096|P-256|P-384", false,
          "the next one's kind of key; as before without it", "key"},
         {"days", "N", false, "how long the next one lives", "lifetime_days"}},
        "Makes an authority's next generation, which waits to be activated."},
       CaRotate},
      {{"ca",
        "activate",
        name,
        {generation},
        "Lets the next generation issue; the one before is retiring."},
       CaActivate},
      Asking({{"ca",
               "retire",
               name,
               {generation},
               "Ends a generation of which no certificate lives; its key is "
               "removed."},
              CaRetire}),
      AskingForName(
          {{"ca",
            "revoke",
            name,
            {generation, RevocationReasonFlag()},
            "Revokes a generation for ever, with all certificates of it."},
           CaRevoke}),
      {{"ca",
        "cross-sign",
        name,
        {generation, {"by", "N", true, "the generation that signs", "signer"}},
        "Certifies a root's key by another generation of the root."},
       CaCrossSign},
      {{"ca",
        "csr",
        name,
        {{"out", "FILE", true, "the request, PEM"},
         {"key", "RSA-2048|RSA-3072|RSA-4096|P-256|P-384", false,
          "the kind of key; as before without it", "key"},
         {"cn", "NAME", false, "another common name", "common_name"},
         {"replace", "", false, "forgets the request that is there"}},
        "Makes a key for the next generation, and the request for another's "
        "root."},
       CaCsr},
      {{"ca",
        "import",
        name,
        {{"cert", "FILE", true,
          "its certificate and those above it, root last, PEM",
          "certificate_der"},
         {"key", "FILE", false,
          "its key, PKCS#8 as PEM, - for stdin; that of ca csr without it",
          "private_key_der"},
         {"passphrase-file", "FILE", false,
          "what opens the key; asked for without it"}},
        "Makes the next generation of what another's root has certified."},
       CaImport},
  };
}

}  // namespace otrp::ctl
