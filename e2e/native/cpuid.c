/*
 * Prints what CPUID says for a leaf: "eax ebx ecx edx" in hex. With -x the instruction carries Xen's prefix, which asks
 * the hypervisor for it also in a PV guest, whose plain CPUID may reach the processor. Without Xen -x ends by SIGILL.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
  int prefixed = argc > 1 && strcmp(argv[1], "-x") == 0;
  if (argc < 2 + prefixed) {
    fprintf(stderr, "usage: cpuid [-x] LEAF [SUBLEAF]   (hex)\n");
    return 2;
  }
  uint32_t a = (uint32_t)strtoul(argv[1 + prefixed], NULL, 16), b, d;
  uint32_t c = argc > 2 + prefixed ? (uint32_t)strtoul(argv[2 + prefixed], NULL, 16) : 0;
  if (prefixed)
    __asm__ volatile("ud2a; .ascii \"xen\"; cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  else
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  printf("%08x %08x %08x %08x\n", a, b, c, d);
  return 0;
}
