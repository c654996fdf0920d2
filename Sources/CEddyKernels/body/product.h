// Matrix products over packed panels, included once for each kind of operands, with
//   FUNCTION(f)           the name that f gets
//   UNIT, WIDTH           4 bytes of an operand, and how many values of k they hold
//   UNITS                 LANES of them, with SPLAT(unit) and LOAD(pointer)
//   MULTIPLY(x, y, sums)  sums + x·y
// k counts units.

// One tile: rows of C [width] = start + A·panel, A[row, i] = a[row · row_step + i · k_step]; `vectors` hold the
// width.
INLINE void FUNCTION(tile)(const long rows, const long vectors, float *c, long ldc,
                           const float *start, long start_ld, const int *index, const UNIT *a,
                           long row_step, const long k_step, const UNIT *panel, long k,
                           long width) {
  vec sums[TILE_ROWS][PANEL_VECTORS];
  UNROLL for (long r = 0; r < rows; r++)
    UNROLL for (long v = 0; v < vectors; v++)
      sums[r][v] = start ? get(start + row_at(index, r) * start_ld + v * LANES,
                               width >= EDDY_PANEL ? LANES : width - v * LANES)
                         : splat(0);
  for (long i = 0; i < k; i++) {
    // The fewer of rows and vectors stay in registers beside the sums, and the others come one at a time: with AVX2 that
    // takes 3 · 4 + 3 + 1 = 16.
    if (TILE_ROWS < PANEL_VECTORS) {
      UNITS x[TILE_ROWS];
      UNROLL for (long r = 0; r < rows; r++) x[r] = SPLAT(a[r * row_step + i * k_step]);
      UNROLL for (long v = 0; v < vectors; v++) {
        UNITS b = LOAD(panel + i * EDDY_PANEL + v * LANES);
        UNROLL for (long r = 0; r < rows; r++) sums[r][v] = MULTIPLY(x[r], b, sums[r][v]);
      }
    } else {
      UNITS b[PANEL_VECTORS];
      UNROLL for (long v = 0; v < vectors; v++) b[v] = LOAD(panel + i * EDDY_PANEL + v * LANES);
      UNROLL for (long r = 0; r < rows; r++) {
        UNITS x = SPLAT(a[r * row_step + i * k_step]);
        UNROLL for (long v = 0; v < vectors; v++) sums[r][v] = MULTIPLY(x, b[v], sums[r][v]);
      }
    }
  }
  UNROLL for (long r = 0; r < rows; r++)
    UNROLL for (long v = 0; v < vectors; v++)
      put(c + row_at(index, r) * ldc + v * LANES, sums[r][v],
          width >= EDDY_PANEL ? LANES : width - v * LANES);
}

// A tile of any height up to TILE_ROWS, each height compiled on its own, for whole panels and for at most half
// of one. A is either as it is stored, with neighbours along k, or packed with TILE_ROWS rows as neighbours.
INLINE void FUNCTION(tile_of)(long rows, float *c, long ldc, const float *start, long start_ld,
                              const int *index, const UNIT *a, long row_step, const long k_step,
                              const UNIT *panel, long k, long width) {
#define TILE(n, vectors)                                                                        \
  FUNCTION(tile)(n <= TILE_ROWS ? n : 1, vectors, c, ldc, start, start_ld, index, a, row_step,  \
                 k_step, panel, k, width)
#define CASE(n)                                                                                 \
  case n:                                                                                       \
    if (n <= TILE_ROWS) {                                                                       \
      if (width > EDDY_PANEL / 2) TILE(n, PANEL_VECTORS);                                       \
      else TILE(n, PANEL_VECTORS / 2);                                                          \
    }                                                                                           \
    break;
  switch (rows) {
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11)
    CASE(12)
  }
#undef CASE
#undef TILE
}

static void FUNCTION(tile_of_rows)(long rows, float *c, long ldc, const float *start, long start_ld,
                                   const int *index, const UNIT *a, long lda, const UNIT *panel,
                                   long k, long width) {
  FUNCTION(tile_of)(rows, c, ldc, start, start_ld, index, a, lda, 1, panel, k, width);
}

static void FUNCTION(tile_of_columns)(long rows, float *c, long ldc, const float *start,
                                      const UNIT *packed, const UNIT *panel, long k, long width) {
  FUNCTION(tile_of)(rows, c, ldc, start, ldc, 0, packed, 1, TILE_ROWS, panel, k, width);
}

// One row of A against several panels, of which `vectors` are needed: what bounds it is how fast the panels are
// read.
INLINE void FUNCTION(row)(const long panels, const long vectors, float *c, const float *start,
                          const UNIT *a, const UNIT *panel, long panel_distance, long k,
                          long columns, long groups, long first) {
  vec sums[ROW_PANELS][PANEL_VECTORS];
  long column[ROW_PANELS], width[ROW_PANELS];
  UNROLL for (long p = 0; p < panels; p++) {
    column[p] = panel_column(first + p, columns, groups, &width[p]);
    UNROLL for (long v = 0; v < vectors; v++)
      sums[p][v] = start ? get(start + column[p] + v * LANES, width[p] - v * LANES) : splat(0);
  }
  for (long i = 0; i < k; i++) {
    UNITS x = SPLAT(a[i]);
    UNROLL for (long p = 0; p < panels; p++)
      UNROLL for (long v = 0; v < vectors; v++)
        sums[p][v] =
            MULTIPLY(x, LOAD(panel + p * panel_distance + i * EDDY_PANEL + v * LANES), sums[p][v]);
  }
  UNROLL for (long p = 0; p < panels; p++)
    UNROLL for (long v = 0; v < vectors; v++)
      put(c + column[p] + v * LANES, sums[p][v], width[p] - v * LANES);
}

// Items first ..< last of a product, of those the tiles first_tile ..< last_tile of each panel.
INLINE void FUNCTION(chunk)(float *c, long ldc, const float *start, long start_ld, const UNIT *a,
                            long lda, const UNIT *panels, long rows, long k, long columns,
                            long groups, long first, long last, long first_tile, long last_tile) {
  long tiles = parts(rows, TILE_ROWS);
  long pieces = larger(parts(k, DEPTH), 1);
  for (long piece = 0; piece < pieces; piece++) {
    long from = k * piece / pieces, to = k * (piece + 1) / pieces;
    for (long panel = first / tiles; panel * tiles < last; panel++) {
      long width, column = panel_column(panel, columns, groups, &width);
      long end = smaller(last - panel * tiles, last_tile);
      for (long tile = larger(first - panel * tiles, first_tile); tile < end; tile++) {
        long row = rows * tile / tiles, height = rows * (tile + 1) / tiles - row;
        float *out = c + row * ldc + column;
        const float *begin = piece ? out : start ? start + row * start_ld + column : 0;
        FUNCTION(tile_of_rows)(height, out, ldc, begin, piece ? ldc : start_ld, 0,
                               a + row * lda + from, lda,
                               panels + (panel * k + from) * EDDY_PANEL, to - from, width);
      }
    }
  }
}

static void FUNCTION(product)(float *c, long ldc, const float *start, long start_ld, const void *a,
                              long lda, const void *panels, long rows, long k, long columns,
                              long groups, long first, long last) {
  const UNIT *left = a, *right = panels;
  long distance = k * EDDY_PANEL;
#define ROW(panels, vectors)                                                                     \
  FUNCTION(row)(panels, vectors, c, start, left, right + first * distance, distance, k, columns, \
                groups, first)
  if (rows == 1) {
    for (; first + ROW_PANELS <= last; first += ROW_PANELS) {
      long width;
      panel_column(first, columns, groups, &width);
      // If this one is narrow, so are those after it.
      if (width > EDDY_PANEL / 2) ROW(ROW_PANELS, PANEL_VECTORS);
      else ROW(ROW_PANELS, PANEL_VECTORS / 2);
    }
    for (; first < last; first++) ROW(1, PANEL_VECTORS);
    return;
  }
#undef ROW
  long tiles = parts(rows, TILE_ROWS);
  long chunks = parts(tiles, CHUNK_TILES);
  for (long chunk = 0; chunk < chunks; chunk++)
    for (long panel = first / tiles; panel * tiles < last; panel += CHUNK_PANELS)
      FUNCTION(chunk)(c, ldc, start, start_ld, left, lda, right, rows, k, columns, groups,
                      larger(first, panel * tiles), smaller(last, (panel + CHUNK_PANELS) * tiles),
                      tiles * chunk / chunks, tiles * (chunk + 1) / chunks);
}

static void FUNCTION(product_scattered)(float *c, long ldc, const int *index, long rows,
                                        const void *a, long lda, const void *panels,
                                        long panel_distance, long k, long columns) {
  const UNIT *left = a, *right = panels;
  UNIT packed[EDDY_PANEL * TILE_ROWS];
  long tiles = parts(rows, TILE_ROWS);
  for (long part = 0; part < tiles; part++) {
    long row = rows * part / tiles, height = rows * (part + 1) / tiles - row;
    for (long r = 0; r < height; r++)
      memcpy(packed + r * EDDY_PANEL, left + index[row + r] * lda, (size_t)k * sizeof(UNIT));
    for (long column = 0; column < columns; column += EDDY_PANEL)
      FUNCTION(tile_of_rows)(height, c + column, ldc, c + column, ldc, index + row, packed, EDDY_PANEL,
                             right + column / EDDY_PANEL * panel_distance, k, columns - column);
  }
}

static void FUNCTION(product_transposed)(float *c, long ldc, const void *a, long lda,
                                         const int *index, const void *panels, long panel_distance,
                                         long depth, long columns, long first, long last) {
  const UNIT *right = panels;
  long k = parts(depth, WIDTH);
  long pieces = larger(parts(k, DEPTH), 1);
  UNIT packed[DEPTH * TILE_ROWS + LANES];
  for (long piece = 0; piece < pieces; piece++) {
    long from = k * piece / pieces, count = k * (piece + 1) / pieces - from;
    for (long row = first; row < last; row += TILE_ROWS) {
      long height = smaller(TILE_ROWS, last - row);
      for (long i = 0; i < count; i++)
        FUNCTION(column_units)(packed + i * TILE_ROWS, a, lda, index, (from + i) * WIDTH, depth, row,
                               height);
      for (long column = 0; column < columns; column += EDDY_PANEL) {
        float *out = c + row * ldc + column;
        FUNCTION(tile_of_columns)(height, out, ldc, piece ? out : 0, packed,
                                  right + column / EDDY_PANEL * panel_distance + from * EDDY_PANEL,
                                  count, columns - column);
      }
    }
  }
}

static void FUNCTION(pack)(void *panels, long panel_distance, const float *source, long ld,
                           const int *index, long depth, long columns, long groups, long first,
                           long last) {
  for (long panel = first; panel < last; panel++) {
    UNIT *to = (UNIT *)panels + panel * panel_distance;
    long width, column = panel_column(panel, columns, groups, &width);
    for (long i = 0; i < depth; i += WIDTH, to += EDDY_PANEL)
      UNROLL for (long v = 0; v < PANEL_VECTORS; v++) {
        UNITS units = FUNCTION(row_units)(source + column + v * LANES, ld, index, i, depth,
                                          width - v * LANES);
        memcpy(to + v * LANES, &units, sizeof units);
      }
  }
}

static void FUNCTION(pack_transposed)(void *panels, const float *source, long ld, long depth,
                                      long columns, long groups, long first, long last) {
  long k = parts(depth, WIDTH);
  for (long panel = first; panel < last; panel++) {
    UNIT *to = (UNIT *)panels + panel * k * EDDY_PANEL;
    long width, column = panel_column(panel, columns, groups, &width);
    if (width < EDDY_PANEL) memset(to, 0, (size_t)(k * EDDY_PANEL) * sizeof(UNIT));
    UNIT rounded[EDDY_PANEL * BLOCK];
    for (long i = 0; i < k; i += BLOCK) {
      long count = smaller(BLOCK, k - i), distance = ld;
      const UNIT *from =
          FUNCTION(as_units)(rounded, source + column * ld + i * WIDTH, &distance,
                             smaller(BLOCK * WIDTH, depth - i * WIDTH), width);
      transpose(to + i * EDDY_PANEL, from, distance, count, width);
    }
  }
}

static void FUNCTION(column_sums)(float *sums, const void *a, long lda, const int *index, long rows,
                                  long first, long last) {
  enum { AT_ONCE = 8, SIZE = sizeof(UNIT) / WIDTH };
  for (long j = first; j < last; j += AT_ONCE * LANES) {
    vec sum[AT_ONCE];
    UNROLL for (long v = 0; v < AT_ONCE; v++) sum[v] = splat(0);
    for (long row = 0; row < rows; row++) {
      const char *values = (const char *)a + row_at(index, row) * lda * (long)sizeof(UNIT) + j * SIZE;
      UNROLL for (long v = 0; v < AT_ONCE; v++)
        sum[v] += FUNCTION(values)(values + v * LANES * SIZE, last - j - v * LANES);
    }
    UNROLL for (long v = 0; v < AT_ONCE; v++)
      put(sums + j + v * LANES, sum[v], last - j - v * LANES);
  }
}
