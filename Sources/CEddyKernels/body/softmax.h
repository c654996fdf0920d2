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

// The largest of SUM_LANES elements that are no less than 0.
INLINE float largest_lane(vec v) {
  float lanes[LANES];
  store(lanes, v);
  float largest = lanes[0];
  for (long i = 1; i < LANES; i++) largest = lanes[i] > largest ? lanes[i] : largest;
  return largest;
}

static long thinned_gradient(float *x, long n, long target, float scale, float epsilon,
                             const unsigned *random, int *kept, float *largest, double *sum) {
  *largest = largest_of(x, n);
  *sum = exp_sum(x, x, n, *largest);
  float inverse = (float)(1 / *sum);
  long count = 0;
  for (long block = 0; block * EDDY_PANEL < n; block++) {
    float *values = x + block * EDDY_PANEL;
    long width = smaller(EDDY_PANEL, n - block * EDDY_PANEL), at = target - block * EDDY_PANEL;
    vec p[PANEL_VECTORS], best = splat(0);
    UNROLL for (long v = 0; v < PANEL_VECTORS; v++) {
      p[v] = get(values + v * LANES, width - v * LANES) * splat(inverse);
      best = choose(p[v] > best, p[v], best);
    }
    float size = largest_lane(best);
    if (at >= 0 && at < width) {
      float others[EDDY_PANEL];
      for (long v = 0; v < PANEL_VECTORS; v++) store(others + v * LANES, p[v]);
      others[at] -= 1;
      size = 0;
      for (long i = 0; i < width; i++) {
        float value = others[i] < 0 ? -others[i] : others[i];
        size = value > size ? value : size;
      }
      for (long v = 0; v < PANEL_VECTORS; v++) p[v] = load(others + v * LANES);
    }
    // Kept with probability size / epsilon. The random number is never 0: nothing is divided by less
    // than 2⁻³³, so what is kept is finite.
    float u = ((float)random[block] + 0.5f) * 0x1p-32f;
    if (size < epsilon && !(u * epsilon < size)) continue;
    float factor = size < epsilon ? scale * (epsilon / size) : scale;
    UNROLL for (long v = 0; v < PANEL_VECTORS; v++)
      put(values + v * LANES, p[v] * splat(factor), width - v * LANES);
    kept[count++] = (int)block;
  }
  return count;
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
