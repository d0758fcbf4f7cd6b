// The certificate that --profile, --csr, --cn, --san-uri and --authority ask
// for, in the requests of the ca that have members for it.
//
// Errors: those of ParseProfile() and ReadDer(), which name the flag.

#ifndef OTRP_CLIENTS_OTRPCTL_WANTED_CERTIFICATE_H_
#define OTRP_CLIENTS_OTRPCTL_WANTED_CERTIFICATE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "libs/cli/cli.h"

namespace otrp::ctl {

inline cli::Flag AuthorityFlag() {
  return {"authority", "NAME", false,
          "the authority that shall issue; the role's default without it",
          "authority"};
}

template <typename Request>
absl::Status FillWantedCertificate(const cli::Args& args, Request* request) {
  OTRP_ASSIGN_OR_RETURN(const ca::v1::Profile profile,
                        ParseProfile(args.Get("profile")));
  request->set_profile(profile);
  OTRP_ASSIGN_OR_RETURN(*request->mutable_csr_der(),
                        ReadDer("csr", args.Get("csr"), "CERTIFICATE REQUEST"));
  request->set_common_name(args.Get("cn"));
  request->set_authority(args.Get("authority"));
  for (absl::string_view uri :
       absl::StrSplit(args.Get("san-uri"), ',', absl::SkipEmpty())) {
    request->add_san_uris(std::string(uri));
  }
  return absl::OkStatus();
}

}  // namespace otrp::ctl

#endif  // OTRP_CLIENTS_OTRPCTL_WANTED_CERTIFICATE_H_
