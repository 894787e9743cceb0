#pragma once
#include <stddef.h>
#include <stdint.h>

// Keyed tags of bytes that never leave the process, and HDF5's Fletcher checksum.

enum { ct_key_words = 1024 + 16 };

// Random words, drawn once a process.
typedef struct {
  uint32_t nh[ct_key_words];
  uint64_t point[2];
} ct_key;

// A tag of `size` bytes: a universal hash over blocks of 4096 bytes, then a polynomial modulo 2^61 - 1. The hash of a
// block is CLNH where the processor multiplies without carries (Lemire and Kaser, Faster 64-bit universal hashing using
// carry-less multiplications, 2016), else NH (Black et al., UMAC, CRYPTO 1999), twice with a shifted key. For two
// different texts the tags agree with a probability below 2^-50 over the key, which nobody outside sees. Never 0; the
// same text has the same tag within a process only.
uint64_t ct_tag(const ct_key *key, const void *bytes, size_t size);

// How many ways of tagging this processor has, and a tag by one of them (from 0): for tests.
int ct_ways(void);
uint64_t ct_tag_by(int way, const ct_key *key, const void *bytes, size_t size);

// A tag for each of `rows` rows of `row` bytes.
void ct_tag_rows(const ct_key *key, const void *bytes, size_t row, size_t rows, uint64_t *tags);

// HDF5's fletcher32 filter (H5_checksum_fletcher32).
uint32_t ct_fletcher32(const void *bytes, size_t size);
