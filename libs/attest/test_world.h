// The hierarchies and devices that the tests of this folder share.
//
// Thread-safety: functions without state.

#ifndef OTRP_LIBS_ATTEST_TEST_WORLD_H_
#define OTRP_LIBS_ATTEST_TEST_WORLD_H_

#include "libs/pki/certificate.h"
#include "libs/pki/profile.h"
#include "libs/protocol/test_pki.h"
#include "libs/protocol/test_tee.h"

namespace otrp {
namespace attest {
namespace test {

using namespace ::otrp::protocol::test;  // NOLINT: what these tests are made of

struct World {
  Hierarchy tee = NewHierarchy("OEM TEE");
  Hierarchy tfw = NewHierarchy("OEM firmware");
  Hierarchy stranger = NewHierarchy("Stranger");
  pki::Certificate tee_leaf =
      NewLeaf(tee, pki::Role::kTee, EcKey().public_key());
  pki::Certificate tfw_leaf =
      NewLeaf(tfw, pki::Role::kTfw, OtherEcKey().public_key());
};

inline const World& TheWorld() {
  static const auto* const kWorld = new World();
  return *kWorld;
}

}  // namespace test
}  // namespace attest
}  // namespace otrp

#endif  // OTRP_LIBS_ATTEST_TEST_WORLD_H_
