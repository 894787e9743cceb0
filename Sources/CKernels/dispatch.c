// Which table: chosen by what the processor says it can do.
#include "include/ckernels.h"
#include <string.h>

extern const ok_kernels ok_table_scalar;
#if defined(__x86_64__)
extern const ok_kernels ok_table_avx2, ok_table_avx512, ok_table_avx512bf16;
#endif

const ok_kernels *ok_kernels_named(const char *name) {
  if (strcmp(name, "scalar") == 0) return &ok_table_scalar;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (strcmp(name, "avx2") == 0 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return &ok_table_avx2;
  int wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
  if (strcmp(name, "avx512") == 0 && wide) return &ok_table_avx512;
  if (strcmp(name, "avx512bf16") == 0 && wide && __builtin_cpu_supports("avx512bf16")) return &ok_table_avx512bf16;
#endif
  return NULL;
}

const ok_kernels *ok_kernels_best(void) {
  const char *order[] = {"avx512bf16", "avx512", "avx2"};
  for (int i = 0; i < 3; i++) {
    const ok_kernels *table = ok_kernels_named(order[i]);
    if (table) return table;
  }
  return &ok_table_scalar;
}

void ok_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3], a = key[0], b = key[1];
  for (int round = 0; round < 10; round++) {
    uint64_t p = (uint64_t)0xD2511F53u * x0, q = (uint64_t)0xCD9E8D57u * x2;
    x0 = (uint32_t)(q >> 32) ^ x1 ^ a;
    x2 = (uint32_t)(p >> 32) ^ x3 ^ b;
    x1 = (uint32_t)q;
    x3 = (uint32_t)p;
    a += 0x9E3779B9u;
    b += 0xBB67AE85u;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}
