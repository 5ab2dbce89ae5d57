// SPDX-License-Identifier: Apache-2.0
#include "sensors/toml_reader.h"

#include <cmath>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/result.h"

namespace lucarne::sensors {

namespace {

const toml::node& asNode(const void* node) { return *static_cast<const toml::node*>(node); }

}  // namespace

struct TomlReader::Document {
  std::string name;
  toml::table root;
};

struct TomlReader::Node {
  const toml::table* table = nullptr;  // in the document, or kNothing
  std::string prefix;                  // "http."
  std::set<std::string, std::less<>> asked;
};

TomlReader::TomlReader(std::shared_ptr<Document> document, std::unique_ptr<Node> node)
    : document_(std::move(document)), node_(std::move(node)) {}
TomlReader::TomlReader(TomlReader&&) noexcept = default;
TomlReader::~TomlReader() = default;

TomlReader TomlReader::parse(std::string_view text, const std::string& name) {
  if (text.size() > kMaxText) {
    throw base::SetupError(fmt::format("{}: larger than {} KiB", name, kMaxText / 1024));
  }
  auto document = std::make_shared<Document>();
  document->name = name;
  try {
    document->root = toml::parse(text, name);
  } catch (const toml::parse_error& mistake) {
    throw base::SetupError(
        fmt::format("{}:{}: {}", name, mistake.source().begin.line, mistake.description()));
  }
  auto node = std::make_unique<Node>();
  node->table = &document->root;
  return TomlReader(std::move(document), std::move(node));
}

bool TomlReader::has(const char* key) const {
  return node_->table && node_->table->contains(std::string_view(key));
}

void TomlReader::refuse(const char* key, std::string_view why) const {
  const toml::node* node = node_->table ? node_->table->get(std::string_view(key)) : nullptr;
  const auto line = node ? node->source().begin.line : 1;
  throw base::SetupError(
      fmt::format("{}:{}: {}{} {}", document_->name, line, node_->prefix, key, why));
}

const void* TomlReader::find(const char* key, const char* wanted, bool (*fits)(const void*)) {
  node_->asked.emplace(key);
  const toml::node* node = node_->table ? node_->table->get(std::string_view(key)) : nullptr;
  if (node && !fits(node)) refuse(key, fmt::format("must be {}", wanted));
  return node;
}

TomlReader TomlReader::table(const char* key) {
  const void* found = find(key, "a table", [](const void* n) { return asNode(n).is_table(); });
  auto node = std::make_unique<Node>();
  node->table = found ? asNode(found).as_table() : nullptr;
  node->prefix = fmt::format("{}{}.", node_->prefix, key);
  return TomlReader(document_, std::move(node));
}

std::string TomlReader::text(const char* key, std::string otherwise) {
  const void* found = find(key, "a text", [](const void* n) { return asNode(n).is_string(); });
  return found ? asNode(found).as_string()->get() : std::move(otherwise);
}

bool TomlReader::flag(const char* key, bool otherwise) {
  const void* found =
      find(key, "true or false", [](const void* n) { return asNode(n).is_boolean(); });
  return found ? asNode(found).as_boolean()->get() : otherwise;
}

std::int64_t TomlReader::integer(const char* key, std::int64_t otherwise, std::int64_t least,
                                 std::int64_t most) {
  const void* found =
      find(key, "a whole number", [](const void* n) { return asNode(n).is_integer(); });
  if (!found) return otherwise;
  const std::int64_t value = asNode(found).as_integer()->get();
  if (value < least || value > most) {
    refuse(key, fmt::format("must be between {} and {}", least, most));
  }
  return value;
}

double TomlReader::number(const char* key, double otherwise, double least, double most) {
  const void* found = find(key, "a number", [](const void* n) { return asNode(n).is_number(); });
  if (!found) return otherwise;
  const double value = *asNode(found).value<double>();
  if (!(value >= least && value <= most)) {
    refuse(key, fmt::format("must be between {} and {}", least, most));
  }
  return value;
}

std::vector<std::string> TomlReader::texts(const char* key, std::vector<std::string> otherwise) {
  const void* found = find(key, "a list of texts", [](const void* n) {
    return asNode(n).is_array() && (asNode(n).as_array()->empty() ||
                                    asNode(n).is_homogeneous(toml::node_type::string));
  });
  if (!found) return otherwise;
  std::vector<std::string> values;
  for (const auto& item : *asNode(found).as_array()) values.push_back(item.as_string()->get());
  return values;
}

std::vector<std::int64_t> TomlReader::integers(const char* key,
                                               std::vector<std::int64_t> otherwise,
                                               std::int64_t least, std::int64_t most) {
  const void* found = find(key, "a list of whole numbers", [](const void* n) {
    return asNode(n).is_array() && (asNode(n).as_array()->empty() ||
                                    asNode(n).is_homogeneous(toml::node_type::integer));
  });
  if (!found) return otherwise;
  std::vector<std::int64_t> values;
  for (const auto& item : *asNode(found).as_array()) {
    values.push_back(item.as_integer()->get());
    if (values.back() < least || values.back() > most) {
      refuse(key, fmt::format("must hold numbers between {} and {}", least, most));
    }
  }
  return values;
}

std::vector<std::pair<double, double>> TomlReader::points(
    const char* key, std::vector<std::pair<double, double>> otherwise) {
  const char* wanted = "a list of [number, number]";
  const void* found = find(key, wanted, [](const void* n) { return asNode(n).is_array(); });
  if (!found) return otherwise;
  std::vector<std::pair<double, double>> values;
  for (const auto& item : *asNode(found).as_array()) {
    const toml::array* pair = item.as_array();
    if (!pair || pair->size() != 2 || !pair->get(0)->is_number() || !pair->get(1)->is_number()) {
      refuse(key, fmt::format("must be {}", wanted));
    }
    const double x = *pair->get(0)->value<double>();
    const double y = *pair->get(1)->value<double>();
    if (!std::isfinite(x) || !std::isfinite(y)) refuse(key, "must hold finite numbers");
    values.emplace_back(x, y);
  }
  return values;
}

void TomlReader::done() const {
  if (!node_->table) return;
  for (const auto& [key, value] : *node_->table) {
    if (!node_->asked.contains(key.str())) {
      throw base::SetupError(fmt::format("{}:{}: {}{} is not a setting", document_->name,
                                         value.source().begin.line, node_->prefix, key.str()));
    }
  }
}

}  // namespace lucarne::sensors
