// SPDX-License-Identifier: Apache-2.0
#include "tunnel/local_spec.h"

#include <gtest/gtest.h>

#include <string>

#include "base/result.h"

namespace lucarne::tunnel {
namespace {

using Kind = LocalSpec::Kind;

TEST(LocalSpec, KnowsWhoOpensTheStreams) {
  EXPECT_FALSE(parseLocal("n", "tcp-listen:5900").answers);
  EXPECT_FALSE(parseLocal("n", "unix-listen:/x").answers);
  EXPECT_TRUE(parseLocal("n", "tcp:localhost:5900").answers);
  EXPECT_TRUE(parseLocal("n", "unix:/x").answers);
  EXPECT_TRUE(parseLocal("n", "exec:cat").answers);
  EXPECT_FALSE(parseLocal("n", "pty:/x").answers);
  EXPECT_FALSE(parseLocal("n", "stdio:").answers);
  EXPECT_TRUE(parseLocal("n", "answer:pty:/x").answers);
  EXPECT_TRUE(parseLocal("n", "answer:stdio:").answers);
}

TEST(LocalSpec, KeepsTheTransportOrTheCommand) {
  EXPECT_EQ(parseLocal("n", "tcp:[::1]:5900").uri, "tcp:[::1]:5900");
  EXPECT_EQ(parseLocal("n", "answer:pty:/x").uri, "pty:/x");
  EXPECT_EQ(parseLocal("n", "exec:ssh a:b").uri, "ssh a:b");
  EXPECT_EQ(parseLocal("n", "exec-tty:login").kind, Kind::ChildOnTerminal);
  EXPECT_TRUE(parseLocal("n", "exec-tty:login").runsPrograms());
  EXPECT_FALSE(parseLocal("n", "tcp:a:1").runsPrograms());
}

TEST(LocalSpec, TakesANameBeforeAnEqualsSign) {
  const LocalSpec spec = parseNamedLocal("shell=exec:env A=B sh");

  EXPECT_EQ(spec.name, "shell");
  EXPECT_EQ(spec.uri, "env A=B sh");
}

TEST(LocalSpec, RefusesWhatIsNone) {
  for (const std::string bad : {"", "tcp", "link+tcp:a:1", "file:/x", "answer:tcp:a:1", "answer:",
                                "exec:", "stdio:x", "answer:tcp-listen:1", "pty"}) {
    EXPECT_THROW(parseLocal("n", bad), base::UsageError) << bad;
  }
  EXPECT_THROW(parseLocal("n", std::string("exec:a\0b", 8)), base::UsageError);
  for (const std::string bad : {"", "tcp:a:1", "=tcp:a:1", "N=tcp:a:1", "a b=tcp:a:1", "n="}) {
    EXPECT_THROW(parseNamedLocal(bad), base::UsageError) << bad;
  }
}

}  // namespace
}  // namespace lucarne::tunnel
