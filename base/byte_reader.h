// SPDX-License-Identifier: Apache-2.0
// Reading and writing bytes from outside with a failure that sticks.
//
// Parse like this: read every field, ask `done()` (or `ok()`) once, then check ranges, then build
// the clean value. A read past the end returns zeros and fails the reader for good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace lucarne::base {

using Bytes = std::span<const std::uint8_t>;

class ByteReader {
 public:
  /// Borrows `bytes` for its own lifetime.
  explicit ByteReader(Bytes bytes) : rest_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(little<1>()); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(little<2>()); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(little<4>()); }
  std::uint64_t u64() { return little<8>(); }
  std::int16_t i16() { return static_cast<std::int16_t>(u16()); }
  std::int32_t i32() { return static_cast<std::int32_t>(u32()); }
  std::int64_t i64() { return static_cast<std::int64_t>(u64()); }
  std::uint16_t u16be() { return static_cast<std::uint16_t>(big<2>()); }
  std::uint32_t u32be() { return static_cast<std::uint32_t>(big<4>()); }
  std::int32_t i32be() { return static_cast<std::int32_t>(u32be()); }

  /// Borrows the next `count` bytes; empty after a failure.
  Bytes take(std::size_t count) {
    if (failed_ || count > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const Bytes taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  void skip(std::size_t count) { take(count); }

  std::size_t left() const { return rest_.size(); }
  bool ok() const { return !failed_; }
  /// Everything was there and nothing is left over.
  bool done() const { return !failed_ && rest_.empty(); }

 private:
  template <int count>
  std::uint64_t little() {
    const Bytes b = take(count);
    std::uint64_t value = 0;
    for (std::size_t i = b.size(); i-- > 0;) value = value << 8 | b[i];
    return value;
  }
  template <int count>
  std::uint64_t big() {
    std::uint64_t value = 0;
    for (const std::uint8_t b : take(count)) value = value << 8 | b;
    return value;
  }

  Bytes rest_;
  bool failed_ = false;
};

/// Appends to a vector that the caller owns.
class ByteWriter {
 public:
  explicit ByteWriter(std::vector<std::uint8_t>& out) : out_(out) {}

  ByteWriter& u8(std::uint8_t v) { return little<1>(v); }
  ByteWriter& u16(std::uint16_t v) { return little<2>(v); }
  ByteWriter& u32(std::uint32_t v) { return little<4>(v); }
  ByteWriter& u64(std::uint64_t v) { return little<8>(v); }
  ByteWriter& i16(std::int16_t v) { return u16(static_cast<std::uint16_t>(v)); }
  ByteWriter& i32(std::int32_t v) { return u32(static_cast<std::uint32_t>(v)); }
  ByteWriter& i64(std::int64_t v) { return u64(static_cast<std::uint64_t>(v)); }
  ByteWriter& u16be(std::uint16_t v) { return big<2>(v); }
  ByteWriter& u32be(std::uint32_t v) { return big<4>(v); }
  ByteWriter& bytes(Bytes b) {
    out_.insert(out_.end(), b.begin(), b.end());
    return *this;
  }
  ByteWriter& text(std::string_view t) {
    out_.insert(out_.end(), t.begin(), t.end());
    return *this;
  }
  std::size_t size() const { return out_.size(); }

 private:
  template <int count>
  ByteWriter& little(std::uint64_t v) {
    for (int i = 0; i < count; ++i) out_.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
    return *this;
  }
  template <int count>
  ByteWriter& big(std::uint64_t v) {
    for (int i = count; i-- > 0;) out_.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
    return *this;
  }

  std::vector<std::uint8_t>& out_;
};

}  // namespace lucarne::base
