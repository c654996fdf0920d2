#pragma once
#include <stddef.h>
#include <stdint.h>

/// libFuzzer's own mutations: changes `size` bytes in place, to at most `capacity`.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);

/// Counts the bytes that are allocated from now on, and ends the program when more than `limit` live
/// at once.
void fuzzer_limit_memory(int64_t limit);

/// Stops counting; returns the most bytes that lived at once.
int64_t fuzzer_release_memory(void);

/// A file without a name, in memory; its descriptor.
int fuzzer_memory_file(void);
