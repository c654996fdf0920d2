#include "CEddyKernels.h"

// Slow where the processor has no fused multiply-add: the compiler then calls fmaf per element.
#define LANES 4
#define TILE_ROWS 1
#define TARGET_NAME "baseline"

#include "body/kernels.h"

const EddyKernels *eddy_kernels_baseline(void) { return &table; }
