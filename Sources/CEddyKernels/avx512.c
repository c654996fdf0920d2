#include "CEddyKernels.h"

#if defined(__x86_64__)

#include <string.h>

#define LANES 16
#define TILE_ROWS 12
#define TARGET_NAME "avx512"

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma"))), apply_to = function)
#include "body/kernels.h"
#pragma clang attribute pop

const EddyKernels *eddy_kernels_avx512(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                 __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                 __builtin_cpu_supports("fma")
             ? &table
             : 0;
}

#else

const EddyKernels *eddy_kernels_avx512(void) { return 0; }

#endif
