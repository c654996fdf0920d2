#pragma once

#include <stddef.h>

#pragma clang assume_nonnull begin

/// Columns of one panel of packed weights.
enum { EDDY_PANEL = 32 };

/// Elements of one chunk of a reduction.
enum { EDDY_CHUNK = 4096 };

/// Tells the processor that this thread waits in a loop.
static inline void eddy_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

/// The processors that this process may run on; 0 where the system does not say.
int eddy_processors(void);

/// Products of matrices whose operands are of one kind. An operand is made of units of 4 bytes: one value
/// of k in float32, two in bfloat16 (the first in the lower half, a missing last one zero). `depth` counts
/// values of k, `k` units.
///
/// A right-hand side B [depth, columns] is packed into panels of EDDY_PANEL columns: a panel holds, for
/// each unit of k in order, the units of its columns, zeros past the end. The columns are `groups` groups of
/// equal size; panel p is part p / groups of group p % groups, so that neighbouring panels hold the same
/// part of every group.
typedef struct EddyProducts {
  /// Packs the panels first ..< last of B: row i of B is row index[i] of `source`, or row i without index.
  /// `panel_distance`: units from one panel to the next.
  void (*pack)(void *panels, long panel_distance, const float *source, long ld,
               const int *_Nullable index, long depth, long columns, long groups, long first,
               long last);

  /// Packs the panels first ..< last of B, of which `source` holds the columns as its rows.
  void (*pack_transposed)(void *panels, const float *source, long ld, long depth, long columns,
                          long groups, long first, long last);

  /// Items first ..< last of C [rows, columns] = start + A·B, B in panels.
  /// `start` is null for zeros, or added by row with distance `start_ld` (0: one row for all).
  void (*product)(float *c, long ldc, const float *_Nullable start, long start_ld, const void *a,
                  long lda, const void *panels, long rows, long k, long columns, long groups,
                  long first, long last);

  /// Rows index[0] … index[rows − 1] of C += the same rows of A·B; k up to EDDY_PANEL.
  void (*product_scattered)(float *c, long ldc, const int *index, long rows, const void *a, long lda,
                            const void *panels, long panel_distance, long k, long columns);

  /// Rows first ..< last of C [rows, columns] = Aᵀ·B, B in panels; row i of Aᵀ's columns is row index[i] of
  /// `a`, or row i without index. Rows of `a` are rows of units as for `product`.
  void (*product_transposed)(float *c, long ldc, const void *a, long lda,
                             const int *_Nullable index, const void *panels, long panel_distance,
                             long depth, long columns, long first, long last);

  /// sums[j] = Σ over rows of A[index[row], j], or A[row, j], in ascending order, columns first ..< last.
  void (*column_sums)(float *sums, const void *a, long lda, const int *_Nullable index, long rows,
                      long first, long last);
} EddyProducts;

/// Products with weights in int8, of the forward pass alone. A weight is scale · q: q a whole number in −127 … 127,
/// and one scale for each row of the weights, their largest magnitude / 127 rounded to 16 bits, or 0 if that is
/// below 2⁻¹²⁶. So scale · q is exact, and quantising what was quantised changes nothing.
///
/// The left-hand side is float32. Panels are those of EddyProducts, but each begins with the scales of its EDDY_PANEL
/// columns, and a unit of 2 bytes holds two values of k.
typedef struct EddyInt8Products {
  /// The scales and q [rows, columns] of the finite x [rows, columns]: x / scale to nearest, ties to even.
  void (*quantise)(signed char *to, float *scales, const float *x, long ld, long rows, long columns);

  /// The same as in EddyProducts, quantised.
  void (*pack_transposed)(void *panels, const float *source, long ld, long depth, long columns,
                          long groups, long first, long last);

  /// The same as in EddyProducts, C = start + scale ⊙ A·q, for 1024 values of k after the other: those of a row of A are
  /// rounded to whole numbers of at most 2^14 times a power of two, or to NaN where one is not finite; the sum of
  /// whole numbers, as a float times that power, is multiplied with the scale and added by one fused multiply-add.
  void (*product)(float *c, long ldc, const float *_Nullable start, long start_ld, const void *a,
                  long lda, const void *panels, long rows, long k, long columns, long groups,
                  long first, long last);
} EddyInt8Products;

/// The kernels of one kind of processor. Every kind gives the same bits (docs/numbers.md):
/// each output of a product of floats is one accumulator that takes its terms in ascending k with fused
/// multiply-add, reductions have 16 lanes in chunks of EDDY_CHUNK, functions are polynomials.
///
/// Kernels have no state, allocate nothing, start no threads. Matrices are row-major; `ld` is the
/// distance between rows in elements. B sequences, D inputs, H hidden units.
typedef struct EddyKernels {
  /// "avx512", "avx2", "neon" or "baseline".
  const char *name;

  /// Rows of one tile: a product of M rows has panels * ceil(M / tile_rows) items of work.
  long tile_rows;

  EddyProducts float32;

  /// The same with operands in bfloat16 and sums in float32, as vdpbf16ps computes them: of two values of
  /// k the second product first, each with fused multiply-add, numbers below 2⁻¹²⁶ taken for zeros.
  EddyProducts bfloat16;

  EddyInt8Products int8;

  /// The bfloat16 of x [rows, columns], to nearest, ties to even. `to` may be x; `ldto` counts bfloat16.
  void (*round_bfloat16)(unsigned short *to, long ldto, const float *x, long ld, long rows,
                         long columns);

  /// y += x
  void (*add)(float *y, const float *x, long n);

  /// Element-wise functions, in place.
  void (*exponential)(float *x, long n);
  void (*hyperbolic_tangent)(float *x, long n);
  void (*sigmoid)(float *x, long n);

  /// Elman network, hidden units first ..< last: h = tanh(a). a, h: [B, H].
  void (*rnn_forward)(float *h, const float *a, long rows, long H, long first, long last);

  /// da = (above + future) ⊙ (1 − h²). `future` is read only.
  void (*rnn_backward)(float *da, const float *above, const float *future, const float *h,
                       long rows, long H, long first, long last);

  /// LSTM, gates [B, 4H] in the order i f g o: sums in, activations out.
  void (*lstm_forward)(float *h, float *c, float *tanh_c, float *gates, const float *c_before,
                       long rows, long H, long first, long last);

  /// `dc` holds the gradient of c from the future, then that of c_before.
  void (*lstm_backward)(float *da, float *dc, const float *above, const float *future,
                        const float *gates, const float *tanh_c, const float *c_before, long rows,
                        long H, long first, long last);

  /// GRU, gates [B, 3H] in the order r z n: input sums in, activations out; `recurrent` [B, 3H]
  /// holds the recurrent sums.
  void (*gru_forward)(float *h, float *gates, const float *recurrent, const float *h_before,
                      long rows, long H, long first, long last);

  /// `da_input`, `da_recurrent`: gradients of the two sums, [B, 3H]. `future` holds the gradient of
  /// h from the future, then the part of that of h_before that does not pass the gates.
  void (*gru_backward)(float *da_input, float *da_recurrent, const float *above, float *future,
                       const float *gates, const float *recurrent, const float *h_before, long rows,
                       long H, long first, long last);

  /// The largest of n ≥ 1 elements (a zero is +0), and Σ exp(x − largest).
  void (*log_sum)(const float *x, long n, float *largest, double *sum);

  /// The same, and x becomes scale · (softmax(x) − one-hot(target)).
  void (*softmax_gradient)(float *x, long n, long target, float scale, float *largest, double *sum);

  /// The same, block by block of EDDY_PANEL columns: a block whose largest |softmax(x) − one-hot| is m is
  /// kept with probability min(1, m / epsilon), divided by it, and otherwise left with any values. `random`
  /// holds one word a block; `kept` gets the blocks that are kept, in ascending order.
  /// Returns how many.
  long (*thinned_gradient)(float *x, long n, long target, float scale, float epsilon,
                           const unsigned *random, int *kept, float *largest, double *sum);

  /// Σ x² of at most EDDY_CHUNK elements.
  float (*sum_of_squares)(const float *x, long n);

  /// w −= rate · (scale · g)
  void (*sgd)(float *w, const float *g, long n, float scale, float rate);

  /// AdamW (Loshchilov & Hutter 2019, algorithm 2); correction_i = 1 / (1 − βᵢᵗ), decay = rate · weight decay.
  void (*adamw)(float *w, const float *g, float *m, float *v, long n, float scale, float rate,
                float beta1, float beta2, float epsilon, float decay, float correction1,
                float correction2);
} EddyKernels;

/// The kernels of each kind, or null where this processor (or this build) cannot run them.
const EddyKernels *_Nullable eddy_kernels_avx512(void);
const EddyKernels *_Nullable eddy_kernels_avx2(void);
const EddyKernels *_Nullable eddy_kernels_neon(void);
const EddyKernels *eddy_kernels_baseline(void);

#pragma clang assume_nonnull end
