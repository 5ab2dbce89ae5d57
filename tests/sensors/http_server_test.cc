// SPDX-License-Identifier: Apache-2.0
// The server as the network sees it: real sockets, requests byte by byte.
#include "sensors/dashboard/http_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sensors/dashboard/page.h"
#include "sensors/dashboard/request_head.h"

namespace lucarne::sensors {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() {
    server_.serve("/hello", Access::Read, [](const HttpRequest&, const auto& respond) {
      respond({.type = "text/plain", .body = "hello"});
    });
    server_.serve("/later", Access::Read, [this](const HttpRequest&, const auto& respond) {
      later_ = loop_.after(std::chrono::milliseconds(20), [respond] { respond({.body = "{}"}); });
    });
    server_.serve("/set", Access::Write, [this](const HttpRequest& request, const auto& respond) {
      body_ = request.body;
      respond({});
    });
    server_.stream("/events", [this] { return std::to_string(++states_); });
    servePage(server_);
  }
  base::UniqueFd dial() {
    auto fd = base::UniqueFd::adopt(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string address = server_.address();
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.find(':') + 1))));
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    base::setNonBlocking(fd);
    return fd;
  }
  static void say(const base::UniqueFd& fd, const std::string& text) {
    EXPECT_GE(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL), 0);
  }
  // What comes until the end of file, or until `enough` is in it.
  std::string hear(const base::UniqueFd& fd, const std::string& enough = "\x01none") {
    std::string all;
    bool timeout = false;
    const auto timer = loop_.after(std::chrono::seconds(20), [&] { timeout = true; });
    while (!timeout && all.find(enough) == std::string::npos) {
      char buffer[4096];
      const ssize_t got = ::recv(fd.get(), buffer, sizeof buffer, 0);
      if (got > 0) all.append(buffer, static_cast<std::size_t>(got));
      if (got == 0) break;
      if (got < 0 && errno != EAGAIN) break;
      loop_.turn(false);
    }
    EXPECT_FALSE(timeout) << all;
    return all;
  }
  void idle(int turns) {
    for (int i = 0; i < turns; ++i) {
      const auto nap = loop_.after(std::chrono::microseconds(200), [] {});
      loop_.turn(true);
    }
  }
  std::string ask(const std::string& request) {
    const auto fd = dial();
    say(fd, request);
    return hear(fd);
  }
  static std::string get(const std::string& path, const std::string& more = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
  }

  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  std::string body_;
  int states_ = 0;
  base::Timer later_;
  HttpServer server_{context_, "127.0.0.1:0", {.token = "secret"}};
};

TEST_F(HttpServerTest, AnswersWithTheHeadersThatProtect) {
  const std::string answer = ask(get("/hello"));

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("default-src 'none'"));
  EXPECT_THAT(answer, HasSubstr("Cross-Origin-Resource-Policy: same-origin"));
  EXPECT_THAT(answer, HasSubstr("nosniff"));
  EXPECT_THAT(answer, Not(HasSubstr("Access-Control-Allow")));
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\nhello"));
}

TEST_F(HttpServerTest, AnswersLater) { EXPECT_THAT(ask(get("/later")), HasSubstr("{}")); }

TEST_F(HttpServerTest, SurvivesAReaderThatLeavesBeforeTheAnswer) {
  {
    const auto fd = dial();
    say(fd, get("/later"));
    for (int i = 0; i < 200 && !later_; ++i) loop_.turn(false);
  }
  EXPECT_THAT(ask(get("/later")), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, ServesNothingButItsTable) {
  for (const char* path : {"/nothing", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//hello",
                           "/hello/", "/hello%00", "/style.css/../page.js%2f", "/etc/passwd"}) {
    const std::string answer = ask(get(path));
    EXPECT_THAT(answer, testing::AnyOf(StartsWith("HTTP/1.1 404"), StartsWith("HTTP/1.1 400")))
        << path;
    EXPECT_THAT(answer, Not(HasSubstr("root:"))) << path;
  }
}

TEST_F(HttpServerTest, RefusesOtherOriginsAndHosts) {
  EXPECT_THAT(ask(get("/hello", "Origin: http://evil.example\r\n")), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(ask(get("/hello", "Sec-Fetch-Site: cross-site\r\n")), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(ask("GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n"), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(ask("OPTIONS /hello HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n"
                  "Access-Control-Request-Method: POST\r\n\r\n"), StartsWith("HTTP/1.1 403"));
}

TEST_F(HttpServerTest, WritesOnlyWithTheToken) {
  const std::string head = "POST /set HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
                           "Content-Type: application/json\r\n";

  EXPECT_THAT(ask(head + "\r\n{}"), StartsWith("HTTP/1.1 401"));
  EXPECT_EQ(body_, "");
  EXPECT_THAT(ask(head + "Authorization: Bearer secret\r\n\r\n{}"), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(body_, "{}");
}

TEST_F(HttpServerTest, RefusesBodiesThatAreTooLarge) {
  const std::string head = "POST /set HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n"
                           "Content-Type: application/json\r\n";

  EXPECT_THAT(ask(head + "Content-Length: 100000000\r\n\r\n"), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(ask(head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(body_, "");
}

TEST_F(HttpServerTest, RefusesHeadsThatAreTooLarge) {
  const auto fd = dial();
  bool over = false;
  const std::string line = "X-Filler: " + std::string(1000, 'x') + "\r\n";
  say(fd, "GET /hello HTTP/1.1\r\nHost: localhost\r\n");
  for (int i = 0; i < 400 && !over; ++i) {
    over = ::send(fd.get(), line.data(), line.size(), MSG_NOSIGNAL) < 0 && errno != EAGAIN;
    loop_.turn(false);
    char buffer[4096];
    over = over || ::recv(fd.get(), buffer, sizeof buffer, 0) >= 0;
  }
  EXPECT_TRUE(over);
  EXPECT_THAT(ask(get("/hello")), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, SlowRequestsKeepNobodyWaitingAndHaveALimitedNumber) {
  std::vector<base::UniqueFd> slow;
  for (std::size_t i = 0; i < HttpServer::kMaxConnections + 20; ++i) {
    slow.push_back(dial());
    say(slow.back(), "GET /hello HT");
    for (int k = 0; k < 20; ++k) loop_.turn(false);
  }
  EXPECT_EQ(server_.connections(), HttpServer::kMaxConnections);
  EXPECT_GE(server_.counters().refused, 20u);

  slow.resize(10);
  for (int k = 0; k < 500; ++k) loop_.turn(false);
  EXPECT_THAT(ask(get("/hello")), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, StreamsTheNewestState) {
  const auto fd = dial();
  say(fd, get("/events"));
  std::string heard = hear(fd, "data: 1\n");
  EXPECT_THAT(heard, HasSubstr("text/event-stream"));

  server_.changed();
  server_.changed();
  EXPECT_THAT(hear(fd, "data: 2\n"), HasSubstr("event: state"));
  EXPECT_EQ(states_, 2);
}

TEST_F(HttpServerTest, AReaderThatDoesNotReadGetsTheNewestStateOnlyOnce) {
  HttpServer server(context_, "127.0.0.1:0", {});
  int asked = 0;
  server.stream("/events", [&] {
    ++asked;
    return std::string(1 << 20, 'x');
  });
  const auto fd = base::UniqueFd::adopt(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string address = server.address();
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.find(':') + 1))));
  ASSERT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  say(fd, get("/events"));
  for (int i = 0; i < 200; ++i) {
    server.changed();
    for (int k = 0; k < 5; ++k) loop_.turn(false);
    const auto nap = loop_.after(std::chrono::milliseconds(1), [] {});
    loop_.turn(true);
  }

  EXPECT_LT(asked, 20);
}

TEST_F(HttpServerTest, HasALimitedNumberOfStreams) {
  std::vector<base::UniqueFd> readers;
  for (std::size_t i = 0; i < HttpServer::kMaxStreams; ++i) {
    readers.push_back(dial());
    say(readers.back(), get("/events"));
    hear(readers.back(), "data: ");
  }
  EXPECT_THAT(ask(get("/events")), StartsWith("HTTP/1.1 503"));

  readers.pop_back();
  idle(50);
  const auto again = dial();
  say(again, get("/events"));
  EXPECT_THAT(hear(again, "data: "), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, TurnsTheTokenIntoACookie) {
  const auto login = [&](const std::string& body) {
    return ask("POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
               "application/x-www-form-urlencoded\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body);
  };

  const std::string answer = login("token=secret");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 303"));
  EXPECT_THAT(answer, HasSubstr("lucarne_token=secret; HttpOnly; SameSite=Strict"));
  EXPECT_THAT(login("token=wrong"), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(login("token=%73ecret"), StartsWith("HTTP/1.1 303"));
  EXPECT_THAT(login("token="), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(login("tok"), StartsWith("HTTP/1.1 401"));
}

TEST_F(HttpServerTest, ServesThePage) {
  const std::string page = ask(get("/"));
  EXPECT_THAT(page, HasSubstr("<title>Lucarne sensors</title>"));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_THAT(page, Not(HasSubstr("style=\"")));
  EXPECT_THAT(ask(get("/style.css")), HasSubstr("text/css"));
  EXPECT_THAT(ask(get("/chart.js")), HasSubstr("text/javascript"));
}

TEST(RequestHead, IsGoodOnlyWhenItIsWhole) {
  const std::string head = "GET /a?b=c HTTP/1.1\r\nHost: x\r\nA-b: \t\"c\"\r\n\r\n";

  for (std::size_t size = 0; size < head.size(); ++size) {
    EXPECT_EQ(checkRequestHead(head.substr(0, size)), HeadState::Incomplete) << size;
  }
  EXPECT_EQ(checkRequestHead(head), HeadState::Good);
  EXPECT_EQ(checkRequestHead(head + "body"), HeadState::Good);
}

TEST(RequestHead, IsBadWhenItIsMalformed) {
  for (const char* head : {"\r\n", "GET\r\n", "GET / HTTP/2.0\r\n", "GET  HTTP/1.1\r\n", "G@T / HTTP/1.1\r\n",
                           "GET a HTTP/1.1\r\n", "GET /\x01 HTTP/1.1\r\n", "GET / a HTTP/1.1\r\n",
                           "GET http://x/ HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost\r\n",
                           "GET / HTTP/1.1\r\n: x\r\n", "GET / HTTP/1.1\r\nA: b\r\n folded\r\n",
                           "GET / HTTP/1.1\r\nA: b\rc\r\n", "GET / HTTP/1.1\r\nA: b\nc\r\n",
                           "GET / HTTP/1.1\r\nA : b\r\n", "GET / HTTP/1.1\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a b\r\n",
                           "GET / HTTP/1.1\r\nHost: \r\n", "GET / HTTP/1.1\r\nHost: a:b\r\n",
                           "GET / HTTP/1.1\r\nHost: [zz]\r\n", "GET /%zz HTTP/1.1\r\n", "GET /%00 HTTP/1.1\r\n",
                           "GET // HTTP/1.1\r\n", "GET /%c3%a4 HTTP/1.1\r\n", "GET /[ HTTP/1.1\r\n",
                           "GET / HTTP/1.1\r\nContent-Length: 1z\r\n", "GET / HTTP/1.1\r\nContent-Length: -1\r\n",
                           "GET / HTTP/1.1\r\nContent-length: 1\r\nContent-Length: 1\r\n",
                           "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", "GET / HTTP/1.1\r\nA: \x80\r\n"}) {
    EXPECT_EQ(checkRequestHead(head), HeadState::Bad) << head;
  }
  EXPECT_EQ(checkRequestHead(std::string(kMaxRequestHead, 'x')), HeadState::Bad);
  EXPECT_EQ(checkRequestHead("GET / HTTP/1.1\r\nA: " + std::string(kMaxRequestHead, 'x') + "\r\n\r\n"),
            HeadState::Bad);
}

TEST_F(HttpServerTest, AnswersARequestThatComesByteByByte) {
  const auto fd = dial();
  for (const char c : get("/hello")) {
    say(fd, std::string(1, c));
    idle(2);
  }

  EXPECT_THAT(hear(fd), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, RefusesHeadsThatAreMalformed) {
  EXPECT_THAT(ask("GET /hello HTTP/1.1\r\nHost: localhost\r\nBad\rheader: x\r\n\r\n"),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(ask(get("/hello")), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, AHalfRequestCostsNoProcessorTime) {
  const auto fd = dial();
  say(fd, "GET /hello HT");
  idle(50);

  int turns = 0;
  bool over = false;
  const auto timer = loop_.after(std::chrono::milliseconds(200), [&] { over = true; });
  while (!over) turns += loop_.turn(true) ? 1 : 0;
  EXPECT_LT(turns, 20);
}

TEST(HttpServer, WantsATokenBeyondTheLoopback) {
  base::Loop loop;
  const base::RealClock clock;
  const base::Context context{loop, clock, base::Log::discard()};

  EXPECT_THROW(HttpServer(context, "0.0.0.0:0", {}), base::SetupError);
  EXPECT_NO_THROW(HttpServer(context, "0.0.0.0:0", {.token = "secret"}));
  EXPECT_THROW(HttpServer(context, "203.0.113.7:0", {.token = "secret"}), base::SetupError);
}

}  // namespace
}  // namespace lucarne::sensors
