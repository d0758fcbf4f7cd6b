// For tests: holds an authorization table against the services that a server
// offers.
//
//   TEST(AuthzTest, EveryMethodHasARow) {
//     // Asking for a descriptor links the generated code.
//     EXPECT_THAT(rpc::AuthzProblems(Table(), rpc::ServicesOf({
//         otrp::ca::v1::Certificate::descriptor()->file(), ...})),
//         testing::IsEmpty());
//   }

#ifndef OTRP_LIBS_RPC_AUTHZ_TEST_UTIL_H_
#define OTRP_LIBS_RPC_AUTHZ_TEST_UTIL_H_

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "libs/rpc/authz.h"

namespace otrp {
namespace rpc {

// The full names of all services of these files.
std::vector<std::string> ServicesOf(
    const std::vector<const google::protobuf::FileDescriptor*>& files);

// One sentence per problem: a method without a row, a row without a method, a
// row listed twice, a row that allows nobody, a mutating row that allows
// auditors, a request message shared by two methods (run.h finds the method
// by its request). The services' generated code must be linked.
// `of_their_own`: mutating methods by which auditors change nothing but what is
// their own, such as their certificates.
std::vector<std::string> AuthzProblems(
    const AuthzTable& table, const std::vector<std::string>& services,
    const std::vector<std::string>& of_their_own = {});

// One caller with a certificate of each kind, each of the suite's processes,
// and a member of each role. Who has a free name is called "any"; a member is
// "member/<role>".
std::vector<Identity> CallersOfAllKinds();

// Every (method, caller) pair that is allowed, as "method <- kind" lines,
// for a golden test: a change of the table then shows in review.
std::vector<std::string> AuthzMatrix(const AuthzTable& table);

// The same for the roles of operators and of SPs' people and tokens.
std::vector<std::string> AuthzRoleMatrix(const AuthzTable& table);

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_AUTHZ_TEST_UTIL_H_
