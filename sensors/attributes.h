// SPDX-License-Identifier: Apache-2.0
// The files of one device folder in sysfs, as they were read at one moment.
//
// What a driver or a piece of hardware writes there is not trusted: every number goes through
// `number`, which tells in words why there is none. The text is at most kMaxAttribute bytes.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lucarne::sensors {

/// A sysfs attribute is at most one page; what is longer is cut.
inline constexpr std::size_t kMaxAttribute = 4096;

struct Attribute {
  std::string text;  ///< without white space at its end
  int error = 0;     ///< errno of the open or read, 0 when there is a text
};

class Attributes {
 public:
  std::string folder;                ///< path of the device
  std::vector<std::string> entries;  ///< names in the folder, sorted; only when asked for
  int folderError = 0;               ///< errno of listing it, only when asked for

  void set(std::string name, Attribute attribute) { files_[std::move(name)] = std::move(attribute); }

  /// The driver offers this file (reading it may still have failed).
  bool has(std::string_view name) const;
  /// Its text; nothing when it could not be read.
  std::optional<std::string_view> text(std::string_view name) const;
  /// A finite decimal number; the error is "NAME: why".
  base::Result<double> number(std::string_view name) const;
  /// Why there is no text: "NAME: Input/output error"; empty when there is one.
  std::string trouble(std::string_view name) const;
  /// Among the entries that were listed.
  bool lists(std::string_view name) const;

 private:
  std::map<std::string, Attribute, std::less<>> files_;
};

/// A whole text that is one finite decimal number ("-12", "0.0625", "1e-3"), nothing else.
std::optional<double> parseNumber(std::string_view text);

/// Words from a device as one short printable ASCII line, for reasons and labels.
std::string printable(std::string_view untrusted, std::size_t limit = 48);

}  // namespace lucarne::sensors
