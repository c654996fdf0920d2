// Runs every kernel of one table and prints a line for each kernel, size and kind of numbers: a hash of every
// element that it was given, after it ran. Two tables that print the same lines give the same bits.
//   bits avx512 | avx2 | neon | baseline
// Ends with 77 if this processor cannot run the table, 1 if a kernel wrote where it must not.
//
// A new kernel needs a few lines here: its arrays, the call, `report`.
#include "CEddyKernels.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(EddyKernels) == (2 + 2 * 6 + 3 + 17) * sizeof(void *), "All of them have a case here.");

static const EddyKernels *kernels;

// ---- Numbers

// 32 bits by the formula of Tests/EddyNNTests/Support/Formula.swift.
static uint32_t word(uint32_t seed, long index) {
  uint32_t word = (uint32_t)index * 0x9E3779B9u + seed;
  word = (word ^ word >> 16) * 0x85EBCA6Bu;
  word = (word ^ word >> 13) * 0xC2B2AE35u;
  return word ^ word >> 16;
}

static float from_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// What the arrays of a case hold.
static enum {
  PLAIN,    // numbers in −4 ..< 4
  WIDE,     // finite numbers of any size
  SPECIAL,  // numbers in −4 ..< 4, with a special one among every four
  ZEROS,    // zeros of both signs, and a little below
  TINY,     // numbers and factors of numbers around 2⁻¹²⁶, zeros of both signs, ones
  SWEEP,    // every 4001st float, for the functions
} kind;
static const char *const kind_names[] = {"plain", "wide", "special", "zeros", "tiny", "sweep"};
enum { SWEEP_STEP = 4001 };

#define PICK(list, random) list[(random) % (sizeof list / sizeof *list)]

static float number(uint32_t seed, long index) {
  static const float special[] = {
      0,           1,           0.625f,      0x1.3ffffep-1f, INFINITY, NAN,        0x1.fffffep+127f,
      3e38f,       0x1p-149f,   0x1p-126f,   0x1p-127f,      1e-30f,   87.33654f,  88.72283f,
      89,          103.27893f,  103.97208f,  104,            0x1.01p0f, 0x1.03p0f,  __builtin_nanf("0x3FFFFF")};
  static const float zeros[] = {0, -0.0f, -1, -0x1p-149f};
  // 0x1p-126 less a product of two of the last row is rounded to 0x1p-126 or below it, by a hair.
  static const float tiny[] = {
      0,        1,        0x1p-133f,   0x1.fffffcp-127f, 0x1p-126f, 0x1.000002p-126f, 0x1.02p-126f,
      0x1p-62f, 0x1p-63f, 0x1.02p-63f, 0x1p-64f,         0x1.fep-64f, 0x1p-88f,
      0x1p-75f, 0x1p-76f, 0x1p-77f,    0x1.8p-75f,       0x1.8p-76f};
  uint32_t bits = word(seed, index), more = word(~seed, index);
  if (kind == WIDE) return from_bits(bits % 0x7F800000u | (more & 0x80000000u));
  if (kind == SPECIAL && more % 4 == 0) return (more & 4 ? -1 : 1) * PICK(special, bits);
  if (kind == ZEROS) return PICK(zeros, bits);
  if (kind == TINY) return (more & 1 ? -1 : 1) * PICK(tiny, bits);
  if (kind == SWEEP) return from_bits((uint32_t)index * SWEEP_STEP);
  return (float)(bits >> 8) * 0x1p-21f - 4;
}

// ---- Arrays

// Elements around each array, and what lies there and between its rows: of 2, 4 and 8 bytes the low ones are a
// signalling NaN, which spoils what reads it and does not survive arithmetic. Even, for pairs of bfloat16.
enum { MARGIN = 38 };
static const uint64_t guard = 0x7FF4DEAD7FA57F85;

typedef struct {
  char *memory;
  size_t size;
  long rows, columns, distance;
} Array;

static Array arrays[16];
static size_t array_count;

static long elements(const Array *array) { return array->rows * array->distance + 2 * MARGIN; }

static char *element(const Array *array, long index) {
  return array->memory + (size_t)index * array->size;
}

static int is_inside(const Array *array, long index) {
  long i = index - MARGIN;
  return i >= 0 && i < array->rows * array->distance && i % array->distance < array->columns;
}

// An array [rows, columns] of elements of `size` bytes, `distance` from row to row, until the next report.
static void *array(size_t size, long rows, long columns, long distance) {
  if (array_count == sizeof arrays / sizeof *arrays) abort();
  Array *array = &arrays[array_count++];
  *array = (Array){0, size, rows, columns, distance};
  array->memory = malloc((size_t)elements(array) * size);
  if (!array->memory) abort();
  for (long i = 0; i < elements(array); i++)
    if (is_inside(array, i)) memset(element(array, i), 0x5A, size);
    else memcpy(element(array, i), &guard, size);
  return element(array, MARGIN);
}

static float *output(long rows, long columns, long distance) {
  return array(sizeof(float), rows, columns, distance);
}

// Numbers of 4 bytes, or of 2: a bfloat16 is the upper half of a float.
static void *numbers(size_t size, long rows, long columns, long distance) {
  uint32_t seed = word((uint32_t)array_count + 1, columns);
  char *to = array(size, rows, columns, distance);
  for (long row = 0; row < rows; row++)
    for (long column = 0; column < columns; column++) {
      float x = number(seed, row * columns + column);
      memcpy(to + (size_t)(row * distance + column) * size, (char *)&x + sizeof x - size, size);
    }
  return to;
}

static float *input(long rows, long columns, long distance) {
  return numbers(sizeof(float), rows, columns, distance);
}

// The bits of an element; any NaN equals any NaN, as in the tests of the twins.
static uint64_t bits_of(const char *element, size_t size) {
  uint64_t bits = 0;
  memcpy(&bits, element, size);
  if (size == 2 && (bits & 0x7FFF) > 0x7F80) return 0x7FC0;
  if (size == 4 && (bits & 0x7FFFFFFF) > 0x7F800000) return 0x7FC00000;
  if (size == 8 && (bits & INT64_MAX) > 0x7FF0000000000000) return 0x7FF8000000000000;
  return bits;
}

// FNV-1a over elements instead of bytes, folded so that high bits reach low ones.
static uint64_t hash(uint64_t hash, uint64_t bits) {
  hash = (hash ^ bits) * 0x100000001B3u;
  return hash ^ hash >> 29;
}

// Prints the line of a case and ends its arrays.
static void report(const char *format, ...) {
  char name[200];
  va_list sizes;
  va_start(sizes, format);
  vsnprintf(name, sizeof name, format, sizes);
  va_end(sizes);
  uint64_t sum = 0xCBF29CE484222325u;
  for (Array *array = arrays; array < arrays + array_count; array++) {
    for (long i = 0; i < elements(array); i++) {
      if (is_inside(array, i)) {
        sum = hash(sum, bits_of(element(array, i), array->size));
      } else if (memcmp(element(array, i), &guard, array->size)) {
        printf("%s %s: array %td, [%ld, %ld], changed outside, at %ld\n", name, kind_names[kind],
               array - arrays, array->rows, array->columns, i - MARGIN);
        exit(1);
      }
    }
    free(array->memory);
  }
  array_count = 0;
  printf("%s %s %016llx\n", name, kind_names[kind], (unsigned long long)sum);
}

// Two uneven parts of 0 ..< total, the first one empty if there is little: p[0] ..< p[1].
#define PARTS(total) for (long cut[] = {0, (total) / 3, (total)}, *p = cut; p < cut + 2; p++)

// ---- Products

static const EddyProducts *products;  // The kind of operands in turn,
static const char *operands;          // its name
static size_t value_size;             // and the bytes of one value.

typedef struct {
  long rows, depth, columns, groups;
} Shape;

enum { GAP = 6 };  // Units from one panel to the next, where they need not adjoin.

static long values(long units) { return units * 4 / (long)value_size; }
static long units(long values) { return (values * (long)value_size + 3) / 4; }

static long panels_of(Shape s) {
  return s.groups * ((s.columns / s.groups + EDDY_PANEL - 1) / EDDY_PANEL);
}

static long panel_distance(long depth, long gap) { return units(depth) * EDDY_PANEL + gap; }

static void *panels_output(Shape s, long gap) {
  return array(value_size, panels_of(s), values(panel_distance(s.depth, 0)),
               values(panel_distance(s.depth, gap)));
}

// B in panels.
static void *packed_input(Shape s, long gap) {
  void *panels = panels_output(s, gap);
  products->pack(panels, panel_distance(s.depth, gap), input(s.depth, s.columns, s.columns), s.columns,
                 0, s.depth, s.columns, s.groups, 0, panels_of(s));
  return panels;
}

// A left-hand side, whose rows are left_distance(columns) units apart. A missing last value is zero.
static long left_distance(long columns) { return units(columns) + 3; }

static void *left_input(long rows, long columns) {
  long filled = values(units(columns)), distance = values(left_distance(columns));
  char *a = numbers(value_size, rows, filled, distance);
  for (long row = 0; row < rows && filled > columns; row++)
    memset(a + (size_t)(row * distance + columns) * value_size, 0, value_size);
  return a;
}

// Which `count` rows of a matrix of rows_for(count, 1) take part: not all, and none twice.
static long rows_for(long count, int indexed) { return indexed ? count + count / 3 + 1 : count; }

static const int *index_of(long count, int indexed) {
  if (!indexed) return 0;
  int *index = array(sizeof(int), 1, count, count);
  for (long i = 0; i < count; i++) index[i] = (int)(rows_for(count, 1) - 1 - i - i / 3);
  return index;
}

static void pack(Shape s, int indexed) {
  void *panels = panels_output(s, GAP);
  const int *index = index_of(s.depth, indexed);
  float *source = input(rows_for(s.depth, indexed), s.columns, s.columns + 3);
  PARTS(panels_of(s))
    products->pack(panels, panel_distance(s.depth, GAP), source, s.columns + 3, index, s.depth,
                   s.columns, s.groups, p[0], p[1]);
  report("%s pack [%ld, %ld] index %d", operands, s.depth, s.columns, indexed);
}

static void pack_transposed(Shape s) {
  void *panels = panels_output(s, 0);
  float *source = input(s.columns, s.depth, s.depth + 3);
  PARTS(panels_of(s))
    products->pack_transposed(panels, source, s.depth + 3, s.depth, s.columns, s.groups, p[0], p[1]);
  report("%s pack_transposed [%ld, %ld]", operands, s.depth, s.columns);
}

enum start { NOTHING, BIAS, MATRIX, ITSELF };
static const char *const start_names[] = {"nothing", "a bias", "a matrix", "itself"};

// What C, whose rows are `ldc` apart, starts from.
static float *start_input(enum start start, Shape s, float *c, long ldc, long *from_ld) {
  *from_ld = start == BIAS ? 0 : start == MATRIX ? s.columns + 5 : ldc;
  if (start == NOTHING || start == ITSELF) return start == ITSELF ? c : 0;
  return input(start == BIAS ? 1 : s.rows, s.columns, start == BIAS ? s.columns : s.columns + 5);
}

static void product(Shape s, enum start start) {
  long ldc = s.columns + 2, from_ld;
  float *c = (start == ITSELF ? input : output)(s.rows, s.columns, ldc);
  float *from = start_input(start, s, c, ldc, &from_ld);
  void *a = left_input(s.rows, s.depth), *panels = packed_input(s, 0);
  long tiles = (s.rows + kernels->tile_rows - 1) / kernels->tile_rows;
  PARTS(panels_of(s) * tiles)
    products->product(c, ldc, from, from_ld, a, left_distance(s.depth), panels, s.rows,
                      units(s.depth), s.columns, s.groups, p[0], p[1]);
  report("%s product from %s [%ld, %ld]·[%ld, %ld]", operands, start_names[start], s.rows, s.depth, s.depth,
         s.columns);
}

// Of a deep product, the first part.
static void product_scattered(Shape s) {
  long rows = rows_for(s.rows, 1), k = units(s.depth);
  float *c = input(rows, s.columns, s.columns + 1);
  const int *index = index_of(s.rows, 1);
  void *a = left_input(rows, s.depth), *panels = packed_input(s, GAP);
  products->product_scattered(c, s.columns + 1, index, s.rows, a, left_distance(s.depth), panels,
                              panel_distance(s.depth, GAP), k < EDDY_PANEL ? k : EDDY_PANEL, s.columns);
  report("%s product_scattered [%ld, %ld]·[%ld, %ld]", operands, s.rows, s.depth, s.depth, s.columns);
}

static void product_transposed(Shape s, int indexed) {
  float *c = output(s.rows, s.columns, s.columns + 1);
  const int *index = index_of(s.depth, indexed);
  void *a = left_input(rows_for(s.depth, indexed), s.rows), *panels = packed_input(s, GAP);
  PARTS(s.rows)
    products->product_transposed(c, s.columns + 1, a, left_distance(s.rows), index, panels,
                                 panel_distance(s.depth, GAP), s.depth, s.columns, p[0], p[1]);
  report("%s product_transposed [%ld, %ld]ᵀ·[%ld, %ld] index %d", operands, s.depth, s.rows, s.depth,
         s.columns, indexed);
}

static void column_sums(long rows, long columns, int indexed) {
  float *sums = output(1, columns, columns);
  const int *index = index_of(rows, indexed);
  void *a = left_input(rows_for(rows, indexed), columns);
  PARTS(columns)
    products->column_sums(sums, a, left_distance(columns), index, rows, p[0], p[1]);
  report("%s column_sums [%ld, %ld] index %d", operands, rows, columns, indexed);
}

// Every height of a tile first.
static Shape shape(size_t i) {
  static const Shape shapes[] = {
      {0, 3, 5, 1},     {1, 1, 1, 1},      {5, 0, 17, 1},   {5, 1, 17, 1},    {5, 2, 17, 1},
      {5, 255, 17, 1},  {5, 256, 17, 1},   {5, 257, 17, 1}, {5, 511, 17, 1},  {5, 512, 17, 1},
      {5, 513, 17, 1},  {5, 514, 17, 1},   {5, 1025, 5, 1}, {13, 513, 1, 1},  {13, 4, 5, 1},
      {13, 5, 9, 1},    {13, 4, 17, 1},    {13, 5, 31, 1},  {13, 4, 32, 1},   {13, 5, 33, 1},
      {13, 4, 64, 1},   {13, 5, 65, 1},    {13, 31, 99, 3}, {13, 32, 96, 3},  {13, 63, 8, 4},
      {20, 67, 400, 4}, {1, 200, 400, 4},  {1, 5, 99, 3},   {1, 6, 384, 3},   {1, 7, 8, 4},
      {1, 651, 650, 1}, {5, 767, 17, 1},   {5, 768, 17, 1}, {5, 769, 17, 1},  {5, 1537, 17, 1},
      {26, 3, 161, 1},  {73, 3, 161, 1},   {300, 3, 161, 1}};
  if (i < 25) return (Shape){(long)i + 1, 3 + (long)i % 2, 33, 1};
  return i < 25 + sizeof shapes / sizeof *shapes ? shapes[i - 25] : (Shape){-1, 0, 0, 0};
}

static void all_products(const EddyProducts *table, const char *name, size_t size) {
  (products = table, operands = name, value_size = size);
  for (size_t i = 0; shape(i).rows >= 0; i++) {
    Shape s = shape(i);
    pack(s, 0);
    pack(s, 1);
    pack_transposed(s);
    for (enum start start = NOTHING; start <= ITSELF; start++) product(s, start);
    s.groups = 1;
    product_scattered(s);
    product_transposed(s, 0);
    product_transposed(s, 1);
  }
  static const long widths[] = {0, 1, 4, 5, 9, 17, 33, 65, 650};
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
    for (int indexed = 0; indexed < 2; indexed++) {
      column_sums(0, widths[i], indexed);
      column_sums(1, widths[i], indexed);
      column_sums(35, widths[i], indexed);
    }
}

// ---- Weights in int8

// Weights [columns, depth], which must be finite.
static float *weights_input(Shape s) {
  int before = kind;
  if (kind == SPECIAL) kind = PLAIN;
  float *weights = input(s.columns, s.depth, s.depth + 3);
  kind = before;
  return weights;
}

static void quantise(Shape s) {
  float *weights = weights_input(s), *scales = output(1, s.columns, s.columns);
  signed char *to = array(sizeof *to, s.columns, s.depth, s.depth);
  kernels->int8.quantise(to, scales, weights, s.depth + 3, s.columns, s.depth);
  report("int8 quantise [%ld, %ld]", s.columns, s.depth);
}

static float *int8_panels_output(Shape s) {
  long floats = EDDY_PANEL + (s.depth + 1) / 2 * EDDY_PANEL / 2;
  return output(panels_of(s), floats, floats);
}

static void int8_pack_transposed(Shape s) {
  float *weights = weights_input(s), *panels = int8_panels_output(s);
  PARTS(panels_of(s))
    kernels->int8.pack_transposed(panels, weights, s.depth + 3, s.depth, s.columns, s.groups, p[0], p[1]);
  report("int8 pack_transposed [%ld, %ld]", s.depth, s.columns);
}

static void int8_product(Shape s, enum start start) {
  float *weights = weights_input(s), *panels = int8_panels_output(s);
  kernels->int8.pack_transposed(panels, weights, s.depth + 3, s.depth, s.columns, s.groups, 0,
                                panels_of(s));
  long ldc = s.columns + 2, from_ld;
  float *c = (start == ITSELF ? input : output)(s.rows, s.columns, ldc);
  float *from = start_input(start, s, c, ldc, &from_ld), *a = input(s.rows, s.depth, s.depth + 1);
  long tiles = (s.rows + kernels->tile_rows - 1) / kernels->tile_rows;
  PARTS(panels_of(s) * tiles)
    kernels->int8.product(c, ldc, from, from_ld, a, s.depth + 1, panels, s.rows, s.depth, s.columns,
                          s.groups, p[0], p[1]);
  report("int8 product from %s [%ld, %ld]·[%ld, %ld]", start_names[start], s.rows, s.depth, s.depth,
         s.columns);
}

static void int8_products(void) {
  for (size_t i = 0; shape(i).rows >= 0; i++) {
    quantise(shape(i));
    int8_pack_transposed(shape(i));
    for (enum start start = NOTHING; start <= ITSELF; start++) int8_product(shape(i), start);
  }
}

static void round_bfloat16(long rows, long columns) {
  {
    float *x = input(rows, columns, columns + 1);
    unsigned short *to = array(sizeof *to, rows, columns, columns + 2);
    kernels->round_bfloat16(to, columns + 2, x, columns + 1, rows, columns);
    report("round_bfloat16 [%ld, %ld]", rows, columns);
  }
  {
    float *x = input(rows, columns, columns);
    kernels->round_bfloat16((unsigned short *)x, 2 * columns, x, columns, rows, columns);
    report("round_bfloat16 in place [%ld, %ld]", rows, columns);
  }
}

// ---- Gates

static void gates(long rows, long H) {
#define FROM(x) input(rows, (x) * H, (x) * H)
#define TO(x) output(rows, (x) * H, (x) * H)
  {
    float *h = TO(1), *a = FROM(1);
    PARTS(H) kernels->rnn_forward(h, a, rows, H, p[0], p[1]);
    report("rnn_forward [%ld, %ld]", rows, H);
  }
  {
    float *da = TO(1), *above = FROM(1), *future = FROM(1), *h = FROM(1);
    PARTS(H) kernels->rnn_backward(da, above, future, h, rows, H, p[0], p[1]);
    report("rnn_backward [%ld, %ld]", rows, H);
  }
  {
    float *h = TO(1), *c = TO(1), *tanh_c = TO(1), *gates = FROM(4), *before = FROM(1);
    PARTS(H) kernels->lstm_forward(h, c, tanh_c, gates, before, rows, H, p[0], p[1]);
    report("lstm_forward [%ld, %ld]", rows, H);
  }
  {
    float *da = TO(4), *dc = FROM(1), *above = FROM(1), *future = FROM(1), *gates = FROM(4);
    float *tanh_c = FROM(1), *before = FROM(1);
    PARTS(H)
      kernels->lstm_backward(da, dc, above, future, gates, tanh_c, before, rows, H, p[0], p[1]);
    report("lstm_backward [%ld, %ld]", rows, H);
  }
  {
    float *h = TO(1), *gates = FROM(3), *recurrent = FROM(3), *before = FROM(1);
    PARTS(H) kernels->gru_forward(h, gates, recurrent, before, rows, H, p[0], p[1]);
    report("gru_forward [%ld, %ld]", rows, H);
  }
  {
    float *da = TO(3), *da_recurrent = TO(3), *above = FROM(1), *future = FROM(1), *gates = FROM(3);
    float *recurrent = FROM(3), *before = FROM(1);
    PARTS(H)
      kernels->gru_backward(da, da_recurrent, above, future, gates, recurrent, before, rows, H, p[0], p[1]);
    report("gru_backward [%ld, %ld]", rows, H);
  }
#undef FROM
#undef TO
}

// ---- Vectors

static void functions(long n) {
  const struct {
    const char *name;
    void (*apply)(float *, long);
  } all[] = {
      {"exponential", kernels->exponential},
      {"hyperbolic_tangent", kernels->hyperbolic_tangent},
      {"sigmoid", kernels->sigmoid},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    all[i].apply(input(1, n, n), n);
    report("%s %ld", all[i].name, n);
  }
}

static void thinned_gradient(long n, long target, float epsilon) {
  long blocks = (n + EDDY_PANEL - 1) / EDDY_PANEL, next = 0;
  float *x = input(1, n, n), *largest = output(1, 1, 1);
  double *sum = array(sizeof(double), 1, 1, 1);
  unsigned *random = array(sizeof *random, 1, blocks, blocks);
  int *kept = array(sizeof *kept, 1, blocks, blocks);
  for (long block = 0; block < blocks; block++) random[block] = word(99, block);
  long count = kernels->thinned_gradient(x, n, target, 0.125f, epsilon, random, kept, largest, sum);
  // What is not kept may hold anything.
  for (long i = 0; i < n; i++) {
    long block = i / EDDY_PANEL;
    while (next < count && kept[next] < block) next++;
    if (next == count || kept[next] != block) x[i] = 0;
  }
  report("thinned_gradient %ld target %ld epsilon %g kept %ld", n, target, (double)epsilon, count);
}

static void softmax(long n) {
  {
    float *x = input(1, n, n), *largest = output(1, 1, 1);
    double *sum = array(sizeof(double), 1, 1, 1);
    kernels->log_sum(x, n, largest, sum);
    report("log_sum %ld", n);
  }
  for (long target = n - 1; target >= 0; target -= n / 2 + 1) {
    {
      float *x = input(1, n, n), *largest = output(1, 1, 1);
      double *sum = array(sizeof(double), 1, 1, 1);
      kernels->softmax_gradient(x, n, target, 0.125f, largest, sum);
      report("softmax_gradient %ld target %ld", n, target);
    }
    static const float epsilons[] = {1e-5f, 1e-3f, 0.03f, 1};
    for (size_t i = 0; i < sizeof epsilons / sizeof *epsilons; i++)
      thinned_gradient(n, target, epsilons[i]);
  }
}

static void vectors(long n) {
  {
    float *y = input(1, n, n), *x = input(1, n, n);
    kernels->add(y, x, n);
    report("add %ld", n);
  }
  if (n <= EDDY_CHUNK) {
    float *sum = output(1, 1, 1), *x = input(1, n, n);
    *sum = kernels->sum_of_squares(x, n);
    report("sum_of_squares %ld", n);
  }
  {
    float *w = input(1, n, n), *g = input(1, n, n);
    kernels->sgd(w, g, n, 0.3f, 0.7f);
    report("sgd %ld", n);
  }
  {
    float *w = input(1, n, n), *g = input(1, n, n), *m = input(1, n, n), *v = input(1, n, n);
    for (long i = 0; i < n; i++) v[i] *= v[i];
    kernels->adamw(w, g, m, v, n, 0.3f, 0.01f, 0.9f, 0.999f, 1e-8f, 1e-4f, 5.263158f, 500.25f);
    report("adamw %ld", n);
  }
}

// ----

static const EddyKernels *named(const char *name) {
  if (!strcmp(name, "avx512")) return eddy_kernels_avx512();
  if (!strcmp(name, "avx2")) return eddy_kernels_avx2();
  if (!strcmp(name, "neon")) return eddy_kernels_neon();
  if (!strcmp(name, "baseline")) return eddy_kernels_baseline();
  fprintf(stderr, "There are no kernels '%s'.\n", name);
  exit(64);
}

int main(int count, char **arguments) {
  kernels = named(count == 2 ? arguments[1] : "");
  if (!kernels) return 77;
  static const long sizes[] = {0,  1,  2,  3,  4,  5,  7,    8,    9,    15,
                               16, 17, 31, 32, 33, 65, 4095, 4096, 4097, 10000};
  static const long hidden[] = {0, 1, 4, 5, 8, 9, 16, 17, 32, 33, 650};
  for (kind = PLAIN; kind < SWEEP; kind++) {
    all_products(&kernels->float32, "float32", 4);
    all_products(&kernels->bfloat16, "bfloat16", 2);
    int8_products();
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
      gates(1, hidden[i]);
      gates(3, hidden[i]);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      functions(sizes[i]);
      if (sizes[i] > 0) softmax(sizes[i]);
      vectors(sizes[i]);
      round_bfloat16(3, sizes[i]);
    }
  }
  functions((1L << 32) / SWEEP_STEP);
  round_bfloat16(1, (1L << 32) / SWEEP_STEP);
}
