// SPDX-License-Identifier: Apache-2.0
#include "tunnel/secret.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <glib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/c_handle.h"
#include "base/unique_fd.h"

namespace lucarne::tunnel {

namespace {

constexpr std::string_view kOpenerLabel = "lucarne tunnel 1 opener";
constexpr std::string_view kAnswererLabel = "lucarne tunnel 1 answerer";

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw base::SetupError(fmt::format("secret file {}: {}", path, why));
}

void requirePrivate(const base::UniqueFd& file, const std::string& path) {
  struct stat info {};
  if (::fstat(file.get(), &info) < 0) refuse(path, std::strerror(errno));
  if (!S_ISREG(info.st_mode)) refuse(path, "is no regular file");
  if (info.st_uid != ::geteuid() && info.st_uid != 0) refuse(path, "belongs to another user");
  if ((info.st_mode & 077) != 0) refuse(path, "others may read or write it; chmod 600 it");
}

void add(GHmac* hmac, const void* bytes, std::size_t count) {
  g_hmac_update(hmac, static_cast<const guchar*>(bytes), static_cast<gssize>(count));
}

// The compiler must not drop it as a write that nobody reads.
void wipe(std::string& text) {
  volatile char* bytes = text.data();
  for (std::size_t i = 0; i < text.size(); ++i) bytes[i] = 0;
}

}  // namespace

Secret Secret::fromFile(const std::string& path) {
  // Not blocking: a FIFO is refused below, not waited for.
  const auto file =
      base::UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file) refuse(path, std::strerror(errno));
  requirePrivate(file, path);
  std::string text(kMostBytes + 2, '\0');
  std::size_t length = 0;
  while (length < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + length, text.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse(path, std::strerror(errno));
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  std::string_view line = std::string_view(text).substr(0, length);
  line = line.substr(0, line.find_first_of("\r\n"));
  if (line.size() < kFewestBytes || line.size() > kMostBytes) {
    wipe(text);
    refuse(path, fmt::format("its first line must have {} to {} bytes; make one with "
                             "'openssl rand -hex 32' or 'head -c 32 /dev/urandom | base64'",
                             kFewestBytes, kMostBytes));
  }
  Secret secret(line);
  wipe(text);
  return secret;
}

Secret::Secret(std::string_view text) : text_(text) {
  if (text.size() < kFewestBytes || text.size() > kMostBytes) {
    throw base::SetupError(
        fmt::format("a secret has {} to {} bytes", kFewestBytes, kMostBytes));
  }
}

Secret::~Secret() { wipe(text_); }

Block32 Secret::prove(Side side, const Block32& openerNonce, const Block32& answererNonce,
                      std::string_view name) const {
  struct Unref {
    void operator()(GHmac* hmac) const { g_hmac_unref(hmac); }
  };
  const std::unique_ptr<GHmac, Unref> hmac(g_hmac_new(
      G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(text_.data()), text_.size()));
  const std::string_view label = side == Side::Opener ? kOpenerLabel : kAnswererLabel;
  const std::uint8_t zero = 0;
  add(hmac.get(), label.data(), label.size());
  add(hmac.get(), &zero, 1);
  add(hmac.get(), openerNonce.data(), openerNonce.size());
  add(hmac.get(), answererNonce.data(), answererNonce.size());
  add(hmac.get(), name.data(), name.size());
  Block32 mac{};
  gsize length = mac.size();
  g_hmac_get_digest(hmac.get(), mac.data(), &length);
  return mac;
}

bool Secret::verify(const Block32& untrustedMac, Side side, const Block32& openerNonce,
                    const Block32& answererNonce, std::string_view name) const {
  const Block32 mac = prove(side, openerNonce, answererNonce, name);
  std::uint8_t different = 0;
  for (std::size_t i = 0; i < mac.size(); ++i) different |= mac[i] ^ untrustedMac[i];
  return different == 0;
}

Block32 drawNonce() {
  Block32 nonce{};
  std::size_t have = 0;
  while (have < nonce.size()) {
    const ssize_t got = ::getrandom(nonce.data() + have, nonce.size() - have, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw base::SetupError(fmt::format("getrandom: {}", std::strerror(errno)));
    have += static_cast<std::size_t>(got);
  }
  return nonce;
}

}  // namespace lucarne::tunnel
