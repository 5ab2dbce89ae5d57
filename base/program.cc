// SPDX-License-Identifier: Apache-2.0
#include "base/program.h"

#include <csignal>
#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>

#include "base/result.h"

namespace lucarne::base {

namespace {

// A parent may have left signals blocked, which exec keeps: SIGTERM would then end nothing.
void unblockSignals() {
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

Program::Program(std::string name, std::string summary)
    : name_(std::move(name)), app_(std::make_unique<CLI::App>(std::move(summary), name_)) {
  app_->set_version_flag("--version", name_ + " " LUCARNE_VERSION);
  app_->add_option("--log-level", logLevel_,
                   "trace, debug, info, warning, error or off (default info)")
      ->envname("LUCARNE_LOG")
      ->default_val("info");
  app_->get_formatter()->column_width(34);
}

Program::~Program() = default;

int Program::run(int argc, char** argv, const std::function<int(Context&)>& body) {
  const auto fail = [this](const char* what, int code) {
    std::fprintf(stderr, "%s: %s\n", name_.c_str(), what);
    return code;
  };
  try {
    app_->parse(argc, argv);
    std::signal(SIGPIPE, SIG_IGN);
    Loop loop;
    const RealClock clock;
    const auto onTerm = loop.onSignal(SIGTERM, [&loop] { loop.quit(); });
    const auto onInt = loop.onSignal(SIGINT, [&loop] { loop.quit(); });
    unblockSignals();
    Context context{loop, clock, Log::toStandardError(name_, parseLogLevel(logLevel_))};
    return body(context);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app_->exit(asked);
  } catch (const CLI::ParseError& mistake) {
    return fail((std::string(mistake.what()) + "; see " + name_ + " --help").c_str(), 2);
  } catch (const UsageError& mistake) {
    return fail(mistake.what(), 2);
  } catch (const std::exception& failure) {
    return fail(failure.what(), 1);
  }
}

}  // namespace lucarne::base
