// SPDX-License-Identifier: Apache-2.0
// What a sensor says about one quantity: a number, a flag, a word, or that it is unknown and why.
//
// A device that lacks a quantity altogether (a battery without a thermometer) has it Absent: nobody
// publishes it. A quantity that the device has but that cannot be told now is Unknown, with a reason
// a person can act on; readers must never take an old number for a fresh one.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace lucarne::sensors {

struct Absent {
  friend bool operator==(const Absent&, const Absent&) = default;
};

struct Unknown {
  std::string reason;  ///< "capacity: Input/output error"
  friend bool operator==(const Unknown&, const Unknown&) = default;
};

/// Whether the device measured it or we worked it out from other measurements.
enum class Origin { Measured, Estimated };

class Value {
 public:
  Value() = default;  ///< Absent
  Value(Unknown why) : data_(std::move(why)) {}
  Value(double number, Origin origin = Origin::Measured) : data_(number), origin_(origin) {}
  Value(bool flag) : data_(flag) {}
  Value(std::string word) : data_(std::move(word)) {}
  Value(const char* word) : data_(std::string(word)) {}

  bool absent() const { return std::holds_alternative<Absent>(data_); }
  /// There is something to say: a number, a flag or a word.
  bool known() const { return !absent() && !unknown(); }
  const Unknown* unknown() const { return std::get_if<Unknown>(&data_); }
  const double* number() const { return std::get_if<double>(&data_); }
  const bool* flag() const { return std::get_if<bool>(&data_); }
  const std::string* word() const { return std::get_if<std::string>(&data_); }
  Origin origin() const { return origin_; }

  friend bool operator==(const Value&, const Value&) = default;

 private:
  std::variant<Absent, Unknown, double, bool, std::string> data_;
  Origin origin_ = Origin::Measured;
};

}  // namespace lucarne::sensors
