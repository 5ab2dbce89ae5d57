// SPDX-License-Identifier: Apache-2.0
#include "bench/shaped_line.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/result.h"
#include "bench/statistics.h"

namespace lucarne::bench {

namespace {

constexpr base::Duration kStartPatience = std::chrono::seconds(20);
constexpr base::Duration kAnswerPatience = std::chrono::seconds(5);

// Both ways, so that opening does not wait for the line and the line never sees an end.
base::UniqueFd makeOrders(const std::string& path) {
  base::UniqueFd fd;
  if (::mkfifo(path.c_str(), 0600) == 0) {
    fd = base::UniqueFd::adopt(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  }
  if (!fd) throw base::SetupError(fmt::format("a pipe at {}: {}", path, std::strerror(errno)));
  return fd;
}

std::uintmax_t sizeOf(const std::string& path) {
  std::error_code none;
  const std::uintmax_t size = std::filesystem::file_size(path, none);
  return none ? 0 : size;
}

}  // namespace

ShapedLine::ShapedLine(const std::string& rate, const LineShape& faults, const std::string& folder,
                       const std::string& programs)
    : answers_(folder + "/line.out"),
      guestEnd_(folder + "/guest-end"),
      panelEnd_(folder + "/panel-end"),
      orders_(makeOrders(folder + "/line.in")),
      folder_(folder),
      line_({.arguments = {programs + "/lucarne-line", guestEnd_, panelEnd_, "--rate", rate,
                           "--latency", fmt::format("{}", milliseconds(faults.latency)), "--piece",
                           std::to_string(faults.pieceBytes), "--errors",
                           fmt::format("{}", faults.bitErrorRate)},
             .input = folder + "/line.in",
             .output = answers_,
             .errors = folder + "/line.log"}) {
  const auto there = [this] {
    return ::access(guestEnd_.c_str(), F_OK) == 0 && ::access(panelEnd_.c_str(), F_OK) == 0;
  };
  if (!folder_.waitUntil(kStartPatience, there, &line_)) {
    throw base::SetupError("lucarne-line did not start: " + lastLine(folder + "/line.log"));
  }
}

std::string ShapedLine::ask(const std::string& words) {
  const std::uintmax_t before = sizeOf(answers_);
  const std::string line = words + "\n";
  if (::write(orders_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) return "";
  // An answer is flushed as a whole line.
  const bool answered = folder_.waitUntil(
      kAnswerPatience, [&] { return sizeOf(answers_) > before; }, &line_);
  return answered ? lastLine(answers_) : "";
}

std::uint64_t ShapedLine::forwardBytes() {
  const auto counts = nlohmann::json::parse(ask("stats"), nullptr, false);
  return counts.is_object() ? counts.value("forward_bytes", std::uint64_t{0}) : 0;
}

void ShapedLine::order(const std::string& words) {
  const std::string answer = ask(words);
  if (answer.find("\"ok\"") == std::string::npos) {
    throw base::SetupError(fmt::format("lucarne-line, told '{}': {}", words, answer));
  }
}

}  // namespace lucarne::bench
