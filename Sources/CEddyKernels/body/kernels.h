// All kernels of one target. The including file sets LANES, TILE_ROWS, TARGET_NAME and the
// attributes, and defines the function that returns the table.
#pragma STDC FP_CONTRACT OFF

#include "vector.h"
#include "functions.h"
#include "product.h"
#include "gates.h"
#include "softmax.h"
#include "optimiser.h"

static const EddyKernels table = {
    .name = TARGET_NAME,
    .tile_rows = TILE_ROWS,
    .pack = pack,
    .product = product,
    .product_transposed = product_transposed,
    .column_sums = column_sums,
    .add = add,
    .exponential = exponential,
    .hyperbolic_tangent = hyperbolic_tangent,
    .sigmoid = sigmoid,
    .rnn_forward = rnn_forward,
    .rnn_backward = rnn_backward,
    .lstm_forward = lstm_forward,
    .lstm_backward = lstm_backward,
    .gru_forward = gru_forward,
    .gru_backward = gru_backward,
    .log_sum = log_sum,
    .softmax_gradient = softmax_gradient,
    .sum_of_squares = sum_of_squares,
    .sgd = sgd,
    .adamw = adamw,
};
