/*
 * What no JavaScript can beat: a PV guest made by the calls of Xen's libraries and the requests to xenstore that a create of
 * ours makes, with nothing between them. The requests are written in two runs of bytes: the start of the transaction, whose
 * number the others need, and the rest.
 *
 *   create-floor KERNEL MEMORY_MIB FILE
 *
 * FILE has a request a line, as it went over the wire: OP <tab> 1 in the transaction or 0 <tab> PAYLOAD, with \0 for NUL, and
 * {d} {u} {n} {sp} {sf} {cp} {cf} for domid, uuid, name, and port and frame of the store's and the console's ring. The program
 * takes orders, one a line, and answers each with one:
 *
 *   create NAME    milliseconds and the domid
 *   destroy        destroys what was created since the last such order
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <xenctrl.h>
#include <xenguest.h>

#define SOCKET "/run/xenstored/socket"

enum { MOST_GUESTS = 64, MOST_REQUESTS = 256, MOST_PAYLOAD = 1024, MOST_DOMAINS = 1024, RESERVE_KIB = 1024 };
enum { XS_TRANSACTION_START = 6, XS_RELEASE = 9, XS_RM = 13, XS_ERROR = 16 };

struct header {
    uint32_t type, id, transaction, length;
};
struct request {
    unsigned int op, transacted;
    char payload[MOST_PAYLOAD];
};
struct guest {
    char name[64], uuid[37];
    uint32_t domid;
    int store_port, console_port;
    uint64_t store_frame, console_frame;
};

static xc_interface *xch;
static int store;
static void *kernel;
static size_t kernel_size;
static unsigned int memory_mib, request_count;
static struct request requests[MOST_REQUESTS];
static char out[1 << 16];

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void must(const char *what, int result)
{
    if (result < 0)
        fail(what);
}

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* Writes a payload with what its marks stand for, and answers its length. */
static size_t expand(char *to, const char *from, const struct guest *g)
{
    char *start = to;

    while (*from) {
        if (from[0] == '\\' && from[1] == '0') {
            *to++ = 0;
            from += 2;
        } else if (from[0] == '{') {
            if (from[1] == 'd')
                to += sprintf(to, "%u", g->domid);
            else if (from[1] == 'u')
                to += sprintf(to, "%s", g->uuid);
            else if (from[1] == 'n')
                to += sprintf(to, "%s", g->name);
            else if (from[2] == 'p')
                to += sprintf(to, "%d", from[1] == 's' ? g->store_port : g->console_port);
            else
                to += sprintf(to, "%lu", (unsigned long)(from[1] == 's' ? g->store_frame : g->console_frame));
            from = strchr(from, '}') + 1;
        } else {
            *to++ = *from++;
        }
    }
    return to - start;
}

static char *put(char *at, unsigned int op, uint32_t transaction, const char *payload, const struct guest *g)
{
    struct header h = { op, 1, transaction, 0 };

    h.length = expand(at + sizeof h, payload, g);
    memcpy(at, &h, sizeof h);
    return at + sizeof h + h.length;
}

static void send_all(const char *end)
{
    const char *from = out;

    while (from < end) {
        ssize_t sent = write(store, from, end - from);

        if (sent <= 0)
            fail("write to xenstored");
        from += sent;
    }
}

/* Takes answers; the last one's text is left in `answer`. One that says that a node is not there is an answer. */
static void take(unsigned int count, char *answer)
{
    static char in[1 << 16];
    static size_t have;
    size_t at = 0;

    while (count > 0) {
        struct header h;

        while (have - at < sizeof h || (memcpy(&h, in + at, sizeof h), have - at < sizeof h + h.length)) {
            ssize_t got = read(store, in + have, sizeof in - have);

            if (got <= 0)
                fail("read from xenstored");
            have += got;
        }
        memcpy(answer, in + at + sizeof h, h.length);
        answer[h.length] = 0;
        if (h.type == XS_ERROR && strcmp(answer, "ENOENT") != 0) {
            fprintf(stderr, "xenstored: %s\n", answer);
            exit(1);
        }
        at += sizeof h + h.length;
        count--;
    }
    memmove(in, in + at, have - at);
    have -= at;
}

static void build(struct guest *g)
{
    struct xc_dom_image *dom = xc_dom_allocate(xch, "", "");

    if (dom == NULL)
        fail("xc_dom_allocate");
    dom->container_type = XC_DOM_PV_CONTAINER;
    dom->console_evtchn = g->console_port;
    dom->xenstore_evtchn = g->store_port;
    dom->max_vcpus = 1;
    must("xc_dom_kernel_mem", xc_dom_kernel_mem(dom, kernel, kernel_size));
    must("xc_dom_boot_xen_init", xc_dom_boot_xen_init(dom, xch, g->domid));
    must("xc_dom_parse_image", xc_dom_parse_image(dom));
    must("xc_dom_mem_init", xc_dom_mem_init(dom, memory_mib));
    must("xc_dom_boot_mem_init", xc_dom_boot_mem_init(dom));
    must("xc_dom_build_image", xc_dom_build_image(dom));
    must("xc_dom_boot_image", xc_dom_boot_image(dom));
    must("xc_dom_gnttab_init", xc_dom_gnttab_init(dom));
    g->store_frame = dom->pv_p2m[dom->xenstore_pfn - dom->rambase_pfn];
    g->console_frame = dom->pv_p2m[dom->console_pfn - dom->rambase_pfn];
    xc_dom_release(dom);
}

static void tell_store(const struct guest *g)
{
    static char answer[1 << 16];
    uint32_t transaction = 0;
    unsigned int asked = 0;
    char *at = out;

    for (unsigned int i = 0; i < request_count; i++) {
        const struct request *r = &requests[i];

        if (r->op == XS_TRANSACTION_START) {
            send_all(put(at, r->op, 0, r->payload, g));
            take(asked + 1, answer);
            transaction = strtoul(answer, NULL, 10);
            at = out;
            asked = 0;
        } else {
            at = put(at, r->op, r->transacted ? transaction : 0, r->payload, g);
            asked++;
        }
    }
    send_all(at);
    take(asked, answer);
}

static void create(struct guest *g)
{
    static xc_dominfo_t domains[MOST_DOMAINS];
    struct xen_domctl_createdomain config = {
        .max_vcpus = 1, .max_evtchn_port = 1023, .max_grant_frames = -1, .max_maptrack_frames = -1, .grant_opts = 1,
    };
    uint64_t pages = memory_mib * 256ul;
    xc_physinfo_t physical;
    unsigned int byte;

    for (unsigned int i = 0, at = 0; i < 16; i++, at += 2) {
        at += g->uuid[at] == '-';
        sscanf(g->uuid + at, "%2x", &byte);
        config.handle[i] = byte;
    }
    must("xc_domain_getinfo", xc_domain_getinfo(xch, 0, MOST_DOMAINS, domains));
    must("xc_physinfo", xc_physinfo(xch, &physical));
    g->domid = 0;
    must("xc_domain_create", xc_domain_create(xch, &g->domid, &config));
    must("xc_domain_setmaxmem", xc_domain_setmaxmem(xch, g->domid, pages * 4 + RESERVE_KIB));
    must("xc_domain_claim_pages", xc_domain_claim_pages(xch, g->domid, pages));
    must("xc_domain_max_vcpus", xc_domain_max_vcpus(xch, g->domid, 1));
    g->store_port = xc_evtchn_alloc_unbound(xch, g->domid, 0);
    g->console_port = xc_evtchn_alloc_unbound(xch, g->domid, 0);
    must("xc_evtchn_alloc_unbound", g->store_port < 0 ? g->store_port : g->console_port);
    must("xc_domain_set_memmap_limit", xc_domain_set_memmap_limit(xch, g->domid, pages * 4));
    must("xc_domain_set_tsc_info", xc_domain_set_tsc_info(xch, g->domid, 0, 0, 0, 0));
    must("xc_cpuid_apply_policy", xc_cpuid_apply_policy(xch, g->domid, false, NULL, 0, true, false, false, NULL, NULL));
    build(g);
    must("xc_domain_claim_pages", xc_domain_claim_pages(xch, g->domid, 0));
    tell_store(g);
}

static void destroy(const struct guest *g)
{
    static char answer[1 << 16];
    char *at;

    must("xc_domain_destroy", xc_domain_destroy(xch, g->domid));
    at = put(out, XS_RELEASE, 0, "{d}\\0", g);
    at = put(at, XS_RM, 0, "/local/domain/{d}\\0", g);
    at = put(at, XS_RM, 0, "/vm/{u}\\0", g);
    at = put(at, XS_RM, 0, "/xen-image/name/{n}\\0", g);
    at = put(at, XS_RM, 0, "/xen-image/uuid/{u}\\0", g);
    send_all(at);
    take(5, answer);
}

static void load(const char *kernel_file, const char *request_file)
{
    FILE *f = fopen(kernel_file, "r");
    struct stat st;

    if (f == NULL || fstat(fileno(f), &st) != 0)
        fail(kernel_file);
    kernel_size = st.st_size;
    kernel = malloc(kernel_size);
    if (kernel == NULL || fread(kernel, 1, kernel_size, f) != kernel_size)
        fail(kernel_file);
    fclose(f);
    f = fopen(request_file, "r");
    if (f == NULL)
        fail(request_file);
    while (request_count < MOST_REQUESTS) {
        struct request *r = &requests[request_count];

        if (fscanf(f, "%u\t%u\t%1023[^\n]\n", &r->op, &r->transacted, r->payload) != 3)
            break;
        request_count++;
    }
    fclose(f);
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };
    static struct guest guests[MOST_GUESTS];
    unsigned int count = 0;
    char order[16];

    if (argc != 4) {
        fprintf(stderr, "usage: create-floor KERNEL MEMORY_MIB FILE\n");
        return 2;
    }
    memory_mib = atoi(argv[2]);
    load(argv[1], argv[3]);
    xch = xc_interface_open(NULL, NULL, 0);
    if (xch == NULL)
        fail("xc_interface_open");
    store = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (store < 0 || connect(store, (struct sockaddr *)&address, sizeof address) != 0)
        fail(SOCKET);
    while (scanf("%15s", order) == 1) {
        struct guest *g = &guests[count];

        if (strcmp(order, "create") == 0 && count < MOST_GUESTS && scanf("%63s", g->name) == 1) {
            FILE *f = fopen("/proc/sys/kernel/random/uuid", "r");
            double start;

            if (f == NULL || fscanf(f, "%36s", g->uuid) != 1)
                fail("/proc/sys/kernel/random/uuid");
            fclose(f);
            start = now_ms();
            create(g);
            printf("%.2f %u\n", now_ms() - start, g->domid);
            count++;
        } else if (strcmp(order, "destroy") == 0) {
            while (count > 0)
                destroy(&guests[--count]);
            printf("destroyed\n");
        } else {
            fprintf(stderr, "create-floor: no such order: %s\n", order);
            return 2;
        }
        fflush(stdout);
    }
    return 0;
}
