// x86-64-v4 with AVX512_BF16 (Cooper Lake, Zen 4 and later): products of bf16 pairs summed in f32.
#include "include/ckernels.h"
#if defined(__x86_64__)
  #include <immintrin.h>
  #pragma clang attribute push(                                                                                        \
      __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512cd,avx512bf16,avx2,fma,f16c,bmi,bmi2"))),        \
      apply_to = function)
  #define OK(name) name##_avx512bf16
  #define OK_NAME "avx512bf16"
  #define OK_HAS_BF16 1
  #define VB 64
  #define MR 14
  #define MH 8
  #include "table.inc"
  #pragma clang attribute pop
#endif
