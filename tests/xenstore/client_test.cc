// SPDX-License-Identifier: Apache-2.0
// The client and the publisher against a running daemon: ours, and Xen's.
#include "xenstore/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <optional>

#include "tests/support/xenstored/every_daemon.h"
#include "xenstore/publisher.h"

namespace lucarne::xenstore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ServerKind;
using test::StoreServer;

/// Turns the loop until `done`, at most ten seconds.
bool runUntil(base::Loop& loop, const std::function<bool()>& done) {
  bool late = false;
  const auto timer = loop.after(seconds(10), [&] { late = true; });
  while (!done() && !late) loop.turn(true);
  return !late;
}

class WithServer : public test::EveryDaemon {
 protected:
  void SetUp() override {
    EveryDaemon::SetUp();
    if (!server_) return;
    zero_ = std::make_unique<Client>(context_, server_->socket(0));
    ASSERT_TRUE(runUntil(loop_, [&] { return zero_->connected(); }));
  }
  void TearDown() override {
    if (zero_) {
      bool gone = false;
      zero_->remove("/t", [&](const Answer<void>&) { gone = true; });
      runUntil(loop_, [&] { return gone; });
    }
  }

  std::string read(Client& client, const std::string& path) {
    std::optional<std::string> got;
    client.read(path, [&](const Answer<std::string>& answer) {
      got = answer ? *answer : "errno " + std::to_string(answer.error().code);
    });
    runUntil(loop_, [&] { return got.has_value(); });
    return got.value_or("no answer");
  }
  std::string permissionsOf(const std::string& path) {
    std::optional<std::string> got;
    zero_->permissions(path, [&](const Answer<Permissions>& answer) {
      got = answer ? answer->encode() : answer.error().message;
      for (char& c : *got) c = c == '\0' ? ' ' : c;
    });
    runUntil(loop_, [&] { return got.has_value(); });
    return got.value_or("no answer");
  }
  bool reads(Client& client, const std::string& path, const std::string& value) {
    for (int i = 0; i < 500; ++i) {
      if (read(client, path) == value) return true;
      runFor(milliseconds(10));
    }
    return false;
  }
  void runFor(base::Duration time) {
    bool over = false;
    const auto timer = loop_.after(time, [&] { over = true; });
    while (!over) loop_.turn(true);
  }

  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  std::unique_ptr<Client> zero_;
};

class ClientWithServer : public WithServer {};
class PublisherWithServer : public WithServer {};

TEST_P(ClientWithServer, WritesAndReads) {
  zero_->write("/t/a", "1");

  EXPECT_EQ(read(*zero_, "/t/a"), "1");
  EXPECT_EQ(read(*zero_, "/t/none"), "errno " + std::to_string(ENOENT));
}

TEST_P(ClientWithServer, AnswersManyRequestsInOrder) {
  std::string order;
  for (int i = 0; i < 200; ++i) {
    zero_->write("/t/n" + std::to_string(i), "v");
    zero_->read("/t/n" + std::to_string(i), [&](const Answer<std::string>& a) {
      order += a ? *a : "x";
    });
  }

  EXPECT_TRUE(runUntil(loop_, [&] { return order.size() == 200; }));

  EXPECT_EQ(order, std::string(200, 'v'));
}

TEST_P(ClientWithServer, ListsChildren) {
  zero_->write("/t/b", "");
  zero_->write("/t/a", "");
  std::optional<std::vector<std::string>> names;

  zero_->directory("/t", [&](const Answer<std::vector<std::string>>& a) { names = *a; });
  runUntil(loop_, [&] { return names.has_value(); });

  EXPECT_THAT(*names, testing::UnorderedElementsAre("a", "b"));
}

TEST_P(ClientWithServer, HearsOfChanges) {
  std::vector<std::string> heard;
  const auto watch = zero_->watch("/t/w", [&](const std::string& path) { heard.push_back(path); });
  ASSERT_TRUE(runUntil(loop_, [&] { return heard.size() == 1; }));

  zero_->write("/t/w/a", "1");

  ASSERT_TRUE(runUntil(loop_, [&] { return heard.size() == 2; }));
  EXPECT_EQ(heard[0], "/t/w");
  EXPECT_EQ(heard[1], "/t/w/a");
}

TEST_P(ClientWithServer, ADroppedWatchIsQuiet) {
  int heard = 0;
  auto watch = zero_->watch("/t/w", [&](const std::string&) { ++heard; });
  ASSERT_TRUE(runUntil(loop_, [&] { return heard == 1; }));

  watch = {};
  zero_->write("/t/w", "1");
  read(*zero_, "/t/w");

  EXPECT_EQ(heard, 1);
}

TEST_P(ClientWithServer, RepeatsATransactionThatConflicts) {
  Client other(context_, server_->socket(0));
  ASSERT_TRUE(runUntil(loop_, [&] { return other.connected(); }));
  zero_->write("/t/k", "1");
  read(*zero_, "/t/k");
  int attempts = 0;
  std::optional<bool> committed;

  zero_->transact(
      [&](Transaction& t) {
        ++attempts;
        t.read("/t/k", [&](const Answer<std::string>& value) {
          ASSERT_TRUE(value);
          const auto finish = [&t, number = std::stoi(*value)] {
            t.write("/t/k", std::to_string(number + 1));
            t.commit();
          };
          if (attempts > 1) return finish();
          other.write("/t/k", "10", [finish](const Answer<void>&) { finish(); });
        });
      },
      [&](const Answer<void>& outcome) { committed = outcome.has_value(); });
  runUntil(loop_, [&] { return committed.has_value(); });

  EXPECT_EQ(committed, true);
  EXPECT_EQ(attempts, 2);
  EXPECT_EQ(read(*zero_, "/t/k"), "11");
}

TEST_P(ClientWithServer, AnAbandonedTransactionTellsItsReason) {
  std::optional<std::string> reason;

  zero_->transact(
      [](Transaction& t) {
        t.write("/t/a", "1");
        t.abandon({EIO, "changed my mind"});
      },
      [&](const Answer<void>& outcome) { reason = outcome ? "done" : outcome.error().message; });
  runUntil(loop_, [&] { return reason.has_value(); });

  EXPECT_EQ(reason, "changed my mind");
  EXPECT_EQ(read(*zero_, "/t/a"), "errno " + std::to_string(ENOENT));
}

TEST_P(PublisherWithServer, PublishesValuesAndThenTheSerial) {
  Publisher publisher(*zero_, context_, {.base = "/t/pub"});
  std::string seen;
  const auto watch = zero_->watch("/t/pub/serial", [&](const std::string&) {
    zero_->read("/t/pub/a/x", [&](const Answer<std::string>& a) { seen = a ? *a : ""; });
  });

  publisher.set("a/x", "one");

  EXPECT_TRUE(runUntil(loop_, [&] { return seen == "one"; }));
  EXPECT_EQ(read(*zero_, "/t/pub/serial"), "1");
}

TEST_P(PublisherWithServer, LetsOnlyNamedDomainsRead) {
  Publisher publisher(*zero_, context_, {.base = "/t/pub", .readers = {5}});
  publisher.grant("secret", {});

  publisher.set("a/x", "one");
  publisher.set("secret/y", "two");
  ASSERT_TRUE(reads(*zero_, "/t/pub/serial", "1"));

  EXPECT_EQ(permissionsOf("/t/pub"), "n0 r5 ");
  EXPECT_EQ(permissionsOf("/t/pub/a"), "n0 r5 ");
  EXPECT_EQ(permissionsOf("/t/pub/a/x"), "n0 r5 ");
  EXPECT_EQ(permissionsOf("/t/pub/secret"), "n0 ");
  EXPECT_EQ(permissionsOf("/t/pub/secret/y"), "n0 ");
  EXPECT_EQ(permissionsOf("/t/pub/serial"), "n0 r5 ");
}

TEST_P(PublisherWithServer, ADomainPublishesBelowItsOwnHome) {
  Client five(context_, server_->socket(5));
  ASSERT_TRUE(runUntil(loop_, [&] { return five.connected(); }));
  Publisher publisher(five, context_, {.base = "data/lucarne/input", .readers = {6}});

  publisher.set("pointer/x", 42);

  EXPECT_TRUE(reads(*zero_, "/local/domain/5/data/lucarne/input/pointer/x", "42"));
  EXPECT_EQ(permissionsOf("/local/domain/5/data/lucarne/input/pointer/x"), "n5 r6 ");
  bool gone = false;
  publisher.withdraw([&] { gone = true; });
  EXPECT_TRUE(runUntil(loop_, [&] { return gone; }));
  EXPECT_EQ(read(*zero_, "/local/domain/5/data/lucarne/input"), "errno " + std::to_string(ENOENT));
}

TEST_P(PublisherWithServer, RemovesWhatAnEarlierRunLeft) {
  zero_->write("/t/pub/old", "1");
  Publisher publisher(*zero_, context_, {.base = "/t/pub"});

  publisher.set("new", "1");

  ASSERT_TRUE(reads(*zero_, "/t/pub/new", "1"));
  EXPECT_EQ(read(*zero_, "/t/pub/old"), "errno " + std::to_string(ENOENT));
}

TEST_P(PublisherWithServer, RemovesNodesAndMakesThemAnew) {
  Publisher publisher(*zero_, context_, {.base = "/t/pub", .readers = {5}});
  publisher.set("slot/0/x", "1");
  ASSERT_TRUE(reads(*zero_, "/t/pub/slot/0/x", "1"));

  publisher.remove("slot");
  ASSERT_TRUE(reads(*zero_, "/t/pub/slot/0/x", "errno " + std::to_string(ENOENT)));
  publisher.set("slot/0/x", "2");

  EXPECT_TRUE(reads(*zero_, "/t/pub/slot/0/x", "2"));
  EXPECT_EQ(permissionsOf("/t/pub/slot/0"), "n0 r5 ");
}

TEST_P(PublisherWithServer, SkipsValuesInBetweenAndNeverTheLast) {
  Publisher publisher(*zero_, context_, {.base = "/t/pub", .writesPerSecond = 40});
  const base::TimePoint start = clock_.now();

  for (int i = 1; i <= 500; ++i) {
    publisher.set("x", i);
    publisher.set("y", -i);
    runFor(milliseconds(1));
  }

  ASSERT_TRUE(reads(*zero_, "/t/pub/x", "500"));
  ASSERT_TRUE(reads(*zero_, "/t/pub/y", "-500"));
  const double took = base::toSeconds(clock_.now() - start);
  EXPECT_LE(static_cast<double>(publisher.counters().writes), 40 * (took + 1));
  EXPECT_GE(publisher.counters().batches, 5U);
}

INSTANTIATE_TEST_SUITE_P(AllDaemons, ClientWithServer,
                         testing::Values(ServerKind::Embedded, ServerKind::C, ServerKind::OCaml),
                         [](const auto& kind) { return test::nameOf(kind.param); });
INSTANTIATE_TEST_SUITE_P(AllDaemons, PublisherWithServer,
                         testing::Values(ServerKind::Embedded, ServerKind::C, ServerKind::OCaml),
                         [](const auto& kind) { return test::nameOf(kind.param); });

// ---- restarts -------------------------------------------------------------------------------------

class Restart : public testing::Test {
 protected:
  void runFor(base::Duration time) {
    bool over = false;
    const auto timer = loop_.after(time, [&] { over = true; });
    while (!over) loop_.turn(true);
  }
  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
};

TEST_F(Restart, PublishesAgainWithinASecond) {
  StoreServer server(ServerKind::Embedded);
  Client client(context_, server.socket(0));
  Publisher publisher(client, context_, {.base = "/pub"});
  publisher.set("a", "1");
  std::string seen;
  const auto watch = client.watch("/pub/serial", [&](const std::string&) {
    client.read("/pub/a", [&](const Answer<std::string>& a) { seen = a ? *a : ""; });
  });
  ASSERT_TRUE(runUntil(loop_, [&] { return seen == "1"; }));

  for (int i = 0; i < 3; ++i) {
    server.kill();
    publisher.set("a", std::to_string(i));
    runFor(milliseconds(20));
    server.start();
    const base::TimePoint back = clock_.now();
    seen.clear();

    ASSERT_TRUE(runUntil(loop_, [&] { return seen == std::to_string(i); }));
    EXPECT_LE(clock_.now() - back, seconds(1));
  }
}

TEST_F(Restart, RequestsWithoutAConnectionFailInsteadOfWaiting) {
  Client client(context_, "/nonexistent/socket");
  int code = 0;

  client.read("/a", [&](const Answer<std::string>& a) { code = a ? 0 : a.error().code; });
  EXPECT_EQ(code, 0);
  ASSERT_TRUE(runUntil(loop_, [&] { return code != 0; }));

  EXPECT_EQ(code, ENOTCONN);
}

TEST_F(Restart, AClientMayGoWithRequestsInFlight) {
  StoreServer server(ServerKind::Embedded);
  auto client = std::make_unique<Client>(context_, server.socket(0));
  ASSERT_TRUE(runUntil(loop_, [&] { return client->connected(); }));
  auto publisher = std::make_unique<Publisher>(*client, context_, PublisherOptions{.base = "/pub"});
  publisher->set("a", "1");
  client->read("/a", [](const Answer<std::string>&) { FAIL() << "called after its client went"; });
  loop_.turn(false);

  publisher.reset();
  client.reset();

  runFor(milliseconds(20));
}

}  // namespace
}  // namespace lucarne::xenstore
