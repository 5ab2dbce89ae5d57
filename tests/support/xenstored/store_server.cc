// SPDX-License-Identifier: Apache-2.0
#include "tests/support/xenstored/store_server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace lucarne::test {

namespace {

// A loaded machine with sanitizers needs seconds, not minutes.
constexpr int kStartTries = 1500;  // of 10 ms

std::string cacheFolder() {
  const char* folder = std::getenv("LUCARNE_TEST_CACHE");
  return std::string(folder ? folder : LUCARNE_TEST_CACHE) + "/xen-store";
}

}  // namespace

const char* nameOf(ServerKind kind) {
  switch (kind) {
    case ServerKind::Embedded:
      return "Embedded";
    case ServerKind::C:
      return "C";
    case ServerKind::OCaml:
      return "OCaml";
  }
  return "";
}

StoreServer::StoreServer(ServerKind kind) : kind_(kind) {
  char folder[] = "/tmp/lucarne-store-XXXXXX";
  folder_ = ::mkdtemp(folder);
  start();
}

StoreServer::~StoreServer() {
  kill();
  std::filesystem::remove_all(folder_);
}

std::string StoreServer::socket(int domain) const {
  return domain == 0 ? folder_ + "/socket" : folder_ + "/dom" + std::to_string(domain) + ".socket";
}

void StoreServer::start() {
  if (kind_ == ServerKind::Embedded) {
    startEmbedded();
  } else {
    startXen();
  }
}

void StoreServer::kill() {
  for (const pid_t process : processes_) {
    ::kill(process, SIGKILL);
    ::waitpid(process, nullptr, 0);
  }
  processes_.clear();
}

void StoreServer::restart() {
  kill();
  start();
}

pid_t StoreServer::run(const std::vector<std::string>& command,
                       const std::vector<std::string>& environment) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const std::string log = folder_ + "/log";
  const pid_t process = ::fork();
  if (process == 0) {
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, 1);
    ::dup2(out, 2);
    for (const std::string& setting : environment) ::putenv(const_cast<char*>(setting.c_str()));
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  processes_.push_back(process);
  return process;
}

bool StoreServer::waitForSocket(const std::string& path, pid_t process) {
  struct stat status {};
  for (int i = 0; i < kStartTries; ++i) {
    if (::stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) return true;
    if (::waitpid(process, nullptr, WNOHANG) == process) break;
    ::usleep(10'000);
  }
  std::ifstream log(folder_ + "/log");
  std::string line;
  missing_ = "no " + path;
  while (std::getline(log, line)) missing_ += "\n" + line;
  return false;
}

void StoreServer::startEmbedded() {
  const pid_t process =
      run({LUCARNE_XENSTORED, "--socket", socket(0), "--domain", "5=" + socket(5), "--domain",
           "6=" + socket(6), "--stats", statsFile()},
          {});
  // Sockets of killed predecessors lie there: wait for the file to be the new one's.
  for (const int domain : {0, 5, 6}) {
    if (!waitForSocket(socket(domain), process)) return;
  }
}

void StoreServer::startXen() {
  const std::string cache = cacheFolder();
  const std::string fetch = std::string(LUCARNE_SOURCE_DIR) + "/tests/support/fetch_debs.sh " + cache +
                            " xen-utils-4.17 xenstore-utils > " + folder_ + "/fetch.log 2>&1";
  if (std::system(fetch.c_str()) != 0) {
    missing_ = "Xen's packages cannot be downloaded (tests/support/fetch_debs.sh)";
    return;
  }
  std::filesystem::remove(socket(0));
  const std::string libraries = "LD_LIBRARY_PATH=" + cache + "/usr/lib/x86_64-linux-gnu:" + cache +
                                "/lib/x86_64-linux-gnu";
  const std::string here = "XENSTORED_RUNDIR=" + folder_;
  const std::string bin = cache + "/usr/lib/xen-4.17/bin/";
  pid_t process;
  if (kind_ == ServerKind::C) {
    process = run({bin + "xenstored", "-N"}, {libraries, here, "LD_PRELOAD=" LUCARNE_XEN_SHIM});
  } else {
    std::ofstream(folder_ + "/oxenstored.conf")
        << "xenstored-log-file = " << folder_ << "/oxenstored.log\n"
        << "access-log-file = " << folder_ << "/access.log\n"
        << "pid-file = " << folder_ << "/pid\n"
        << "persistent = false\nquota-activate = true\nring-scan-interval = -1\n"
        << "xenstored-kva = /proc/xen/xsd_kva\nxenstored-port = /proc/xen/xsd_port\n";
    process = run({bin + "oxenstored", "--no-fork", "--config-file", folder_ + "/oxenstored.conf"},
                  {libraries, here, "LD_PRELOAD=" LUCARNE_XEN_SHIM});
  }
  if (!waitForSocket(socket(0), process)) return;
  for (const int domain : {5, 6}) {
    const pid_t fake = run({LUCARNE_FAKE_DOMAIN, std::to_string(domain)}, {here});
    if (!waitForSocket(socket(domain), fake)) return;
  }
}

}  // namespace lucarne::test
