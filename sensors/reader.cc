// SPDX-License-Identifier: Apache-2.0
#include "sensors/reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/c_handle.h"
#include "base/unique_fd.h"
#include "sensors/read_file.h"

namespace lucarne::sensors {

Attribute readFile(const std::string& path) {
  // Blocking on purpose: this runs where blocking hurts nobody, and sysfs ignores O_NONBLOCK.
  const auto fd = base::UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) return {"", errno};
  std::array<char, kMaxAttribute> buffer;
  std::size_t have = 0;
  while (have < buffer.size()) {
    const ssize_t got = ::read(fd.get(), buffer.data() + have, buffer.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {"", errno};
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  std::string_view text(buffer.data(), have);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '\0')) {
    text.remove_suffix(1);
  }
  return {std::string(text), 0};
}

Attribute writeFile(const std::string& path, std::string_view text) {
  const auto fd = base::UniqueFd::adopt(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_TRUNC));
  if (!fd) return {"", errno};
  // One write: sysfs takes each as a whole value.
  const ssize_t wrote = ::write(fd.get(), text.data(), text.size());
  if (wrote < 0) return {"", errno};
  return {"", wrote == static_cast<ssize_t>(text.size()) ? 0 : EIO};
}

void listFolder(const std::string& path, Attributes& into) {
  const base::CHandle<DIR, ::closedir> folder(::opendir(path.c_str()));
  if (!folder) {
    into.folderError = errno;
    return;
  }
  // A class folder has dozens of entries; the bound is for a tree that somebody made.
  constexpr std::size_t kMaxEntries = 4096;
  while (const dirent* entry = ::readdir(folder.get())) {
    if (entry->d_name[0] != '.') into.entries.emplace_back(entry->d_name);
    if (into.entries.size() >= kMaxEntries) break;
  }
  std::sort(into.entries.begin(), into.entries.end());
}

Attributes readNow(const ReadOrder& order) {
  Attributes read;
  read.folder = order.folder;
  if (order.listing == Listing::Yes) listFolder(order.folder, read);
  for (const std::string& file : order.files) {
    const std::string path = order.folder + "/" + file;
    read.set(file, order.text.empty() ? readFile(path) : writeFile(path, order.text));
  }
  return read;
}

}  // namespace lucarne::sensors
