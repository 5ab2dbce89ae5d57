// SPDX-License-Identifier: Apache-2.0
#include "input-broker/config.h"

#include <fnmatch.h>
#include <libevdev/libevdev.h>

#include <cmath>
#include <fstream>
#include <initializer_list>
#include <sstream>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/result.h"
#include "input-broker/toggled_program.h"
#include "xenstore/path.h"

namespace lucarne::input {

namespace {

struct UsualButton {
  std::uint16_t code;
  const char* name;
};

constexpr UsualButton kUsualButtons[] = {
    {KEY_POWER, "power"},
    {KEY_SLEEP, "sleep"},
    {KEY_VOLUMEUP, "volume-up"},
    {KEY_VOLUMEDOWN, "volume-down"},
    {KEY_MUTE, "mute"},
    {KEY_MICMUTE, "mic-mute"},
    {KEY_HOMEPAGE, "home"},
    {KEY_LEFTMETA, "meta"},
    {KEY_MENU, "menu"},
    {KEY_BACK, "back"},
    {KEY_CAMERA, "camera"},
    {KEY_PROG1, "prog1"},
    {KEY_PROG2, "prog2"},
    {KEY_PROG3, "prog3"},
    {KEY_PROG4, "prog4"},
    {KEY_BRIGHTNESSUP, "brightness-up"},
    {KEY_BRIGHTNESSDOWN, "brightness-down"},
    {KEY_ROTATE_LOCK_TOGGLE, "rotation-lock"},
    {KEY_DIRECTION, "direction"},
    {KEY_RFKILL, "rfkill"},
};

/// A table whose entries are taken by name; what was not taken is a mistake.
class Reader {
 public:
  Reader(const toml::table& table, const std::string& file, std::string where)
      : table_(table), file_(file), where_(std::move(where)) {}

  [[noreturn]] void fail(const toml::node& node, std::string_view what) const {
    throw base::UsageError(place(node.source().begin) + std::string(what));
  }
  std::string place(const toml::source_position& at) const {
    return fmt::format("{}:{}:{}: ", file_, at.line, at.column);
  }
  [[noreturn]] void expected(std::string_view key, const toml::node& node,
                             std::string_view what) const {
    std::ostringstream got;
    node.visit([&](const auto& value) { got << value; });
    fail(node, fmt::format("{} = {}: expected {}", key, got.str(), what));
  }

  const toml::node* take(std::string_view key) {
    known_.insert(std::string(key));
    return table_.get(key);
  }
  std::optional<std::string> text(std::string_view key, std::string_view what) {
    const toml::node* node = take(key);
    if (!node) return std::nullopt;
    if (const auto value = node->value_exact<std::string>()) return value;
    expected(key, *node, what);
  }
  std::optional<bool> boolean(std::string_view key) {
    const toml::node* node = take(key);
    if (!node) return std::nullopt;
    if (const auto value = node->value_exact<bool>()) return value;
    expected(key, *node, "true or false");
  }
  std::optional<std::int64_t> number(std::string_view key, std::int64_t low, std::int64_t high) {
    const toml::node* node = take(key);
    if (!node) return std::nullopt;
    const auto value = node->value_exact<std::int64_t>();
    if (value && *value >= low && *value <= high) return value;
    expected(key, *node, fmt::format("a number from {} to {}", low, high));
  }
  const toml::array* array(std::string_view key, std::string_view what) {
    const toml::node* node = take(key);
    if (!node) return nullptr;
    if (const toml::array* list = node->as_array()) return list;
    expected(key, *node, what);
  }
  /// Refuses what nobody asked for.
  void finish() const {
    for (const auto& [key, node] : table_) {
      if (known_.contains(std::string(key.str()))) continue;
      std::string names;
      for (const std::string& name : known_) names += (names.empty() ? "" : ", ") + name;
      throw base::UsageError(fmt::format("{}{}: no such setting {}; there are {}",
                                         place(key.source().begin), key.str(), where_, names));
    }
  }

 private:
  const toml::table& table_;
  const std::string& file_;
  std::string where_;
  std::set<std::string> known_;
};

std::uint16_t keyOf(const Reader& in, std::string_view key, const toml::node& node) {
  const auto name = node.value_exact<std::string>();
  const int code = name ? libevdev_event_code_from_name(EV_KEY, name->c_str()) : -1;
  if (code < 0) in.expected(key, node, "a key's name such as \"KEY_PROG1\" (see evtest)");
  return static_cast<std::uint16_t>(code);
}

Kinds kindsFrom(Reader& in, std::string_view key) {
  const toml::array* list = in.array(key, "a list such as [\"touch\", \"keyboard\"]");
  if (!list) return Kinds::all();
  Kinds kinds;
  for (const toml::node& node : *list) {
    const auto word = node.value_exact<std::string>();
    if (!word) in.expected(key, node, "a kind such as \"touch\"");
    try {
      kinds |= kindOf(*word);
    } catch (const base::UsageError& mistake) {
      in.fail(node, mistake.what());
    }
  }
  return kinds;
}

std::vector<xenstore::DomainId> domainsFrom(const Reader& in, std::string_view key,
                                            const toml::array& list) {
  std::vector<xenstore::DomainId> domains;
  for (const toml::node& node : list) {
    const auto number = node.value_exact<std::int64_t>();
    if (!number || *number < 0 || *number > xenstore::kMaxDomainId) {
      in.expected(key, node, "a domain's number");
    }
    domains.push_back(static_cast<xenstore::DomainId>(*number));
  }
  return domains;
}

void readPanel(Config& config, const toml::table& table, const std::string& file) {
  Reader in(table, file, "in [panel]");
  if (const auto width = in.number("width", 1, 16384)) config.panel.width = static_cast<int>(*width);
  if (const auto height = in.number("height", 1, 16384)) {
    config.panel.height = static_cast<int>(*height);
  }
  if (const toml::node* node = in.take("rotation")) {
    const auto degrees = node->value_exact<std::int64_t>();
    const auto rotation =
        degrees ? surface::rotationOf(static_cast<int>(*degrees)) : std::nullopt;
    if (!rotation) in.expected("rotation", *node, "0, 90, 180 or 270");
    config.rotation = *rotation;
  }
  in.finish();
}

void readDevice(Config& config, const toml::table& table, const std::string& file) {
  Reader in(table, file, "in [[device]]");
  DeviceRule rule;
  rule.name = in.text("name", "a device's name, with * and ?").value_or("");
  if (const auto word = in.text("kind", "a kind such as \"touch\"")) {
    try {
      rule.kind = kindOf(*word);
    } catch (const base::UsageError& mistake) {
      in.fail(*table.get("kind"), mistake.what());
    }
  }
  rule.use = in.boolean("use");
  if (const auto grab = in.boolean("grab")) rule.grab = *grab ? Grab::Exclusive : Grab::Shared;
  if (const toml::array* list = in.array("calibration", "six numbers: [1, 0, 0, 0, 1, 0]")) {
    Calibration calibration;
    if (list->size() != 6) in.expected("calibration", *list, "six numbers");
    for (std::size_t i = 0; i < 6; ++i) {
      const auto number = list->get(i)->value<double>();
      if (!number || !std::isfinite(*number)) in.expected("calibration", *list->get(i), "a number");
      calibration.matrix[i] = *number;
    }
    rule.calibration = calibration;
  }
  in.finish();
  config.devices.push_back(std::move(rule));
}

void readAction(Reader& in, const toml::table& table, ButtonRule& rule) {
  static const std::map<std::string, ActionKind> kWords = {
      {"none", ActionKind::None},
      {"rotate", ActionKind::Rotate},
      {"next-guest", ActionKind::NextGuest},
      {"previous-guest", ActionKind::PreviousGuest},
      {"screenshot", ActionKind::Screenshot},
      {"keyboard", ActionKind::Keyboard},
      {"run", ActionKind::Run},
  };
  constexpr const char* kExpected =
      "none, rotate, next-guest, previous-guest, screenshot, keyboard or run";
  const auto action = in.text("action", kExpected);
  const auto command = in.text("command", "a command for /bin/sh");
  if (action) {
    const auto found = kWords.find(*action);
    if (found == kWords.end()) in.expected("action", *table.get("action"), kExpected);
    rule.action = found->second;
  }
  if (command) rule.command = *command;
  const bool starts = rule.action == ActionKind::Run || rule.action == ActionKind::Keyboard;
  if (starts != !rule.command.empty()) {
    in.fail(table, "action = \"run\" or \"keyboard\" and command belong together");
  }
  constexpr const char* kSignal = "a signal such as \"USR1\" or \"RTMIN\"";
  const auto signal = in.text("signal", kSignal);
  if (!signal) return;
  const auto number = signalOf(*signal);
  if (!number) in.expected("signal", *table.get("signal"), kSignal);
  if (rule.action != ActionKind::Keyboard) {
    in.fail(*table.get("signal"), "signal is for action = \"keyboard\"");
  }
  rule.signal = *number;
}

void readButton(Config& config, const toml::table& table, const std::string& file) {
  Reader in(table, file, "in [[button]]");
  const toml::node* key = in.take("key");
  if (!key) in.fail(table, "a [[button]] needs key = \"KEY_…\"");
  ButtonRule rule;
  rule.code = keyOf(in, "key", *key);
  if (const ButtonRule* known = config.button(rule.code)) rule.name = known->name;
  if (const auto name = in.text("name", "a word for XenStore")) rule.name = *name;
  const auto path = xenstore::absolutePath(0, rule.name);
  if (rule.name.empty() || !path || rule.name.find('/') != std::string::npos) {
    in.fail(*key, fmt::format("name \"{}\": expected letters, digits, - and _", rule.name));
  }
  readAction(in, table, rule);
  if (const auto pass = in.boolean("pass")) rule.pass = *pass;
  in.finish();
  std::erase_if(config.buttons, [&](const ButtonRule& b) { return b.code == rule.code; });
  config.buttons.push_back(std::move(rule));
}

void readOutlet(Config& config, const toml::table& table, const std::string& file) {
  Reader in(table, file, "in [[outlet]]");
  OutletRule rule;
  const auto to = in.text("to", "an outlet such as \"xenstore:\"");
  if (!to) in.fail(table, "an [[outlet]] needs to = \"…\"");
  rule.to = *to;
  rule.kinds = kindsFrom(in, "kinds");
  if (const auto base = in.text("base", "a path such as data/lucarne/input")) rule.base = *base;
  if (!xenstore::absolutePath(0, rule.base)) {
    in.fail(*table.get("base"), fmt::format("base = \"{}\": expected a path such as "
                                            "data/lucarne/input", rule.base));
  }
  if (const auto rate = in.number("writes-per-second", 0, 100'000)) {
    rule.writesPerSecond = static_cast<int>(*rate);
  }
  if (const toml::array* list = in.array("readers", "a list of domains' numbers")) {
    rule.readers = domainsFrom(in, "readers", *list);
  }
  if (const toml::node* node = in.take("grant")) {
    const toml::table* grants = node->as_table();
    if (!grants) in.expected("grant", *node, "a table such as { \"seat0/touch\" = [5] }");
    for (const auto& [path, list] : *grants) {
      if (!list.is_array()) in.expected("grant", list, "a list of domains' numbers");
      rule.grants[std::string(path.str())] = domainsFrom(in, "grant", *list.as_array());
    }
  }
  if (const toml::array* list = in.array("keys", "a list such as [\"KEY_LEFTSHIFT\"]")) {
    for (const toml::node& node : *list) rule.keys.insert(keyOf(in, "keys", node));
  }
  if (const auto leds = in.boolean("leds")) rule.leds = *leds;
  in.finish();
  config.outlets.push_back(std::move(rule));
}

template <typename Read>
void readTables(Config& config, const toml::array* list, const std::string& file, Read read) {
  if (!list) return;
  for (const toml::node& node : *list) {
    if (const toml::table* table = node.as_table()) read(config, *table, file);
  }
}

}  // namespace

const ButtonRule* Config::button(std::uint16_t code) const {
  for (const ButtonRule& rule : buttons) {
    if (rule.code == code) return &rule;
  }
  return nullptr;
}

std::vector<ButtonRule> usualButtons() {
  std::vector<ButtonRule> rules;
  for (const auto& [code, name] : kUsualButtons) rules.push_back({.code = code, .name = name});
  return rules;
}

Config parseConfig(std::string_view text, const std::string& name) {
  toml::table document;
  try {
    document = toml::parse(text, name);
  } catch (const toml::parse_error& mistake) {
    const auto& at = mistake.source().begin;
    throw base::UsageError(
        fmt::format("{}:{}:{}: {}", name, at.line, at.column, mistake.description()));
  }
  Config config;
  config.buttons = usualButtons();
  Reader in(document, name, "here");
  if (const toml::array* list = in.array("seats", "a list such as [\"seat0\"]")) {
    config.seats.clear();
    for (const toml::node& node : *list) {
      const auto seat = node.value_exact<std::string>();
      if (!seat || seat->empty()) in.expected("seats", node, "a seat's name");
      config.seats.push_back(*seat);
    }
  }
  if (const toml::node* node = in.take("panel")) {
    if (!node->is_table()) in.expected("panel", *node, "a table: [panel]");
    readPanel(config, *node->as_table(), name);
  }
  readTables(config, in.array("device", "tables: [[device]]"), name, readDevice);
  readTables(config, in.array("button", "tables: [[button]]"), name, readButton);
  readTables(config, in.array("outlet", "tables: [[outlet]]"), name, readOutlet);
  in.finish();
  return config;
}

Config readConfig(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw base::SetupError(fmt::format("read {}: cannot open it", path));
  std::ostringstream text;
  text << file.rdbuf();
  return parseConfig(text.str(), path);
}

bool matches(std::string_view pattern, std::string_view name) {
  return ::fnmatch(std::string(pattern).c_str(), std::string(name).c_str(), 0) == 0;
}

}  // namespace lucarne::input
