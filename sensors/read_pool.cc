// SPDX-License-Identifier: Apache-2.0
#include "sensors/read_pool.h"

#include <pthread.h>

#include <condition_variable>
#include <csignal>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

#include "sensors/read_file.h"

namespace lucarne::sensors {

struct ReadPool::Job {
  Ticket ticket = 0;
  ReadOrder order;
  OnRead done;  // touched by the loop's thread only, once the job is in flight
  bool started = false;
  bool overtaken = false;
  std::string file;
};

struct ReadPool::Shared {
  std::mutex mutex;
  std::condition_variable wake;
  base::Loop* loop = nullptr;  // null once the pool is gone
  std::deque<std::shared_ptr<Job>> queue;
  std::map<Ticket, std::shared_ptr<Job>> open;  // queued or being read
  Ticket last = 0;
  int threads = 0;   // all of them
  int hung = 0;      // …of which are stuck in an overtaken read
  bool closed = false;
};

ReadPool::ReadPool(base::Loop& loop) : shared_(std::make_shared<Shared>()) { shared_->loop = &loop; }

ReadPool::~ReadPool() {
  const std::lock_guard lock(shared_->mutex);
  shared_->closed = true;
  shared_->loop = nullptr;
  shared_->queue.clear();
  shared_->open.clear();
  shared_->wake.notify_all();
}

// Starts a thread if nobody is left to work on the queue. The mutex is held.
void ReadPool::employ(const std::shared_ptr<Shared>& shared) {
  if (shared->threads - shared->hung >= 1 || shared->threads >= kMaxThreads) return;
  // Signals belong to the loop's thread.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread(&ReadPool::work, shared).detach();
    ++shared->threads;
  } catch (const std::system_error&) {
    // No thread to be had: the orders stay open, their devices read "not answering".
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Reader::Ticket ReadPool::read(ReadOrder order, OnRead done) {
  const std::lock_guard lock(shared_->mutex);
  auto job = std::make_shared<Job>();
  job->ticket = ++shared_->last;
  job->order = std::move(order);
  job->done = std::move(done);
  shared_->queue.push_back(job);
  shared_->open.emplace(job->ticket, job);
  employ(shared_);
  shared_->wake.notify_one();
  return job->ticket;
}

ReadProgress ReadPool::progress(Ticket ticket) const {
  const std::lock_guard lock(shared_->mutex);
  const auto found = shared_->open.find(ticket);
  if (found == shared_->open.end()) return {};
  return {found->second->started, found->second->file};
}

void ReadPool::overtake(Ticket ticket) {
  const std::lock_guard lock(shared_->mutex);
  const auto found = shared_->open.find(ticket);
  if (found == shared_->open.end() || found->second->overtaken || !found->second->started) return;
  found->second->overtaken = true;
  ++shared_->hung;
  if (!shared_->queue.empty()) employ(shared_);
}

void ReadPool::work(const std::shared_ptr<Shared>& shared) {
  ::pthread_setname_np(::pthread_self(), "sysfs-read");
  std::unique_lock lock(shared->mutex);
  while (!shared->closed) {
    if (shared->queue.empty()) {
      shared->wake.wait(lock);
      continue;
    }
    const std::shared_ptr<Job> job = shared->queue.front();
    shared->queue.pop_front();
    job->started = true;
    Attributes read;
    read.folder = job->order.folder;
    lock.unlock();
    if (job->order.listing == Listing::Yes) listFolder(job->order.folder, read);
    for (const std::string& file : job->order.files) {
      {
        const std::lock_guard note(shared->mutex);
        job->file = file;
      }
      const std::string path = job->order.folder + "/" + file;
      read.set(file, job->order.text.empty() ? readFile(path) : writeFile(path, job->order.text));
    }
    lock.lock();
    if (shared->closed) break;
    const bool overtaken = job->overtaken;
    // Still under the mutex, so that the loop cannot go away in between.
    shared->loop->post([shared, job, answer = std::move(read)] {
      {
        const std::lock_guard note(shared->mutex);
        if (shared->open.erase(job->ticket) == 0) return;  // the pool is gone
      }
      job->done(answer);
    });
    if (overtaken) {
      --shared->hung;
      if (shared->threads - shared->hung > 1) break;  // somebody else has taken over the queue
    }
  }
  --shared->threads;
}

}  // namespace lucarne::sensors
