// SPDX-License-Identifier: Apache-2.0
#include "sensors/side_thread.h"

#include <pthread.h>

#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "base/result.h"

namespace lucarne::sensors {

struct SideThread::Shared {
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Job> queue;
  bool working = false;
  bool closed = false;
  bool alive = true;  // answers are still welcome; touched on the loop's thread only
  base::Loop* loop = nullptr;
  std::string name;
  std::thread thread;  // touched by the owner only
};

SideThread::SideThread(base::Loop& loop, const char* name, AtEnd atEnd)
    : shared_(std::make_shared<Shared>()), atEnd_(atEnd) {
  shared_->loop = &loop;
  shared_->name = name;
  // Signals belong to the loop's thread.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    shared_->thread = std::thread(&SideThread::work, shared_);
  } catch (const std::system_error& failure) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw base::SetupError(fmt::format("start thread {}: {}", name, failure.what()));
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

SideThread::~SideThread() {
  shared_->alive = false;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->closed = true;
    if (atEnd_ == AtEnd::Abandon) {
      shared_->queue.clear();
      shared_->loop = nullptr;
    }
    shared_->wake.notify_all();
  }
  if (atEnd_ == AtEnd::Finish) {
    shared_->thread.join();
  } else {
    shared_->thread.detach();
  }
}

void SideThread::run(Job job) {
  const std::lock_guard lock(shared_->mutex);
  shared_->queue.push_back(std::move(job));
  shared_->wake.notify_one();
}

std::size_t SideThread::pending() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->queue.size() + (shared_->working ? 1 : 0);
}

void SideThread::work(const std::shared_ptr<Shared>& shared) {
  ::pthread_setname_np(::pthread_self(), shared->name.c_str());
  std::unique_lock lock(shared->mutex);
  while (true) {
    shared->wake.wait(lock, [&] { return shared->closed || !shared->queue.empty(); });
    if (shared->queue.empty()) return;
    Job job = std::move(shared->queue.front());
    shared->queue.pop_front();
    shared->working = true;
    lock.unlock();
    Answer answer = job();
    job = nullptr;  // what it owns goes before the answer is given
    lock.lock();
    shared->working = false;
    if (!answer || !shared->loop) continue;
    shared->loop->post([shared, answer = std::move(answer)] {
      if (shared->alive) answer();
    });
  }
}

}  // namespace lucarne::sensors
