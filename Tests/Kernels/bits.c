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

_Static_assert(sizeof(EddyKernels) == (2 + 19) * sizeof(void *), "19 kernels have a case here.");

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
  SWEEP,    // every 4001st float, for the functions
} kind;
static const char *const kind_names[] = {"plain", "wide", "special", "zeros", "sweep"};
enum { SWEEP_STEP = 4001 };

#define PICK(list, random) list[(random) % (sizeof list / sizeof *list)]

static float number(uint32_t seed, long index) {
  static const float special[] = {
      0,           1,           0.625f,      0x1.3ffffep-1f, INFINITY, NAN,        0x1.fffffep+127f,
      3e38f,       0x1p-149f,   0x1p-126f,   0x1p-127f,      1e-30f,   87.33654f,  88.72283f,
      89,          103.27893f,  103.97208f,  104};
  static const float zeros[] = {0, -0.0f, -1, -0x1p-149f};
  uint32_t bits = word(seed, index), more = word(~seed, index);
  if (kind == WIDE) return from_bits(bits % 0x7F800000u | (more & 0x80000000u));
  if (kind == SPECIAL && more % 4 == 0) return (more & 4 ? -1 : 1) * PICK(special, bits);
  if (kind == ZEROS) return PICK(zeros, bits);
  if (kind == SWEEP) return from_bits((uint32_t)index * SWEEP_STEP);
  return (float)(bits >> 8) * 0x1p-21f - 4;
}

// ---- Arrays

// Elements around each array, and what lies there and between its rows: of 2, 4 and 8 bytes the low ones are a
// signalling NaN, which spoils what reads it and does not survive arithmetic.
enum { MARGIN = 37 };
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

static float *input(long rows, long columns, long distance) {
  uint32_t seed = word((uint32_t)array_count + 1, columns);
  float *x = output(rows, columns, distance);
  for (long row = 0; row < rows; row++)
    for (long column = 0; column < columns; column++)
      x[row * distance + column] = number(seed, row * columns + column);
  return x;
}

// The bits of an element; any NaN equals any NaN, as in the tests of the twins.
static uint64_t bits_of(const char *element, size_t size) {
  uint64_t bits = 0;
  memcpy(&bits, element, size);
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

static long panels_of(long columns) { return (columns + EDDY_PANEL - 1) / EDDY_PANEL; }

static float *panels_output(long k, long columns) {
  long size = panels_of(columns) * k * EDDY_PANEL;
  return output(1, size, size);
}

// B [k, columns] in panels.
static float *packed_input(long k, long columns) {
  float *panels = panels_output(k, columns);
  kernels->pack(panels, input(k, columns, columns), columns, k, columns, 0, 0, panels_of(columns));
  return panels;
}

static void pack(long k, long columns, int transposed) {
  long rows = transposed ? columns : k, width = transposed ? k : columns;
  float *panels = panels_output(k, columns);
  float *source = input(rows, width, width + 3);
  PARTS(panels_of(columns))
    kernels->pack(panels, source, width + 3, k, columns, transposed, p[0], p[1]);
  report("pack %s [%ld, %ld]", transposed ? "transposed" : "straight", k, columns);
}

enum start { NOTHING, BIAS, MATRIX, ITSELF };

static void product(enum start start, long rows, long k, long columns) {
  static const char *const names[] = {"nothing", "a bias", "a matrix", "itself"};
  long ldc = columns + 2, from_ld = start == BIAS ? 0 : ldc;
  float *c = (start == ITSELF ? input : output)(rows, columns, ldc), *from = 0;
  if (start == BIAS) from = input(1, columns, columns);
  if (start == MATRIX) from = input(rows, columns, from_ld = columns + 5);
  if (start == ITSELF) from = c;
  float *a = input(rows, k, k + 3), *panels = packed_input(k, columns);
  long tiles = (rows + kernels->tile_rows - 1) / kernels->tile_rows;
  PARTS(panels_of(columns) * tiles)
    kernels->product(c, ldc, from, from_ld, a, k + 3, panels, rows, k, columns, p[0], p[1]);
  report("product from %s [%ld, %ld]·[%ld, %ld]", names[start], rows, k, k, columns);
}

static void product_transposed(long rows, long k, long columns) {
  float *c = output(rows, columns, columns + 1), *a = input(k, rows, rows + 4);
  float *panels = packed_input(k, columns);
  PARTS(rows)
    kernels->product_transposed(c, columns + 1, a, rows + 4, panels, k, columns, p[0], p[1]);
  report("product_transposed [%ld, %ld]ᵀ·[%ld, %ld]", k, rows, k, columns);
}

static void column_sums(long rows, long columns) {
  float *sums = output(1, columns, columns), *x = input(rows, columns, columns + 2);
  PARTS(columns) kernels->column_sums(sums, x, columns + 2, rows, p[0], p[1]);
  report("column_sums [%ld, %ld]", rows, columns);
}

static void products(void) {
  static const long shapes[][3] = {
      {0, 3, 5},    {1, 1, 1},    {5, 0, 17},   {5, 1, 17},   {5, 2, 17},     {5, 255, 17}, {5, 256, 17},
      {5, 257, 17}, {5, 513, 17}, {13, 513, 1}, {13, 4, 5},   {13, 4, 9},     {13, 4, 17},  {13, 4, 31},
      {13, 4, 32},  {13, 4, 33},  {13, 4, 64},  {13, 4, 65},  {20, 200, 800}, {1, 650, 650}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes + 25; i++) {
    long height = (long)i + 1;  // Every height of a tile first.
    const long *shape = height <= 25 ? (long[]){height, 3, 33} : shapes[i - 25];
    long rows = shape[0], k = shape[1], columns = shape[2];
    pack(k, columns, 0);
    pack(k, columns, 1);
    for (enum start start = NOTHING; start <= ITSELF; start++) product(start, rows, k, columns);
    product_transposed(rows, k, columns);
  }
  static const long widths[] = {0, 1, 4, 5, 9, 17, 33, 65, 650};
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
    column_sums(0, widths[i]);
    column_sums(1, widths[i]);
    column_sums(35, widths[i]);
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

static void softmax(long n) {
  {
    float *x = input(1, n, n), *largest = output(1, 1, 1);
    double *sum = array(sizeof(double), 1, 1, 1);
    kernels->log_sum(x, n, largest, sum);
    report("log_sum %ld", n);
  }
  for (long target = 0; target < n; target += n / 2 + 1) {
    float *x = input(1, n, n), *largest = output(1, 1, 1);
    double *sum = array(sizeof(double), 1, 1, 1);
    kernels->softmax_gradient(x, n, target, 0.125f, largest, sum);
    report("softmax_gradient %ld target %ld", n, target);
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
  static const long units[] = {0, 1, 4, 5, 8, 9, 16, 17, 32, 33, 650};
  for (kind = PLAIN; kind < SWEEP; kind++) {
    products();
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
      gates(1, units[i]);
      gates(3, units[i]);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      functions(sizes[i]);
      if (sizes[i] > 0) softmax(sizes[i]);
      vectors(sizes[i]);
    }
  }
  functions((1L << 32) / SWEEP_STEP);
}
