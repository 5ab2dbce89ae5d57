// SPDX-License-Identifier: Apache-2.0
#include "sensors/dashboard/gate.h"

#include <gtest/gtest.h>

namespace lucarne::sensors {
namespace {

int statusOf(const Gate& gate, HttpRequest request, Access access) {
  const auto refusal = gate.refuse(request, access);
  return refusal ? refusal->status : 200;
}

HttpRequest from(std::map<std::string, std::string> headers) {
  HttpRequest request;
  headers.emplace("host", "127.0.0.1:9478");
  request.headers = std::move(headers);
  return request;
}

const Gate kLoopback({});
const Gate kLoopbackWithToken({.token = "secret"});
const Gate kNetwork({.token = "secret", .loopbackOnly = false, .hosts = {"tablet7.example"}});

TEST(Gate, LetsTheLoopbackReadAndNobodyWrite) {
  EXPECT_EQ(statusOf(kLoopback, from({}), Access::Read), 200);
  EXPECT_EQ(statusOf(kLoopback, from({{"content-type", "application/json"}}), Access::Write), 401);
  EXPECT_EQ(statusOf(kLoopback, from({{"authorization", "Bearer "}}), Access::Write), 401);
}

TEST(Gate, LetsTheBearerOfTheTokenWriteJson) {
  const auto json = std::pair<const std::string, std::string>("content-type", "application/json");

  EXPECT_EQ(statusOf(kLoopbackWithToken, from({{"authorization", "Bearer secret"}, json}),
                     Access::Write), 200);
  EXPECT_EQ(statusOf(kLoopbackWithToken, from({{"cookie", "a=b; lucarne_token=secret"}, json}),
                     Access::Write), 200);
  EXPECT_EQ(statusOf(kLoopbackWithToken, from({{"authorization", "Bearer secret"}}),
                     Access::Write), 415);
  EXPECT_EQ(statusOf(kLoopbackWithToken, from({{"authorization", "Bearer wrong!"}, json}),
                     Access::Write), 401);
  EXPECT_EQ(statusOf(kLoopbackWithToken, from({{"cookie", "xlucarne_token=secret"}, json}),
                     Access::Write), 401);
}

TEST(Gate, AsksForTheTokenBeyondTheLoopback) {
  const HttpRequest plain = from({{"host", "tablet7.example"}});
  HttpRequest known = plain;
  known.headers["authorization"] = "Bearer secret";

  EXPECT_EQ(statusOf(kNetwork, plain, Access::Read), 401);
  EXPECT_EQ(statusOf(kNetwork, from({}), Access::Read), 401);
  EXPECT_EQ(statusOf(kNetwork, known, Access::Read), 200);
}

TEST(Gate, RefusesHostsThatAreNotOurs) {
  for (const char* host : {"evil.example", "127.evil.example", "localhost.evil.example", "",
                           "127.0.0.1.evil.example:9478", "tablet7.example"}) {
    EXPECT_EQ(statusOf(kLoopback, from({{"host", host}}), Access::Read), 403) << host;
  }
  for (const char* host : {"localhost", "LOCALHOST:1", "[::1]:9478", "127.0.0.2"}) {
    EXPECT_EQ(statusOf(kLoopback, from({{"host", host}}), Access::Read), 200) << host;
  }
}

TEST(Gate, RefusesPagesOfOtherOrigins) {
  EXPECT_EQ(statusOf(kLoopback, from({{"sec-fetch-site", "cross-site"}}), Access::Read), 403);
  EXPECT_EQ(statusOf(kLoopback, from({{"sec-fetch-site", "same-site"}}), Access::Read), 403);
  EXPECT_EQ(statusOf(kLoopback, from({{"origin", "http://evil.example"}}), Access::Read), 403);
  EXPECT_EQ(statusOf(kLoopback, from({{"origin", "null"}}), Access::Read), 403);
  EXPECT_EQ(statusOf(kLoopback, from({{"origin", "http://127.0.0.1:1"}}), Access::Read), 403);

  EXPECT_EQ(statusOf(kLoopback, from({{"origin", "http://127.0.0.1:9478"},
                                      {"sec-fetch-site", "same-origin"}}), Access::Read), 200);
  EXPECT_EQ(statusOf(kLoopback, from({{"sec-fetch-site", "cross-site"},
                                      {"sec-fetch-mode", "navigate"}}), Access::Read), 200);
}

TEST(Gate, ComparesWholeTokens) {
  EXPECT_TRUE(kNetwork.isToken("secret"));
  for (const char* wrong : {"", "s", "secre", "secrets", "SECRET", "secretsecret"}) {
    EXPECT_FALSE(kNetwork.isToken(wrong)) << wrong;
  }
  EXPECT_FALSE(kLoopback.isToken(""));
}

}  // namespace
}  // namespace lucarne::sensors
