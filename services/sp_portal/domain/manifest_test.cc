#include "services/sp_portal/domain/manifest.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kUuid[] = "8aaaf200-2450-11e4-abe2-0002a5d5c51b";

Manifest Good() {
  Manifest manifest;
  manifest.display_name = "Wallet";
  manifest.tee_kinds = {"OP-TEE", "TrustZone"};
  manifest.dependencies = {{"com.example.keys", "1.2"}};
  manifest.personalization_schema = R"({"type":"object"})";
  return manifest;
}

TEST(ManifestTest, TaidsAreUuidsOrReverseNames) {
  for (const char* good : {kUuid, "8AAAF200-2450-11E4-ABE2-0002A5D5C51B",
                           "com.example.wallet", "de.bank"}) {
    OTRP_EXPECT_OK(CheckManifest(Good(), good)) << good;
  }
  for (const char* bad : {"wallet", "com.", ".com", "com..x", "1.0", "a.1b"}) {
    EXPECT_THAT(
        CheckManifest(Good(), bad),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("taid:")))
        << bad;
  }
}

TEST(ManifestTest, WhatIsWrongIsNamed) {
  const std::vector<std::pair<const char*, std::function<void(Manifest*)>>>
      cases = {
          {"manifest.display_name:",
           [](Manifest* m) { m->display_name.clear(); }},
          {"manifest.display_name:",
           [](Manifest* m) { m->display_name = "a\x1b[31m"; }},
          {"manifest.tee_kinds[1]:",
           [](Manifest* m) { m->tee_kinds[1] = "a b"; }},
          {"manifest.tee_kinds[1]:",
           [](Manifest* m) { m->tee_kinds[1] = "OP-TEE"; }},
          {"manifest.tee_kinds:",
           [](Manifest* m) { m->tee_kinds.resize(17, "x"); }},
          {"manifest.dependencies[0].taid:",
           [](Manifest* m) { m->dependencies[0].taid = ""; }},
          {"manifest.dependencies[0].min_version:",
           [](Manifest* m) { m->dependencies[0].min_version = "^1"; }},
          {"manifest.dependencies[1].taid:",
           [](Manifest* m) { m->dependencies.push_back(m->dependencies[0]); }},
          // Itself, in the other case.
          {"manifest.dependencies[0].taid:",
           [](Manifest* m) {
             m->dependencies[0].taid = "8AAAF200-2450-11E4-ABE2-0002A5D5C51B";
           }},
          {"manifest.dependencies:",
           [](Manifest* m) { m->dependencies.resize(33); }},
          {"manifest.personalization_schema:",
           [](Manifest* m) { m->personalization_schema = "[]"; }},
          {"manifest.personalization_schema:",
           [](Manifest* m) { m->personalization_schema = "{"; }},
          {"manifest.personalization_schema:",
           [](Manifest* m) {
             m->personalization_schema =
                 "{\"a\":\"" + std::string(64 << 10, 'x') + "\"}";
           }},
      };
  for (const auto& [field, change] : cases) {
    Manifest manifest = Good();
    change(&manifest);
    EXPECT_THAT(CheckManifest(manifest, kUuid),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(field)));
  }
}

}  // namespace
}  // namespace portal
}  // namespace otrp
