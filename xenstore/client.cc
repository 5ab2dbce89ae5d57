// SPDX-License-Identifier: Apache-2.0
#include "xenstore/client.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <map>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "xenstore/connection.h"
#include "xenstore/wire.h"

namespace lucarne::xenstore {

namespace {

std::uint32_t number(Operation operation) { return static_cast<std::uint32_t>(operation); }

std::string text(std::string_view words) { return std::string(words) + '\0'; }

struct Pending {
  std::uint32_t type;
  std::string what;
  OnAnswer<std::string> done;
};

struct Watched {
  std::string path;
  std::shared_ptr<std::function<void(const std::string&)>> onChanged;  // shared with a running call
};

}  // namespace

// A transaction's attempt keeps itself alive through the requests it has in flight and through
// State::attempts, which ends it when the connection goes.
class Client::Attempt final : public Transaction, public std::enable_shared_from_this<Attempt> {
 public:
  Attempt(State& state, std::function<void(Transaction&)> body, OnAnswer<void> done, int count)
      : state_(&state), body_(std::move(body)), done_(std::move(done)), count_(count) {}

  void begin();
  void commit() override;
  void abandon(Failure failure) override;
  /// Called once, with the transaction's outcome.
  void end(Answer<void> outcome);
  void detach() { state_ = nullptr; }

 private:
  void ask(std::uint32_t operation, std::string what, std::string payload,
           OnAnswer<std::string> done) override;
  void onCommitted(const Answer<std::string>& answer);

  State* state_;  // null once the client is gone
  std::function<void(Transaction&)> body_;
  OnAnswer<void> done_;
  int count_;
  std::uint32_t id_ = 0;
  bool ended_ = false;
};

struct Client::State : std::enable_shared_from_this<State> {
  State(const base::Context& ctx, std::string where)
      : context(ctx), log(ctx.log.named("xenstore")), asked(std::move(where)) {}

  base::Context context;
  base::Log log;
  std::string asked;
  std::string address;
  std::string lastWords;
  std::unique_ptr<Connection> connection;
  base::Timer retry;
  std::uint32_t nextRequest = 1;
  std::uint32_t nextToken = 1;
  std::unordered_map<std::uint32_t, Pending> pending;
  std::map<std::uint32_t, Watched> watches;
  std::vector<std::shared_ptr<Attempt>> attempts;  // shared with the callbacks in `pending`
  std::vector<ClientObserver*> observers;

  void connect();
  void onClosed(const std::string& words);
  void onMessage(const Message& message);
  void onWatchEvent(const Message& message);
  void ask(std::uint32_t transaction, std::uint32_t type, std::string what, std::string payload,
           OnAnswer<std::string> done);
  void failLater(OnAnswer<std::string> done, Failure failure);
  void askToWatch(std::uint32_t token);
  void start(std::function<void(Transaction&)> body, OnAnswer<void> done, int count);
  void forget(const Attempt* attempt);
  template <typename Call>
  void tell(Call call) {
    const auto listeners = observers;
    for (ClientObserver* observer : listeners) {
      if (std::find(observers.begin(), observers.end(), observer) != observers.end()) {
        call(*observer);
      }
    }
  }
};

// ---- connecting -----------------------------------------------------------------------------------

void Client::State::connect() {
  std::string words;
  for (const std::string& candidate : daemonAddresses(asked)) {
    address = candidate;
    auto opened = Connection::open(
        candidate, context.loop,
        {[this](const Message& m) { onMessage(m); }, [this](const std::string& w) { onClosed(w); }});
    if (opened) {
      connection = std::move(*opened);
      lastWords.clear();
      log.info("connected to {}", address);
      for (const auto& [token, watched] : watches) askToWatch(token);
      tell([](ClientObserver& o) { o.onConnected(); });
      return;
    }
    words += (words.empty() ? "" : "; ") + opened.error().message;
  }
  if (words != lastWords) log.warning("no XenStore: {}; trying again", words);
  lastWords = words;
  retry = context.loop.after(kRetryInterval, [this] { connect(); });
}

void Client::State::onClosed(const std::string& words) {
  const auto alive = shared_from_this();
  connection.reset();
  log.warning("connection lost: {}", words);
  retry = context.loop.after(kRetryInterval, [this] { connect(); });
  for (auto& [request, lost] : std::exchange(pending, {})) {
    lost.done(base::Unexpected<Failure>{{ENOTCONN, lost.what + ": " + words}});
  }
  for (const auto& attempt : std::exchange(attempts, {})) {
    attempt->end(base::Unexpected<Failure>{{ENOTCONN, "transaction: " + words}});
  }
  tell([&](ClientObserver& o) { o.onDisconnected(words); });
}

// ---- requests and answers -------------------------------------------------------------------------

void Client::State::ask(std::uint32_t transaction, std::uint32_t type, std::string what,
                        std::string payload, OnAnswer<std::string> done) {
  if (!connection) return failLater(std::move(done), {ENOTCONN, what + ": no connection"});
  if (payload.size() > kMaxPayload) return failLater(std::move(done), {E2BIG, what + ": E2BIG"});
  const std::uint32_t request = nextRequest++;
  if (nextRequest == 0) nextRequest = 1;
  pending.emplace(request, Pending{type, std::move(what), std::move(done)});
  connection->send({type, request, transaction, std::move(payload)});
}

void Client::State::failLater(OnAnswer<std::string> done, Failure failure) {
  context.loop.post([self = weak_from_this(), done = std::move(done),
                     failure = std::move(failure)]() mutable {
    if (!self.expired()) done(base::Unexpected<Failure>{std::move(failure)});
  });
}

void Client::State::onMessage(const Message& message) {
  if (message.type == number(Operation::WatchEvent)) return onWatchEvent(message);
  const auto found = pending.find(message.request);
  if (found == pending.end()) return;  // an answer to nothing: drop it
  Pending asked_ = std::move(found->second);
  pending.erase(found);
  if (message.type == asked_.type) return asked_.done(message.payload);
  if (message.type != number(Operation::Error)) {
    return asked_.done(base::Unexpected<Failure>{{EPROTO, asked_.what + ": malformed answer"}});
  }
  const std::string name = message.payload.substr(0, message.payload.find('\0'));
  asked_.done(base::Unexpected<Failure>{{errorNumber(name), asked_.what + ": " + name}});
}

void Client::ask(std::uint32_t operation, std::string what, std::string payload,
                 OnAnswer<std::string> done) {
  state_->ask(0, operation, std::move(what), std::move(payload), std::move(done));
}

void Client::flush() {
  if (state_->connection) state_->connection->flushNow();
}

void Client::domainPath(DomainId domain, OnAnswer<std::string> done) {
  ask(number(Operation::GetDomainPath), fmt::format("path of domain {}", domain),
      text(std::to_string(domain)), [done = std::move(done)](Answer<std::string> answer) {
        if (answer) answer->resize(std::min(answer->size(), answer->find('\0')));
        done(std::move(answer));
      });
}

// ---- watches --------------------------------------------------------------------------------------

void Client::State::askToWatch(std::uint32_t token) {
  const std::string& path = watches.at(token).path;
  ask(0, number(Operation::Watch), "watch " + path, text(path) + text(fmt::format("w{}", token)),
      [this](const Answer<std::string>& answer) {
        if (!answer && answer.error().code != ENOTCONN) log.warning("{}", answer.error().message);
      });
}

void Client::State::onWatchEvent(const Message& message) {
  const auto texts = splitTexts(message.payload);
  if (texts.size() != 2 || !texts[1].starts_with('w')) return;
  std::uint32_t token = 0;
  for (const char c : texts[1].substr(1, 9)) {
    if (c < '0' || c > '9') return;
    token = token * 10 + static_cast<std::uint32_t>(c - '0');
  }
  const auto found = watches.find(token);
  if (found == watches.end()) return;  // on its way while we unwatched
  const auto onChanged = found->second.onChanged;
  (*onChanged)(std::string(texts[0]));
}

StoreWatch Client::watch(std::string_view path,
                         std::function<void(const std::string& changed)> onChanged) {
  const std::uint32_t token = state_->nextToken++;
  state_->watches.emplace(
      token, Watched{std::string(path), std::make_shared<std::function<void(const std::string&)>>(
                                            std::move(onChanged))});
  if (state_->connection) state_->askToWatch(token);
  return StoreWatch(this, token);
}

void Client::unwatch(std::uint32_t token) {
  const auto found = state_->watches.find(token);
  const std::string path = found->second.path;
  state_->watches.erase(found);
  if (!state_->connection) return;
  ask(number(Operation::Unwatch), "unwatch " + path, text(path) + text(fmt::format("w{}", token)),
      [](const Answer<std::string>&) {});
}

StoreWatch::StoreWatch(StoreWatch&& other) noexcept
    : client_(std::exchange(other.client_, nullptr)), token_(other.token_) {}

StoreWatch& StoreWatch::operator=(StoreWatch&& other) noexcept {
  if (this != &other) {
    if (client_) client_->unwatch(token_);
    client_ = std::exchange(other.client_, nullptr);
    token_ = other.token_;
  }
  return *this;
}

StoreWatch::~StoreWatch() {
  if (client_) client_->unwatch(token_);
}

// ---- transactions ---------------------------------------------------------------------------------

void Client::State::start(std::function<void(Transaction&)> body, OnAnswer<void> done, int count) {
  const auto attempt = std::make_shared<Attempt>(*this, std::move(body), std::move(done), count);
  attempts.push_back(attempt);
  attempt->begin();
}

void Client::State::forget(const Attempt* attempt) {
  std::erase_if(attempts, [&](const auto& a) { return a.get() == attempt; });
}

void Client::Attempt::begin() {
  state_->ask(0, number(Operation::TransactionStart), "transaction", std::string(1, '\0'),
              [self = shared_from_this()](Answer<std::string> answer) {
                if (self->ended_) return;
                if (!answer) return self->end(base::Unexpected<Failure>{answer.error()});
                self->id_ = static_cast<std::uint32_t>(std::strtoul(answer->c_str(), nullptr, 10));
                self->body_(*self);
              });
}

void Client::Attempt::ask(std::uint32_t operation, std::string what, std::string payload,
                          OnAnswer<std::string> done) {
  if (!state_) return;
  // The attempt must outlive its answers: a listing in parts comes back to it.
  state_->ask(id_, operation, std::move(what), std::move(payload),
              [self = shared_from_this(), done = std::move(done)](Answer<std::string> answer) {
                done(std::move(answer));
              });
}

void Client::Attempt::commit() {
  if (ended_ || !state_) return;  // the connection went meanwhile
  state_->ask(id_, number(Operation::TransactionEnd), "commit", text("T"),
              [self = shared_from_this()](const Answer<std::string>& answer) {
                self->onCommitted(answer);
              });
}

void Client::Attempt::onCommitted(const Answer<std::string>& answer) {
  if (ended_) return;
  if (answer) return end({});
  if (answer.error().code != EAGAIN || count_ >= kMaxAttempts || !state_) {
    return end(base::Unexpected<Failure>{answer.error()});
  }
  ended_ = true;
  State* state = state_;
  state->forget(this);
  state->start(std::move(body_), std::move(done_), count_ + 1);
}

void Client::Attempt::abandon(Failure failure) {
  if (ended_ || !state_) return;
  state_->ask(id_, number(Operation::TransactionEnd), "abandon", text("F"),
              [self = shared_from_this(), failure = std::move(failure)](Answer<std::string>) {
                if (!self->ended_) self->end(base::Unexpected<Failure>{failure});
              });
}

void Client::Attempt::end(Answer<void> outcome) {
  if (std::exchange(ended_, true)) return;
  if (state_) state_->forget(this);
  if (done_) done_(std::move(outcome));
}

void Client::transact(std::function<void(Transaction&)> body, OnAnswer<void> done) {
  state_->start(std::move(body), std::move(done), 1);
}

// ---- the client -----------------------------------------------------------------------------------

Client::Client(const base::Context& context, std::string address)
    : state_(std::make_shared<State>(context, std::move(address))) {
  state_->address = daemonAddresses(state_->asked).front();
  state_->retry = context.loop.after({}, [state = state_.get()] { state->connect(); });
}

Client::~Client() {
  for (const auto& attempt : state_->attempts) attempt->detach();
  for (auto& [request, lost] : state_->pending) lost.done = {};
  state_->attempts.clear();
}

bool Client::connected() const { return state_->connection != nullptr; }
const std::string& Client::address() const { return state_->address; }

void Client::addObserver(ClientObserver& observer) { state_->observers.push_back(&observer); }

void Client::removeObserver(ClientObserver& observer) {
  std::erase(state_->observers, &observer);
}

}  // namespace lucarne::xenstore
