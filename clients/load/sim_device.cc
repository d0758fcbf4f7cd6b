#include "clients/load/sim_device.h"

#include <time.h>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "clients/device/state_store.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"

namespace otrp::load {
namespace {

absl::Duration ThreadCpu() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return absl::DurationFromTimespec(now);
}

}  // namespace

absl::StatusOr<std::unique_ptr<SimDevice>> SimDevice::Create(
    const Target& target, const Pool& pool, const Cache& cache,
    const Cache& aiks, int number) {
  OTRP_ASSIGN_OR_RETURN(device::TeeIdentity identity,
                        cache.Identity(number, target.tsm_roots));
  device::TeeOptions options;
  options.dialect = pool.dialect;
  const crypto::PrivateKey aik = aiks.Aik(number);
  options.make_aik = [aik] { return absl::StatusOr<crypto::PrivateKey>(aik); };
  std::unique_ptr<SimDevice> made(
      new SimDevice(target, pool, std::move(identity), std::move(options)));
  OTRP_RETURN_IF_ERROR(made->Reset());
  return made;
}

absl::Status SimDevice::Start(const device::TeeState& state) {
  // Images are checked and hashed, but not kept.
  auto store = absl::make_unique<device::MemoryStore>(/*keep_blobs=*/false);
  OTRP_RETURN_IF_ERROR(store->Save(state, {}));
  OTRP_ASSIGN_OR_RETURN(
      tee_, device::Tee::Create(identity_, options_, std::move(store),
                                RealClock(), crypto::SystemRandom()));
  broker_ = absl::make_unique<device::Broker>(pool_.dialect);
  broker_->AddTee(tee_.get());
  return absl::OkStatus();
}

absl::Status SimDevice::Reset() { return Start(device::TeeState()); }
absl::Status SimDevice::Restore() { return Start(kept_); }
void SimDevice::Keep() { kept_ = tee_->state(); }

std::string SimDevice::Process(const std::string& request,
                               device::Outcome* outcome, absl::Duration* cpu) {
  const absl::Duration before = ThreadCpu();
  std::string answer = broker_->Process(request, outcome);
  *cpu += ThreadCpu() - before;
  return answer;
}

absl::optional<Failure> SimDevice::CheckHolds(size_t at_least,
                                              size_t* version) const {
  const device::TeeState state = tee_->state();
  if (state.sds.size() != 1 || state.sds[0].tas.size() != 1) {
    return Failure{"ta-missing",
                   absl::StrCat("the TEE has ", state.sds.size(),
                                " security domains with ", state.TaCount(),
                                " TAs together; one with one was expected")};
  }
  const device::InstalledTa& held = state.sds[0].tas[0];
  if (held.taid != ta().taid) {
    return Failure{"ta-wrong", absl::StrCat("the TEE has TA ", held.taid)};
  }
  for (size_t i = 0; i < ta().versions.size(); ++i) {
    const TaVersion& known = ta().versions[i];
    if (known.version != held.version) continue;
    if (i < at_least) break;
    if (held.image_sha256 != known.image_sha256 ||
        held.pdata_sha256 != known.pdata_sha256) {
      return Failure{"ta-octets",
                     "the TA's image or data isn't what the SP gave"};
    }
    *version = i;
    return absl::nullopt;
  }
  return Failure{
      "ta-version",
      absl::StrCat("the TEE has version ", held.version, "; ",
                   ta().versions[at_least].version, " or later was expected")};
}

absl::optional<Failure> SimDevice::CheckEmpty() const {
  const device::TeeState state = tee_->state();
  if (state.sds.empty()) return absl::nullopt;
  return Failure{"not-empty",
                 absl::StrCat("the TEE still has ", state.sds.size(),
                              " security domains")};
}

}  // namespace otrp::load
