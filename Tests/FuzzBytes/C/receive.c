#include "cbytes.h"
#include "csandbox.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOLDS(law) ((law) ? (void)0 : abort())

int cbytes_receive(const uint8_t *bytes, size_t size) {
  int ends[2], given[16];
  if (size < 3 || size > 60000) return 0;
  int count = bytes[0] % 17, capacity = bytes[1] % 9;
  size_t piece = 1 + bytes[2];
  HOLDS(os_pair(ends) == 0);
  for (int i = 0; i < count; i++) given[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
  HOLDS(os_send(ends[0], bytes, size, given, count) == 0);
  HOLDS(os_send(ends[0], bytes, size, given, 17) < 0);
  close(ends[0]);
  size_t done = 0;
  int all = 0;
  for (;;) {
    uint8_t *room = malloc(piece);
    int *came = malloc(sizeof(int) * (size_t)(capacity ? capacity : 1)), n = 0;
    ssize_t got = os_receive(ends[1], room, piece, came, capacity, &n);
    HOLDS(got >= 0 && (size_t)got <= piece && n >= 0 && n <= capacity);
    HOLDS(done + (size_t)got <= size && memcmp(room, bytes + done, (size_t)got) == 0);
    for (int i = 0; i < n; i++) HOLDS(close(came[i]) == 0);
    all += n;
    done += (size_t)got;
    free(room);
    free(came);
    if (got == 0) break;
  }
  HOLDS(done == size && all == (count < capacity ? count : capacity));
  for (int i = 0; i < count; i++) close(given[i]);
  close(ends[1]);
  // Descriptors that found no room were closed: the next number is a low one.
  int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
  HOLDS(next < 64);
  close(next);
  return 0;
}
