// One device and its TSM, in memory, with the clock in the test's hand.

#ifndef CLIENTS_DEVICE_TESTING_WORLD_H_
#define CLIENTS_DEVICE_TESTING_WORLD_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
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

  // Keys, certificates and roots of the device.
  TeeIdentity Identity(bool firmware = true, bool wrong_key = false) const;

  Answer Send(const Draft& draft) { return SendBytes(tsm->Seal(draft)); }
  Answer SendBytes(const std::string& request);

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
  WorldOptions options_;
  TestCa tsm_root_;
};

// "expected" in a sentence when it isn't so.
void ExpectPass(const Answer& answer);
void ExpectFail(const Answer& answer, absl::string_view code);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_TESTING_WORLD_H_
