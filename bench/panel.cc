// SPDX-License-Identifier: Apache-2.0
#include "bench/panel.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "base/byte_reader.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "bench/installed.h"
#include "surface/placement.h"

namespace lucarne::bench {

namespace {

constexpr base::Duration kStartPatience = std::chrono::seconds(10);
constexpr base::Duration kLook = std::chrono::milliseconds(20);

// Where the pixels begin and how they lie, as the file's header says; an empty size while the
// server has not written it.
struct Layout {
  std::size_t offset = 0;
  surface::Size size;
  int strideBytes = 0;
};

Layout readLayout(base::Bytes file) {
  base::ByteReader in(file);
  std::uint32_t words[25];
  for (std::uint32_t& w : words) w = in.u32be();
  if (!in.ok() || words[0] < 100) return {};
  const std::size_t offset = words[0] + std::size_t{words[19]} * 12;
  const Layout layout{offset,
                      {static_cast<int>(words[4]), static_cast<int>(words[5])},
                      static_cast<int>(words[12])};
  const std::size_t bytes = surface::pictureBytes(layout.size, layout.strideBytes);
  return bytes > 0 && offset + bytes <= file.size() ? layout : Layout{};
}

surface::Placement placementOf(const Shown& shown) {
  return surface::Placement(turned(shown.guest, shown.rotation), shown.guest, shown.rotation,
                            surface::ScaleMode::None);
}

}  // namespace

int freeDisplay() {
  for (int number = 20 + static_cast<int>(::getpid()) % 500; number < 2000; ++number) {
    const std::string lock = fmt::format("/tmp/.X{}-lock", number);
    const std::string socket = fmt::format("/tmp/.X11-unix/X{}", number);
    if (::access(lock.c_str(), F_OK) != 0 && ::access(socket.c_str(), F_OK) != 0) return number;
  }
  throw base::SetupError("no free X display");
}

Panel::Panel(surface::Size size, const std::string& folder) {
  const int number = freeDisplay();
  display_ = fmt::format(":{}", number);
  server_.emplace(Command{.arguments = {installed("Xvfb"), display_, "-screen", "0",
                                        fmt::format("{}x{}x24", size.width, size.height), "-fbdir",
                                        folder, "-nolisten", "tcp", "-noreset"},
                          .errors = folder + "/panel.log"});
  const std::string path = folder + "/Xvfb_screen0";
  for (base::Duration waited{}; waited < kStartPatience; waited += kLook) {
    std::this_thread::sleep_for(kLook);
    const auto file = base::UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) < 0 || info.st_size < 100) continue;
    const auto bytes = static_cast<std::size_t>(info.st_size);
    void* memory = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file.get(), 0);
    if (memory == MAP_FAILED) continue;
    const auto* start = static_cast<const std::uint8_t*>(memory);
    const Layout layout = readLayout({start, bytes});
    if (layout.size == size) {
      memory_ = memory;
      bytes_ = bytes;
      pixels_ = {reinterpret_cast<const surface::Pixel*>(start + layout.offset), layout.size,
                 layout.strideBytes};
      return;
    }
    ::munmap(memory, bytes);
  }
  throw base::SetupError(fmt::format("Xvfb did not start; see {}/panel.log", folder));
}

Panel::~Panel() {
  if (memory_) ::munmap(memory_, bytes_);
}

surface::Pixel Shown::at(surface::ConstFrame panel, int x, int y) const {
  const surface::PanelPoint p = placementOf(*this).toPanel(surface::GuestPoint{x, y});
  const surface::PanelPoint q{p.x + origin.x, p.y + origin.y};
  return surface::Rect::of(panel.size).contains(q.x, q.y) ? panel.at(q.x, q.y) : 0;
}

std::optional<surface::Stamp> readStamp(surface::ConstFrame panel, const Shown& shown) {
  using surface::Stamp;
  // Only the middles of the cells are looked at.
  std::vector<surface::Pixel> pixels(static_cast<std::size_t>(Stamp::kSize.pixels()));
  const surface::Frame upright{pixels.data(), Stamp::kSize, Stamp::kSize.width * 4};
  for (int y = Stamp::kCell / 2; y < Stamp::kSize.height; y += Stamp::kCell) {
    for (int x = Stamp::kCell / 2; x < Stamp::kSize.width; x += Stamp::kCell) {
      upright.at(x, y) = shown.at(panel, shown.stamp.x + x, shown.stamp.y + y);
    }
  }
  return surface::readStamp(upright, {0, 0});
}

std::vector<surface::Pixel> turnedPixels(const Shown& shown, surface::ConstFrame guest) {
  const surface::Placement placement = placementOf(shown);
  const surface::Size size = turned(shown.guest, shown.rotation);
  std::vector<surface::Pixel> pixels(static_cast<std::size_t>(size.pixels()));
  for (int y = 0; y < shown.guest.height; ++y) {
    for (int x = 0; x < shown.guest.width; ++x) {
      const surface::PanelPoint p = placement.toPanel(surface::GuestPoint{x, y});
      pixels[static_cast<std::size_t>(p.y) * static_cast<std::size_t>(size.width) +
             static_cast<std::size_t>(p.x)] = guest.at(x, y);
    }
  }
  return pixels;
}

std::int64_t differingPixels(surface::ConstFrame panel, const Shown& shown,
                             const std::vector<surface::Pixel>& turnedGuest) {
  const surface::Size size = turned(shown.guest, shown.rotation);
  const surface::Rect whole{shown.origin.x, shown.origin.y, size.width, size.height};
  const surface::Rect visible = surface::intersect(whole, surface::Rect::of(panel.size));
  const surface::ConstFrame expected{turnedGuest.data(), size, size.width * 4};
  return whole.pixels() - visible.pixels() +
         surface::differingPixels(panel.part(visible),
                                  expected.part({0, 0, visible.width, visible.height}));
}

}  // namespace lucarne::bench
