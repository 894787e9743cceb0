// x86-64-v4: 16 lanes.
#include "include/ckernels.h"
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512cd,avx2,fma,f16c,bmi,bmi2"))), apply_to = function)
#define OK(name) name##_avx512
#define OK_NAME "avx512"
#include "body.inc"
#pragma clang attribute pop
#endif
