#include "libs/http/peers.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/http/forwarded.h"
#include "libs/http/ip_address.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace http {
namespace internal {
namespace {

using ::otrp::testing::StatusIs;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

IpAddress Ip(const std::string& text) { return IpAddress::Parse(text).value(); }

TEST(IpAddressTest, ReadsAndWritesBothKinds) {
  for (const char* text : {"192.0.2.1", "2001:db8::1", "::", "0.0.0.0"}) {
    EXPECT_EQ(Ip(text).ToString(), text);
  }
  EXPECT_EQ(Ip("::ffff:192.0.2.1"), Ip("192.0.2.1"));
  for (const char* text :
       {"", "a", "192.0.2", "192.0.2.256", "1.2.3.4:80", "[::1]", " ::1"}) {
    EXPECT_FALSE(IpAddress::Parse(text).has_value()) << text;
  }
}

TEST(IpAddressTest, OnlyAddressesOfTheInternetArePublic) {
  for (const char* text :
       {"1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.1", "192.167.1.1",
        "223.255.255.255", "2606:4700::1111", "2a00:1450::1"}) {
    EXPECT_TRUE(IsPublic(Ip(text))) << text;
  }
  for (const char* text :
       {"0.0.0.0",      "10.1.2.3",         "100.64.0.1",
        "127.0.0.1",    "127.255.255.255",  "169.254.169.254",
        "172.16.0.1",   "172.31.255.255",   "192.0.0.8",
        "192.0.2.1",    "192.168.1.1",      "198.18.0.1",
        "198.51.100.1", "203.0.113.1",      "224.0.0.1",
        "240.0.0.1",    "255.255.255.255",  "::",
        "::1",          "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::127.0.0.1",  "64:ff9b::a00:1",   "fc00::1",
        "fd12::1",      "fe80::1",          "fec0::1",
        "ff02::1",      "2001::1",          "2001:db8::1",
        "2002:a00:1::1"}) {
    EXPECT_FALSE(IsPublic(Ip(text))) << text;
  }
}

TEST(IpAddressTest, NetworksContainWhatTheirPrefixSays) {
  const auto networks =
      Networks::Parse("10.0.0.0/8, 192.0.2.7,2001:db8:8000::/33");
  ASSERT_TRUE(networks.ok()) << networks.status();
  for (const char* in : {"10.0.0.0", "10.255.1.2", "::ffff:10.1.1.1",
                         "192.0.2.7", "2001:db8:8000::1", "2001:db8:ffff::"}) {
    EXPECT_TRUE(networks->Contains(Ip(in))) << in;
  }
  for (const char* out :
       {"11.0.0.0", "192.0.2.6", "2001:db8:7fff::1", "::1", "::"}) {
    EXPECT_FALSE(networks->Contains(Ip(out))) << out;
  }
  EXPECT_FALSE(Networks::Parse("")->Contains(Ip("::1")));
  for (const char* bad : {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "x/8",
                          "2001:db8::/129", "10.0.0.0/8/8"}) {
    EXPECT_THAT(Networks::Parse(absl::StrCat("10.0.0.0/8,", bad)).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(bad)));
  }
}

TEST(PeersTest, AnAddressHasSoManyConnections) {
  Peers peers({2, 0, 1000});
  const Peers::Time now{};
  auto one = peers.Enter(Ip("192.0.2.1"), now);
  auto two = peers.Enter(Ip("192.0.2.1"), now);
  ASSERT_NE(two, nullptr);
  EXPECT_EQ(peers.Enter(Ip("192.0.2.1"), now), nullptr);
  EXPECT_NE(peers.Enter(Ip("192.0.2.2"), now), nullptr);
  EXPECT_EQ(one->budget(), two->budget());
  one.reset();
  EXPECT_NE(peers.Enter(Ip("192.0.2.1"), now), nullptr);
}

TEST(PeersTest, ASubscribersAddressesOfIpv6AreOne) {
  Peers peers({1, 0, 1000});
  const auto one = peers.Enter(Ip("2001:db8::1"), Peers::Time{});
  EXPECT_EQ(peers.Enter(Ip("2001:db8::ffff:1"), Peers::Time{}), nullptr);
  EXPECT_NE(peers.Enter(Ip("2001:db8:0:1::1"), Peers::Time{}), nullptr);
}

TEST(PeersTest, RequestsComeAtARateAndABurstOfTwice) {
  Peers peers({0, 10, 0});
  Peers::Time now{};
  const IpAddress peer = Ip("192.0.2.1");
  int passed = 0;
  while (passed < 100 && peers.Request(peer, now)) ++passed;
  EXPECT_EQ(passed, 20);
  now += milliseconds(110);
  EXPECT_TRUE(peers.Request(peer, now));
  EXPECT_FALSE(peers.Request(peer, now));
  EXPECT_TRUE(peers.Request(Ip("192.0.2.2"), now));
  now += seconds(1000);
  passed = 0;
  while (passed < 100 && peers.Request(peer, now)) ++passed;
  EXPECT_EQ(passed, 20);
}

TEST(PeersTest, EverNewAddressesDontFillTheMemory) {
  Peers peers({0, 10, 0});
  Peers::Time now{};
  const auto stranger = [](int i) {
    return Ip(absl::StrCat("2001:db8:", absl::Hex(i >> 16), ":",
                           absl::Hex(i & 0xffff), "::1"));
  };
  const int most = Peers::kMaxPeers;
  for (int i = 0; i < most; ++i) ASSERT_TRUE(peers.Request(stranger(i), now));
  // All further ones share what one may have,
  int passed = 0;
  for (int i = most; i < most + 100; ++i) {
    if (peers.Request(stranger(i), now)) ++passed;
  }
  EXPECT_EQ(passed, 20);
  // until the others are forgotten.
  now += seconds(60);
  for (int i = most; i < most + 100; ++i) {
    EXPECT_TRUE(peers.Request(stranger(i), now));
  }
}

TEST(ForwardedTest, TheNearestAddressThatIsNoProxyCounts) {
  const Networks trusted = Networks::Parse("10.0.0.0/8").value();
  const auto client = [&](const std::vector<Header>& headers,
                          const char* name = "X-Forwarded-For",
                          const char* peer = "10.0.0.1") {
    return ClientOf(Ip(peer), headers, name, trusted).ToString();
  };
  EXPECT_EQ(client({}), "10.0.0.1");
  EXPECT_EQ(client({{"X-Forwarded-For", "192.0.2.1"}}), "192.0.2.1");
  // What the client itself wrote before is nobody's word.
  EXPECT_EQ(client({{"x-forwarded-for", "198.51.100.9, 192.0.2.1, 10.0.0.2"}}),
            "192.0.2.1");
  EXPECT_EQ(client({{"X-Forwarded-For", "198.51.100.9"},
                    {"X-Forwarded-For", "192.0.2.1"}}),
            "192.0.2.1");
  EXPECT_EQ(client({{"X-Forwarded-For", "192.0.2.1:4711"}}), "192.0.2.1");
  EXPECT_EQ(client({{"X-Forwarded-For", "[2001:db8::1]:4711"}}), "2001:db8::1");
  EXPECT_EQ(client({{"X-Forwarded-For", "192.0.2.1, unknown"}}), "10.0.0.1");
  // Somebody who is no proxy says what he likes.
  EXPECT_EQ(client({{"X-Forwarded-For", "192.0.2.1"}}, "X-Forwarded-For",
                   "198.51.100.1"),
            "198.51.100.1");
  // Only the header that the proxies write.
  EXPECT_EQ(client({{"Forwarded", "for=192.0.2.1"}}), "10.0.0.1");
  EXPECT_EQ(client({{"X-Forwarded-For", "192.0.2.1"}}, "Forwarded"),
            "10.0.0.1");
  EXPECT_EQ(client({{"Forwarded",
                     "for=198.51.100.9, proto=https; For=\"[2001:db8::1]:80\", "
                     "for=10.0.0.3;by=10.0.0.1"}},
                   "Forwarded"),
            "2001:db8::1");
  EXPECT_EQ(client({{"Forwarded", "for=192.0.2.1, for=_hidden"}}, "Forwarded"),
            "10.0.0.1");
}

// Gives a header what it wants from `octets`; how much it took, or -1.
int Feed(ProxyHeader* header, const std::string& octets) {
  size_t at = 0;
  while (header->wants() > 0) {
    const std::string part = octets.substr(at, header->wants());
    if (part.size() < header->wants()) return -2;
    at += part.size();
    if (!header->Take(part)) return -1;
  }
  return static_cast<int>(at);
}

std::string Binary(int command, int family, const std::string& rest) {
  std::string octets("\r\n\r\n\0\r\nQUIT\n", 12);
  octets += static_cast<char>(command);
  octets += static_cast<char>(family);
  octets += static_cast<char>(rest.size() >> 8);
  octets += static_cast<char>(rest.size() & 0xff);
  return octets + rest;
}

TEST(ProxyHeaderTest, BothVersionsNameTheSource) {
  const std::string v4("\xc0\x00\x02\x01\x0a\x00\x00\x01\x12\x34\x01\xbb", 12);
  const std::string v6 = std::string("\x20\x01\x0d\xb8", 4) +
                         std::string(11, '\0') + "\x01" + std::string(20, 'x');
  for (const auto& [octets, source] :
       {std::pair<std::string, std::string>{
            "PROXY TCP4 192.0.2.1 10.0.0.1 4711 443\r\n", "192.0.2.1"},
        {"PROXY TCP6 2001:db8::1 ::1 4711 443\r\n", "2001:db8::1"},
        {"PROXY UNKNOWN\r\n", ""},
        {Binary(0x21, 0x11, v4), "192.0.2.1"},
        {Binary(0x21, 0x21, v6), "2001:db8::1"},
        // With a proxy's own fields behind.
        {Binary(0x21, 0x11, v4 + std::string(300, 'x')), "192.0.2.1"},
        {Binary(0x20, 0x00, ""), ""},
        {Binary(0x21, 0x00, ""), ""}}) {
    ProxyHeader header;
    EXPECT_EQ(Feed(&header, octets + "GET / HTTP/1.1"),
              static_cast<int>(octets.size()))
        << octets;
    EXPECT_EQ(header.source().has_value() ? header.source()->ToString() : "",
              source);
  }
}

TEST(ProxyHeaderTest, WhatIsNoHeaderOfItIsRefused) {
  for (const std::string& octets :
       {std::string("GET / HTTP/1.1\r\n\r\n"),
        std::string("PROXY TCP4 192.0.2.1\r\n"),
        std::string("PROXY TCP4 a b 1 2\r\n"),
        std::string("PROXY TCP5 192.0.2.1 10.0.0.1 1 2\r\n"),
        "PROXY UNKNOWN " + std::string(200, 'x'),
        Binary(0x11, 0x11, std::string(12, 'x')),
        Binary(0x22, 0x11, std::string(12, 'x')), Binary(0x21, 0x11, "short"),
        Binary(0x21, 0x21, std::string(12, 'x')),
        Binary(0x21, 0x11, std::string(5000, 'x'))}) {
    ProxyHeader header;
    EXPECT_EQ(Feed(&header, octets), -1) << octets;
  }
}

}  // namespace
}  // namespace internal
}  // namespace http
}  // namespace otrp
