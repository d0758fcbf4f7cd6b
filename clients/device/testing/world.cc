#include "clients/device/testing/world.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/base/hex.h"
#include "libs/crypto/hash.h"

namespace otrp::device {
namespace {

using json::Value;

absl::Time Noon() { return absl::FromUnixSeconds(1767268800); }

std::vector<std::string> Chain(TestRole role, const crypto::PrivateKey& key,
                               int root_number, absl::Time now) {
  const TestCa root =
      MakeTestRoot("device root", role,
                   PooledKey(crypto::KeyType::kEcP256, root_number), now);
  TestLeaf leaf;
  leaf.name = "device";
  leaf.role = role;
  leaf.not_before = now - absl::Hours(1);
  leaf.not_after = now + absl::Hours(24 * 3650);
  return {IssueTestLeaf(leaf, root, key.public_key()), root.der};
}

}  // namespace

World::World(WorldOptions options)
    : clock(Noon()),
      random(7),
      sp(MakeTestSp("sp.example", 1, Noon())),
      options_(std::move(options)),
      tsm_root_(TestTsm::MakeRoot(options_.key_type, clock)) {
  TestTsm::Options tsm_options;
  tsm_options.key_type = options_.key_type;
  tsm_options.dialect = options_.dialect;
  tsm = std::make_unique<TestTsm>(tsm_options, tsm_root_, clock, random);
  identity_ = MakeIdentity();
  std::unique_ptr<StateStore> store = std::move(options_.store);
  if (store == nullptr) store = std::make_unique<MemoryStore>();
  Restart(std::move(store));
}

void World::Restart(std::unique_ptr<StateStore> store) {
  TeeOptions tee_options = options_.tee;
  tee_options.dialect = options_.dialect;
  const crypto::KeyType aik_type = options_.dialect == Dialect::kPei03
                                       ? crypto::KeyType::kRsa
                                       : options_.key_type;
  tee_options.make_aik = [aik_type, made = aiks_made_] {
    return PooledKey(aik_type, 300 + (*made)++);
  };
  // One process at a time works with a folder.
  tee.reset();
  absl::StatusOr<std::unique_ptr<Tee>> made_tee = Tee::Create(
      *identity_, std::move(tee_options), std::move(store), clock, random);
  EXPECT_TRUE(made_tee.ok()) << made_tee.status();
  tee = *std::move(made_tee);
}

std::unique_ptr<TestTsm> World::MakeTsm(int number, absl::string_view id) {
  TestTsm::Options made;
  made.key_type = options_.key_type;
  made.dialect = options_.dialect;
  made.id = std::string(id);
  made.number = number;
  return std::make_unique<TestTsm>(made, tsm_root_, clock, random);
}

std::string World::Held() const {
  std::string out;
  const TeeState state = tee->state();
  for (const SecurityDomain& sd : state.sds) {
    absl::StrAppend(&out, sd.owner, " ", sd.name, " ", sd.spid);
    for (const std::string& der : sd.spcerts) {
      absl::StrAppend(&out, " ", HexEncode(crypto::Sha256(der)).substr(0, 8));
    }
    absl::StrAppend(&out, ":");
    for (const InstalledTa& ta : sd.tas) {
      absl::StrAppend(&out, ta.taid, "=", ta.version, "/", ta.image_sha256, "/",
                      ta.pdata_sha256, ";");
    }
    absl::StrAppend(&out, "\n");
  }
  for (const Aik& aik : state.aiks) {
    absl::StrAppend(&out, "aik ", aik.owner, " ", aik.spid, " ",
                    HexEncode(crypto::Sha256(aik.key.public_key().ToSpki())),
                    "\n");
  }
  return out;
}

TeeIdentity World::MakeIdentity() const {
  const crypto::PrivateKey& tee_key = PooledKey(options_.key_type, 200);
  const crypto::PrivateKey& tfw_key = PooledKey(options_.key_type, 201);
  TeeIdentity identity{
      KeyAndChain{tee_key, Chain(TestRole::kTee, tee_key, 210, Noon())},
      absl::nullopt,
      {tsm_root_.der}};
  if (options_.firmware) {
    identity.tfw = KeyAndChain{options_.wrong_firmware_key
                                   ? PooledKey(options_.key_type, 202)
                                   : tfw_key,
                               Chain(TestRole::kTfw, tfw_key, 211, Noon())};
  }
  return identity;
}

Answer World::SendBytes(const std::string& request) {
  absl::StatusOr<std::string> response = tee->Process(request);
  if (!response.ok()) {
    ADD_FAILURE() << "no response: " << response.status();
    return Answer();
  }
  return tsm->Open(*response);
}

Outcome World::SendAs(TestTsm& from, const Draft& draft) {
  Outcome outcome;
  const auto response = tee->Process(from.Seal(draft), &outcome);
  EXPECT_TRUE(response.ok()) << response.status();
  return outcome;
}

Answer World::Connect() {
  Answer answer = Send(tsm->DeviceState());
  ExpectPass(answer);
  return answer;
}

Draft World::CreateSd(absl::string_view name) {
  return tsm->Command("CreateSD", {{"spid", Text(sp.spid)},
                                   {"sdname", Text(name)},
                                   {"spcert", sp.Cert()},
                                   {"did", Text(tsm->did())}});
}

Draft World::UpdateSd(Value changes, absl::string_view name) {
  return tsm->Command("UpdateSD", {{"spid", Text(sp.spid)},
                                   {"sdname", Text(name)},
                                   {"changes", std::move(changes)}});
}

Draft World::DeleteSd(absl::string_view name) {
  return tsm->Command("DeleteSD", {{"sdname", Text(name)}});
}

Draft World::InstallTa(absl::string_view taid, absl::string_view version) {
  Draft draft = tsm->Command("InstallTA", {{"spid", Text(sp.spid)},
                                           {"sdname", Text("sd-1")},
                                           {"taid", Text(taid)}});
  draft.tbs["encrypted_ta"] = tsm->EncryptTa(
      sp.spid, sp.Image(taid, version, "the binary"), "settings", false);
  return draft;
}

Draft World::UpdateTa(absl::string_view taid, absl::string_view version) {
  Draft draft = tsm->Command("UpdateTA", {{"spid", Text(sp.spid)},
                                          {"sdname", Text("sd-1")},
                                          {"taid", Text(taid)}});
  draft.tbs["encrypted_ta"] = tsm->EncryptTa(
      sp.spid, sp.Image(taid, version, "a newer binary"), absl::nullopt, true);
  return draft;
}

Draft World::DeleteTa(absl::string_view taid) {
  return tsm->Command("DeleteTA",
                      {{"sdname", Text("sd-1")}, {"taid", Text(taid)}});
}

void World::HaveSd() {
  Connect();
  ExpectPass(Send(CreateSd()));
}

void World::HaveTa() {
  HaveSd();
  ExpectPass(Send(InstallTa()));
}

void ExpectPass(const Answer& answer) {
  EXPECT_EQ(answer.status, "pass") << answer.name << " " << answer.error_code;
}

void ExpectFail(const Answer& answer, absl::string_view code) {
  EXPECT_EQ(answer.status, "fail") << answer.name;
  EXPECT_EQ(answer.error_code, std::string(code)) << answer.name;
}

}  // namespace otrp::device
