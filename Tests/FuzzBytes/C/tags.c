#include "cbytes.h"
#include "ctags.h"
#include <stdlib.h>
#include <string.h>

#define HOLDS(law) ((law) ? (void)0 : abort())

static uint32_t plainly(const uint8_t *bytes, size_t size) {
  uint64_t a = 0, b = 0;
  for (size_t i = 0; i < size; i += 2) {
    a += (uint32_t)(bytes[i] << 8) | (i + 1 < size ? bytes[i + 1] : 0u);
    a = (a & 0xFFFF) + (a >> 16);
    b += a;
    b = (b & 0xFFFF) + (b >> 16);
  }
  // Both kinds of zero are one number modulo 65535; the sums above never fall back to 0 once they left it.
  return (uint32_t)((b % 65535) << 16 | (a % 65535));
}

int cbytes_tags(const uint8_t *bytes, size_t size) {
  static ct_key key;
  if (!key.point[0]) {
    uint64_t word = 0x9E3779B97F4A7C15u;
    for (int i = 0; i < ct_key_words; i++) key.nh[i] = (uint32_t)((word = word * 6364136223846793005u + 1) >> 32);
    key.point[0] = word * 3 | 1;
    key.point[1] = word * 7 | 1;
  }
  uint32_t sum = ct_fletcher32(bytes, size), slow = plainly(bytes, size);
  HOLDS((sum >> 16) % 65535 == slow >> 16 && (sum & 0xFFFF) % 65535 == (slow & 0xFFFF));
  for (int way = 0; way < ct_ways(); way++) {
    uint64_t tag = ct_tag_by(way, &key, bytes, size);
    HOLDS(tag != 0);
    // Exactly as large as it must be, at an odd address.
    uint8_t *room = malloc(size + 1), *moved = room + 1;
    memcpy(moved, bytes, size);
    HOLDS(ct_tag_by(way, &key, moved, size) == tag);
    if (size) {
      size_t at = bytes[0] * size / 256;
      moved[at] ^= (uint8_t)(1 + bytes[size - 1] % 255);
      HOLDS(ct_tag_by(way, &key, moved, size) != tag);
      HOLDS(ct_tag_by(way, &key, bytes, size - 1) != tag);
    }
    free(room);
  }
  if (size > 1) {
    size_t row = 1 + bytes[0] % (size < 255 ? size : 255), rows = size / row;
    uint64_t *tags = malloc(rows * sizeof *tags);
    ct_tag_rows(&key, bytes, row, rows, tags);
    for (size_t i = 0; i < rows; i++) HOLDS(tags[i] == ct_tag(&key, bytes + i * row, row));
    free(tags);
  }
  return 0;
}
