// x86-64-v3: 8 lanes and fused multiply-add.
#include "include/ckernels.h"
#if defined(__x86_64__)
  #include <immintrin.h>
  #pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2"))), apply_to = function)
  #define OK(name) name##_avx2
  #define OK_NAME "avx2"
  #define OK_HAS_BF16 0
  #define VB 32
  #define MR 6
  #define MH 6
  #include "table.inc"
  #pragma clang attribute pop
#endif
