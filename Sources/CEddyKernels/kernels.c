#include "CEddyKernels.h"
