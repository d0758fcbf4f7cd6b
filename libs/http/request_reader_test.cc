#include "libs/http/request_reader.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/http/head_rules.h"

namespace otrp {
namespace http {
namespace internal {
namespace {

using Step = RequestReader::Step;

constexpr RequestReader::Limits kLimits = {4096, 100'000};
// More than any of it may be.
constexpr size_t kEndless = 3'000'000;

// A reader with what a connection keeps for it.
class Reading {
 public:
  // Until the reader wants more, has all or refuses.
  Step Send(absl::string_view octets) {
    kept_.append(octets.data(), octets.size());
    while (true) {
      size_t used = 0;
      const Step step = reader_.Take(kept_, &used);
      kept_.erase(0, used);
      if (step != Step::kHead) return step;
      ++heads_;
    }
  }
  RequestReader& reader() { return reader_; }
  size_t kept() const { return kept_.size(); }
  int heads() const { return heads_; }

 private:
  RequestReader reader_{kLimits};
  std::string kept_;
  int heads_ = 0;
};

constexpr char kPost[] = "POST /otrp HTTP/1.1\r\nHost: a\r\n";
constexpr char kChunked[] =
    "POST /otrp HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

struct Endless {
  const char* what;
  std::string before;
  // Comes again and again.
  std::string piece;
  int status;
};

const Endless kProductions[] = {
    {"empty lines", "", "\r\n", 400},
    {"a method", "", "A", 431},
    {"a target", "GET /", "a", 431},
    {"a version", "GET / HTTP/1.1", "1", 431},
    {"a field's name", kPost, "a", 431},
    {"a field's value", absl::StrCat(kPost, "A: "), "a", 431},
    {"white space before a value", absl::StrCat(kPost, "A:"), " ", 431},
    {"fields", kPost, "A: b\r\n", 431},
    {"fields without value", kPost, "A:\r\n", 431},
    {"folded lines", absl::StrCat(kPost, "A: b\r\n"), " b\r\n", 431},
    {"a chunk's size", kChunked, "0", 431},
    {"a chunk's extension", absl::StrCat(kChunked, "1;a="), "a", 431},
    {"a chunk's quoted extension", absl::StrCat(kChunked, "1;a=\""), "a", 431},
    {"a chunk's extensions", absl::StrCat(kChunked, "1"), ";a=b", 431},
    {"the last chunk's extension", absl::StrCat(kChunked, "0;a="), "a", 431},
    {"chunks with an extension", kChunked, "1;abcdefghijk=l\r\na\r\n", 400},
    {"chunks of one octet", kChunked, "1\r\na\r\n", 400},
    {"a trailer's field", absl::StrCat(kChunked, "0\r\nA: "), "a", 431},
    {"a trailer's fields", absl::StrCat(kChunked, "0\r\n"), "A: b\r\n", 431},
    {"chunks", kChunked,
     absl::StrCat("400\r\n", std::string(1024, 'a'), "\r\n"), 413},
};

TEST(RequestReaderTest, WhateverIsSentWithoutEndIsRefusedAtItsLimit) {
  for (const Endless& endless : kProductions) {
    // One octet at a time, piece by piece, and as much as a read takes.
    for (const size_t segment :
         {size_t{1}, endless.piece.size(), size_t{16 * 1024}}) {
      SCOPED_TRACE(absl::StrCat(endless.what, " in segments of ", segment));
      Reading reading;
      ASSERT_EQ(reading.Send(endless.before), Step::kMore);
      std::string pieces;
      while (pieces.size() < segment) pieces += endless.piece;
      size_t sent = 0;
      Step step = Step::kMore;
      while (step == Step::kMore && sent < kEndless) {
        for (size_t at = 0; at < pieces.size() && step == Step::kMore;
             at += segment) {
          const auto part = absl::string_view(pieces).substr(at, segment);
          sent += part.size();
          step = reading.Send(part);
          if (step != Step::kMore) break;
          ASSERT_LE(reading.kept(), kLimits.head);
          ASSERT_LE(reading.reader().held(), 3 * kLimits.body);
        }
      }
      ASSERT_EQ(step, Step::kRefused) << sent;
      EXPECT_EQ(reading.reader().refusal().status, endless.status)
          << reading.reader().refusal().body;
      EXPECT_LT(sent, kLimits.body * 6);
    }
  }
}

TEST(RequestReaderTest, ATrailerIsNoPartOfTheHead) {
  Reading reading;
  ASSERT_EQ(reading.Send(absl::StrCat(
                kChunked, "2\r\n{}\r\n0\r\nContent-Type: text/plain\r\n\r\n")),
            Step::kDone);
  const Request request = reading.reader().Release();
  EXPECT_EQ(request.body, "{}");
  EXPECT_FALSE(request.has_header("Content-Type"));
}

TEST(RequestReaderTest, AnAnnouncedLengthAllocatesNothing) {
  Reading reading;
  // With the body's first octet, by which it has begun.
  ASSERT_EQ(
      reading.Send(absl::StrCat(kPost, "Content-Length: 100000\r\n\r\nx")),
      Step::kMore);
  EXPECT_EQ(reading.heads(), 1);
  EXPECT_LT(reading.reader().held(), 1000u);
}

TEST(RequestReaderTest, SmallChunksOfASmallBodyPass) {
  Reading reading;
  ASSERT_EQ(reading.Send(kChunked), Step::kMore);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(reading.Send("1\r\na\r\n"), Step::kMore);
  }
  ASSERT_EQ(reading.Send("0\r\n\r\n"), Step::kDone);
  EXPECT_EQ(reading.reader().Release().body, std::string(10'000, 'a'));
}

TEST(RequestReaderTest, TheHeadIsThereBeforeTheBody) {
  RequestReader reader(kLimits);
  const std::string both = absl::StrCat(kPost, "Content-Length: 2\r\n\r\n{}");
  size_t used = 0;
  ASSERT_EQ(reader.Take(both, &used), Step::kHead);
  EXPECT_EQ(used, both.size() - 2);
  EXPECT_EQ(reader.request().header("Host"), "a");
  ASSERT_EQ(reader.Take("{}", &used), Step::kDone);
  EXPECT_EQ(reader.Release().body, "{}");
}

TEST(RequestReaderTest, SomeEmptyLinesBeforeARequestAreSkipped) {
  Reading reading;
  ASSERT_EQ(reading.Send("\r\n\r"), Step::kMore);
  EXPECT_FALSE(reading.reader().begun());
  ASSERT_EQ(reading.Send("\n"), Step::kMore);
  ASSERT_EQ(reading.Send(absl::StrCat(kPost, "\r\n")), Step::kDone);
  EXPECT_EQ(reading.reader().Release().target, "/otrp");
}

int StatusOf(bool http11, absl::string_view fields,
             absl::string_view target = "/otrp") {
  Reading reading;
  const Step step = reading.Send(
      absl::StrCat("POST ", target, http11 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n",
                   fields, "\r\n"));
  if (step == Step::kRefused) return reading.reader().refusal().status;
  const auto refusal = RefuseHead(http11, &reading.reader().request());
  return refusal.has_value() ? refusal->status : 0;
}

TEST(HeadRulesTest, OneHostIsNeeded) {
  EXPECT_EQ(StatusOf(true, "Host: a\r\n"), 0);
  EXPECT_EQ(StatusOf(true, "Host:\r\n"), 0);
  EXPECT_EQ(StatusOf(true, "Host: [2001:db8::1]:8080\r\n"), 0);
  EXPECT_EQ(StatusOf(true, ""), 400);
  EXPECT_EQ(StatusOf(true, "Host: a\r\nHost: a\r\n"), 400);
  EXPECT_EQ(StatusOf(true, "Host: a, b\r\n"), 400);
  EXPECT_EQ(StatusOf(true, "Host: a/b\r\n"), 400);
  EXPECT_EQ(StatusOf(false, ""), 0);
  EXPECT_EQ(StatusOf(false, "Host: a\r\nHost: b\r\n"), 400);
}

TEST(HeadRulesTest, CodingsThatWeCannotReadAreRefused) {
  const std::string host = "Host: a\r\n";
  for (const auto& [fields, status] :
       {std::pair<const char*, int>{"Transfer-Encoding: chunked\r\n", 0},
        {"Transfer-Encoding: Chunked\r\n", 0},
        {"Transfer-Encoding: gzip, chunked\r\n", 501},
        {"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", 501},
        {"Transfer-Encoding: chunked, chunked\r\n", 501},
        {"Transfer-Encoding: gzip\r\n", 400},
        {"Transfer-Encoding: chunked, gzip\r\n", 400},
        {"Transfer-Encoding: xchunked\r\n", 400},
        {"Transfer-Encoding: identity\r\n", 400},
        {"Transfer-Encoding:\r\n", 400},
        {"Content-Encoding: identity\r\n", 0},
        {"Content-Encoding: gzip\r\n", 415},
        {"Content-Encoding: identity, br\r\n", 415},
        {"Expect: 100-Continue\r\n", 0},
        {"Expect: a-miracle\r\n", 417}}) {
    EXPECT_EQ(StatusOf(true, host + fields), status) << fields;
  }
  // HTTP/1.0 has no chunks: a proxy before us may see another end.
  EXPECT_EQ(StatusOf(false, "Transfer-Encoding: chunked\r\n"), 400);
}

TEST(HeadRulesTest, AnAbsoluteTargetIsThePathInIt) {
  for (const auto& [target, path, query] :
       {std::tuple<const char*, const char*, const char*>{"/a?b", "/a", "b"},
        {"http://tam.example/otrp", "/otrp", ""},
        {"HTTPS://tam.example:443/a/b?c=http://d/e", "/a/b", "c=http://d/e"},
        {"http://tam.example", "/", ""},
        {"http://tam.example?x", "/", "x"}}) {
    Request request;
    request.target = target;
    request.headers = {{"Host", "a"}};
    ASSERT_FALSE(RefuseHead(true, &request).has_value()) << target;
    EXPECT_EQ(request.path, path) << target;
    EXPECT_EQ(request.query, query) << target;
  }
  for (const char* target : {"otrp", "tam.example:443", "ftp://tam.example/",
                             "http://", "http:///a", "http:/a"}) {
    EXPECT_EQ(StatusOf(true, "Host: a\r\n", target), 400) << target;
  }
}

}  // namespace
}  // namespace internal
}  // namespace http
}  // namespace otrp
