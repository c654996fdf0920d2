#include "CEddyKernels.h"

#if defined(__aarch64__)

#define LANES 4
#define TILE_ROWS 3
#define TARGET_NAME "neon"

#include "body/kernels.h"

const EddyKernels *eddy_kernels_neon(void) { return &table; }

#else

const EddyKernels *eddy_kernels_neon(void) { return 0; }

#endif
