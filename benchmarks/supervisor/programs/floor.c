/*
 * The least a supervisor can do: fork, exec, waitpid, start again. SIGTERM ends all children, then itself.
 *
 *   floor FILE
 *
 * FILE has one child per line, words separated by single spaces.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_CHILDREN 1024
#define MOST_WORDS 32

static char *commands[MOST_CHILDREN][MOST_WORDS + 1];
static pid_t pids[MOST_CHILDREN];
static int children;
static volatile sig_atomic_t stopping;

static void on_term(int signal_number) {
  (void)signal_number;
  stopping = 1;
  for (int index = 0; index < children; index++)
    if (pids[index] > 0) kill(pids[index], SIGTERM);
}

static void start(int index) {
  pid_t pid = vfork();
  if (pid == 0) {
    execv(commands[index][0], commands[index]);
    _exit(127);
  }
  if (pid < 0) {
    perror("vfork");
    exit(70);
  }
  pids[index] = pid;
  if (stopping) kill(pid, SIGTERM); /* the signal came between the fork and the line above */
}

static void read_commands(const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    perror(path);
    exit(66);
  }
  char *line = NULL;
  size_t size = 0;
  while (children < MOST_CHILDREN && getline(&line, &size, file) > 0) {
    line[strcspn(line, "\n")] = 0;
    int words = 0;
    char *rest = strdup(line);
    for (char *word = strtok(rest, " "); word != NULL && words < MOST_WORDS; word = strtok(NULL, " "))
      commands[children][words++] = word;
    if (words > 0) children++;
  }
  free(line);
  fclose(file);
}

int main(int argc, char **argv) {
  if (argc != 2) return 64;
  read_commands(argv[1]);
  struct sigaction action = {.sa_handler = on_term, .sa_flags = SA_RESTART};
  sigaction(SIGTERM, &action, NULL);
  for (int index = 0; index < children; index++) start(index);
  for (;;) {
    pid_t ended = waitpid(-1, NULL, 0);
    if (ended < 0 && errno == ECHILD) return 0;
    for (int index = 0; ended > 0 && index < children; index++) {
      if (pids[index] != ended) continue;
      pids[index] = 0;
      if (!stopping) start(index);
      break;
    }
  }
}
