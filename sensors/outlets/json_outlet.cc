// SPDX-License-Identifier: Apache-2.0
// News as lines of JSON on standard output, for scripts:
//   {"time":"2026-03-01T12:00:00.250Z","sensor":"mains/summary","values":{"online":{"value":true}}}
// Only the values that are news. A reader that is slow loses nothing and stalls nothing: what the
// pipe does not take waits, up to kMaxWaiting; then lines are left out and counted in the next one.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <nlohmann/json.hpp>

#include "sensors/dashboard/state_json.h"
#include "sensors/outlet.h"

namespace lucarne::sensors {

namespace {

constexpr std::size_t kMaxWaiting = 1 << 20;

class JsonOutlet final : public Outlet {
 public:
  explicit JsonOutlet(Surroundings& around) : context_(around.context), wall_(around.wall) {
    // A description of our own for a pipe or a terminal: O_NONBLOCK on the shared one would surprise
    // the shell. A file never says "later", and has to keep one offset with what else is printed.
    struct stat info {};
    if (::fstat(STDOUT_FILENO, &info) == 0 && !S_ISREG(info.st_mode)) {
      fd_ = base::UniqueFd::adopt(::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    }
    if (!fd_) fd_ = base::UniqueFd::adopt(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  }

  void onReading(const Sensor& sensor, const std::vector<bool>& news) override {
    nlohmann::json values = nlohmann::json::object();
    for (std::size_t i = 0; i < sensor.values.size(); ++i) {
      if (!news[i]) continue;
      const Field& field = sensor.row->fields[i];
      values[field.name] = sensor.values[i].absent() ? nlohmann::json()
                                                     : valueJson(field, sensor.values[i]);
    }
    if (values.empty()) return;
    nlohmann::json line = {{"time", isoTime(wall_.nowMs())}, {"sensor", sensor.key()},
                           {"values", std::move(values)}};
    if (left_ > 0) line["left_out"] = left_;
    std::string text = dumpLine(line) + "\n";
    if (waiting_.size() + text.size() > kMaxWaiting) {
      ++left_;
      return;
    }
    left_ = 0;
    waiting_ += text;
    write();
  }

  std::string trouble() const override { return trouble_; }

 private:
  void write() {
    while (!waiting_.empty()) {
      const ssize_t wrote = ::write(fd_.get(), waiting_.data(), waiting_.size());
      if (wrote > 0) {
        waiting_.erase(0, static_cast<std::size_t>(wrote));
        continue;
      }
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0 && errno == EAGAIN) {
        if (!watch_) {
          watch_ = context_.loop.watch(fd_, base::Interest::Write, [this](base::Readiness) {
            write();
          });
        }
        return;
      }
      trouble_ = std::strerror(errno);  // the reader is gone: nobody to write for
      waiting_.clear();
    }
    watch_.cancel();
  }

  const base::Context& context_;
  const WallClock& wall_;
  base::UniqueFd fd_;
  base::Watch watch_;
  std::string waiting_;
  std::uint64_t left_ = 0;
  std::string trouble_;
};

std::unique_ptr<Outlet> create(Surroundings& around) {
  if (!around.settings.jsonLines) return nullptr;
  return std::make_unique<JsonOutlet>(around);
}

}  // namespace

extern const OutletRow jsonOutlet;
const OutletRow jsonOutlet{
    .name = "json", .summary = "lines of JSON on standard output", .create = create};

}  // namespace lucarne::sensors
