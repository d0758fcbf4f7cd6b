#include "libs/protocol/wire_page.h"

#include "absl/strings/str_cat.h"
#include "libs/base/made_part.h"
#include "libs/protocol/members.h"

namespace otrp {
namespace protocol {
namespace {

struct Words {
  absl::string_view written;
  absl::string_view read;
};

Words WordsOf(Encoding encoding) {
  switch (encoding) {
    case Encoding::kBase64:
      return {"base64, padded", "base64url; without padding"};
    case Encoding::kHex: return {"hex, upper case", "lower case; base64"};
    case Encoding::kBoolean:
      return {"a boolean of the dialect", "`true`, `\"true\"`, `\"1\"`"};
    case Encoding::kCount: return {"a number in a string", "a number"};
    case Encoding::kKey:
      return {"base64 of a SubjectPublicKeyInfo",
              "of a PKCS#1 RSAPublicKey; a JWK, or its text"};
    case Encoding::kAlgorithm: return {"the name", "base64 of the name"};
  }
  return {};
}

}  // namespace

std::string WirePage(absl::string_view page) {
  std::string table =
      "| member | of | is written as | is read, too |\n"
      "| --- | --- | --- | --- |\n";
  for (const MemberRow& row : AllMembers()) {
    const Words words = WordsOf(row.encoding);
    absl::StrAppend(&table, "| `", row.name, "` | ", row.part, " | ",
                    words.written, " | ", words.read, " |\n");
  }
  return WithMadePart(page, table);
}

}  // namespace protocol
}  // namespace otrp
