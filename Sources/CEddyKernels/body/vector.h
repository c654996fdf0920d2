// The vector type of one target: LANES floats. Included once per target, inside its attributes.
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef unsigned int uvec __attribute__((vector_size(4 * LANES)));
typedef int mask __attribute__((vector_size(4 * LANES)));

// Reductions have 16 lanes on every target.
enum { SUM_LANES = 16, SUM_VECTORS = SUM_LANES / LANES };

INLINE vec splat(float x) { return (vec){0} + x; }

INLINE vec load(const float *p) {
  vec v;
  memcpy(&v, p, sizeof v);
  return v;
}

INLINE void store(float *p, vec v) { memcpy(p, &v, sizeof v); }

// The first n elements, zeros behind.
INLINE vec load_part(const float *p, long n) {
  float lanes[LANES] = {0};
  for (long i = 0; i < n; i++) lanes[i] = p[i];
  return load(lanes);
}

INLINE void store_part(float *p, vec v, long n) {
  float lanes[LANES];
  store(lanes, v);
  for (long i = 0; i < n; i++) p[i] = lanes[i];
}

INLINE vec get(const float *p, long n) { return n >= LANES ? load(p) : load_part(p, n); }

INLINE void put(float *p, vec v, long n) {
  if (n >= LANES) store(p, v);
  else store_part(p, v, n);
}

INLINE vec fma_(vec a, vec b, vec c) { return __builtin_elementwise_fma(a, b, c); }

INLINE vec choose(mask m, vec yes, vec no) {
  return (vec)(((uvec)m & (uvec)yes) | (~(uvec)m & (uvec)no));
}
