// The optimiser's pass over one array.

static void sgd(float *w, const float *g, long n, float scale, float rate) {
  for (long i = 0; i < n; i += LANES)
    put(w + i, fma_(splat(-rate), get(g + i, n - i) * splat(scale), get(w + i, n - i)), n - i);
}

static void adamw(float *w, const float *g, float *m, float *v, long n, float scale, float rate,
                  float beta1, float beta2, float epsilon, float decay, float correction1,
                  float correction2) {
  for (long i = 0; i < n; i += LANES) {
    long left = n - i;
    vec gradient = get(g + i, left) * splat(scale);
    vec first = fma_(splat(1.0f - beta1), gradient - get(m + i, left), get(m + i, left));
    vec second = fma_(splat(beta2), get(v + i, left), splat(1.0f - beta2) * gradient * gradient);
    put(m + i, first, left);
    put(v + i, second, left);
    vec step = first * splat(correction1) /
               (__builtin_elementwise_sqrt(second * splat(correction2)) + splat(epsilon));
    vec kept = fma_(splat(-decay), get(w + i, left), get(w + i, left));
    put(w + i, fma_(splat(-rate), step, kept), left);
  }
}
