// The gate equations of the recurrent cells. EACH_UNIT runs over the rows and the units first ..< last.
#define EACH_UNIT                                                       \
  for (long row = 0; row < rows; row++)                             \
    for (long u = first, n; n = last - u, u < last; u += LANES)

INLINE vec one(void) { return splat(1.0f); }

static void rnn_forward(float *h, const float *a, long rows, long H, long first, long last) {
  EACH_UNIT put(h + row * H + u, tanh_(get(a + row * H + u, n)), n);
}

static void rnn_backward(float *da, const float *above, const float *future, const float *h,
                         long rows, long H, long first, long last) {
  EACH_UNIT {
    long i = row * H + u;
    vec y = get(h + i, n);
    put(da + i, (get(above + i, n) + get(future + i, n)) * fma_(-y, y, one()), n);
  }
}

static void lstm_forward(float *h, float *c, float *tanh_c, float *gates, const float *c_before,
                         long rows, long H, long first, long last) {
  EACH_UNIT {
    long at = row * H + u;
    float *gate = gates + row * 4 * H + u;
    vec i = sigmoid_(get(gate, n)), f = sigmoid_(get(gate + H, n));
    vec g = tanh_(get(gate + 2 * H, n)), o = sigmoid_(get(gate + 3 * H, n));
    vec cell = fma_(f, get(c_before + at, n), i * g);
    vec t = tanh_(cell);
    put(gate, i, n);
    put(gate + H, f, n);
    put(gate + 2 * H, g, n);
    put(gate + 3 * H, o, n);
    put(c + at, cell, n);
    put(tanh_c + at, t, n);
    put(h + at, o * t, n);
  }
}

static void lstm_backward(float *da, float *dc, const float *above, const float *future,
                          const float *gates, const float *tanh_c, const float *c_before, long rows,
                          long H, long first, long last) {
  EACH_UNIT {
    long at = row * H + u;
    const float *gate = gates + row * 4 * H + u;
    float *out = da + row * 4 * H + u;
    vec i = get(gate, n), f = get(gate + H, n), g = get(gate + 2 * H, n), o = get(gate + 3 * H, n);
    vec t = get(tanh_c + at, n);
    vec dh = get(above + at, n) + get(future + at, n);
    vec dcell = fma_(dh * o, fma_(-t, t, one()), get(dc + at, n));
    put(out, dcell * g * (i * (one() - i)), n);
    put(out + H, dcell * get(c_before + at, n) * (f * (one() - f)), n);
    put(out + 2 * H, dcell * i * fma_(-g, g, one()), n);
    put(out + 3 * H, dh * t * (o * (one() - o)), n);
    put(dc + at, dcell * f, n);
  }
}

static void gru_forward(float *h, float *gates, const float *recurrent, const float *h_before,
                        long rows, long H, long first, long last) {
  EACH_UNIT {
    long at = row * H + u, gate = row * 3 * H + u;
    vec r = sigmoid_(get(gates + gate, n) + get(recurrent + gate, n));
    vec z = sigmoid_(get(gates + gate + H, n) + get(recurrent + gate + H, n));
    vec m = tanh_(fma_(r, get(recurrent + gate + 2 * H, n), get(gates + gate + 2 * H, n)));
    put(gates + gate, r, n);
    put(gates + gate + H, z, n);
    put(gates + gate + 2 * H, m, n);
    put(h + at, fma_(z, get(h_before + at, n) - m, m), n);
  }
}

static void gru_backward(float *da_input, float *da_recurrent, const float *above, float *future,
                         const float *gates, const float *recurrent, const float *h_before,
                         long rows, long H, long first, long last) {
  EACH_UNIT {
    long at = row * H + u, gate = row * 3 * H + u;
    vec r = get(gates + gate, n), z = get(gates + gate + H, n), m = get(gates + gate + 2 * H, n);
    vec dh = get(above + at, n) + get(future + at, n);
    vec dm = dh * (one() - z) * fma_(-m, m, one());
    vec dr = dm * get(recurrent + gate + 2 * H, n) * (r * (one() - r));
    vec dz = dh * (get(h_before + at, n) - m) * (z * (one() - z));
    put(da_input + gate, dr, n);
    put(da_input + gate + H, dz, n);
    put(da_input + gate + 2 * H, dm, n);
    put(da_recurrent + gate, dr, n);
    put(da_recurrent + gate + H, dz, n);
    put(da_recurrent + gate + 2 * H, dm * r, n);
    put(future + at, dh * z, n);
  }
}

#undef EACH_UNIT
