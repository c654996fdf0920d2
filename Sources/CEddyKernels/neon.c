#include "CEddyKernels.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#define LANES 4
#define TILE_ROWS 3
#define TARGET_NAME "neon"
#define MULTIPLY_PAIRS(x, y)                                                                     \
  vpaddq_s32(vmull_s16(vget_low_s16((int16x8_t)(x)), vget_low_s16((int16x8_t)(y))),              \
             vmull_high_s16((int16x8_t)(x), (int16x8_t)(y)))

#include "body/kernels.h"

const EddyKernels *eddy_kernels_neon(void) { return &table; }

#else

const EddyKernels *eddy_kernels_neon(void) { return 0; }

#endif
