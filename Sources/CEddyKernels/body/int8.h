// Weights in int8: w = scale · q, a scale for each row of weights, which is a column of the right-hand side. A
// panel begins with the scales of its columns; q follows, a byte for each column and value of k, two values of k side
// by side. The left-hand side becomes whole numbers of 15 bits, so that a product is sums of whole numbers.

typedef signed char byte_vec __attribute__((vector_size(LANES)));
typedef signed char byte_pairs __attribute__((vector_size(2 * LANES)));
typedef short pairs_vec __attribute__((vector_size(4 * LANES)));

enum {
  // Panels that one row is multiplied with at once: eight sums hide how long one takes.
  INT8_PANELS = 8 / PANEL_VECTORS,
  // Values of k with one factor on the left-hand side: a sum of 1024 · 127 · 2^14 has 31 bits.
  INT8_DEPTH = 1024,
  // Rows of the left-hand side that are held as whole numbers: 48 KB.
  INT8_ROWS = 24,
};

// k, or the next number where it is odd.
INLINE long even(long k) { return k + (k & 1); }

INLINE long int8_panel_size(long k) { return EDDY_PANEL * ((long)sizeof(float) + even(k)); }

// x to the nearest whole number, ties to even, in the lowest bits: adding 1.5·2^23 rounds.
INLINE uvec whole(vec x) { return (uvec)(x + splat(12582912.0f)); }

// The bits of the largest magnitude; a NaN is larger than an infinity, and that than every number.
INLINE unsigned largest_magnitude(const float *x, long n) {
  uvec largest = splat_unit(0);
  for (long i = 0; i < n; i += LANES)
    largest = __builtin_elementwise_max(largest, (uvec)get(x + i, n - i) & 0x7FFFFFFFu);
  unsigned bits = 0;
  for (long lane = 0; lane < LANES; lane++)
    if (largest[lane] > bits) bits = largest[lane];
  return bits;
}

// The scale of a row: its largest magnitude / 127 to 16 bits, which makes each scale · q exact; 0 if that is
// below 2^-126.
static float int8_scale(const float *x, long n) {
  unsigned bits = largest_magnitude(x, n);
  float scale;
  memcpy(&scale, &bits, sizeof scale);
  scale /= 127;
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
    byte_vec bytes = __builtin_convertvector(whole(get(x + i, n - i) / divisor), byte_vec);
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
    if (width < EDDY_PANEL || depth % 2) memset(base, 0, (size_t)int8_panel_size(depth));
    for (long j = 0; j < width; j++) scales[j] = int8_scale(source + (column + j) * ld, depth);
    signed char rows[EDDY_PANEL][BLOCK];
    for (long i = 0; i < depth; i += BLOCK, to += BLOCK * EDDY_PANEL) {
      long count = smaller(BLOCK, depth - i);
      for (long j = 0; j < width; j++)
        int8_row(rows[j], source + (column + j) * ld + i, count, scales[j]);
      for (long k = 0; k < count; k++)
        for (long j = 0; j < width; j++) to[k / 2 * 2 * EDDY_PANEL + 2 * j + k % 2] = rows[j][k];
    }
  }
}

// The whole numbers of at most 2^14 that stand for x, to the nearest, ties to even; zeros fill the last vector of `to`. Returns
// what 1 of them stands for: a power of two, 2^-114 at least; NaN where not all of x is finite.
static float int8_left(short *to, const float *x, long n) {
  unsigned exponent = largest_magnitude(x, n) >> 23;
  if (exponent < 26) exponent = 26;
  if (exponent == 255) {
    memset(to, 0, (size_t)even(n) * sizeof *to);
    return __builtin_nanf("");
  }
  vec factor = (vec)splat_unit((267 - exponent) << 23), unit = (vec)splat_unit((exponent - 13) << 23);
  for (long i = 0; i < n; i += LANES) {
    short_vec shorts = __builtin_convertvector(whole(get(x + i, n - i) * factor), short_vec);
    memcpy(to + i, &shorts, sizeof shorts);
  }
  return unit[0];
}

// Two bytes of each column, as they are read.
INLINE pairs_vec load_pairs(const signed char *p) {
  byte_pairs bytes;
  memcpy(&bytes, p, sizeof bytes);
  return __builtin_convertvector(bytes, pairs_vec);
}

// Two values of k for all columns.
INLINE pairs_vec splat_pair(const short *p) {
  unsigned pair;
  memcpy(&pair, p, sizeof pair);
  return (pairs_vec)splat_unit(pair);
}

// sums + x₀·y₀ + x₁·y₁ of each lane; MULTIPLY_PAIRS where the target has the two products and their sum.
INLINE mask add_pairs(mask sums, pairs_vec x, pairs_vec y) {
#ifdef MULTIPLY_PAIRS
  return sums + (mask)MULTIPLY_PAIRS(x, y);
#else
  mask x0 = (mask)((uvec)x << 16) >> 16, y0 = (mask)((uvec)y << 16) >> 16;
  return sums + x0 * y0 + ((mask)x >> 16) * ((mask)y >> 16);
#endif
}

// Some rows of C, as wide as some panels, = start + scale ⊙ (unit · A·q), A of whole numbers: one of the numbers of rows and
// panels is 1. The panels are read from `depth` on.
INLINE void tile_int8(const long rows, const long panels, float *c, long ldc, const float *start,
                      long start_ld, const short *a, const float *units, const char *right, long k,
                      long depth, long count, long columns, long groups, long first) {
  mask sums[TILE_ROWS][INT8_PANELS][PANEL_VECTORS];
  const char *panel[INT8_PANELS];
  UNROLL for (long p = 0; p < panels; p++) {
    panel[p] = right + (first + p) * int8_panel_size(k);
    UNROLL for (long r = 0; r < rows; r++)
      UNROLL for (long v = 0; v < PANEL_VECTORS; v++) sums[r][p][v] = (mask)splat_unit(0);
  }
  for (long i = 0; i < count; i += 2)
    UNROLL for (long p = 0; p < panels; p++)
      UNROLL for (long v = 0; v < PANEL_VECTORS; v++) {
        const char *q = panel[p] + int8_panel_size(depth + i) + v * 2 * LANES;
        pairs_vec b = load_pairs((const signed char *)q);
        UNROLL for (long r = 0; r < rows; r++)
          sums[r][p][v] = add_pairs(sums[r][p][v], splat_pair(a + r * INT8_DEPTH + i), b);
      }
  UNROLL for (long p = 0; p < panels; p++) {
    long width, column = panel_column(first + p, columns, groups, &width);
    UNROLL for (long v = 0; v < PANEL_VECTORS; v++) {
      vec scale = load((const float *)panel[p] + v * LANES);
      long at = column + v * LANES, n = width - v * LANES;
      UNROLL for (long r = 0; r < rows; r++) {
        vec sum = __builtin_convertvector(sums[r][p][v], vec) * splat(units[r]);
        vec begin = start ? get(start + r * start_ld + at, n) : splat(0);
        put(c + r * ldc + at, fma_(scale, sum, begin), n);
      }
    }
  }
}

// Items first ..< last of C = start + A·B for values depth ..< depth + count of k.
static void part_of_product_int8(float *c, long ldc, const float *start, long start_ld, const float *a,
                                 long lda, const char *right, long rows, long k, long depth, long count,
                                 long columns, long groups, long first, long last) {
  short left[INT8_ROWS * INT8_DEPTH];
  float units[INT8_ROWS];
  long tiles = parts(rows, TILE_ROWS);
#define TILE(rows, panels, row, panel)                                                               \
  tile_int8(rows, panels, c + (row) * ldc, ldc, start ? start + (row) * start_ld : 0, start_ld,      \
            left + ((row) - top) * INT8_DEPTH, units + ((row) - top), right, k, depth, count,         \
            columns, groups, panel)
#define ROWS(n)                                                              \
  case n:                                                                    \
    if (n <= TILE_ROWS) TILE(n <= TILE_ROWS ? n : 1, 1, row, panel); \
    break;
#define PANELS(n)                                                           \
  case n:                                                                   \
    if (n <= INT8_PANELS) TILE(1, n <= INT8_PANELS ? n : 1, 0L, panel); \
    break;
  for (long begin = 0; begin < tiles; begin += INT8_ROWS / TILE_ROWS) {
    long end = smaller(begin + INT8_ROWS / TILE_ROWS, tiles);
    long top = rows * begin / tiles, bottom = rows * end / tiles;
    for (long row = top; row < bottom; row++)
      units[row - top] =
          int8_left(left + (row - top) * INT8_DEPTH, a + row * lda + depth, count);
    if (rows == 1) {
      for (long panel = first; panel < last; panel += INT8_PANELS)
        switch (smaller(INT8_PANELS, last - panel)) { PANELS(1) PANELS(2) PANELS(3) PANELS(4) }
      continue;
    }
    for (long panel = first / tiles; panel * tiles < last; panel++)
      for (long tile = larger(begin, first - panel * tiles); tile < smaller(end, last - panel * tiles);
           tile++) {
        long row = rows * tile / tiles;
        switch (rows * (tile + 1) / tiles - row) {
          ROWS(1) ROWS(2) ROWS(3) ROWS(4) ROWS(5) ROWS(6) ROWS(7) ROWS(8) ROWS(9) ROWS(10) ROWS(11)
          ROWS(12)
        }
      }
  }
#undef TILE
#undef ROWS
#undef PANELS
}

static void product_int8(float *c, long ldc, const float *start, long start_ld, const void *a,
                         long lda, const void *panels, long rows, long k, long columns, long groups,
                         long first, long last) {
  if (first >= last) return;
  long depth = 0;
  do {
    part_of_product_int8(c, ldc, depth ? c : start, depth ? ldc : start_ld, a, lda, panels, rows, k,
                         depth, smaller(INT8_DEPTH, k - depth), columns, groups, first, last);
    depth += INT8_DEPTH;
  } while (depth < k);
}
