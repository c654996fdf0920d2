// Matrix products over packed panels.

enum {
  PANEL_VECTORS = EDDY_PANEL / LANES,
  // k is cut into blocks so that a block of a panel (32 KB) stays in the first-level cache; sums are
  // stored between blocks, which changes no bit.
  BLOCK = 256,
};

INLINE long smaller(long a, long b) { return a < b ? a : b; }

static void pack(float *panels, const float *source, long ld, long k, long columns, int transposed,
                 long first, long last) {
  for (long panel = first; panel < last; panel++) {
    float *to = panels + panel * k * EDDY_PANEL;
    long column = panel * EDDY_PANEL, width = smaller(EDDY_PANEL, columns - column);
    if (width < EDDY_PANEL) memset(to, 0, (size_t)(k * EDDY_PANEL) * sizeof(float));
    if (!transposed) {
      for (long i = 0; i < k; i++)
        memcpy(to + i * EDDY_PANEL, source + i * ld + column, (size_t)width * sizeof(float));
    } else {
      for (long block = 0; block < k; block += 16)
        for (long j = 0; j < width; j++)
          for (long i = block; i < smaller(block + 16, k); i++)
            to[i * EDDY_PANEL + j] = source[(column + j) * ld + i];
    }
  }
}

// One tile: C [rows, width] = start + A·panel, A[row, i] = a[row · row_step + i · k_step].
INLINE void tile(const long rows, float *c, long ldc, const float *start, long start_ld,
                 const float *a, long row_step, const long k_step, const float *panel, long k,
                 long width) {
  vec sums[TILE_ROWS][PANEL_VECTORS];
  UNROLL for (long r = 0; r < rows; r++)
    UNROLL for (long v = 0; v < PANEL_VECTORS; v++)
      sums[r][v] = start ? get(start + r * start_ld + v * LANES,
                               width >= EDDY_PANEL ? LANES : width - v * LANES)
                         : splat(0);
  for (long i = 0; i < k; i++) {
    vec b[PANEL_VECTORS];
    UNROLL for (long v = 0; v < PANEL_VECTORS; v++) b[v] = load(panel + i * EDDY_PANEL + v * LANES);
    UNROLL for (long r = 0; r < rows; r++) {
      vec x = splat(a[r * row_step + i * k_step]);
      UNROLL for (long v = 0; v < PANEL_VECTORS; v++) sums[r][v] = fma_(x, b[v], sums[r][v]);
    }
  }
  UNROLL for (long r = 0; r < rows; r++)
    UNROLL for (long v = 0; v < PANEL_VECTORS; v++)
      put(c + r * ldc + v * LANES, sums[r][v],
          width >= EDDY_PANEL ? LANES : width - v * LANES);
}

// A tile of any height up to TILE_ROWS, each height compiled on its own.
INLINE void tile_of(long rows, float *c, long ldc, const float *start, long start_ld,
                    const float *a, long row_step, const long k_step, const float *panel, long k,
                    long width) {
#define CASE(n)                                                                                   \
  case n:                                                                                         \
    if (n <= TILE_ROWS)                                                                           \
      tile(n <= TILE_ROWS ? n : 1, c, ldc, start, start_ld, a, row_step, k_step, panel, k, width); \
    break;
  switch (rows) {
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11)
    CASE(12)
  }
#undef CASE
}

static void product(float *c, long ldc, const float *start, long start_ld, const float *a, long lda,
                    const float *panels, long rows, long k, long columns, long first, long last) {
  long tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
  long blocks = k > BLOCK ? (k + BLOCK - 1) / BLOCK : 1;
  for (long block = 0; block < blocks; block++) {
    long from = k * block / blocks, to = k * (block + 1) / blocks;
    for (long item = first; item < last; item++) {
      long panel = item / tiles, part = item % tiles;
      long row = rows * part / tiles, height = rows * (part + 1) / tiles - row;
      long column = panel * EDDY_PANEL;
      float *out = c + row * ldc + column;
      const float *begin = block ? out : start ? start + row * start_ld + column : 0;
      tile_of(height, out, ldc, begin, block ? ldc : start_ld, a + row * lda + from, lda, 1,
              panels + (panel * k + from) * EDDY_PANEL, to - from, columns - column);
    }
  }
}

static void product_transposed(float *c, long ldc, const float *a, long lda, const float *panels,
                               long k, long columns, long first, long last) {
  long blocks = k > BLOCK ? (k + BLOCK - 1) / BLOCK : 1;
  float packed[BLOCK * TILE_ROWS];
  for (long block = 0; block < blocks; block++) {
    long from = k * block / blocks, depth = k * (block + 1) / blocks - from;
    for (long row = first; row < last; row += TILE_ROWS) {
      long height = smaller(TILE_ROWS, last - row);
      for (long i = 0; i < depth; i++)
        for (long r = 0; r < height; r++)
          packed[i * TILE_ROWS + r] = a[(from + i) * lda + row + r];
      for (long column = 0; column < columns; column += EDDY_PANEL) {
        float *out = c + row * ldc + column;
        tile_of(height, out, ldc, block ? out : 0, ldc, packed, 1, TILE_ROWS,
                panels + column * k + from * EDDY_PANEL, depth, columns - column);
      }
    }
  }
}

static void column_sums(float *sums, const float *x, long ld, long rows, long first, long last) {
  for (long j = first; j < last; j += LANES) {
    vec sum = splat(0);
    for (long row = 0; row < rows; row++) sum += get(x + row * ld + j, last - j);
    put(sums + j, sum, last - j);
  }
}

static void add(float *y, const float *x, long n) {
  for (long i = 0; i < n; i += LANES) put(y + i, get(y + i, n - i) + get(x + i, n - i), n - i);
}
