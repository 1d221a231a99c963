/*
 * What the hypervisor says, without any of this project's code: libxenctrl, and the two calls below.
 *
 *   witness host            free, scrub and claimed pages, and one line a domain: domid, uuid, pages, limit in KiB
 *   witness frames DOMID    how the machine frames of a PV guest lie: each run of 512 guest frames is whole when it
 *                           stands on contiguous machine frames of which the first is a multiple of 512
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xenctrl.h>
#include <xenguest.h>

/* Exported by libxenctrl, in none of its public headers. */
int xc_get_pfn_type_batch(xc_interface *xch, uint32_t dom, unsigned int num, xen_pfn_t *arr);

enum { BATCH = 1024, RUN = 512, MOST_DOMAINS = 1024 };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void host(xc_interface *xch) {
  static xc_dominfo_t info[MOST_DOMAINS];
  xc_physinfo_t physical;
  memset(&physical, 0, sizeof physical);
  if (xc_physinfo(xch, &physical) != 0) fail("xc_physinfo");
  printf("free %lu\nscrub %lu\nclaimed %lu\n", (unsigned long)physical.free_pages, (unsigned long)physical.scrub_pages,
         (unsigned long)physical.outstanding_pages);
  int count = xc_domain_getinfo(xch, 0, MOST_DOMAINS, info);
  if (count < 0) fail("xc_domain_getinfo");
  for (int i = 0; i < count; i++) {
    printf("domain %u ", info[i].domid);
    for (int byte = 0; byte < 16; byte++)
      printf("%s%02x", byte == 4 || byte == 6 || byte == 8 || byte == 10 ? "-" : "", info[i].handle[byte]);
    printf(" %lu %lu\n", info[i].nr_pages, info[i].max_memkb);
  }
}

static void frames(xc_interface *xch, uint32_t domid) {
  xc_dominfo_t info;
  unsigned long most = 0;
  if (xc_domain_getinfo(xch, domid, 1, &info) != 1 || info.domid != domid) fail("there is no such domain");
  if (xc_maximum_ram_page(xch, &most) != 0) fail("xc_maximum_ram_page");
  xen_pfn_t *m2p = xc_map_m2p(xch, most, PROT_READ, NULL);
  if (m2p == NULL) fail("xc_map_m2p");
  unsigned long *p2m = malloc(info.nr_pages * sizeof *p2m);
  if (p2m == NULL) fail("malloc");
  for (unsigned long pfn = 0; pfn < info.nr_pages; pfn++) p2m[pfn] = ~0ul;
  unsigned long found = 0;
  /* Machine frames that somebody has as one of these guest frames; the domain's are those that are not invalid to it. */
  for (unsigned long mfn = 0; mfn <= most;) {
    xen_pfn_t candidates[BATCH], types[BATCH];
    unsigned int count = 0;
    for (; mfn <= most && count < BATCH; mfn++)
      if (m2p[mfn] < info.nr_pages) candidates[count++] = mfn;
    memcpy(types, candidates, sizeof types);
    if (count > 0 && xc_get_pfn_type_batch(xch, domid, count, types) != 0) fail("xc_get_pfn_type_batch");
    for (unsigned int i = 0; i < count; i++) {
      if ((types[i] & XEN_DOMCTL_PFINFO_LTAB_MASK) == XEN_DOMCTL_PFINFO_XTAB) continue;
      p2m[m2p[candidates[i]]] = candidates[i];
      found++;
    }
  }
  unsigned long whole = 0, broken = 0;
  for (unsigned long at = 0; at < info.nr_pages; at += RUN) {
    int ok = at + RUN <= info.nr_pages && p2m[at] % RUN == 0;
    for (unsigned long i = 1; ok && i < RUN; i++) ok = p2m[at + i] == p2m[at] + i;
    if (ok) whole++;
    else broken++;
  }
  printf("pages %lu found %lu whole %lu broken %lu\n", info.nr_pages, found, whole, broken);
}

int main(int argc, char **argv) {
  int all = argc == 2 && strcmp(argv[1], "host") == 0;
  if (!all && !(argc == 3 && strcmp(argv[1], "frames") == 0)) {
    fprintf(stderr, "usage: witness host | frames DOMID\n");
    return 2;
  }
  xc_interface *xch = xc_interface_open(NULL, NULL, 0);
  if (xch == NULL) fail("xc_interface_open");
  if (all) host(xch);
  else frames(xch, (uint32_t)atoi(argv[2]));
  xc_interface_close(xch);
  return 0;
}
