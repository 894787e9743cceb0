// The thread pool. A region ends when its tasks have: a worker that comes late, because somebody else had its core,
// finds nothing to take and touches nothing. Who waits spins for a moment (a training step has hundreds of regions,
// microseconds apart), then sleeps, so that on a shared machine the core goes to whoever has work left.
#include "include/ckernels.h"
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

// Of a region: its number above, the tasks nobody has taken below. Both in one word, so that a task is only ever taken
// from the region it belongs to, and what is written below before it (`task`, `context`, `count`) stays until it is
// done.
typedef _Atomic uint64_t ticket;

struct ok_pool {
  int threads;
  pthread_t *workers;
  ticket left;
  char apart[64];
  atomic_uint done;     // tasks finished in this region
  atomic_uint waiting;  // whether the caller sleeps on `done`
  char further[64];
  atomic_uint wakes;  // rises by one a region that finds sleepers
  atomic_int sleeping;
  atomic_int quit;
  int count;
  int (*task)(void *, int, int);
  void *context;
};

typedef struct {
  ok_pool *pool;
  int worker;
} ok_start;

enum { spins = 2000 };  // about 25 to 50 microseconds

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

static void sleep_while(atomic_uint *word, unsigned value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void wake(atomic_uint *word, int most) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, most, NULL, NULL, 0); }

int ok_pool_take(ok_pool *p) {
  uint64_t seen = atomic_load_explicit(&p->left, memory_order_acquire);
  while ((uint32_t)seen != 0)
    if (atomic_compare_exchange_weak_explicit(&p->left, &seen, seen - 1, memory_order_acq_rel, memory_order_acquire))
      return p->count - (int)(uint32_t)seen;
  return -1;
}

// Takes part in whatever region there is. The tasks done are counted after `task` has let go of all that is the
// caller's.
static void take_part(ok_pool *p, int worker) {
  const int first = ok_pool_take(p);
  if (first < 0) return;
  const unsigned count = (unsigned)p->count, mine = (unsigned)p->task(p->context, worker, first);
  if (atomic_fetch_add_explicit(&p->done, mine, memory_order_seq_cst) + mine == count &&
      atomic_load_explicit(&p->waiting, memory_order_seq_cst))
    wake(&p->done, 1);
}

static int is_idle(ok_pool *p) {
  return (uint32_t)atomic_load_explicit(&p->left, memory_order_seq_cst) == 0 &&
         !atomic_load_explicit(&p->quit, memory_order_acquire);
}

static void *work(void *argument) {
  ok_start start = *(ok_start *)argument;
  free(argument);
  ok_pool *p = start.pool;
  while (!atomic_load_explicit(&p->quit, memory_order_acquire)) {
    for (int i = 0; i < spins && is_idle(p); i++) relax();
    if (is_idle(p)) {
      const unsigned seen = atomic_load_explicit(&p->wakes, memory_order_seq_cst);
      atomic_fetch_add_explicit(&p->sleeping, 1, memory_order_seq_cst);
      if (is_idle(p)) sleep_while(&p->wakes, seen);
      atomic_fetch_sub_explicit(&p->sleeping, 1, memory_order_seq_cst);
    }
    take_part(p, start.worker);
  }
  return NULL;
}

ok_pool *ok_pool_create(int threads) {
  if (threads < 1) threads = 1;
  ok_pool *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  p->threads = 1;
  p->workers = calloc((size_t)threads, sizeof *p->workers);
  if (!p->workers) {
    free(p);
    return NULL;
  }
  for (int i = 1; i < threads; i++) {
    ok_start *start = malloc(sizeof *start);
    if (!start) break;
    *start = (ok_start){p, i};
    if (pthread_create(&p->workers[i], NULL, work, start) != 0) {
      free(start);
      break;
    }
    p->threads = i + 1;
  }
  return p;
}

static void wake_workers(ok_pool *p, int most) {
  if (atomic_load_explicit(&p->sleeping, memory_order_seq_cst) == 0) return;
  atomic_fetch_add_explicit(&p->wakes, 1, memory_order_seq_cst);
  wake(&p->wakes, most);
}

void ok_pool_destroy(ok_pool *p) {
  atomic_store(&p->quit, 1);
  atomic_fetch_add_explicit(&p->wakes, 1, memory_order_seq_cst);
  wake(&p->wakes, p->threads);
  for (int i = 1; i < p->threads; i++) pthread_join(p->workers[i], NULL);
  free(p->workers);
  free(p);
}

int ok_pool_threads(const ok_pool *p) { return p->threads; }

void ok_pool_run(ok_pool *p, int count, int (*task)(void *, int, int), void *context) {
  if (count <= 0) return;
  if (count == 1) {  // nobody else need know; `left` is zero, so there is nothing more to take
    task(context, 0, 0);
    return;
  }
  p->count = count;
  p->task = task;
  p->context = context;
  atomic_store_explicit(&p->done, 0, memory_order_relaxed);
  const uint64_t number = (atomic_load_explicit(&p->left, memory_order_relaxed) >> 32) + 1;
  atomic_store_explicit(&p->left, number << 32 | (uint32_t)count, memory_order_seq_cst);
  if (p->threads > 1) wake_workers(p, count - 1);
  take_part(p, 0);
  unsigned done;
  for (int i = 0; i < spins; i++) {
    if (atomic_load_explicit(&p->done, memory_order_acquire) == (unsigned)count) return;
    relax();
  }
  atomic_store_explicit(&p->waiting, 1, memory_order_seq_cst);
  while ((done = atomic_load_explicit(&p->done, memory_order_seq_cst)) != (unsigned)count) sleep_while(&p->done, done);
  atomic_store_explicit(&p->waiting, 0, memory_order_relaxed);
}
