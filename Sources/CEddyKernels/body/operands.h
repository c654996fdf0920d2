// What products of both kinds of operands share, and how each kind is laid out.

enum {
  PANEL_VECTORS = EDDY_PANEL / LANES,
  // Rows that are packed at a time.
  BLOCK = 256,
  // k is cut into pieces so that a piece of a panel (96 KB) stays in the second-level cache; sums are stored
  // between pieces, which changes no bit.
  DEPTH = 768,
  // Panels that one row is multiplied with at once: enough sums to hide how long a sum takes.
  ROW_PANELS = 128 / EDDY_PANEL,
  // What a product writes at a time: few enough rows and panels to stay in the second-level cache, too, and
  // enough rows that panels are seldom read again.
  CHUNK_TILES = 24,
  CHUNK_PANELS = 4,
};

INLINE long smaller(long a, long b) { return a < b ? a : b; }

INLINE long larger(long a, long b) { return a > b ? a : b; }

// The parts of this size that a whole number is cut into; the last may be smaller.
INLINE long parts(long whole, long size) { return (whole + size - 1) / size; }

INLINE long row_at(const int *index, long i) { return index ? index[i] : i; }

// The first column of a panel, and how many it has.
INLINE long panel_column(long panel, long columns, long groups, long *width) {
  long size = columns / groups, column = panel / groups * EDDY_PANEL;
  *width = smaller(EDDY_PANEL, size - column);
  return panel % groups * size + column;
}

// to[i, j] = from[j, i]; rows of `to` are those of a panel.
static void transpose(void *to, const void *from, long ld, long rows, long columns) {
  typedef float four __attribute__((vector_size(16)));
  float *out = to;
  const float *in = from;
  long i = 0;
  for (; i + 4 <= rows; i += 4) {
    long j = 0;
    for (; j + 4 <= columns; j += 4) {
      four a, b, c, d;
      memcpy(&a, in + j * ld + i, 16);
      memcpy(&b, in + (j + 1) * ld + i, 16);
      memcpy(&c, in + (j + 2) * ld + i, 16);
      memcpy(&d, in + (j + 3) * ld + i, 16);
      four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
      four AB = __builtin_shufflevector(a, b, 2, 6, 3, 7), CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
      a = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
      b = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
      c = __builtin_shufflevector(AB, CD, 0, 1, 4, 5);
      d = __builtin_shufflevector(AB, CD, 2, 3, 6, 7);
      memcpy(out + i * EDDY_PANEL + j, &a, 16);
      memcpy(out + (i + 1) * EDDY_PANEL + j, &b, 16);
      memcpy(out + (i + 2) * EDDY_PANEL + j, &c, 16);
      memcpy(out + (i + 3) * EDDY_PANEL + j, &d, 16);
    }
    for (; j < columns; j++)
      for (long part = i; part < i + 4; part++)
        memcpy(out + part * EDDY_PANEL + j, in + j * ld + part, 4);
  }
  for (; i < rows; i++)
    for (long j = 0; j < columns; j++) memcpy(out + i * EDDY_PANEL + j, in + j * ld + i, 4);
}

// LANES columns of rows i … of B, as units; the first n.
INLINE vec row_units_float32(const float *x, long ld, const int *index, long i, long depth, long n) {
  return get(x + row_at(index, i) * ld, n);
}

INLINE uvec row_units_bfloat16(const float *x, long ld, const int *index, long i, long depth,
                               long n) {
  uvec units = to_bfloat16(get(x + row_at(index, i) * ld, n));
  if (i + 1 < depth) units |= to_bfloat16(get(x + row_at(index, i + 1) * ld, n)) << 16;
  return units;
}

// Columns column … of rows i … of A, which is stored row by row, as units.
INLINE void column_units_float32(float *to, const void *a, long lda, const int *index, long i,
                                 long depth, long column, long n) {
  const float *from = (const float *)a + row_at(index, i) * lda + column;
  // A part of a vector is one masked move only with AVX-512; elsewhere a tile of the usual height is copied as a whole.
  if (LANES < 16 && n == TILE_ROWS) memcpy(to, from, sizeof(float) * TILE_ROWS);
  else put(to, get(from, n), n);
}

INLINE void column_units_bfloat16(unsigned *to, const void *a, long lda, const int *index, long i,
                                  long depth, long column, long n) {
  const unsigned short *first = (const unsigned short *)a + row_at(index, i) * 2 * lda + column;
  const unsigned short *second =
      i + 1 < depth ? (const unsigned short *)a + row_at(index, i + 1) * 2 * lda + column : 0;
  _Static_assert(TILE_ROWS <= LANES, "A tile's rows are packed as one vector.");
  if (n == TILE_ROWS && second) {
    short_vec x = {0}, y = {0};
    memcpy(&x, first, 2 * TILE_ROWS);
    memcpy(&y, second, 2 * TILE_ROWS);
    uvec units = __builtin_convertvector(x, uvec) | __builtin_convertvector(y, uvec) << 16;
    memcpy(to, &units, 4 * TILE_ROWS);
    return;
  }
  for (long j = 0; j < n; j++) to[j] = first[j] | (second ? (unsigned)second[j] << 16 : 0u);
}

// LANES columns of one row of A, the first n.
INLINE vec values_float32(const void *a, long n) { return get(a, n); }

INLINE vec values_bfloat16(const void *a, long n) {
  short_vec x = {0};
  if (n >= LANES) memcpy(&x, a, sizeof x);
  else if (n > 0) memcpy(&x, a, (size_t)n * 2);
  return (vec)(__builtin_convertvector(x, uvec) << 16);
}

// Rows of values as rows of units, in `rounded` if they are not units already.
INLINE const float *as_units_float32(float *rounded, const float *x, long *ld, long values,
                                     long rows) {
  return x;
}

INLINE const unsigned *as_units_bfloat16(unsigned *rounded, const float *x, long *ld, long values,
                                         long rows) {
  unsigned short *to = (unsigned short *)rounded;
  round_bfloat16(to, 2 * BLOCK, x, *ld, rows, values);
  if (values & 1)
    for (long row = 0; row < rows; row++) to[row * 2 * BLOCK + values] = 0;
  *ld = BLOCK;
  return rounded;
}

static void add(float *y, const float *x, long n) {
  for (long i = 0; i < n; i += LANES) put(y + i, get(y + i, n - i) + get(x + i, n - i), n - i);
}
