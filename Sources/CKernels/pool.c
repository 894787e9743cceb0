// The thread pool. Workers spin for a moment between regions (a training step has hundreds, microseconds apart), then
// sleep.
#include "include/ckernels.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct ok_pool {
  int threads;
  pthread_t *workers;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  atomic_uint generation;  // rises by one a region
  atomic_int next;         // the next task's index
  atomic_int busy;         // workers still in this region
  atomic_int quit;
  int sleeping;
  void (*task)(void *, int);
  void *context;
};

typedef struct {
  ok_pool *pool;
  int worker;
} ok_start;

int ok_pool_take(ok_pool *p) { return atomic_fetch_add_explicit(&p->next, 1, memory_order_relaxed); }

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

static void *work(void *argument) {
  ok_start start = *(ok_start *)argument;
  free(argument);
  ok_pool *p = start.pool;
  unsigned seen = 0;
  for (;;) {
    int spins = 0;
    while (atomic_load_explicit(&p->generation, memory_order_acquire) == seen) {
      if (++spins < 4000) {
        relax();
        continue;
      }
      pthread_mutex_lock(&p->lock);
      while (atomic_load_explicit(&p->generation, memory_order_acquire) == seen) {
        p->sleeping++;
        pthread_cond_wait(&p->wake, &p->lock);
        p->sleeping--;
      }
      pthread_mutex_unlock(&p->lock);
    }
    seen = atomic_load_explicit(&p->generation, memory_order_acquire);
    if (atomic_load_explicit(&p->quit, memory_order_acquire)) return NULL;
    p->task(p->context, start.worker);
    atomic_fetch_sub_explicit(&p->busy, 1, memory_order_release);
  }
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
  pthread_mutex_init(&p->lock, NULL);
  pthread_cond_init(&p->wake, NULL);
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

static void publish(ok_pool *p) {
  pthread_mutex_lock(&p->lock);
  atomic_fetch_add_explicit(&p->generation, 1, memory_order_release);
  if (p->sleeping > 0) pthread_cond_broadcast(&p->wake);
  pthread_mutex_unlock(&p->lock);
}

void ok_pool_destroy(ok_pool *p) {
  atomic_store(&p->quit, 1);
  publish(p);
  for (int i = 1; i < p->threads; i++) pthread_join(p->workers[i], NULL);
  pthread_mutex_destroy(&p->lock);
  pthread_cond_destroy(&p->wake);
  free(p->workers);
  free(p);
}

int ok_pool_threads(const ok_pool *p) { return p->threads; }

void ok_pool_run(ok_pool *p, int count, void (*task)(void *, int), void *context) {
  if (count <= 0) return;
  atomic_store_explicit(&p->next, 0, memory_order_relaxed);
  if (count == 1 || p->threads == 1) {
    task(context, 0);
    return;
  }
  p->task = task;
  p->context = context;
  atomic_store_explicit(&p->busy, p->threads - 1, memory_order_relaxed);
  publish(p);
  task(context, 0);
  for (int spins = 0; atomic_load_explicit(&p->busy, memory_order_acquire) > 0; spins++) {
    if (spins < 100000) relax();
    else {
      struct timespec t = {0, 50000};
      nanosleep(&t, NULL);
    }
  }
}
