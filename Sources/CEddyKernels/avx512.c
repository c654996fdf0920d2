#include "CEddyKernels.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define LANES 16
#define TILE_ROWS 12
#define TARGET_NAME "avx512"
#define FIRST(n) ((__mmask16)((1u << ((n) < 0 ? 0 : (n))) - 1))
#define MASKED_LOAD(p, n) ((vec)_mm512_maskz_loadu_ps(FIRST(n), p))
#define MASKED_STORE(p, v, n) _mm512_mask_storeu_ps(p, FIRST(n), (__m512)(v))
#define MULTIPLY_PAIRS(x, y) _mm512_madd_epi16((__m512i)(x), (__m512i)(y))

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma"))), apply_to = function)
#include "body/kernels.h"
#pragma clang attribute pop

// The processor's own product of bfloat16 pairs, where it has one.
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma,avx512bf16"))), apply_to = function)

INLINE vec dot_native(uvec x, uvec y, vec sum) {
  return (vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)x, (__m512bh)y);
}

#define row_units_native row_units_bfloat16
#define column_units_native column_units_bfloat16
#define values_native values_bfloat16
#define as_units_native as_units_bfloat16
#define FUNCTION(f) f##_native
#define UNIT unsigned
#define WIDTH 2
#define UNITS uvec
#define SPLAT splat_unit
#define LOAD load_units
#define MULTIPLY dot_native
#include "body/product.h"
#include "body/end_of_product.h"

#pragma clang attribute pop

static const EddyKernels table_native = TABLE(PRODUCTS(native));

const EddyKernels *eddy_kernels_avx512(void) {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl") ||
      !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512dq") ||
      !__builtin_cpu_supports("fma"))
    return 0;
  return __builtin_cpu_supports("avx512bf16") ? &table_native : &table;
}

#else

const EddyKernels *eddy_kernels_avx512(void) { return 0; }

#endif
