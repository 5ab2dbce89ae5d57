// SPDX-License-Identifier: Apache-2.0
#include "xenstore/wire.h"

#include <cassert>
#include <cerrno>

namespace lucarne::xenstore {

namespace {

struct NamedError {
  int number;
  std::string_view name;
};

// The names that xs_wire.h lists; a client knows no others.
constexpr NamedError kErrors[] = {
    {EINVAL, "EINVAL"}, {EACCES, "EACCES"}, {EEXIST, "EEXIST"},       {EISDIR, "EISDIR"},
    {ENOENT, "ENOENT"}, {ENOMEM, "ENOMEM"}, {ENOSPC, "ENOSPC"},       {EIO, "EIO"},
    {ENOSYS, "ENOSYS"}, {EROFS, "EROFS"},   {ENOTEMPTY, "ENOTEMPTY"}, {EBUSY, "EBUSY"},
    {EAGAIN, "EAGAIN"}, {EISCONN, "EISCONN"}, {E2BIG, "E2BIG"},       {EPERM, "EPERM"},
};

}  // namespace

void encode(const Message& message, std::vector<std::uint8_t>& out) {
  assert(message.payload.size() <= kMaxPayload);
  base::ByteWriter(out)
      .u32(message.type)
      .u32(message.request)
      .u32(message.transaction)
      .u32(static_cast<std::uint32_t>(message.payload.size()))
      .text(message.payload);
}

void MessageReader::feed(base::Bytes untrusted) {
  if (broken_) return;
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  bytes_.insert(bytes_.end(), untrusted.begin(), untrusted.end());
}

std::optional<Message> MessageReader::next() {
  if (broken_) return std::nullopt;
  base::ByteReader reader(base::Bytes(bytes_).subspan(taken_));
  if (reader.left() < kHeaderBytes) return std::nullopt;
  Message message;
  message.type = reader.u32();
  message.request = reader.u32();
  message.transaction = reader.u32();
  const std::uint32_t length = reader.u32();
  if (length > kMaxPayload) {
    broken_ = true;
    return std::nullopt;
  }
  if (reader.left() < length) return std::nullopt;
  const base::Bytes payload = reader.take(length);
  message.payload.assign(payload.begin(), payload.end());
  taken_ += kHeaderBytes + length;
  return message;
}

std::vector<std::string_view> splitTexts(std::string_view payload) {
  std::vector<std::string_view> texts;
  while (!payload.empty()) {
    const std::size_t end = payload.find('\0');
    texts.push_back(payload.substr(0, end));
    if (end == std::string_view::npos) break;
    payload.remove_prefix(end + 1);
  }
  return texts;
}

std::string_view errorName(int number) {
  for (const NamedError& error : kErrors) {
    if (error.number == number) return error.name;
  }
  return "EINVAL";
}

int errorNumber(std::string_view name) {
  for (const NamedError& error : kErrors) {
    if (error.name == name) return error.number;
  }
  return EINVAL;
}

}  // namespace lucarne::xenstore
