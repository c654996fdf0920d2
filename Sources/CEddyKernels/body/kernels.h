// All kernels of one target. The including file sets LANES, TILE_ROWS, TARGET_NAME and the
// attributes, and defines the function that returns the table.
#pragma STDC FP_CONTRACT OFF

#include "vector.h"
#include "functions.h"
#include "bfloat16.h"
#include "operands.h"
#include "gates.h"
#include "softmax.h"
#include "optimiser.h"
#include "int8.h"

#define FUNCTION(f) f##_float32
#define UNIT float
#define WIDTH 1
#define UNITS vec
#define SPLAT splat
#define LOAD load
#define MULTIPLY fma_
#include "product.h"
#include "end_of_product.h"

#define FUNCTION(f) f##_bfloat16
#define UNIT unsigned
#define WIDTH 2
#define UNITS uvec
#define SPLAT splat_unit
#define LOAD load_units
#define MULTIPLY dot_emulated
#include "product.h"
#include "end_of_product.h"

#define PRODUCTS(kind)                               \
  {                                                  \
    .pack = pack_##kind,                             \
    .pack_transposed = pack_transposed_##kind,       \
    .product = product_##kind,                       \
    .product_scattered = product_scattered_##kind,   \
    .product_transposed = product_transposed_##kind, \
    .column_sums = column_sums_##kind,               \
  }

#define TABLE(bfloat16_products)               \
  {                                            \
    .name = TARGET_NAME,                       \
    .tile_rows = TILE_ROWS,                    \
    .float32 = PRODUCTS(float32),              \
    .bfloat16 = bfloat16_products,             \
    .int8 =                                    \
        {                                      \
            .quantise = quantise_int8,         \
            .pack_transposed = pack_transposed_int8, \
            .product = product_int8,           \
        },                                     \
    .round_bfloat16 = round_bfloat16,          \
    .add = add,                                \
    .exponential = exponential,                \
    .hyperbolic_tangent = hyperbolic_tangent,  \
    .sigmoid = sigmoid,                        \
    .rnn_forward = rnn_forward,                \
    .rnn_backward = rnn_backward,              \
    .lstm_forward = lstm_forward,              \
    .lstm_backward = lstm_backward,            \
    .gru_forward = gru_forward,                \
    .gru_backward = gru_backward,              \
    .log_sum = log_sum,                        \
    .softmax_gradient = softmax_gradient,      \
    .thinned_gradient = thinned_gradient,      \
    .sum_of_squares = sum_of_squares,          \
    .sgd = sgd,                                \
    .adamw = adamw,                            \
  }

static const EddyKernels table = TABLE(PRODUCTS(bfloat16));
