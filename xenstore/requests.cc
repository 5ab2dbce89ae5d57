// SPDX-License-Identifier: Apache-2.0
// Requests: how each is put on the wire and its answer read.
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "xenstore/client.h"
#include "xenstore/wire.h"

namespace lucarne::xenstore {

namespace {

std::uint32_t number(Operation operation) { return static_cast<std::uint32_t>(operation); }

std::string text(std::string_view words) {
  std::string out(words);
  out += '\0';
  return out;
}

std::vector<std::string> names(std::string_view payload) {
  std::vector<std::string> out;
  for (const std::string_view name : splitTexts(payload)) {
    if (!name.empty()) out.emplace_back(name);
  }
  return out;
}

/// For requests whose answer is "OK".
OnAnswer<std::string> acknowledged(OnAnswer<void> done) {
  return [done = std::move(done)](Answer<std::string> answer) {
    if (!done) return;
    if (answer) {
      done({});
    } else {
      done(base::Unexpected<Failure>{answer.error()});
    }
  };
}

}  // namespace

void Requests::read(std::string_view path, OnAnswer<std::string> done) {
  ask(number(Operation::Read), fmt::format("read {}", path), text(path), std::move(done));
}

void Requests::directory(std::string_view path, OnAnswer<std::vector<std::string>> done) {
  ask(number(Operation::Directory), fmt::format("list {}", path), text(path),
      [this, path = std::string(path), done = std::move(done)](Answer<std::string> answer) mutable {
        if (answer) {
          done(names(*answer));
        } else if (answer.error().code == E2BIG) {
          listPart(std::move(path), {}, {}, std::move(done));
        } else {
          done(base::Unexpected<Failure>{answer.error()});
        }
      });
}

// DIRECTORY_PART answers "generation\0name\0name\0…", with an empty name after the last. When the
// generation changes in between, the list is of two states: start again.
void Requests::listPart(std::string path, std::string soFar, std::string generation,
                        OnAnswer<std::vector<std::string>> done) {
  const std::string payload = text(path) + text(std::to_string(soFar.size()));
  ask(number(Operation::DirectoryPart), fmt::format("list {}", path), payload,
      [this, path, soFar = std::move(soFar), generation = std::move(generation),
       done = std::move(done)](Answer<std::string> answer) mutable {
        if (!answer) return done(base::Unexpected<Failure>{answer.error()});
        const std::size_t end = answer->find('\0');
        if (end == std::string::npos) {
          return done(base::Unexpected<Failure>{{EPROTO, "list " + path + ": malformed answer"}});
        }
        const std::string now = answer->substr(0, end);
        std::string part = answer->substr(end + 1);
        if (!soFar.empty() && now != generation) {
          return listPart(std::move(path), {}, {}, std::move(done));
        }
        const bool last = part.empty() || part == std::string(1, '\0') ||
                          (part.size() >= 2 && part.compare(part.size() - 2, 2, "\0\0", 2) == 0);
        soFar += part;
        if (last) return done(names(soFar));
        listPart(std::move(path), std::move(soFar), now, std::move(done));
      });
}

void Requests::write(std::string_view path, std::string_view value, OnAnswer<void> done) {
  ask(number(Operation::Write), fmt::format("write {}", path), text(path).append(value),
      acknowledged(std::move(done)));
}

void Requests::makeDirectory(std::string_view path, OnAnswer<void> done) {
  ask(number(Operation::MakeDirectory), fmt::format("make {}", path), text(path),
      acknowledged(std::move(done)));
}

void Requests::remove(std::string_view path, OnAnswer<void> done) {
  ask(number(Operation::Remove), fmt::format("remove {}", path), text(path),
      acknowledged(std::move(done)));
}

void Requests::permissions(std::string_view path, OnAnswer<Permissions> done) {
  ask(number(Operation::GetPermissions), fmt::format("permissions of {}", path), text(path),
      [path = std::string(path), done = std::move(done)](Answer<std::string> answer) {
        if (!answer) return done(base::Unexpected<Failure>{answer.error()});
        auto permissions = parsePermissions(*answer);
        if (!permissions) {
          return done(base::Unexpected<Failure>{
              {EPROTO, fmt::format("permissions of {}: malformed answer", path)}});
        }
        done(std::move(*permissions));
      });
}

void Requests::setPermissions(std::string_view path, const Permissions& permissions,
                              OnAnswer<void> done) {
  ask(number(Operation::SetPermissions), fmt::format("set permissions of {}", path),
      text(path) + permissions.encode(), acknowledged(std::move(done)));
}

}  // namespace lucarne::xenstore
