#include "tests/support/optee_images.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/files.h"
#include "libs/json/json.h"
#include "tests/support/subprocess.h"

namespace otrp {
namespace testing {
namespace {

using json::Value;

std::string WriteKey(const std::string& dir, size_t number,
                     const crypto::PrivateKey& key) {
  std::string path = absl::StrCat(dir, "/", number, ".pem");
  WriteWholeFile(path, std::string(key.ToPem().view())).IgnoreError();
  return path;
}

}  // namespace

std::string MakeOpteeImage(const OpteeImageSpec& spec,
                           const crypto::PrivateKey& key) {
  const std::string dir = MakeTempDir().value();
  Value out = Value::Object();
  out.Set("kind", Value::String(spec.kind));
  out.Set("alg", Value::String(spec.alg));
  out.Set("salt", Value::Integer(spec.salt));
  out.Set("uuid", Value::String(spec.uuid));
  out.Set("version", Value::Integer(spec.version));
  out.Set("binary", Value::String(spec.binary));
  out.Set("key", Value::String(WriteKey(dir, 0, key)));
  Value subkeys = Value::Array();
  for (size_t i = 0; i < spec.subkeys.size(); ++i) {
    const OpteeSubkey& subkey = spec.subkeys[i];
    Value entry = Value::Object();
    entry.Set("key", Value::String(WriteKey(dir, i + 1, subkey.key)));
    entry.Set("uuid", Value::String(subkey.uuid));
    entry.Set("name", Value::String(subkey.name));
    entry.Set("name_size", Value::Integer(subkey.name_size));
    entry.Set("max_depth", Value::Integer(subkey.max_depth));
    subkeys.Append(std::move(entry));
  }
  out.Set("subkeys", std::move(subkeys));
  const std::string spec_file = absl::StrCat(dir, "/spec.json");
  const std::string image_file = absl::StrCat(dir, "/image.ta");
  WriteWholeFile(spec_file, out.Serialize()).IgnoreError();
  const absl::Status made = RunProgram(
      {"python3", "tests/support/optee_image.py", spec_file, image_file});
  absl::StatusOr<std::string> image =
      made.ok() ? ReadWholeFile(image_file) : made;
  RemoveTree(dir);
  return image.value();
}

}  // namespace testing
}  // namespace otrp
