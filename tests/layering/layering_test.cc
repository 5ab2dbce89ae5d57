// SPDX-License-Identifier: Apache-2.0
// The arrows of docs/architecture.md, checked: who may include whom.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

// A folder may include itself and these. Programs never include one another; the demo stands on
// bench's line and supervision.
const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"base", {}},
    {"surface", {"base"}},
    {"link", {"base", "surface"}},
    {"tunnel", {"base", "surface", "link"}},
    {"xenstore", {"base"}},
    {"display-relay", {"base", "surface", "link", "tunnel", "xenstore"}},
    {"input-broker", {"base", "surface", "link", "xenstore"}},
    {"sensors", {"base", "surface", "link", "xenstore"}},
    {"kiosk", {"base", "surface", "link", "xenstore"}},
    {"bench", {"base", "surface", "link", "xenstore"}},
    {"demo", {"base", "surface", "link", "xenstore", "bench"}},
};

// Every include of one of our own headers in `text`, of a file in `folder`, that is against an
// arrow or not written from the root.
std::vector<std::string> wrongIncludes(const std::string& folder, const std::string& text) {
  std::vector<std::string> wrong;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::erase_if(line, [](char c) { return c == ' ' || c == '\t'; });
    if (!line.starts_with("#include\"")) continue;
    const std::string header = line.substr(9, line.find('"', 9) - 9);
    const std::string target = header.substr(0, header.find('/'));
    if (target != folder && !kMayInclude.at(folder).contains(target)) wrong.push_back(header);
  }
  return wrong;
}

std::string readAll(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool isSource(const fs::path& path) {
  return path.extension() == ".h" || path.extension() == ".cc";
}

TEST(Layering, FollowsTheArrows) {
  int files = 0;
  for (const auto& [folder, allowed] : kMayInclude) {
    for (const auto& entry :
         fs::recursive_directory_iterator(fs::path(LUCARNE_SOURCE_DIR) / folder)) {
      if (!isSource(entry.path())) continue;
      ++files;
      for (const std::string& header : wrongIncludes(folder, readAll(entry.path()))) {
        ADD_FAILURE() << entry.path() << " includes \"" << header << "\"";
      }
    }
  }
  EXPECT_GT(files, 50);
}

TEST(Layering, NoticesAnIncludeAgainstAnArrow) {
  EXPECT_EQ(wrongIncludes("surface", "#include \"link/framing.h\"\n"),
            std::vector<std::string>{"link/framing.h"});
  EXPECT_EQ(wrongIncludes("kiosk", "// x\n  #  include \"display-relay/endpoint.h\"\n").size(), 1u);
  EXPECT_EQ(wrongIncludes("base", "#include \"result.h\"\n").size(), 1u);
}

TEST(Layering, AllowsWhatTheArrowsAllow) {
  EXPECT_TRUE(wrongIncludes("link", "#include <vector>\n#include \"surface/frame.h\"\n").empty());
  EXPECT_TRUE(wrongIncludes("link", "#include \"link/codec/wire.h\"\n").empty());
}

TEST(Layering, KnowsEveryFolderWithSources) {
  for (const auto& entry : fs::directory_iterator(LUCARNE_SOURCE_DIR)) {
    const std::string name = entry.path().filename();
    if (!entry.is_directory() || name.starts_with(".") || name.starts_with("build")) continue;
    if (name == "tests") continue;  // may include everything
    bool sources = false;
    for (const auto& file : fs::recursive_directory_iterator(entry.path())) {
      sources = sources || isSource(file.path());
    }
    EXPECT_EQ(sources, kMayInclude.contains(name)) << name;
  }
}

}  // namespace
