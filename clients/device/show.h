// What a device holds, for its owner: ids, fingerprints and versions, no keys.
//
// Thread-safety: functions without state.

#ifndef CLIENTS_DEVICE_SHOW_H_
#define CLIENTS_DEVICE_SHOW_H_

#include <string>

#include "clients/device/device_folder.h"
#include "libs/json/json.h"

namespace otrp::device {

// did, alg, dialect, tee_name, tee_version, self_issued, security_domains
// [{sdname, spid, owner, spcert_sha256, tas [{taid, version, sha256, bytes,
// binary_sha256, pdata_bytes}]}], aiks [{spid, type, sha256}].
json::Value DescribeDevice(const OpenDevice& device);

std::string DescribeDeviceAsText(const json::Value& described);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_SHOW_H_
