#include "csandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int os_pair(int out[2]) {
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out) < 0) return -errno;
  // A program whose standard output was closed would get these as 1 and 2.
  for (int i = 0; i < 2; i++) {
    int high = fcntl(out[i], F_DUPFD_CLOEXEC, 10);
    if (high < 0) {
      int why = errno;
      close(out[0]);
      close(out[1]);
      return -why;
    }
    close(out[i]);
    out[i] = high;
  }
  return 0;
}

int os_start(const char *path, char *const arguments[], char *const environment[], int socket, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int why = posix_spawn_file_actions_init(&actions);
  if (why) return -why;
  why = posix_spawnattr_init(&attributes);
  if (why) {
    posix_spawn_file_actions_destroy(&actions);
    return -why;
  }
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  for (int i = 0; i < 3 && !why; i++)
    why = posix_spawn_file_actions_addopen(&actions, i, "/dev/null", i ? O_WRONLY : O_RDONLY, 0);
  if (!why) why = posix_spawn_file_actions_adddup2(&actions, socket, 3);
  if (!why) why = posix_spawn_file_actions_addclosefrom_np(&actions, 4);
  if (!why) why = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return -why;
}

enum { most_descriptors = 16 };

int os_send(int socket, const void *bytes, size_t size, const int *descriptors, int count) {
  if (count < 0 || count > most_descriptors || size == 0) return -EINVAL;
  char room[CMSG_SPACE(sizeof(int) * most_descriptors)] __attribute__((aligned(8)));
  size_t done = 0;
  while (done < size) {
    struct iovec piece = {(char *)bytes + done, size - done};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    if (done == 0 && count > 0) {
      memset(room, 0, sizeof room);
      message.msg_control = room;
      message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
      struct cmsghdr *head = CMSG_FIRSTHDR(&message);
      head->cmsg_level = SOL_SOCKET;
      head->cmsg_type = SCM_RIGHTS;
      head->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
      memcpy(CMSG_DATA(head), descriptors, sizeof(int) * (size_t)count);
    }
    ssize_t n = sendmsg(socket, &message, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -errno;
    done += (size_t)n;
  }
  return 0;
}

ssize_t os_receive(int socket, void *bytes, size_t size, int *descriptors, int capacity, int *count) {
  char room[CMSG_SPACE(sizeof(int) * most_descriptors)] __attribute__((aligned(8)));
  struct iovec piece = {bytes, size};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  *count = 0;
  ssize_t n;
  do n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  if (n < 0) return -errno;
  for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    size_t came = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < came; i++) {
      int one;
      memcpy(&one, CMSG_DATA(head) + i * sizeof(int), sizeof one);
      if (*count < capacity) {
        descriptors[(*count)++] = one;
      } else {
        close(one);
      }
    }
  }
  return n;
}

int os_memory(size_t size) {
  int file = memfd_create("orrery", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return -errno;
  if (ftruncate(file, (off_t)size) < 0 || fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
    int why = errno;
    close(file);
    return -why;
  }
  return file;
}

int os_confine(int descriptors) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -errno;
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  struct rlimit nothing = {0, 0}, few = {(rlim_t)descriptors, (rlim_t)descriptors}, now;
  if (getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_max < few.rlim_max) few.rlim_cur = few.rlim_max = now.rlim_max;
  if (setrlimit(RLIMIT_CORE, &nothing) < 0 || setrlimit(RLIMIT_FSIZE, &nothing) < 0 ||
      setrlimit(RLIMIT_NOFILE, &few) < 0)
    return -errno;
  return 0;
}

// Linux' own numbers (include/uapi/linux/landlock.h): older headers lack some of them.
struct ruleset {
  uint64_t files, network, scopes;
};
struct __attribute__((packed)) beneath {
  uint64_t allowed;
  int32_t folder;
};

int os_landlock_version(void) {
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1U);
  return version < 1 ? 0 : (int)version;
}

int os_landlock(const char *const folders[], int count) {
  int abi = os_landlock_version();
  if (abi < 1) return 0;
  struct ruleset handled = {(1ULL << (abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13)) - 1, abi >= 4 ? 3 : 0, 0};
  size_t size = abi >= 4 ? 16 : 8;
  int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0U);
  if (rules < 0) return -errno;
  for (int i = 0; i < count; i++) {
    struct beneath rule = {(1ULL << 2) | (1ULL << 3), open(folders[i], O_PATH | O_CLOEXEC)};
    struct stat kind;
    if (rule.folder < 0) continue;
    if (fstat(rule.folder, &kind) == 0 && !S_ISDIR(kind.st_mode)) rule.allowed = 1ULL << 2;
    syscall(SYS_landlock_add_rule, rules, 1, &rule, 0U);
    close(rule.folder);
  }
  int failed = syscall(SYS_landlock_restrict_self, rules, 0U) < 0 ? errno : 0;
  close(rules);
  return failed ? -failed : 1;
}

uint64_t os_processor_seconds(void) {
  struct rusage used;
  if (getrusage(RUSAGE_SELF, &used) < 0) return 0;
  return (uint64_t)used.ru_utime.tv_sec + (uint64_t)used.ru_stime.tv_sec;
}

int os_limit(uint64_t address_space, uint64_t end) {
  struct rlimit now;
  if (getrlimit(RLIMIT_AS, &now) < 0) return -errno;
  now.rlim_cur = address_space < now.rlim_max ? address_space : now.rlim_max;
  if (setrlimit(RLIMIT_AS, &now) < 0) return -errno;
  if (getrlimit(RLIMIT_CPU, &now) < 0) return -errno;
  now.rlim_cur = end < now.rlim_max ? end : now.rlim_max;
  return setrlimit(RLIMIT_CPU, &now) < 0 ? -errno : 0;
}
