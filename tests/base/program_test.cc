// SPDX-License-Identifier: Apache-2.0
#include "base/program.h"

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "base/result.h"

namespace lucarne::base {
namespace {

// What main's shell would see of a program with these arguments.
struct Outcome {
  int code;
  std::string error;
};

Outcome runProgram(std::vector<std::string> arguments, const std::function<int(Context&)>& body) {
  Program program("lucarne-test", "Stands in for a program.");
  std::string required;
  program.options().add_option("NAME", required)->required();
  arguments.insert(arguments.begin(), "lucarne-test");
  std::vector<char*> argv;
  for (std::string& a : arguments) argv.push_back(a.data());
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  const int code = program.run(static_cast<int>(argv.size()), argv.data(), body);
  testing::internal::GetCapturedStdout();
  return {code, testing::internal::GetCapturedStderr()};
}

int succeed(Context&) { return 0; }

TEST(Program, ExitsWithWhatTheBodyReturns) {
  EXPECT_EQ(runProgram({"x"}, [](Context&) { return 7; }).code, 7);
}

TEST(Program, EndsOnSigtermAlsoWhenItsParentHadBlockedIt) {
  sigset_t term;
  sigset_t before;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &term, &before);

  const int code = runProgram({"x"}, [](Context& context) {
                     std::raise(SIGTERM);
                     context.loop.run();
                     return 0;
                   }).code;

  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(code, 0);
}

TEST(Program, SaysAMalformedCommandLineInOneLineAndExits2) {
  const Outcome outcome = runProgram({"x", "--nonsense"}, succeed);

  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(std::count(outcome.error.begin(), outcome.error.end(), '\n'), 1);
  EXPECT_NE(outcome.error.find("--nonsense"), std::string::npos);
  EXPECT_NE(outcome.error.find("lucarne-test --help"), std::string::npos);
}

TEST(Program, ExitsWith2WhenSomethingRequiredIsMissing) {
  EXPECT_EQ(runProgram({}, succeed).code, 2);
}

TEST(Program, ExitsWith2OnAUsageErrorOfTheBody) {
  const Outcome outcome =
      runProgram({"x"}, [](Context&) -> int { throw UsageError("'x' is not a thing"); });

  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error, "lucarne-test: 'x' is not a thing\n");
}

TEST(Program, ExitsWith1WhenTheMachineRefuses) {
  const Outcome outcome =
      runProgram({"x"}, [](Context&) -> int { throw SetupError("open x: No such device"); });

  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.error, "lucarne-test: open x: No such device\n");
}

TEST(Program, ExitsWith1WhenTheMachineRefusesInsideTheLoop) {
  const Outcome outcome = runProgram({"x"}, [](Context& context) {
    context.loop.post([] { throw SetupError("no memory"); });
    context.loop.run();
    return 0;
  });

  EXPECT_EQ(outcome.code, 1);
}

TEST(Program, EndsItsLoopOnSigtermAndExits0) {
  const Outcome outcome = runProgram({"x"}, [](Context& context) {
    context.loop.post([] { ::raise(SIGTERM); });
    context.loop.run();
    return 0;
  });

  EXPECT_EQ(outcome.code, 0);
}

TEST(Program, ExitsWith0OnHelpAndVersion) {
  EXPECT_EQ(runProgram({"--help"}, succeed).code, 0);
  EXPECT_EQ(runProgram({"--version"}, succeed).code, 0);
}

TEST(Program, RefusesALogLevelThatIsNone) {
  EXPECT_EQ(runProgram({"x", "--log-level", "loud"}, succeed).code, 2);
}

}  // namespace
}  // namespace lucarne::base
