/*
 * Checks that the processor's vector registers keep what is put in them, while the process yields and others use theirs.
 * Prints "rounds N, wrong M" after the given seconds; exit code 1 when any was wrong.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef uint64_t v2 __attribute__((vector_size(16)));

int main(int argc, char **argv) {
  double seconds = argc > 1 ? atof(argv[1]) : 5;
  uint64_t seed = (uint64_t)getpid() * 0x9e3779b97f4a7c15u;
  unsigned long rounds = 0, wrong = 0;
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  do {
    v2 in = {seed ^ rounds, ~seed + rounds}, out[4];
    __asm__ volatile(
        "movdqu %[in], %%xmm4\n movdqa %%xmm4, %%xmm9\n movdqa %%xmm4, %%xmm12\n movdqa %%xmm4, %%xmm15\n"
        "mov $24, %%eax\n syscall\n" /* sched_yield */
        "mov $20000, %%ecx\n 1: dec %%ecx\n jnz 1b\n"
        "movdqu %%xmm4, 0(%[out])\n movdqu %%xmm9, 16(%[out])\n movdqu %%xmm12, 32(%[out])\n movdqu %%xmm15, 48(%[out])\n"
        :
        : [in] "m"(in), [out] "r"(out)
        : "rax", "rcx", "r11", "xmm4", "xmm9", "xmm12", "xmm15", "memory");
    for (int i = 0; i < 4; i++) wrong += memcmp(&out[i], &in, sizeof in) != 0;
    rounds++;
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while ((double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9 < seconds);
  printf("rounds %lu, wrong %lu\n", rounds, wrong);
  return wrong != 0;
}
