// SPDX-License-Identifier: Apache-2.0
#include "bench/text_file.h"

#include <fstream>
#include <iterator>

#include "base/result.h"

namespace lucarne::bench {

std::string readText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw base::SetupError("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

void writeText(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush()) throw base::SetupError("cannot write " + path);
}

}  // namespace lucarne::bench
