// SPDX-License-Identifier: Apache-2.0
// Reads a TOML table so that every mistake is told with its line: wrong types, numbers out of range,
// and keys that nobody asked for (a misspelt key must not be ignored in silence).
//
//   TomlReader file = TomlReader::parse(text, path);
//   TomlReader http = file.table("http");
//   settings.listen = http.text("listen", settings.listen);
//   http.done();
//   file.done();
//
// Throws SetupError: "FILE:LINE: http.listen must be a text".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lucarne::sensors {

class TomlReader {
 public:
  /// A configuration is a page or two; a longer text is a wrong file and refused.
  static constexpr std::size_t kMaxText = 256 * 1024;

  /// `name` stands for the file in messages.
  static TomlReader parse(std::string_view text, const std::string& name);

  TomlReader(TomlReader&&) noexcept;
  ~TomlReader();

  /// A table inside; an empty one when it is not there.
  TomlReader table(const char* key);
  bool has(const char* key) const;

  std::string text(const char* key, std::string otherwise);
  bool flag(const char* key, bool otherwise);
  std::int64_t integer(const char* key, std::int64_t otherwise, std::int64_t least,
                       std::int64_t most);
  double number(const char* key, double otherwise, double least, double most);
  std::vector<std::string> texts(const char* key, std::vector<std::string> otherwise);
  std::vector<std::int64_t> integers(const char* key, std::vector<std::int64_t> otherwise,
                                     std::int64_t least, std::int64_t most);
  /// [[x, y], …]
  std::vector<std::pair<double, double>> points(const char* key,
                                                std::vector<std::pair<double, double>> otherwise);

  /// Fails on the first key that was not asked for.
  void done() const;
  /// Throws for a value that was read and is wrong for another reason: "KEY why".
  [[noreturn]] void refuse(const char* key, std::string_view why) const;

 private:
  struct Document;
  struct Node;
  TomlReader(std::shared_ptr<Document> document, std::unique_ptr<Node> node);
  const void* find(const char* key, const char* wanted, bool (*fits)(const void*));

  std::shared_ptr<Document> document_;  // owned by every reader of the file
  std::unique_ptr<Node> node_;
};

}  // namespace lucarne::sensors
