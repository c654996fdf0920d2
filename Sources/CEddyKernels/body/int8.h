// Weights in int8: w = scale · q, a scale for each row of weights, which is a column of the right-hand side. A
// panel begins with the scales of its columns; q follows, a byte for each column, k by k. To a float, q is exact.

typedef signed char byte_vec __attribute__((vector_size(LANES)));

// Panels that one row is multiplied with at once: eight sums hide how long one takes.
enum { INT8_PANELS = 8 / PANEL_VECTORS };

INLINE long int8_panel_size(long k) { return EDDY_PANEL * ((long)sizeof(float) + k); }

INLINE vec load_bytes(const signed char *p) {
  byte_vec bytes;
  memcpy(&bytes, p, sizeof bytes);
  return __builtin_convertvector(bytes, vec);
}

// The scale of a row: its largest magnitude / 127 to 16 bits, which makes each scale · q exact; 0 if that is
// below 2^-126.
static float int8_scale(const float *x, long n) {
  vec largest = splat(0);
  for (long i = 0; i < n; i += LANES) {
    vec size = (vec)((uvec)get(x + i, n - i) & 0x7FFFFFFFu);
    largest = choose(size > largest, size, largest);
  }
  float scale = 0;
  for (long lane = 0; lane < LANES; lane++)
    if (largest[lane] > scale) scale = largest[lane];
  scale /= 127;
  unsigned bits;
  memcpy(&bits, &scale, sizeof bits);
  bits = (bits + 0x7Fu + ((bits >> 8) & 1u)) & ~0xFFu;
  if (bits < 0x00800000u) bits = 0;
  memcpy(&scale, &bits, sizeof bits);
  return scale;
}

// q = x / scale to the nearest, ties to even.
static void int8_row(signed char *to, const float *x, long n, float scale) {
  vec divisor = splat(scale > 0 ? scale : 1);
  for (long i = 0; i < n; i += LANES) {
    // Adding 1.5·2^23 rounds, and leaves the number in the lowest bits.
    uvec shifted = (uvec)(get(x + i, n - i) / divisor + splat(12582912.0f));
    byte_vec bytes = __builtin_convertvector(shifted, byte_vec);
    memcpy(to + i, &bytes, (size_t)smaller(LANES, n - i));
  }
}

static void quantise_int8(signed char *to, float *scales, const float *x, long ld, long rows,
                          long columns) {
  for (long row = 0; row < rows; row++) {
    scales[row] = int8_scale(x + row * ld, columns);
    int8_row(to + row * columns, x + row * ld, columns, scales[row]);
  }
}

static void pack_transposed_int8(void *panels, const float *source, long ld, long depth, long columns,
                                 long groups, long first, long last) {
  for (long panel = first; panel < last; panel++) {
    char *base = (char *)panels + panel * int8_panel_size(depth);
    float *scales = (float *)base;
    signed char *to = (signed char *)(scales + EDDY_PANEL);
    long width, column = panel_column(panel, columns, groups, &width);
    if (width < EDDY_PANEL) memset(base, 0, (size_t)int8_panel_size(depth));
    for (long j = 0; j < width; j++) scales[j] = int8_scale(source + (column + j) * ld, depth);
    signed char rows[EDDY_PANEL][BLOCK];
    for (long i = 0; i < depth; i += BLOCK, to += BLOCK * EDDY_PANEL) {
      long count = smaller(BLOCK, depth - i);
      for (long j = 0; j < width; j++)
        int8_row(rows[j], source + (column + j) * ld + i, count, scales[j]);
      for (long k = 0; k < count; k++)
        for (long j = 0; j < width; j++) to[k * EDDY_PANEL + j] = rows[j][k];
    }
  }
}

// Some rows of C, as wide as some panels, = start + scale ⊙ A·q: one of the two numbers is 1.
INLINE void tile_int8(const long rows, const long panels, float *c, long ldc, const float *start,
                      long start_ld, const float *a, long lda, const char *right, long k,
                      long columns, long groups, long first) {
  vec sums[TILE_ROWS][INT8_PANELS][PANEL_VECTORS];
  const char *panel[INT8_PANELS];
  UNROLL for (long p = 0; p < panels; p++) {
    panel[p] = right + (first + p) * int8_panel_size(k);
    UNROLL for (long r = 0; r < rows; r++)
      UNROLL for (long v = 0; v < PANEL_VECTORS; v++) sums[r][p][v] = splat(0);
  }
  for (long i = 0; i < k; i++)
    UNROLL for (long p = 0; p < panels; p++)
      UNROLL for (long v = 0; v < PANEL_VECTORS; v++) {
        const signed char *q = (const signed char *)panel[p] + int8_panel_size(i) + v * LANES;
        vec b = load_bytes(q);
        UNROLL for (long r = 0; r < rows; r++)
          sums[r][p][v] = fma_(splat(a[r * lda + i]), b, sums[r][p][v]);
      }
  UNROLL for (long p = 0; p < panels; p++) {
    long width, column = panel_column(first + p, columns, groups, &width);
    UNROLL for (long v = 0; v < PANEL_VECTORS; v++) {
      vec scale = load((const float *)panel[p] + v * LANES);
      long at = column + v * LANES, n = width - v * LANES;
      UNROLL for (long r = 0; r < rows; r++)
        put(c + r * ldc + at,
            fma_(scale, sums[r][p][v], start ? get(start + r * start_ld + at, n) : splat(0)), n);
    }
  }
}

static void product_int8(float *c, long ldc, const float *start, long start_ld, const void *a,
                         long lda, const void *panels, long rows, long k, long columns, long groups,
                         long first, long last) {
  const float *left = a;
#define TILE(rows, panels, row, panel)                                                             \
  tile_int8(rows, panels, c + (row) * ldc, ldc, start ? start + (row) * start_ld : 0, start_ld,    \
            left + (row) * lda, lda, right, k, columns, groups, panel)
#define ROWS(n)                                                          \
  case n:                                                                \
    if (n <= TILE_ROWS) TILE(n <= TILE_ROWS ? n : 1, 1, row, item / tiles); \
    break;
#define PANELS(n)                                                          \
  case n:                                                                  \
    if (n <= INT8_PANELS) TILE(1, n <= INT8_PANELS ? n : 1, 0L, first); \
    break;
  const char *right = panels;
  if (rows == 1) {
    for (; first < last; first += INT8_PANELS)
      switch (smaller(INT8_PANELS, last - first)) { PANELS(1) PANELS(2) PANELS(3) PANELS(4) }
    return;
  }
  long tiles = parts(rows, TILE_ROWS);
  for (long item = first; item < last; item++) {
    long part = item % tiles, row = rows * part / tiles;
    switch (rows * (part + 1) / tiles - row) {
      ROWS(1) ROWS(2) ROWS(3) ROWS(4) ROWS(5) ROWS(6) ROWS(7) ROWS(8) ROWS(9) ROWS(10) ROWS(11)
      ROWS(12)
    }
  }
#undef TILE
#undef ROWS
#undef PANELS
}
