#include "clients/device/testing/world.h"

#include <utility>

#include "gtest/gtest.h"

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
  TeeOptions tee_options = options_.tee;
  tee_options.dialect = options_.dialect;
  const crypto::KeyType aik_type = options_.dialect == Dialect::kPei03
                                       ? crypto::KeyType::kRsa
                                       : options_.key_type;
  auto made = std::make_shared<int>(0);
  tee_options.make_aik = [aik_type, made] {
    return PooledKey(aik_type, 300 + (*made)++);
  };
  std::unique_ptr<StateStore> store = std::move(options_.store);
  if (store == nullptr) store = std::make_unique<MemoryStore>();
  absl::StatusOr<std::unique_ptr<Tee>> made_tee =
      Tee::Create(Identity(options_.firmware, options_.wrong_firmware_key),
                  std::move(tee_options), std::move(store), clock, random);
  EXPECT_TRUE(made_tee.ok()) << made_tee.status();
  tee = *std::move(made_tee);
}

TeeIdentity World::Identity(bool firmware, bool wrong_key) const {
  const crypto::PrivateKey& tee_key = PooledKey(options_.key_type, 200);
  const crypto::PrivateKey& tfw_key = PooledKey(options_.key_type, 201);
  TeeIdentity identity{
      KeyAndChain{tee_key, Chain(TestRole::kTee, tee_key, 210, Noon())},
      absl::nullopt,
      {tsm_root_.der}};
  if (firmware) {
    identity.tfw =
        KeyAndChain{wrong_key ? PooledKey(options_.key_type, 202) : tfw_key,
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
  EXPECT_EQ(answer.error_code, code) << answer.name;
}

}  // namespace otrp::device
