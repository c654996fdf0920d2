#pragma once

#include <stddef.h>

#pragma clang assume_nonnull begin

/// Columns of one panel of packed weights.
enum { EDDY_PANEL = 32 };

/// Elements of one chunk of a reduction.
enum { EDDY_CHUNK = 4096 };

/// The kernels of one kind of processor. Every kind gives the same bits (docs/numbers.md):
/// each output of a product is one accumulator that takes its terms in ascending k with fused
/// multiply-add, reductions have 16 lanes in chunks of EDDY_CHUNK, functions are polynomials.
///
/// Kernels have no state, allocate nothing, start no threads. Matrices are row-major; `ld` is the
/// distance between rows in elements. B sequences, D inputs, H hidden units.
typedef struct EddyKernels {
  /// "avx512", "avx2", "neon" or "baseline".
  const char *name;

  /// Rows of one tile: a product of M rows has panels * ceil(M / tile_rows) items of work.
  long tile_rows;

  /// Packs the panels first ..< last of B [k, columns] (`source` is B, or Bᵀ [columns, k] if
  /// `transposed`): panel p holds, for each k in order, B[k, 32p ..< 32p + 32], zeros past the end.
  void (*pack)(float *panels, const float *source, long ld, long k, long columns, int transposed,
               long first, long last);

  /// Items first ..< last of C [rows, columns] = start + A·B, B in panels.
  /// `start` is null for zeros, or added by row with distance `start_ld` (0: one row for all).
  void (*product)(float *c, long ldc, const float *_Nullable start, long start_ld, const float *a,
                  long lda, const float *panels, long rows, long k, long columns, long first,
                  long last);

  /// Rows first ..< last of C [rows, columns] = Aᵀ·B, A [k, rows], B in panels.
  void (*product_transposed)(float *c, long ldc, const float *a, long lda, const float *panels,
                             long k, long columns, long first, long last);

  /// sums[j] = Σ over rows in ascending order of x[row, j], for columns first ..< last.
  void (*column_sums)(float *sums, const float *x, long ld, long rows, long first, long last);

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
