// One device and its TSM, in memory, with the clock in the test's hand.

#ifndef CLIENTS_DEVICE_TESTING_WORLD_H_
#define CLIENTS_DEVICE_TESTING_WORLD_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "clients/device/state_store.h"
#include "clients/device/tee.h"
#include "clients/device/testing/test_tsm.h"
#include "libs/base/clock.h"
#include "libs/base/fake_random.h"

namespace otrp::device {

struct WorldOptions {
  crypto::KeyType key_type = crypto::KeyType::kEcP256;
  Dialect dialect = Dialect::kIetf03;
  // Its dialect and AIKs are set by the world.
  TeeOptions tee;
  bool firmware = true;
  // The firmware signs with another key than its certificate's.
  bool wrong_firmware_key = false;
  // Default: MemoryStore.
  std::unique_ptr<StateStore> store;
};

class World {
 public:
  explicit World(WorldOptions options = {});

  FakeClock clock;
  FakeRandom random;
  TestSp sp;
  std::unique_ptr<TestTsm> tsm;
  std::unique_ptr<Tee> tee;

  // The same device with another store, as after a power cut. It remembers no
  // TSM.
  void Restart(std::unique_ptr<StateStore> store);

  // Another TSM below the same root. `number` isn't 0.
  std::unique_ptr<TestTsm> MakeTsm(int number, absl::string_view id);

  // What the TEE holds, as text: for "nothing has changed".
  std::string Held() const;

  Answer Send(const Draft& draft) { return SendBytes(tsm->Seal(draft)); }
  Answer SendBytes(const std::string& request);
  // From another TSM. Tells what the TEE made of it without reading the
  // answer, which a stranger can't.
  Outcome SendAs(TestTsm& from, const Draft& draft);

  // GetDeviceState that must pass.
  Answer Connect();

  // Drafts, as a TSM would send them now.
  Draft CreateSd(absl::string_view name = "sd-1");
  Draft UpdateSd(json::Value changes, absl::string_view name = "sd-1");
  Draft DeleteSd(absl::string_view name = "sd-1");
  Draft InstallTa(absl::string_view taid = "ta-1",
                  absl::string_view version = "1.0.0");
  Draft UpdateTa(absl::string_view taid = "ta-1",
                 absl::string_view version = "2.0.0");
  Draft DeleteTa(absl::string_view taid = "ta-1");

  // Connect, CreateSD; and InstallTA. All must pass.
  void HaveSd();
  void HaveTa();

 private:
  TeeIdentity MakeIdentity() const;

  WorldOptions options_;
  TestCa tsm_root_;
  absl::optional<TeeIdentity> identity_;
  // Goes on over restarts: no two AIKs of a world are the same.
  std::shared_ptr<int> aiks_made_ = std::make_shared<int>(0);
};

// "expected" in a sentence when it isn't so.
void ExpectPass(const Answer& answer);
void ExpectFail(const Answer& answer, absl::string_view code);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_TESTING_WORLD_H_
