#define _GNU_SOURCE
#include "CFuzzer.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

// Of the sanitizers' runtime (sanitizer/allocator_interface.h).
int __sanitizer_install_malloc_and_free_hooks(
    void (*allocated)(const volatile void *, size_t), void (*freed)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *);

static _Atomic int64_t live, limit = INT64_MAX;

static void allocated(const volatile void *address, size_t size) {
  (void)address;
  if (atomic_load(&limit) == INT64_MAX) return;
  if (atomic_fetch_add(&live, (int64_t)size) + (int64_t)size <= atomic_load(&limit)) return;
  int64_t bound = atomic_exchange(&limit, INT64_MAX);
  fprintf(stderr, "FOUND: an input took more than %lld bytes of memory.\n", (long long)bound);
  abort();
}

static void freed(const volatile void *address) {
  if (atomic_load(&limit) == INT64_MAX || !address) return;
  atomic_fetch_sub(&live, (int64_t)__sanitizer_get_allocated_size(address));
}

static clock_t start;

void fuzzer_begin(int64_t bytes) {
  static int installed;
  if (!installed) installed = __sanitizer_install_malloc_and_free_hooks(allocated, freed);
  atomic_store(&live, 0);
  start = clock();
  atomic_store(&limit, bytes);
}

void fuzzer_end(void) {
  atomic_store(&limit, INT64_MAX);
  double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
  if (seconds <= 1) return;
  fprintf(stderr, "FOUND: an input took %.1f s.\n", seconds);
  abort();
}

int fuzzer_memory_file(void) { return memfd_create("input", MFD_CLOEXEC); }
