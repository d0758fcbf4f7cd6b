// What 1 MiB of a stranger's text may cost in each parser, whatever it is: at
// most 8 MiB of memory, and no more CPU time than five times sorting as many
// octets of random numbers, measured beside. A parser that is quadratic, or
// that keeps many octets for each one it reads, is far beyond both.

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iostream>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/base/limits.h"
#include "libs/crypto/der.h"
#include "libs/jose/jwe.h"
#include "libs/jose/jws.h"
#include "libs/json/json.h"
#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"
#include "libs/pki/csr.h"
#include "libs/pki/ocsp.h"
#include "libs/protocol/dsi.h"
#include "libs/protocol/message.h"
#include "libs/protocol/ta_image.h"
#include "libs/rest/mounts.h"
#include "libs/rest/transcoder.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "tests/support/counting_allocator.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace {

constexpr size_t kTextBytes = size_t{1} << 20;
constexpr size_t kMaxHeldBytes = size_t{8} << 20;
// BoringSSL keeps some hundred octets for each entry of a CRL, of which an
// octet in thirty is enough. Lists come from authorities that are trusted, by
// way of an operator or of the CA; the verifier reads each once.
constexpr size_t kMaxHeldBytesOfLists = size_t{32} << 20;
// A sort takes 7 to 15 ms on machines of these ten years, so this is about
// 50 ms; the parsers need 0.1 to 17 ms where it is 8.
constexpr int kMaxSorts = 5;
constexpr int kMaxSortsOfLists = 15;

double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) +
         static_cast<double>(now.tv_nsec) * 1e-9;
}

// The least of three: what else the machine does only adds.
double Least(const std::function<void()>& work) {
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 3; ++i) {
    const double begin = CpuSeconds();
    work();
    least = std::min(least, CpuSeconds() - begin);
  }
  return least;
}

// Of kTextBytes of random numbers.
double SortSeconds() {
  std::vector<uint64_t> numbers(kTextBytes / sizeof(uint64_t));
  return Least([&] {
    std::mt19937_64 random(1);
    for (uint64_t& number : numbers) number = random();
    std::sort(numbers.begin(), numbers.end());
  });
}

// `unit` over and over, between `before` and `after`; "#" is its number.
std::string Repeat(absl::string_view before, absl::string_view unit,
                   absl::string_view after, size_t bytes = kTextBytes) {
  std::string text(before);
  const size_t mark = unit.find('#');
  for (size_t i = 0; text.size() + unit.size() + after.size() + 8 < bytes;
       ++i) {
    if (mark == absl::string_view::npos) {
      text.append(unit.data(), unit.size());
    } else {
      absl::StrAppend(&text, unit.substr(0, mark), i, unit.substr(mark + 1));
    }
  }
  absl::StrAppend(&text, after);
  return text;
}

struct Text {
  std::string name;
  std::string text;
};

// The worst of each production of JSON (RFC 8259).
std::vector<Text> JsonTexts() {
  return {
      {"numbers", Repeat("[0", ",0", "]")},
      {"nested arrays", Repeat("[[[0]]", ",[[0]]", "]")},
      {"empty arrays", Repeat("[[]", ",[]", "]")},
      {"empty objects", Repeat("[{}", ",{}", "]")},
      {"depth", Repeat("", "[", "")},
      {"depth of objects", Repeat("", "{\"a\":", "")},
      {"members", Repeat("{\"x\":0", ",\"#\":0", "}")},
      {"members of one name", Repeat("{\"a\":0", ",\"a\":0", "}")},
      {"long names",
       Repeat("{\"x\":0", ",\"" + std::string(1000, 'n') + "#\":0", "}")},
      {"many small objects", Repeat("[0", ",{\"a\":0,\"b\":0}", "]")},
      {"one string", Repeat("\"", "a", "\"")},
      {"strings", Repeat("[\"\"", ",\"\"", "]")},
      {"escapes", Repeat("\"", "\\n", "\"")},
      {"escaped characters", Repeat("\"", "\\u00e9", "\"")},
      {"surrogate pairs", Repeat("\"", "\\ud83c\\udfe6", "\"")},
      {"UTF-8", Repeat("\"", "\xf0\x9f\x8f\xa6", "\"")},
      {"one number", Repeat("", "1", "")},
      {"a fraction", Repeat("0.", "1", "")},
      {"an exponent", Repeat("1e", "0", "1")},
      {"fractions", Repeat("[0.1", ",1.2345678901234567e-300", "]")},
      {"white space", Repeat("", " ", "0")},
      {"a string without end", Repeat("\"", "a", "")},
      {"an array without end", Repeat("[0", ",0", "")},
      {"a fault at the end", Repeat("{\"x\":\"", "a", "\"}}")},
  };
}

// Objects of the shapes that JOSE and OTrP look into.
std::vector<Text> MessageTexts() {
  std::vector<Text> texts = JsonTexts();
  // No name stands in both, so that each is looked for to the end.
  const std::string headers = Repeat("{\"x\":0", ",\"#\":0", "}", 300000);
  const std::string others = Repeat("{\"y\":0", ",\"p#\":0", "}", 300000);
  const std::string certificates = Repeat("[\"AAAA\"", ",\"AAAA\"", "]");
  for (const char* name : {"GetDeviceStateResponse", "CreateSDResponse"}) {
    const bool list = name[0] == 'G';
    const auto message = [&](const std::string& jws) {
      return absl::StrCat("{\"", name, "\":", list ? "[{" : "",
                          list ? "\"GetDeviceTEEStateResponse\":" : "", jws,
                          list ? "}]" : "", "}");
    };
    texts.push_back(
        {absl::StrCat(name, ": headers"),
         message(absl::StrCat(
             "{\"payload\":\"e30\",\"protected\":\"", Base64UrlEncode(others),
             "\",\"header\":", headers, ",\"signature\":\"AAAA\"}"))});
    texts.push_back(
        {absl::StrCat(name, ": certificates"),
         message(absl::StrCat("{\"payload\":\"e30\",\"header\":{\"x5c\":",
                              certificates, "},\"signature\":\"AAAA\"}"))});
    texts.push_back(
        {absl::StrCat(name, ": payload"),
         message(absl::StrCat(
             "{\"payload\":\"",
             Base64UrlEncode(Repeat("[0", ",0", "]", kTextBytes * 3 / 4)),
             "\",\"protected\":\"eyJhbGciOiJSUzI1NiJ9\",\"signature\":",
             "\"AAAA\"}"))});
  }
  texts.push_back(
      {"TEEs", Repeat("{\"GetDeviceStateResponse\":[{}", ",{}", "]}")});
  const std::string tee =
      "{\"dsi\":{\"tee\":{\"name\":\"n\",\"ver\":\"1\","
      "\"cert\":\"AAAA\",";
  texts.push_back(
      {"domains", Repeat(tee + "\"sdlist\":{\"sd\":[{\"name\":\"\"}",
                         ",{\"name\":\"#\",\"spid\":\"s\"}", "]}}}}")});
  texts.push_back(
      {"keys of SPs",
       Repeat(tee + "\"teeaiklist\":[{\"spid\":\"s\",\"spaik\":\"AAAA\"}",
              ",{\"spid\":\"#\",\"spaik\":\"AAAA\"}", "]}}}")});
  return texts;
}

// DER of `content` under `tag`.
std::string Der(uint8_t tag, absl::string_view content) {
  return crypto::der::Tlv(tag, content);
}

std::string Sequence(std::initializer_list<absl::string_view> parts) {
  return crypto::der::Sequence(parts);
}

// `unit` over and over, with the octets "####" as its big-endian number.
std::string RepeatNumbered(const std::string& unit, size_t bytes) {
  std::string text;
  const size_t mark = unit.find("####");
  for (uint32_t i = 0; text.size() + unit.size() <= bytes; ++i) {
    const size_t at = text.size();
    text += unit;
    for (int octet = 0; octet < 4 && mark != std::string::npos; ++octet) {
      // None of them makes a number that is negative or not minimal.
      text[at + mark + static_cast<size_t>(octet)] =
          static_cast<char>(1 + ((i >> (7 * (3 - octet))) & 0x7f) % 0x7e);
    }
  }
  return text;
}

std::vector<Text> DerTexts() {
  const auto many = [](const std::string& unit) {
    return Repeat("", unit, "", kTextBytes);
  };
  std::string deep;
  for (int i = 0; i < 2000; ++i) deep = Der(0x30, deep);
  return {
      {"zeros", std::string(kTextBytes, '\0')},
      {"sequences", Der(0x30, many(Der(0x30, "")))},
      {"a sequence of numbers", Der(0x30, many(Der(0x02, "\x01")))},
      {"two levels", Der(0x30, Der(0x30, many(Der(0x31, ""))))},
      {"depth", deep},
      {"an object identifier", Der(0x30, Der(0x06, many("\x81")))},
      {"a length without content", std::string("\x30\x84\x7f\xff\xff\xff", 6)},
      {"open lengths", many(std::string("\x30\x80", 2))},
  };
}

const char kSerial[] = "####";

std::string Algorithm(const char* oid) {
  return Sequence({crypto::der::Oid(oid), crypto::der::Null()});
}

std::string Rs256() { return Algorithm("1.2.840.113549.1.1.11"); }

std::string Name(const std::string& parts) { return Sequence({parts}); }

std::string CommonName(const std::string& text) {
  return Der(0x31, Sequence({crypto::der::Oid("2.5.4.3"), Der(0x0c, text)}));
}

std::string UtcTime() { return Der(0x17, "260101000000Z"); }

// Of a structure `to be signed`, with a signature of zeros.
std::string Signed(const std::string& content) {
  return Sequence(
      {content, Rs256(), crypto::der::BitString(std::string(256, '\0'))});
}

std::string Extension(const char* oid, const std::string& content) {
  return Sequence({crypto::der::Oid(oid), crypto::der::OctetString(content)});
}

// A certificate whose names and extensions are these.
std::string CertificateOf(const std::string& subject,
                          const std::string& extensions) {
  // P-256's base point (SEC 2, section 2.4.2).
  const std::string point = HexDecode(
                                "046b17d1f2e12c4247f8bce6e563a440f277037d812deb"
                                "33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c"
                                "0f9e162bce33576b315ececbb6406837bf51f5")
                                .value();
  const std::string key =
      Sequence({Sequence({crypto::der::Oid("1.2.840.10045.2.1"),
                          crypto::der::Oid("1.2.840.10045.3.1.7")}),
                crypto::der::BitString(point)});
  return Signed(Sequence(
      {Der(0xa0, Der(0x02, "\x02")), crypto::der::PositiveInteger(kSerial),
       Rs256(), Name(CommonName("issuer")), Sequence({UtcTime(), UtcTime()}),
       Name(subject), key, Der(0xa3, Sequence({extensions}))}));
}

std::vector<Text> CertificateTexts() {
  std::vector<Text> texts = DerTexts();
  const size_t most = kMaxCertificateBytes - 1000;
  const auto many = [most](const std::string& unit) {
    return RepeatNumbered(unit, most);
  };
  const char kNames[] = "2.5.29.17";
  texts.push_back(
      {"DNS names",
       CertificateOf(CommonName("x"),
                     Extension(kNames, Sequence({many(Der(0x82, "a####"))})))});
  texts.push_back(
      {"URIs",
       CertificateOf(
           CommonName("x"),
           Extension(kNames, Sequence({many(Der(0x86, "otrp://####"))})))});
  texts.push_back(
      {"directory names",
       CertificateOf(CommonName("x"),
                     Extension(kNames, Sequence({many(Der(
                                           0xa4, Name(CommonName("n"))))})))});
  texts.push_back(
      {"name constraints",
       CertificateOf(
           CommonName("x"),
           Extension(
               "2.5.29.30",
               Sequence({Der(0xa0, many(Sequence({Der(0x82, "a####")})))})))});
  texts.push_back(
      {"key usages",
       CertificateOf(
           CommonName("x"),
           Extension("2.5.29.37",
                     Sequence({many(Der(0x06, "\x2b\x06\x01####"))})))});
  texts.push_back(
      {"policies",
       CertificateOf(
           CommonName("x"),
           Extension("2.5.29.32",
                     Sequence({many(Sequence({Der(0x06, "\x2b####")}))})))});
  texts.push_back(
      {"unknown extensions",
       CertificateOf(CommonName("x"),
                     many(Sequence({Der(0x06, "\x2b####"),
                                    crypto::der::OctetString("")})))});
  texts.push_back(
      {"a name of many parts", CertificateOf(many(CommonName("####")), "")});
  std::string pem;
  while (pem.size() < kTextBytes) {
    pem += "-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n";
  }
  texts.push_back({"PEM", pem});
  return texts;
}

// Good in form, up to their signatures.
std::vector<Text> CrlTexts() {
  std::vector<Text> texts = DerTexts();
  const auto crl = [](const std::string& entry, const std::string& more) {
    return Signed(Sequence(
        {Der(0x02, "\x01"), Rs256(), Name(CommonName("issuer")), UtcTime(),
         UtcTime(), Der(0x30, RepeatNumbered(entry, kTextBytes)), more}));
  };
  const std::string serial = crypto::der::PositiveInteger(kSerial);
  texts.push_back({"entries", crl(Sequence({serial, UtcTime()}), "")});
  const std::string reason =
      Sequence({Extension("2.5.29.21", crypto::der::Enumerated(1))});
  texts.push_back(
      {"entries with reasons", crl(Sequence({serial, UtcTime(), reason}), "")});
  return texts;
}

std::string OcspCertId() {
  return Sequence({Algorithm("2.16.840.1.101.3.4.2.1"),
                   crypto::der::OctetString(std::string(32, 'n')),
                   crypto::der::OctetString(std::string(32, 'k')),
                   crypto::der::PositiveInteger(kSerial)});
}

std::vector<Text> OcspRequestTexts() {
  std::vector<Text> texts = DerTexts();
  texts.push_back(
      {"questions",
       Sequence({Sequence({Der(
           0x30, RepeatNumbered(Sequence({OcspCertId()}), kTextBytes))})})});
  return texts;
}

std::string OcspEntryText() {
  const std::string time = Der(0x18, "20260101000000Z");
  return Sequence({OcspCertId(), Der(0x80, ""), time, Der(0xa0, time)});
}

std::string OcspResponseOf(const std::string& entries) {
  const std::string basic = Signed(
      Sequence({Der(0xa2, crypto::der::OctetString(std::string(20, 'k'))),
                Der(0x18, "20260101000000Z"), Der(0x30, entries)}));
  return Sequence({crypto::der::Enumerated(0),
                   Der(0xa0, Sequence({crypto::der::Oid("1.3.6.1.5.5.7.48.1.1"),
                                       crypto::der::OctetString(basic)}))});
}

std::vector<Text> OcspResponseTexts() {
  std::vector<Text> texts = DerTexts();
  texts.push_back(
      {"entries", OcspResponseOf(RepeatNumbered(OcspEntryText(), kTextBytes))});
  return texts;
}

using Parser = std::function<void(absl::string_view)>;

// Prints the worst of each parser, and which text it was.
class Table : public ::testing::Environment {
 public:
  struct Worst {
    double value = 0;
    std::string text;
    void Take(double other, const std::string& name) {
      if (other > value) *this = {other, name};
    }
  };
  struct Row {
    Worst ms;
    Worst mib;
  };

  static std::map<std::string, Row>& Rows() {
    static auto* const rows = new std::map<std::string, Row>();
    return *rows;
  }

  void TearDown() override {
    std::cout << "| parser | CPU ms | of | MiB | of |\n"
                 "| --- | --- | --- | --- | --- |\n";
    for (const auto& [parser, row] : Rows()) {
      std::cout << absl::StrFormat("| %s | %.1f | %s | %.2f | %s |\n", parser,
                                   row.ms.value, row.ms.text, row.mib.value,
                                   row.mib.text);
    }
  }
};
const ::testing::Environment* const kTable =
    ::testing::AddGlobalTestEnvironment(new Table());

void ExpectCheap(const std::string& parser, const Parser& parse,
                 const std::vector<Text>& texts,
                 size_t max_held = kMaxHeldBytes, int max_sorts = kMaxSorts) {
  const double sort = SortSeconds();
  Table::Row& row = Table::Rows()[parser];
  for (const Text& text : texts) {
    ASSERT_LE(text.text.size(), 2 * kTextBytes) << text.name;
    // Without what a library keeps from its first use on.
    parse("");
    testing::ForgetMostHeld();
    const size_t before = testing::AllocationsOfThisThread().held;
    const double cpu = Least([&] { parse(text.text); });
    const size_t held = testing::AllocationsOfThisThread().most_held - before;
    row.ms.Take(cpu * 1e3, text.name);
    row.mib.Take(static_cast<double>(held) / (1 << 20), text.name);
    EXPECT_LE(held, max_held) << parser << ", " << text.name << ": memory";
    EXPECT_LE(cpu, max_sorts * sort)
        << parser << ", " << text.name << ": CPU time, " << cpu * 1e3
        << " ms beside " << sort * 1e3 << " ms of sorting";
  }
}

TEST(ParserCostTest, Json) {
  ExpectCheap(
      "JSON",
      [](absl::string_view t) { (void)json::Parse(t, json::kStrangers).ok(); },
      JsonTexts());
}

TEST(ParserCostTest, MembersOfAnObjectAsTheyStand) {
  ExpectCheap("RawMember",
              [](absl::string_view t) { (void)json::RawMember(t, "dsi").ok(); },
              {{"members", Repeat("{\"x\":0", ",\"#\":0", "}")},
               {"one string", Repeat("{\"x\":\"", "a", "\",\"dsi\":1}")}});
}

TEST(ParserCostTest, Base64) {
  const Parser parse = [](absl::string_view t) {
    (void)Base64DecodeAny(t).ok();
  };
  ExpectCheap("base64", parse,
              {{"good", Repeat("", "QUJD", "")},
               {"base64url", Repeat("", "-_-_", "")},
               {"a fault at the end", Repeat("", "QUJD", "QU!D")},
               {"padding", Repeat("", "=", "")}});
}

TEST(ParserCostTest, Messages) {
  ExpectCheap(
      "message",
      [](absl::string_view t) { (void)protocol::Incoming::Parse(t).ok(); },
      MessageTexts());
}

TEST(ParserCostTest, DeviceStates) {
  ExpectCheap(
      "DSI", [](absl::string_view t) { (void)protocol::ParseDsi(t).ok(); },
      MessageTexts());
}

TEST(ParserCostTest, RestRequests) {
  std::vector<Text> texts = JsonTexts();
  texts.push_back({"ids", Repeat("{\"dids\":[\"\"", ",\"\"", "]}", 64000)});
  // What json_util refuses is looked for.
  texts.push_back({"an id at fault",
                   Repeat("{\"dids\":[\"\"", ",\"\"", ",\"!\"]}", 64000)});
  texts.push_back(
      {"a long id at fault", Repeat("{\"dids\":[\"", "A", "!\"]}")});
  texts.push_back({"a long id", Repeat("{\"dids\":[\"", "AAAA", "\"]}")});
  const rest::RouteTable routes = rest::NewRouteTable().value();
  const auto match =
      routes.Find("POST", rest::ParsePath("/v1/groups/g/members").value());
  const auto read = [&](absl::string_view t) {
    tsm::v1::AddGroupMembersRequest request;
    return rest::ReadRequest(*match.route, {}, "", t, &request);
  };
  ExpectCheap(
      "REST", [&](absl::string_view t) { (void)read(t).ok(); }, texts);
  OTRP_EXPECT_OK(read(texts[texts.size() - 4].text));
  EXPECT_EQ(rest::MemberOf(read(texts[texts.size() - 2].text)), "dids[0]");
  OTRP_EXPECT_OK(read(texts.back().text));
}

TEST(ParserCostTest, Jose) {
  ExpectCheap(
      "JWS and JWE",
      [](absl::string_view t) {
        absl::StatusOr<json::Value> value = json::Parse(t, json::kStrangers);
        if (!value.ok()) return;
        (void)jose::UnverifiedJws::Parse(*value).ok();
        (void)jose::UnverifiedJwe::Parse(*value).ok();
      },
      {{"headers",
        absl::StrCat(
            "{\"payload\":\"e30\",\"header\":",
            Repeat("{\"x\":0", ",\"#\":0", "}", 300000), ",\"protected\":\"",
            Base64UrlEncode(Repeat("{\"y\":0", ",\"p#\":0", "}", 300000)),
            "\",\"signature\":\"AAAA\"}")},
       {"recipients", Repeat("{\"iv\":\"AAAA\",\"ciphertext\":\"AAAA\",\"tag\":"
                             "\"AAAA\",\"recipients\":[{}",
                             ",{}", "]}")},
       {"a ciphertext", Repeat("{\"iv\":\"AAAA\",\"tag\":\"AAAA\","
                               "\"ciphertext\":\"",
                               "AAAA", "\"}")}});
}

TEST(ParserCostTest, ImagesOfApplications) {
  for (auto format :
       {protocol::TaImageFormat::kJws, protocol::TaImageFormat::kOptee}) {
    std::vector<Text> texts = MessageTexts();
    texts.push_back({"HSTO", absl::StrCat("HSTO", std::string(kTextBytes, 1))});
    ExpectCheap(
        "image",
        [format](absl::string_view t) {
          (void)protocol::UnverifiedTaImage::Parse(format, t).ok();
        },
        texts);
  }
}

TEST(ParserCostTest, CertificatesRequestsListsAndOcsp) {
  ExpectCheap(
      "certificate",
      [](absl::string_view t) { (void)pki::Certificate::FromDer(t).ok(); },
      CertificateTexts());
  ExpectCheap(
      "certificates in PEM",
      [](absl::string_view t) { (void)pki::ParsePemBundle(t).ok(); },
      CertificateTexts());
  ExpectCheap(
      "request", [](absl::string_view t) { (void)pki::Csr::Parse(t).ok(); },
      DerTexts());
  ExpectCheap(
      "CRL", [](absl::string_view t) { (void)pki::Crl::Parse(t).ok(); },
      CrlTexts(), kMaxHeldBytesOfLists, kMaxSortsOfLists);
  ExpectCheap(
      "OCSP response",
      [](absl::string_view t) { (void)pki::OcspResponse::Parse(t).ok(); },
      OcspResponseTexts());
  ExpectCheap(
      "OCSP request",
      [](absl::string_view t) { (void)pki::ParseOcspRequest(t).ok(); },
      OcspRequestTexts());
}

// Texts of which a parser sees nothing but the first octet test nothing: lists
// are good up to their signatures, and what certificates have too much of is
// taken where there is one of it.
TEST(ParserCostTest, TheTextsAreReadToTheirEnd) {
  const auto good = [](const std::vector<Text>& texts, const auto& parse) {
    std::string names;
    for (const Text& text : texts) {
      if (parse(text.text)) absl::StrAppend(&names, text.name, "; ");
    }
    return names;
  };
  EXPECT_EQ(good(CrlTexts(),
                 [](const std::string& t) { return pki::Crl::Parse(t).ok(); }),
            "entries; entries with reasons; ");
  EXPECT_EQ(
      good(OcspRequestTexts(),
           [](const std::string& t) { return pki::ParseOcspRequest(t).ok(); }),
      // About the first one.
      "questions; ");
  OTRP_EXPECT_OK(
      pki::Certificate::FromDer(
          CertificateOf(CommonName("x"),
                        Extension("2.5.29.17", Sequence({Der(0x82, "a")}))))
          .status());
  OTRP_EXPECT_OK(pki::OcspResponse::Parse(OcspResponseOf(OcspEntryText())));
}

}  // namespace
}  // namespace otrp
