/*
 * The rig's agent in dom0: one TCP connection runs one command.
 *
 * The client sends a 4-byte big-endian length and that many bytes: NUL-ended strings, in order the token, the mode
 * ("run" or "pty"), the working directory, the command for /bin/sh -c, and NAME=value pairs for its environment.
 * Afterwards both sides send frames: one type byte, a 4-byte big-endian length, the payload.
 *   from the client: I bytes for standard input, C end of standard input, K signal number (4 bytes), W rows, columns
 *   from the agent:  O standard output, E standard error, X exit code (4 bytes; 128 + signal when killed)
 * A client that goes away takes its command's process group with it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FRAME_MAX = 1 << 16, REQUEST_MAX = 1 << 20, DRAIN_MS = 250 };

static int read_all(int fd, void *buf, size_t len) {
  for (size_t at = 0; at < len;) {
    ssize_t n = read(fd, (char *)buf + at, len - at);
    if (n <= 0) {
      if (n < 0 && errno == EINTR) continue;
      return -1;
    }
    at += (size_t)n;
  }
  return 0;
}

static int write_all(int fd, const void *buf, size_t len) {
  for (size_t at = 0; at < len;) {
    ssize_t n = write(fd, (const char *)buf + at, len - at);
    if (n < 0) {
      if (errno == EINTR) continue;
      return -1;
    }
    at += (size_t)n;
  }
  return 0;
}

static int send_frame(int fd, char type, const void *buf, uint32_t len) {
  unsigned char head[5] = {(unsigned char)type, (unsigned char)(len >> 24), (unsigned char)(len >> 16),
                           (unsigned char)(len >> 8), (unsigned char)len};
  if (write_all(fd, head, sizeof head) < 0) return -1;
  return write_all(fd, buf, len);
}

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Moves what is readable on *fd into a frame; closes it and sets -1 at its end. */
static int forward(int sock, int *fd, char type) {
  static char buf[FRAME_MAX];
  ssize_t n = read(*fd, buf, sizeof buf);
  if (n > 0) return send_frame(sock, type, buf, (uint32_t)n);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return 0;
  close(*fd);
  *fd = -1;
  return 0;
}

static void serve(int sock, const char *token) {
  unsigned char head[5];
  if (read_all(sock, head, 4) < 0) return;
  uint32_t size = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
  if (size == 0 || size > REQUEST_MAX) return;
  char *request = malloc(size + 1);
  if (!request || read_all(sock, request, size) < 0) return;
  request[size] = 0;
  char *word[4];
  char *at = request;
  char *end = request + size;
  for (int i = 0; i < 4; i++) {
    if (at >= end) return;
    word[i] = at;
    at += strlen(at) + 1;
  }
  if (strcmp(word[0], token) != 0) return;
  for (; at < end; at += strlen(at) + 1)
    if (strchr(at, '=')) putenv(at);
  int tty = strcmp(word[1], "pty") == 0;

  int in = -1, out = -1, err = -1;
  pid_t child;
  if (tty) {
    child = forkpty(&out, NULL, NULL, NULL);
    if (child > 0) in = dup(out);
  } else {
    int i[2], o[2], e[2];
    if (pipe2(i, O_CLOEXEC) < 0 || pipe2(o, O_CLOEXEC) < 0 || pipe2(e, O_CLOEXEC) < 0) return;
    child = fork();
    if (child == 0) {
      setsid();
      dup2(i[0], 0);
      dup2(o[1], 1);
      dup2(e[1], 2);
    } else {
      close(i[0]);
      close(o[1]);
      close(e[1]);
      in = i[1];
      out = o[0];
      err = e[0];
    }
  }
  if (child < 0) return;
  if (child == 0) {
    signal(SIGPIPE, SIG_DFL);
    if (chdir(word[2]) < 0) {
      fprintf(stderr, "agent: cannot change to %s: %s\n", word[2], strerror(errno));
      _exit(126);
    }
    execl("/bin/sh", "sh", "-c", word[3], (char *)NULL);
    _exit(127);
  }

  if (in >= 0) fcntl(in, F_SETFL, O_NONBLOCK);
  int exited = (int)syscall(SYS_pidfd_open, child, 0);
  static char input[FRAME_MAX];
  size_t pending = 0, done = 0;
  int closing = 0, ended = 0, status = 0;
  int64_t until = 0;
  while (!ended || ((out >= 0 || err >= 0) && now_ms() < until)) {
    /* The next frame is read only once the last input went out, so that a command that reads slowly holds its client. */
    struct pollfd fds[5] = {{sock, pending ? POLLRDHUP : POLLIN, 0},
                            {out, POLLIN, 0},
                            {err, POLLIN, 0},
                            {pending ? in : -1, POLLOUT, 0},
                            {ended ? -1 : exited, POLLIN, 0}};
    if (poll(fds, 5, ended ? 20 : -1) < 0 && errno != EINTR) break;
    if (fds[1].revents && forward(sock, &out, 'O') < 0) break;
    if (fds[2].revents && forward(sock, &err, 'E') < 0) break;
    if (fds[0].revents) {
      if (pending || read_all(sock, head, 5) < 0) break;
      uint32_t len = (uint32_t)head[1] << 24 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 8 | head[4];
      if (len > sizeof input || read_all(sock, input, len) < 0) break;
      if (head[0] == 'I') {
        pending = in >= 0 ? len : 0;
        done = 0;
      } else if (head[0] == 'C') {
        closing = 1;
      } else if (head[0] == 'K' && len == 4 && !ended) {
        kill(-child, input[3]);
      } else if (head[0] == 'W' && len == 8 && tty) {
        unsigned char *w = (unsigned char *)input;
        struct winsize size = {.ws_row = (unsigned short)(w[2] << 8 | w[3]),
                               .ws_col = (unsigned short)(w[6] << 8 | w[7])};
        ioctl(out, TIOCSWINSZ, &size);
      }
    }
    if (pending) {
      ssize_t n = write(in, input + done, pending);
      if (n > 0) {
        done += (size_t)n;
        pending -= (size_t)n;
      } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
        pending = 0;
        closing = 1;
      }
    }
    if (closing && !pending && in >= 0) {
      if (tty) (void)!write(in, "\004", 1);
      close(in);
      in = -1;
    }
    if (!ended && fds[4].revents && waitpid(child, &status, WNOHANG) == child) {
      ended = 1;
      /* What a background process still holds open is not waited for. */
      until = now_ms() + DRAIN_MS;
    }
  }
  if (!ended) {
    kill(-child, SIGKILL);
    waitpid(child, &status, 0);
    return;
  }
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  unsigned char result[4] = {0, 0, (unsigned char)(code >> 8), (unsigned char)code};
  send_frame(sock, 'X', result, sizeof result);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: agent PORT TOKEN\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 64) < 0) {
    perror("agent: cannot listen");
    return 1;
  }
  char *token = strdup(argv[2]);
  if (!token) return 1;
  /* The process list of dom0 does not show the token. */
  memset(argv[2], 'x', strlen(argv[2]));
  for (;;) {
    int sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
    if (sock < 0) continue;
    setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fork() == 0) {
      close(listener);
      serve(sock, token);
      shutdown(sock, SHUT_WR);
      _exit(0);
    }
    close(sock);
  }
}
