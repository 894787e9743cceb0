// x86-64-v3: 8 lanes and fused multiply-add.
#include "include/ckernels.h"
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2"))), apply_to = function)
#define OK(name) name##_avx2
#define OK_NAME "avx2"
#include "body.inc"
#pragma clang attribute pop
#endif
