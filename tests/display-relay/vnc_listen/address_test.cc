// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sinks/vnc_listen/address.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/result.h"
#include "display-relay/sinks/vnc_listen/vnc_listen_sink.h"
#include "tests/support/temp_dir.h"

namespace lucarne::relay::vnc_listen {
namespace {

TEST(VncListenAddress, NamesATransportThatListens) {
  EXPECT_EQ(parseAddress("tcp:127.0.0.1:5900").listener, "tcp-listen:127.0.0.1:5900");
  EXPECT_EQ(parseAddress("tcp:[::1]:5900").listener, "tcp-listen:[::1]:5900");
  EXPECT_EQ(parseAddress("unix:/run/v").listener, "unix-listen:/run/v");
}

TEST(VncListenAddress, TakesOptions) {
  const Address address = parseAddress("unix:/run/v?view-only&password-file=/etc/p&resize");

  EXPECT_EQ(address.listener, "unix-listen:/run/v");
  EXPECT_TRUE(address.viewOnly);
  EXPECT_TRUE(address.mayResize);
  EXPECT_EQ(address.passwordFile, "/etc/p");
}

TEST(VncListenAddress, RefusesWhatIsNone) {
  for (const std::string bad : {"", "tcp", "serial:/dev/x", "exec:sh", "unix:/v?viewonly", "unix:/v?password-file=",
                                "unix:/v?password=x"}) {
    EXPECT_THROW(parseAddress(bad), base::UsageError) << bad;
  }
}

TEST(VncListenSink, RefusesOtherMachinesWithoutAPassword) {
  base::Loop loop;
  const base::RealClock clock;
  const base::Context context{loop, clock, base::Log::discard()};
  surface::Screen screen;

  EXPECT_THROW(VncListenSink(parseAddress("tcp:0.0.0.0:5999"), screen, context), base::UsageError);
  EXPECT_THROW(VncListenSink(parseAddress("tcp:*:5999?view-only"), screen, context), base::UsageError);
  EXPECT_NO_THROW(VncListenSink(parseAddress("tcp:localhost:5999"), screen, context));
}

TEST(VncListenSink, ListensOnASocketThatIsItsUsersAlone) {
  const test::TempDir folder;
  base::Loop loop;
  const base::RealClock clock;
  const base::Context context{loop, clock, base::Log::discard()};
  surface::Screen screen;
  VncListenSink sink(parseAddress("unix:" + folder.path() + "/v"), screen, context);

  sink.start();

  struct stat info {};
  ASSERT_EQ(::stat((folder.path() + "/v").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

}  // namespace
}  // namespace lucarne::relay::vnc_listen
