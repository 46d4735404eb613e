/*
 * The supervised program of the benchmarks: the same for every supervisor.
 *
 *   child FIFO NAME MODE [ARGUMENT...]
 *
 * As its first act it writes one line to FIFO: "NAME PID NANOSECONDS", the last being CLOCK_MONOTONIC, which is the
 * clock of the harness too (process.hrtime). Then, by MODE:
 *   idle                       waits; ends by SIGTERM
 *   slow-stop MS               waits; on SIGTERM takes MS milliseconds before it ends
 *   exit                       ends at once with code 0
 *   flood BYTES MARKER         writes about BYTES to its output in lines of 100 bytes, then the line MARKER, and waits
 *   flood-on-signal            waits; from SIGUSR1 on writes such lines without end
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE 100
/* The most lines that fit into one write of 64 KiB, what a pipe takes at once. */
#define LINES 655

static char buffer[LINE * LINES];
static volatile sig_atomic_t flooding;
static struct timespec stop_delay;

static void fail(const char *what) {
  perror(what);
  _exit(70);
}

static void report(const char *fifo, const char *name) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) fail("clock_gettime");
  char line[256]; /* at most PIPE_BUF: lines of several children do not mix */
  int length = snprintf(line, sizeof line, "%s %d %lld\n", name, (int)getpid(),
                        (long long)now.tv_sec * 1000000000LL + now.tv_nsec);
  int fd = open(fifo, O_WRONLY | O_CLOEXEC);
  if (fd < 0) fail(fifo);
  if (write(fd, line, (size_t)length) != length) fail("write to the fifo");
  close(fd);
}

static void on_term(int signal_number) {
  (void)signal_number;
  nanosleep(&stop_delay, NULL);
  _exit(0);
}

static void on_usr1(int signal_number) {
  (void)signal_number;
  flooding = 1;
}

/* False when nobody reads any more. */
static int write_all(const char *text, size_t size) {
  while (size > 0) {
    ssize_t written = write(STDOUT_FILENO, text, size);
    if (written >= 0) {
      text += written;
      size -= (size_t)written;
    } else if (errno == EAGAIN) {
      struct pollfd ready = {.fd = STDOUT_FILENO, .events = POLLOUT};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return 0;
    }
  }
  return 1;
}

static void fill_buffer(void) {
  for (int line = 0; line < LINES; line++) {
    char *start = buffer + line * LINE;
    snprintf(start, LINE, "line %03d of a program that has much to say: ", line);
    size_t length = strlen(start);
    memset(start + length, 'x', LINE - 1 - length);
    start[LINE - 1] = '\n';
  }
}

static void flood(long long bytes, const char *marker) {
  for (long long written = 0; written < bytes; written += (long long)sizeof buffer) {
    if (!write_all(buffer, sizeof buffer)) return;
  }
  write_all(marker, strlen(marker));
  write_all("\n", 1);
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: child FIFO NAME MODE [ARGUMENT...]\n");
    return 64;
  }
  const char *mode = argv[3];
  if (strcmp(mode, "slow-stop") == 0 && argc > 4) {
    long ms = atol(argv[4]);
    stop_delay = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    signal(SIGTERM, on_term);
  }
  signal(SIGUSR1, on_usr1);
  report(argv[1], argv[2]);
  if (strcmp(mode, "exit") == 0) return 0;
  fill_buffer();
  if (strcmp(mode, "flood") == 0 && argc > 5) flood(atoll(argv[4]), argv[5]);
  if (strcmp(mode, "flood-on-signal") == 0) {
    while (!flooding) pause();
    while (write_all(buffer, sizeof buffer)) continue;
  }
  for (;;) pause();
}
