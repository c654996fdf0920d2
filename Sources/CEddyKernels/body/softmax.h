// Softmax, and the sums that everything else needs: 16 lanes, chunks of EDDY_CHUNK, in order.

INLINE float fold(const vec *lanes) {
  float sums[SUM_LANES];
  for (long v = 0; v < SUM_VECTORS; v++) store(sums + v * LANES, lanes[v]);
  for (long width = SUM_LANES / 2; width > 0; width /= 2)
    for (long i = 0; i < width; i++) sums[i] += sums[i + width];
  return sums[0];
}

INLINE float largest_of(const float *x, long n) {
  vec best = splat(x[0]);
  for (long i = 0; i + LANES <= n; i += LANES) {
    vec v = load(x + i);
    best = choose(v > best, v, best);
  }
  float lanes[LANES], largest = x[0];
  store(lanes, best);
  for (long i = 0; i < LANES; i++) largest = lanes[i] > largest ? lanes[i] : largest;
  for (long i = n / LANES * LANES; i < n; i++) largest = x[i] > largest ? x[i] : largest;
  // Which of several zeros came first depends on the target: all become +0.
  return largest + 0.0f;
}

// Σ exp(x − largest); the terms go to `terms` unless it is null.
INLINE double exp_sum(const float *x, float *terms, long n, float largest) {
  double total = 0;
  for (long chunk = 0; chunk < n; chunk += EDDY_CHUNK) {
    long end = smaller(chunk + EDDY_CHUNK, n);
    vec sums[SUM_VECTORS];
    for (long v = 0; v < SUM_VECTORS; v++) sums[v] = splat(0);
    for (long i = chunk; i < end; i += SUM_LANES)
      UNROLL for (long v = 0; v < SUM_VECTORS; v++) {
        long at = i + v * LANES, left = end - at;
        if (left <= 0) continue;
        vec e = exp_(get(x + at, left) - splat(largest));
        if (terms) put(terms + at, e, left);
        if (left < LANES) {
          float lanes[LANES] = {0};
          store_part(lanes, e, left);
          e = load(lanes);
        }
        sums[v] += e;
      }
    total += (double)fold(sums);
  }
  return total;
}

static void log_sum(const float *x, long n, float *largest, double *sum) {
  *largest = largest_of(x, n);
  *sum = exp_sum(x, 0, n, *largest);
}

static void softmax_gradient(float *x, long n, long target, float scale, float *largest,
                             double *sum) {
  *largest = largest_of(x, n);
  *sum = exp_sum(x, x, n, *largest);
  float factor = (float)((double)scale / *sum);
  for (long i = 0; i < n; i += LANES) put(x + i, get(x + i, n - i) * splat(factor), n - i);
  x[target] -= scale;
}

static float sum_of_squares(const float *x, long n) {
  vec sums[SUM_VECTORS];
  for (long v = 0; v < SUM_VECTORS; v++) sums[v] = splat(0);
  for (long i = 0; i < n; i += SUM_LANES)
    UNROLL for (long v = 0; v < SUM_VECTORS; v++) {
      long at = i + v * LANES, left = n - at;
      if (left <= 0) continue;
      vec value = get(x + at, left);
      sums[v] = fma_(value, value, sums[v]);
    }
  return fold(sums);
}
