// Files of a caller's certificate, as renewals leave them, whenever they end.

#include "clients/otrpctl/own_certificate.h"

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp::ctl {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::otrp::testing::TestTls;
using ::testing::HasSubstr;
using ::testing::Optional;

class OwnCertificateTest : public ::testing::Test {
 protected:
  std::string Text(const std::string& file) {
    return ReadWholeFile(dir_ + file).value_or("");
  }
  void Write(const std::string& file, const std::string& text) {
    ASSERT_THAT(WriteFileAtomically(dir_ + file, text, 0600), IsOk());
  }

  std::unique_ptr<TestTls> tls_ = TestTls::Create().value();
  std::string dir_ = tls_->Issue("otrp://operator/alice").value();
  // A new key with its certificate.
  std::string other_ = tls_->Issue("otrp://operator/alice").value();
  const std::string old_key_ = Text("/key.pem");
  const std::string old_cert_ = Text("/cert.pem");
  const std::string new_key_ = ReadWholeFile(other_ + "/key.pem").value();
  const std::string new_cert_ = ReadWholeFile(other_ + "/cert.pem").value();
};

TEST_F(OwnCertificateTest, AnEndedOneIsToldWithWhatToDo) {
  const absl::Time end = OwnCertificate(dir_)->not_after();
  EXPECT_FALSE(HasEnded(dir_, end - absl::Seconds(1)).has_value());
  const auto told = HasEnded(dir_, end);
  EXPECT_THAT(told,
              Optional(HasSubstr(absl::FormatTime("ended at %Y-%m-%d %H:%M UTC",
                                                  end, absl::UTCTimeZone()))));
  for (const char* way :
       {"otrpctl renew", "otrpctl ca issue", "otrpctl login", "./otrp up"}) {
    EXPECT_THAT(told, Optional(HasSubstr(way)));
  }
  EXPECT_FALSE(HasEnded(dir_ + "/nowhere", end).has_value());
}

TEST_F(OwnCertificateTest, InTheLastThirdThatItEndsIsTold) {
  const auto certificate = OwnCertificate(dir_);
  const absl::Time end = certificate->not_after();
  const absl::Duration life = end - certificate->not_before();
  EXPECT_FALSE(EndsSoon(dir_, end - life / 3 - absl::Seconds(1)).has_value());
  EXPECT_THAT(EndsSoon(dir_, end - life / 3 + absl::Seconds(1)),
              Optional(HasSubstr("run otrpctl renew")));
  EXPECT_FALSE(EndsSoon(dir_, end).has_value());
  EXPECT_FALSE(IsDue(*certificate, end - life / 2 - absl::Seconds(1)));
  EXPECT_TRUE(IsDue(*certificate, end - life / 2 + absl::Seconds(1)));
}

TEST_F(OwnCertificateTest, WithItsOwnKeyTheCertificateAloneIsReplaced) {
  ASSERT_THAT(tls_->Reissue(other_, "otrp://operator/alice"), IsOk());
  Write("/key.pem", ReadWholeFile(other_ + "/key.pem").value());
  const std::string key = Text("/key.pem");
  const std::string renewed = ReadWholeFile(other_ + "/cert.pem").value();
  ASSERT_THAT(KeepRenewed(dir_, renewed), IsOk());
  EXPECT_EQ(Text("/cert.pem"), renewed);
  EXPECT_EQ(Text("/key.pem"), key);
  EXPECT_FALSE(FileExists(dir_ + "/cert.pem.next"));
}

TEST_F(OwnCertificateTest, ANewKeyWhoseCertificateNeverCameChangesNothing) {
  Write("/key.pem.next", new_key_);
  ASSERT_THAT(CompleteRenewal(dir_), IsOk());
  EXPECT_EQ(Text("/key.pem"), old_key_);
  EXPECT_EQ(Text("/cert.pem"), old_cert_);
}

TEST_F(OwnCertificateTest, WhereverAProcessDiedTheNextOneCompletesIt) {
  // Both are there, none is in its place.
  Write("/key.pem.next", new_key_);
  Write("/cert.pem.next", new_cert_);
  ASSERT_THAT(CompleteRenewal(dir_), IsOk());
  EXPECT_EQ(Text("/key.pem"), new_key_);
  EXPECT_EQ(Text("/cert.pem"), new_cert_);
  // The key is.
  Write("/cert.pem", old_cert_);
  Write("/cert.pem.next", new_cert_);
  ASSERT_THAT(CompleteRenewal(dir_), IsOk());
  EXPECT_EQ(Text("/key.pem"), new_key_);
  EXPECT_EQ(Text("/cert.pem"), new_cert_);
  EXPECT_FALSE(FileExists(dir_ + "/cert.pem.next"));
}

TEST_F(OwnCertificateTest, ACertificateOfAnotherKeyReplacesNothing) {
  EXPECT_THAT(KeepRenewed(dir_, new_cert_),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("cert.pem.next: is no certificate of")));
  EXPECT_EQ(Text("/cert.pem"), old_cert_);
  EXPECT_EQ(Text("/key.pem"), old_key_);
}

}  // namespace
}  // namespace otrp::ctl
