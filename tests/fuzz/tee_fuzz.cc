// The software TEE's side: a command that its TSM really signed and encrypted.
// The first octet picks the command, the rest is a JSON object whose members
// replace those of its content; a member that is null is left out.

#include "clients/device/testing/world.h"
#include "tests/fuzz/input.h"

namespace {

otrp::device::Draft Pick(otrp::device::World& world, unsigned choice) {
  using otrp::json::Value;
  switch (choice % 6) {
    case 0: return world.CreateSd("sd-2");
    case 1: {
      Value changes = Value::Object();
      changes.Set("newsdname", Value::String("sd-2"));
      return world.UpdateSd(changes);
    }
    case 2: return world.DeleteSd();
    case 3: return world.InstallTa("ta-2");
    case 4: return world.UpdateTa();
    default: return world.DeleteTa();
  }
}

}  // namespace

OTRP_FUZZ_TARGET(input) {
  using namespace otrp;  // NOLINT: its file's only function
  static auto* const world = [] {
    auto* made = new device::World();
    made->HaveTa();
    return made;
  }();
  if (input.empty()) return;
  const auto choice = static_cast<unsigned char>(input[0]);
  const auto changes = json::Parse(input.substr(1), json::kStrangers);
  if (!changes.ok() || !changes->is_object()) return;
  device::Draft draft = Pick(*world, choice);
  for (const auto& [name, value] : changes->members()) {
    device::Members& members =
        (choice & 0x80) != 0 ? draft.tbs : *draft.content;
    if (value.is_null()) {
      members.erase(name);
    } else {
      members[name] = value;
    }
  }
  const auto answer = world->tee->Process(world->tsm->Seal(draft));
  OTRP_FUZZ_CHECK(answer.ok());
  // A good change makes the TSM's picture stale; start over.
  world->Connect();
}
