// SPDX-License-Identifier: Apache-2.0
// A value or the reason why there is none, with std::expected's names (C++23 has it, we have not).
//
// Results carry the third kind of error only: the peer misbehaves or a line hiccups. The machine
// failing us at set-up is thrown (SetupError), a mistake of the user too (UsageError), and our own
// bugs are asserts.
#pragma once

#include <cassert>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace lucarne::base {

/// Why something failed, in words a person can act on. Never holds secrets.
struct Error {
  std::string message;
};

/// Wraps an error so that it converts to any Result: `return unexpected("rectangle outside")`.
template <typename E>
struct Unexpected {
  E error;
};

inline Unexpected<Error> unexpected(std::string message) { return {Error{std::move(message)}}; }

template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Unexpected<E> failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    assert(has_value());
    return std::get<0>(state_);
  }
  const T& value() const& {
    assert(has_value());
    return std::get<0>(state_);
  }
  T&& value() && {
    assert(has_value());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const E& error() const {
    assert(!has_value());
    return std::get<1>(state_);
  }

 private:
  std::variant<T, E> state_;
};

/// Success without a value: `return {};`
template <typename E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  Result(Unexpected<E> failure) : state_(std::move(failure.error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  const E& error() const {
    assert(!has_value());
    return std::get<1>(state_);
  }

 private:
  std::variant<std::monostate, E> state_;
};

/// The machine refused something at set-up: what was tried, what it answered, what to do. Caught
/// once, in main, printed as one line; exit 1.
class SetupError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The user asked for something that cannot be: caught in main, printed as one line; exit 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace lucarne::base
