// SPDX-License-Identifier: Apache-2.0
#include "demo/driver/page_picture.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace lucarne::demo {

namespace {

// Wide enough for the landscape layout, tall enough for the charts.
constexpr const char* kWindow = "--window-size=1280,1900";

std::string findBrowser() {
  const char* path = std::getenv("PATH");
  for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
    std::istringstream folders(path ? path : "");
    for (std::string folder; std::getline(folders, folder, ':');) {
      const std::string file = folder + "/" + name;
      if (::access(file.c_str(), X_OK) == 0) return file;
    }
  }
  return {};
}

}  // namespace

PagePicture::PagePicture(const std::string& url, const std::string& file,
                         const base::Context& context,
                         std::function<void(const std::string&)> onDone)
    : profile_("lucarne-demo-browser"), onDone_(std::move(onDone)) {
  const std::string browser = findBrowser();
  if (browser.empty()) {
    timer_ = context.loop.after({}, [this] { finish("no chromium is installed"); });
    return;
  }
  const std::string target = std::filesystem::absolute(file).string();
  std::filesystem::remove(target);
  bench::Command command{.arguments = {browser, "--headless", "--disable-gpu", "--no-first-run",
                                       "--disable-dev-shm-usage", "--hide-scrollbars",
                                       "--user-data-dir=" + profile_.path(), kWindow,
                                       // The page's own time, so that its charts are drawn.
                                       "--virtual-time-budget=3000", "--screenshot=" + target},
                         .environment = {"HOME=" + profile_.path()},
                         .input = "",
                         .output = "",
                         .errors = profile_.file("log")};
  // Chromium refuses to run as root in its own sandbox.
  if (::geteuid() == 0) command.arguments.push_back("--no-sandbox");
  command.arguments.push_back(url);
  browser_ = std::make_unique<bench::Child>(command);
  browser_->onEnd(context.loop, [this, target](int status) {
    const std::string how = bench::endInWords(status);
    if (std::filesystem::exists(target)) return finish("");
    finish("the browser took none" + (how.empty() ? how : ": " + how));
  });
  timer_ = context.loop.after(kPatience, [this] { finish("the browser did not end"); });
}

void PagePicture::finish(const std::string& trouble) {
  timer_.cancel();
  if (const auto done = std::exchange(onDone_, {})) done(trouble);
}

}  // namespace lucarne::demo
