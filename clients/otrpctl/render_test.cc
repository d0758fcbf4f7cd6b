// What a result looks like on stdout: JSON for programs, a table for people.

#include "clients/otrpctl/render.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "libs/json/json.h"

namespace otrp::ctl {
namespace {

using json::Value;

Value Parsed(const std::string& text) {
  const auto value = json::Parse(text, json::kOurs);
  EXPECT_TRUE(value.ok()) << value.status() << ": " << text;
  return value.ok() ? *value : Value();
}

Result ObjectOf(const std::string& text) {
  Result result;
  result.value = Parsed(text);
  return result;
}

Result Devices(const std::string& devices) {
  Result result = ObjectOf("{\"devices\":" + devices + "}");
  result.list = "devices";
  result.columns = {{"DID", "did"}, {"VERDICT", "attestation.verdict"}};
  return result;
}

TEST(RenderTest, JsonIsTheWholeValueInOneLine) {
  const Result result = Devices(
      "[{\"did\":\"ab\",\"attestation\":{\"verdict\":\"accepted\"},"
      "\"tasks\":[]}]");
  const std::string text = Render(result, Format::kJson);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  // Members without a column are there, too.
  EXPECT_EQ(Parsed(text), result.value);
}

TEST(RenderTest, JsonOfAnEmptyListIsAnEmptyList) {
  EXPECT_EQ(Render(Devices("[]"), Format::kJson), "{\"devices\":[]}\n");
}

TEST(RenderTest, AListIsATableWithTitles) {
  EXPECT_EQ(Render(Devices("[{\"did\":\"abcdef\",\"attestation\":"
                           "{\"verdict\":\"accepted\"}},"
                           "{\"did\":\"ab\",\"attestation\":"
                           "{\"verdict\":\"refused\"}}]"),
                   Format::kTable),
            "DID     VERDICT\n"
            "abcdef  accepted\n"
            "ab      refused\n");
}

TEST(RenderTest, CsvIsWhatRfc4180Says) {
  Result result =
      ObjectOf(R"({"rows":[{"a":"plain","n":-5},{"a":"b, \"c\"","n":7},)"
               R"({"a":"","n":null},{"a":["x","y"]},{"a":"two\nlines"}]})");
  result.list = "rows";
  result.columns = {{"A", "a"}, {"N", "n"}};
  EXPECT_EQ(Render(result, Format::kCsv),
            "a,n\r\n"
            "plain,-5\r\n"
            "\"b, \"\"c\"\"\",7\r\n"
            ",\r\n"
            "\"x, y\",\r\n"
            "two\\u000alines,\r\n");
  result.value = Parsed(R"({"rows":[]})");
  EXPECT_EQ(Render(result, Format::kCsv), "a,n\r\n");
  EXPECT_EQ(Render(ObjectOf(R"({"a":1,"b":"x"})"), Format::kCsv),
            "a,b\r\n1,x\r\n");
}

TEST(RenderTest, ACellThatASpreadsheetWouldRunIsText) {
  Result result = ObjectOf(R"({"rows":[]})");
  result.list = "rows";
  result.columns = {{"A", "a"}};
  for (const char* text : {"=1+1", "+1", "-1", "@SUM(A1)"}) {
    Value row = Value::Object();
    row.Set("a", Value::String(text));
    Value rows = Value::Array();
    rows.Append(std::move(row));
    result.value.Set("rows", std::move(rows));
    EXPECT_EQ(Render(result, Format::kCsv),
              std::string("a\r\n'") + text + "\r\n");
  }
}

TEST(RenderTest, SumsStandAtTheEndOfTheTableAlone) {
  Result result = ObjectOf(R"({"rows":[{"a":"x","n":1}],)"
                           R"("totals":[{"a":"TOTAL","n":1}]})");
  result.list = "rows";
  result.totals = "totals";
  result.columns = {{"A", "a"}, {"N", "n"}};
  EXPECT_EQ(Render(result, Format::kTable), "A      N\nx      1\nTOTAL  1\n");
  EXPECT_EQ(Render(result, Format::kCsv), "a,n\r\nx,1\r\n");
  EXPECT_EQ(Render(result, Format::kName), "x\n");
}

TEST(RenderTest, AnEmptyTableHasItsTitles) {
  EXPECT_EQ(Render(Devices("[]"), Format::kTable), "DID  VERDICT\n");
}

// What isn't there is a dash, so that columns stay countable for awk.
TEST(RenderTest, WhatIsntThereIsADash) {
  for (const char* device :
       {"{}", "{\"did\":null,\"attestation\":null}",
        "{\"did\":\"\",\"attestation\":{}}", "{\"attestation\":\"text\"}",
        "{\"did\":[],\"attestation\":{\"verdict\":[]}}"}) {
    EXPECT_EQ(Render(Devices(std::string("[") + device + "]"), Format::kTable),
              "DID  VERDICT\n-    -\n")
        << device;
  }
}

TEST(RenderTest, CellsOfOtherKinds) {
  EXPECT_EQ(Render(Devices("[{\"did\":7,\"attestation\":{\"verdict\":true}},"
                           "{\"did\":[\"a\",\"b\"],\"attestation\":"
                           "{\"verdict\":{\"x\":1}}}]"),
                   Format::kTable),
            "DID   VERDICT\n"
            "7     true\n"
            "a, b  {\"x\":1}\n");
}

TEST(RenderTest, AnObjectHasALineAMember) {
  EXPECT_EQ(Render(ObjectOf("{\"serial\":\"01\",\"not_after\":null,"
                            "\"san_uris\":[\"a\",\"b\"]}"),
                   Format::kTable),
            "serial     01\n"
            "not_after  -\n"
            "san_uris   a, b\n");
}

TEST(RenderTest, AnObjectWithinOneHasALineAMember) {
  EXPECT_EQ(Render(ObjectOf("{\"did\":\"ab\",\"attestation\":{\"verdict\":"
                            "\"refused\",\"meanings\":[\"a: b.\"]}}"),
                   Format::kTable),
            "did                   ab\n"
            "attestation.verdict   refused\n"
            "attestation.meanings  a: b.\n");
}

TEST(RenderTest, AListOfObjectsIsATableOfItsOwn) {
  EXPECT_EQ(Render(ObjectOf("{\"did\":\"ab\",\"tasks\":[{\"n\":1},"
                            "{\"n\":2,\"sent_at\":\"x\\ny\"}],"
                            "\"groups\":[]}"),
                   Format::kTable),
            "did     ab\n"
            "groups  -\n"
            "\n"
            "tasks\n"
            "N  SENT AT\n"
            "1  -\n"
            "2  x\\u000ay\n");
}

// PEM is what it is, in either format.
TEST(RenderTest, TextReplacesBothFormats) {
  Result result = ObjectOf("{\"did\":\"ab\"}");
  result.text = "-----BEGIN CERTIFICATE-----\n";
  EXPECT_EQ(Render(result, Format::kJson), result.text);
  EXPECT_EQ(Render(result, Format::kTable), result.text);
}

// Names come from devices and SPs. One that could move the cursor or forge a
// line of the table mustn't reach an operator's terminal as it is.
TEST(RenderTest, ControlCharactersDontReachTheTerminal) {
  const std::string text =
      Render(Devices("[{\"did\":\"a\\nfake  accepted\\u001b[2J\\u007f\\u009b\","
                     "\"attestation\":{\"verdict\":\"r\\u00e9fus\\u00e9\"}}]"),
             Format::kTable);
  EXPECT_EQ(text,
            "DID                                         VERDICT\n"
            "a\\u000afake  accepted\\u001b[2J\\u007f\\u009b  "
            "r\xC3\xA9"
            "fus\xC3\xA9\n");
}

// U+202E and its kin show "exe.jpg" where "gpj.exe" is written.
TEST(RenderTest, WhatTurnsTextRoundIsWrittenOutInBothFormats) {
  const Result result = Devices(
      "[{\"did\":\"a\\u202eb\\u2066\\u200f\",\"attestation\":{\"verdict\":"
      "\"\\udb40\\udc41\"}}]");
  EXPECT_EQ(Render(result, Format::kTable),
            "DID                   VERDICT\n"
            "a\\u202eb\\u2066\\u200f  \\udb40\\udc41\n");
  const std::string text = Render(result, Format::kJson);
  EXPECT_EQ(text,
            "{\"devices\":[{\"did\":\"a\\u202eb\\u2066\\u200f\","
            "\"attestation\":{\"verdict\":\"\\udb40\\udc41\"}}]}\n");
  // The same value for programs.
  EXPECT_EQ(Parsed(text), result.value);
}

// Columns are of characters, not of octets.
TEST(RenderTest, AccentsDontShiftAColumn) {
  EXPECT_EQ(Render(Devices("[{\"did\":\"\\u00e9\\u00e9\",\"attestation\":"
                           "{\"verdict\":\"x\"}},{\"did\":\"abcd\","
                           "\"attestation\":{\"verdict\":\"y\"}}]"),
                   Format::kTable),
            "DID   VERDICT\n"
            "\xC3\xA9\xC3\xA9    x\n"
            "abcd  y\n");
}

// Texts that YAML would take for something else, or for its own signs.
TEST(RenderTest, YamlIsTheSameValue) {
  Result result;
  const auto value = json::Parse(
      R"({"items":[{"id":"0123","yes":"no","n":7,"f":1.5,"b":true,"z":null,)"
      R"("text":"a: b\n# \u0007 \"q\" ü","empty":"","list":[],"map":{}}]})",
      json::kOurs);
  ASSERT_TRUE(value.ok());
  result.value = *value;
  EXPECT_EQ(Render(result, Format::kYaml),
            "items:\n"
            "- id: \"0123\"\n"
            "  \"yes\": \"no\"\n"
            "  \"n\": 7\n"
            "  f: 1.5\n"
            "  b: true\n"
            "  z: null\n"
            "  text: \"a: b\\n# \\a \\\"q\\\" ü\"\n"
            "  empty: \"\"\n"
            "  list: []\n"
            "  map: {}\n");
}

TEST(RenderTest, NamesAreALineEach) {
  Result result;
  result.value = *json::Parse(
      R"({"items":[{"id":"a","of":"x"},{"id":"b\nc","of":"y"}]})", json::kOurs);
  result.list = "items";
  result.columns = {{"ID", "id"}, {"OF", "of"}};
  // No name makes a second line.
  EXPECT_EQ(Render(result, Format::kName), "a\nb\\u000ac\n");
  result.name = {"of", "id"};
  EXPECT_EQ(Render(result, Format::kName), "x/a\ny/b\\u000ac\n");
  Result one;
  one.value = *json::Parse(R"({"did":"ab","x":1})", json::kOurs);
  EXPECT_EQ(Render(one, Format::kName), "ab\n");
}

TEST(RenderTest, YamlTurnsNoTextRoundEither) {
  Result result;
  result.value = Parsed(R"({"a":"x\u202ey","b":"\udb40\udc41","c":"\u00e9"})");
  EXPECT_EQ(Render(result, Format::kYaml),
            "a: \"x\\u202Ey\"\nb: \"\\U000E0041\"\nc: \"\\xE9\"\n");
  result.value = Parsed(R"({"c":"\u00e9"})");
  EXPECT_EQ(Render(result, Format::kYaml), "c: \"\xC3\xA9\"\n");
}

}  // namespace
}  // namespace otrp::ctl
