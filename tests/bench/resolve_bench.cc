// What it costs to decide what a device is to have, on a catalogue of a large
// operator: 300 service providers with 1,500 applications, 6,000 releases,
// 2,600 assignments to groups, labels and conditions, 1,000 decisions to
// remove.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/tsm/domain/changes.h"
#include "services/tsm/domain/device_context.h"

namespace otrp {
namespace tsm {
namespace {

CatalogueChanges LargeCatalogue() {
  CatalogueChanges changes;
  changes.version = 1;
  int64_t id = 0;
  for (int sp = 0; sp < 300; ++sp) {
    const std::string spid = absl::StrCat("provider-", sp);
    changes.certificates.push_back({spid, absl::StrCat(sp, "-certificate")});
    for (int app = 0; app < 5; ++app) {
      const std::string taid =
          absl::StrCat("8aaaf200-2450-11e4-abe2-0002a5d5", 1000 + app);
      for (int version = 1; version <= 4; ++version) {
        CatalogueRelease release;
        release.id = ++id;
        release.spid = spid;
        release.taid = taid;
        release.version = absl::StrCat("1.", version, ".0");
        release.signer_fingerprint = absl::StrCat(sp, "-certificate");
        changes.releases.push_back(release);
      }
      changes.applications.push_back({spid, taid, id - 1, id, false});
      const auto assign = [&](const std::string& target) {
        changes.rules.push_back(
            {spid, taid, target, service::Channel::kStable});
      };
      assign(absl::StrCat("group:group-", (sp * 5 + app) % 200));
      if (app == 0) assign(absl::StrCat("label:site=", sp % 50));
      if (app == 1)
        assign(absl::StrCat("group:group-", sp % 200,
                            " label:pilot=yes vendor:acme"));
      if (app == 2 && sp < 20) assign("all");
      if (app == 3 && sp < 10) assign("tier:firmware-verified");
    }
  }
  for (int i = 0; i < 1000; ++i) {
    Decision decision;
    decision.spid = absl::StrCat("provider-", i % 300);
    decision.taid = "8aaaf200-2450-11e4-abe2-0002a5d51004";
    decision.target = i < 100 ? "all" : absl::StrCat("group:group-", i % 200);
    decision.version = 1;
    changes.decisions.push_back(decision);
  }
  return changes;
}

// In 4 groups with 8 labels; it has what it is to have.
DeviceContext Device() {
  DeviceContext context;
  context.device.tee_vendor = "acme";
  context.device.tier = service::AttestationTier::kFirmwareVerified;
  for (int i = 0; i < 4; ++i) {
    context.groups.push_back(absl::StrCat("group-", i * 7));
  }
  context.labels = {"pilot=yes", "site=7", "a=1", "b=2",
                    "c=3",       "d=4",    "e=5", "f=6"};
  context.catalogue = Catalogue().With(LargeCatalogue());
  context.Decide();
  for (const DesiredTa& ta : context.goals.desired) {
    if (context.domains.empty() || context.domains.back().spid != ta.spid) {
      context.domains.push_back(
          {SdNameOf(ta.spid), ta.spid, {ta.current_fingerprint}, {}});
    }
    context.domains.back().tas.push_back({ta.taid, ta.version});
  }
  context.Decide();
  return context;
}

// All that a message of a device needs of the catalogue.
void BM_Decide(benchmark::State& state) {
  DeviceContext context = Device();
  for (auto _ : state) {
    context.Decide();
    benchmark::DoNotOptimize(context.goals);
  }
  state.counters["applications"] =
      static_cast<double>(context.goals.desired.size());
}
BENCHMARK(BM_Decide);

void BM_Compare(benchmark::State& state) {
  const DeviceContext context = Device();
  for (auto _ : state) {
    benchmark::DoNotOptimize(Compare(context.goals, context.domains));
  }
}
BENCHMARK(BM_Compare);

// What a replica does when something has changed.
void BM_OneChange(benchmark::State& state) {
  const auto catalogue = Catalogue().With(LargeCatalogue());
  CatalogueChanges change;
  change.version = 2;
  change.rules = {{"provider-1", "8aaaf200-2450-11e4-abe2-0002a5d51001",
                   "group:new", service::Channel::kStable}};
  for (auto _ : state) benchmark::DoNotOptimize(catalogue->With(change));
  state.counters["bytes"] = static_cast<double>(catalogue->bytes());
}
BENCHMARK(BM_OneChange);

}  // namespace
}  // namespace tsm
}  // namespace otrp

BENCHMARK_MAIN();
