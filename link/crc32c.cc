// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstring>

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

#include "link/framing.h"

namespace lucarne::link {

namespace {

constexpr std::uint32_t kReversedPolynomial = 0x82F63B78;

constexpr std::array<std::uint32_t, 256> makeTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kReversedPolynomial : 0);
    table[i] = crc;
  }
  return table;
}

constexpr auto kTable = makeTable();

std::uint64_t load8(const std::uint8_t* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) std::uint32_t crc32cByInstruction(std::uint32_t crc,
                                                                    base::Bytes bytes) {
  std::uint64_t state = static_cast<std::uint32_t>(~crc);
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) state = __builtin_ia32_crc32di(state, load8(at));
  auto narrow = static_cast<std::uint32_t>(state);
  for (; left > 0; --left, ++at) narrow = __builtin_ia32_crc32qi(narrow, *at);
  return ~narrow;
}

bool haveInstruction() { return __builtin_cpu_supports("sse4.2") != 0; }

#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

// By assembler, because the names of the intrinsics differ between gcc and clang without -march.
std::uint32_t crc32cByInstruction(std::uint32_t crc, base::Bytes bytes) {
  std::uint32_t state = ~crc;
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    __asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(state) : "r"(load8(at)));
  }
  for (; left > 0; --left, ++at) {
    __asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1"
            : "+r"(state)
            : "r"(static_cast<std::uint32_t>(*at)));
  }
  return ~state;
}

// HWCAP_CRC32 of <asm/hwcap.h>.
bool haveInstruction() { return (::getauxval(AT_HWCAP) & (1UL << 7)) != 0; }

#else

std::uint32_t crc32cByInstruction(std::uint32_t crc, base::Bytes bytes) {
  return crc32cByTable(crc, bytes);
}
bool haveInstruction() { return false; }

#endif

}  // namespace

std::uint32_t crc32cByTable(std::uint32_t crc, base::Bytes bytes) {
  crc = ~crc;
  for (const std::uint8_t byte : bytes) crc = crc >> 8 ^ kTable[(crc ^ byte) & 0xFF];
  return ~crc;
}

std::uint32_t crc32c(std::uint32_t crc, base::Bytes bytes) {
  static const bool fast = haveInstruction();
  return fast ? crc32cByInstruction(crc, bytes) : crc32cByTable(crc, bytes);
}

}  // namespace lucarne::link
