#include "CEddyKernels.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define LANES 8
#define TILE_ROWS 3
#define TARGET_NAME "avx2"
#define MULTIPLY_PAIRS(x, y) _mm256_madd_epi16((__m256i)(x), (__m256i)(y))

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "body/kernels.h"
#pragma clang attribute pop

const EddyKernels *eddy_kernels_avx2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &table : 0;
}

#else

const EddyKernels *eddy_kernels_avx2(void) { return 0; }

#endif
