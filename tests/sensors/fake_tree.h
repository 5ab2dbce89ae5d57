// SPDX-License-Identifier: Apache-2.0
// A sysfs of plain files in a temporary folder, removed at the end.
#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace lucarne::sensors {

class FakeTree {
 public:
  FakeTree() {
    std::string pattern = (std::filesystem::temp_directory_path() / "lucarne-tree-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    root_ = pattern;
  }
  ~FakeTree() { std::filesystem::remove_all(root_); }
  FakeTree(const FakeTree&) = delete;
  FakeTree& operator=(const FakeTree&) = delete;

  const std::string& root() const { return root_; }
  std::string path(const std::string& file) const { return root_ + "/" + file; }

  /// "class/power_supply/BAT0/capacity"
  void put(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(path(file)).parent_path());
    std::ofstream(path(file)) << text << '\n';
  }
  std::string get(const std::string& file) const {
    std::ifstream in(path(file));
    std::string line;
    std::getline(in, line);
    return line;
  }
  /// A file whose open blocks until somebody writes: a driver that hangs.
  void putHanging(const std::string& file) const {
    std::filesystem::create_directories(std::filesystem::path(path(file)).parent_path());
    if (::mkfifo(path(file).c_str(), 0600) != 0) std::abort();
  }
  void remove(const std::string& file) const { std::filesystem::remove_all(path(file)); }

  void putBattery(const std::string& name, int percent, const std::string& status) const {
    const std::string folder = "class/power_supply/" + name + "/";
    put(folder + "type", "Battery");
    put(folder + "capacity", std::to_string(percent));
    put(folder + "status", status);
  }
  void putMains(const std::string& name, bool online) const {
    put("class/power_supply/" + name + "/type", "Mains");
    put("class/power_supply/" + name + "/online", online ? "1" : "0");
  }
  void putLight(const std::string& name, const std::string& raw, const std::string& scale) const {
    put("bus/iio/devices/" + name + "/name", "als");
    put("bus/iio/devices/" + name + "/in_illuminance_raw", raw);
    put("bus/iio/devices/" + name + "/in_illuminance_scale", scale);
  }

 private:
  std::string root_;
};

}  // namespace lucarne::sensors
