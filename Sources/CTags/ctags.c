#include "ctags.h"
#include <string.h>

typedef uint32_t words __attribute__((vector_size(64), aligned(4)));
typedef uint64_t longs __attribute__((vector_size(64), aligned(8)));

enum { block = 4096, lane = 64 };
static const uint64_t prime = ((uint64_t)1 << 61) - 1;

// Two NH sums over `count` vectors; `shift` words of the key lie between them.
static inline __attribute__((always_inline)) void sum(
    const uint32_t *key, const unsigned char *bytes, size_t count, longs *a, longs *b) {
  longs first = *a, second = *b;
  for (size_t i = 0; i < count; i++) {
    words text, k0, k1;
    memcpy(&text, bytes + i * lane, lane);
    memcpy(&k0, key + i * 16, lane);
    memcpy(&k1, key + i * 16 + 4, lane);
    longs x = (longs)(text + k0), y = (longs)(text + k1);
    first += (x & 0xFFFFFFFFu) * (x >> 32);
    second += (y & 0xFFFFFFFFu) * (y >> 32);
  }
  *a = first;
  *b = second;
}

static inline uint64_t folded(unsigned __int128 x) {
  uint64_t low = (uint64_t)(x & prime) + (uint64_t)(x >> 61);
  return low >= prime ? low - prime : low;
}

static inline uint64_t step(uint64_t state, uint64_t point, uint64_t value) {
  state = folded((unsigned __int128)state * point + (value & 0xFFFFFFFFu));
  return folded((unsigned __int128)state * point + (value >> 32));
}

static inline __attribute__((always_inline)) uint64_t tag(const ct_key *key, const unsigned char *bytes, size_t size) {
  uint64_t one = folded(key->point[0]), two = folded(key->point[1]), s = size % prime, t = s;
  do {
    size_t here = size < block ? size : block, whole = here / lane, rest = here % lane;
    longs a = {0}, b = {0};
    sum(key->nh, bytes, whole, &a, &b);
    if (rest) {
      unsigned char last[lane] = {0};
      memcpy(last, bytes + whole * lane, rest);
      sum(key->nh + whole * 16, last, 1, &a, &b);
    }
    s = step(s, one, a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7]);
    t = step(t, two, b[0] + b[1] + b[2] + b[3] + b[4] + b[5] + b[6] + b[7]);
    bytes += here;
    size -= here;
  } while (size);
  // One number of both: the second times a secret that is not the first's.
  uint64_t out = folded((unsigned __int128)t * (two ^ one) + s) ^ (t << 61);
  return out ? out : 1;
}

static uint64_t tag_plain(const ct_key *key, const unsigned char *bytes, size_t size) { return tag(key, bytes, size); }

#if defined(__x86_64__)
__attribute__((target("avx2"))) static uint64_t tag_avx2(const ct_key *key, const unsigned char *bytes, size_t size) {
  return tag(key, bytes, size);
}

__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,prefer-256-bit"))) static uint64_t tag_avx512(
    const ct_key *key, const unsigned char *bytes, size_t size) {
  return tag(key, bytes, size);
}
#endif

typedef uint64_t (*tagger)(const ct_key *, const unsigned char *, size_t);

static tagger best(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw"))
    return tag_avx512;
  if (__builtin_cpu_supports("avx2")) return tag_avx2;
#endif
  return tag_plain;
}

uint64_t ct_tag(const ct_key *key, const void *bytes, size_t size) {
  return best()(key, (const unsigned char *)bytes, size);
}

void ct_tag_rows(const ct_key *key, const void *bytes, size_t row, size_t rows, uint64_t *tags) {
  tagger one = best();
  for (size_t i = 0; i < rows; i++) tags[i] = one(key, (const unsigned char *)bytes + i * row, row);
}

uint32_t ct_fletcher32(const void *bytes, size_t size) {
  const unsigned char *at = (const unsigned char *)bytes;
  uint32_t a = 0, b = 0;
  for (size_t pairs = size / 2; pairs;) {
    size_t run = pairs < 360 ? pairs : 360;
    pairs -= run;
    for (; run; run--, at += 2) {
      a += ((uint32_t)at[0] << 8) | at[1];
      b += a;
    }
    a = (a & 0xFFFF) + (a >> 16);
    b = (b & 0xFFFF) + (b >> 16);
  }
  if (size % 2) {
    a += (uint32_t)*at << 8;
    b += a;
    a = (a & 0xFFFF) + (a >> 16);
    b = (b & 0xFFFF) + (b >> 16);
  }
  a = (a & 0xFFFF) + (a >> 16);
  b = (b & 0xFFFF) + (b >> 16);
  return (b << 16) | a;
}
