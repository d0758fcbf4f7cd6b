#include "libs/advice/pages.h"

#include "absl/strings/str_cat.h"
#include "libs/advice/advice.h"
#include "libs/attest/reasons.h"
#include "libs/base/made_part.h"
#include "libs/protocol/errors.h"

namespace otrp {
namespace advice {
namespace {

constexpr absl::string_view kHead =
    "# Error codes\n"
    "\n"
    "Made of `libs/protocol/errors.cc` and `libs/advice/advice.cc` by\n"
    "`./otrp docs`. `otrpctl device show`, `session show` and `audit list`\n"
    "print the advice beside the code. Why a device isn't believed has codes\n"
    "of its own: [attestation.md](attestation.md).\n";

absl::string_view DialectsOf(protocol::ErrorDialects dialects) {
  switch (dialects) {
    case protocol::ErrorDialects::kBoth: return "both";
    case protocol::ErrorDialects::kIetf03: return "ietf03";
    case protocol::ErrorDialects::kPei03: return "pei03";
  }
  return "";
}

absl::string_view WhatFollows(protocol::ErrorAction action) {
  using A = protocol::ErrorAction;
  switch (action) {
    case A::kResync: return "asks for the state and plans again";
    case A::kSwitchAlgorithm: return "asks again, signed with the other one";
    case A::kRetryLater: return "tries the task again later";
    case A::kGiveUpTask: return "gives the task up";
    case A::kEndSessionRetryLater: return "ends the session, tries again later";
    case A::kEndSessionGiveUp: return "ends the session, gives the task up";
  }
  return "";
}

std::string RowsOf(absl::Span<const Row> rows) {
  std::string text = "\n| code | meaning |\n| --- | --- |\n";
  for (const Row& row : rows) {
    absl::StrAppend(&text, "| `", row.code, "` | ", row.advice, " |\n");
  }
  return text;
}

}  // namespace

std::string ErrorsPage() {
  std::string text = absl::StrCat(
      kHead,
      "\n## Of the TEE and its agent\n\n"
      "The drafts' codes. A task that was given up waits for\n"
      "`otrpctl device retry`; so does one that failed five times.\n\n"
      "| code | dialect | the TSM | advice |\n| --- | --- | --- | --- |\n");
  for (const protocol::ErrorRow& row : protocol::AllErrors()) {
    absl::StrAppend(&text, "| `", row.code, "` | ", DialectsOf(row.dialects),
                    " | ", WhatFollows(row.action), " | ", row.advice, " |\n");
  }
  const protocol::ErrorRow& unknown = protocol::UnknownErrorRow();
  absl::StrAppend(&text, "| any other | - | ", WhatFollows(unknown.action),
                  " | ", unknown.advice, " |\n");
  absl::StrAppend(&text,
                  "\n## Of the TSM itself\n\n"
                  "Where a task failed and no error code of the TEE says "
                  "why.\n",
                  RowsOf(AllTsmCodes()));
  absl::StrAppend(&text,
                  "\n## Why a message was refused\n\n"
                  "Such a message changes nothing. The code is `reason` in "
                  "the details of the\naudit action `message.refused`, and "
                  "a label of the metrics.\n",
                  RowsOf(AllRefusals()));
  return text;
}

std::string AttestationPage(absl::string_view page) {
  std::string table = "| code | verdict | meaning |\n| --- | --- | --- |\n";
  for (const attest::ReasonRow& row : attest::AllReasons()) {
    absl::StrAppend(&table, "| `", row.code, "` | ",
                    row.remark ? "accepted, a remark" : "refused", " | ",
                    row.meaning, " |\n");
  }
  return WithMadePart(page, table);
}

}  // namespace advice
}  // namespace otrp
