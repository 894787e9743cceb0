#include "ctags.h"
#include <string.h>
#if defined(__x86_64__)
  #include <immintrin.h>
#endif

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
__attribute__((target("sse4.1"))) static inline uint64_t mixed(const ct_key *key, uint64_t state, __m128i sum) {
  uint64_t one = folded(key->point[0]);
  return step(step(state, one, (uint64_t)_mm_cvtsi128_si64(sum)), one, (uint64_t)_mm_extract_epi64(sum, 1));
}

__attribute__((target("pclmul,sse4.1"))) static uint64_t tag_clmul(
    const ct_key *key, const unsigned char *bytes, size_t size) {
  uint64_t state = size % prime;
  do {
    size_t here = size < block ? size : block, whole = here / lane, rest = here % lane;
    __m128i sums[4] = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    unsigned char last[lane] = {0};
    if (rest) memcpy(last, bytes + whole * lane, rest);
    for (size_t i = 0; i < whole + (rest > 0); i++) {
      const unsigned char *text = i < whole ? bytes + i * lane : last,
                          *words = (const unsigned char *)key->nh + i * lane;
      for (int j = 0; j < 4; j++) {
        __m128i x = _mm_xor_si128(
            _mm_loadu_si128((const __m128i *)(text + 16 * j)), _mm_loadu_si128((const __m128i *)(words + 16 * j)));
        sums[j] = _mm_xor_si128(sums[j], _mm_clmulepi64_si128(x, x, 0x10));
      }
    }
    state = mixed(key, state, _mm_xor_si128(_mm_xor_si128(sums[0], sums[1]), _mm_xor_si128(sums[2], sums[3])));
    bytes += here;
    size -= here;
  } while (size);
  return state + 1;
}

__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,vpclmulqdq,pclmul"))) static uint64_t tag_wide(
    const ct_key *key, const unsigned char *bytes, size_t size) {
  uint64_t state = size % prime;
  do {
    size_t here = size < block ? size : block, whole = here / lane, rest = here % lane, i = 0;
    __m512i a = _mm512_setzero_si512(), b = a;
    const unsigned char *words = (const unsigned char *)key->nh;
    for (; i + 2 <= whole; i += 2) {
      __m512i x = _mm512_xor_si512(_mm512_loadu_si512(bytes + i * lane), _mm512_loadu_si512(words + i * lane)),
              y = _mm512_xor_si512(
                  _mm512_loadu_si512(bytes + i * lane + lane), _mm512_loadu_si512(words + i * lane + lane));
      a = _mm512_xor_si512(a, _mm512_clmulepi64_epi128(x, x, 0x10));
      b = _mm512_xor_si512(b, _mm512_clmulepi64_epi128(y, y, 0x10));
    }
    for (; i < whole + (rest > 0); i++) {
      __m512i text = i < whole ? _mm512_loadu_si512(bytes + i * lane)
                               : _mm512_maskz_loadu_epi8(((__mmask64)1 << rest) - 1, bytes + i * lane);
      __m512i x = _mm512_xor_si512(text, _mm512_loadu_si512(words + i * lane));
      a = _mm512_xor_si512(a, _mm512_clmulepi64_epi128(x, x, 0x10));
    }
    a = _mm512_xor_si512(a, b);
    state = mixed(key, state,
        _mm_xor_si128(_mm_xor_si128(_mm512_extracti32x4_epi32(a, 0), _mm512_extracti32x4_epi32(a, 1)),
            _mm_xor_si128(_mm512_extracti32x4_epi32(a, 2), _mm512_extracti32x4_epi32(a, 3))));
    bytes += here;
    size -= here;
  } while (size);
  return state + 1;
}
#endif

typedef uint64_t (*tagger)(const ct_key *, const unsigned char *, size_t);

static tagger best(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("vpclmulqdq"))
    return tag_wide;
  if (__builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1")) return tag_clmul;
#endif
  return tag_plain;
}

int ct_ways(void) {
#if defined(__x86_64__)
  return best() == tag_wide ? 3 : best() == tag_clmul ? 2 : 1;
#else
  return 1;
#endif
}

uint64_t ct_tag_by(int way, const ct_key *key, const void *bytes, size_t size) {
#if defined(__x86_64__)
  if (way == 2) return tag_wide(key, (const unsigned char *)bytes, size);
  if (way == 1) return tag_clmul(key, (const unsigned char *)bytes, size);
#endif
  (void)way;
  return tag_plain(key, (const unsigned char *)bytes, size);
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
