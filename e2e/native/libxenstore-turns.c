/*
 * The yardstick of the xenstore benchmark: the same requests by libxenstore, which sends one and waits for its answer.
 *
 *   witness FILE
 *
 * FILE has a request a line: OP <tab> PATH <tab> VALUE (for SET_PERMS: letter and domid, comma between). The program
 * takes orders, one a line, and answers each with a line of microseconds:
 *
 *   read N     reads one node N times: the mean
 *   write N    writes one node N times: the mean
 *   create N   sends FILE's requests N times: each time
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xenstore.h>

#define MOST_REQUESTS 256
#define MOST_PERMISSIONS 8

struct request {
    char op[16], path[256], value[256];
    struct xs_permissions permissions[MOST_PERMISSIONS];
    unsigned int permission_count;
};

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void parse_permissions(struct request *r)
{
    char text[256], *entry, *rest = text;

    strcpy(text, r->value);
    while ((entry = strsep(&rest, ",")) && r->permission_count < MOST_PERMISSIONS) {
        struct xs_permissions *p = &r->permissions[r->permission_count++];

        p->id = atoi(entry + 1);
        p->perms = entry[0] == 'r' ? XS_PERM_READ : entry[0] == 'w' ? XS_PERM_WRITE
                 : entry[0] == 'b' ? XS_PERM_READ | XS_PERM_WRITE : XS_PERM_NONE;
    }
}

static unsigned int load(const char *file, struct request *requests)
{
    FILE *f = fopen(file, "r");
    char line[1024];
    unsigned int count = 0;

    if (!f)
        fail(file);
    while (fgets(line, sizeof(line), f) && count < MOST_REQUESTS) {
        struct request *r = &requests[count++];
        char *rest = line, *field;

        memset(r, 0, sizeof(*r));
        line[strcspn(line, "\n")] = 0;
        if ((field = strsep(&rest, "\t")))
            snprintf(r->op, sizeof(r->op), "%s", field);
        if ((field = strsep(&rest, "\t")))
            snprintf(r->path, sizeof(r->path), "%s", field);
        if ((field = strsep(&rest, "\t")))
            snprintf(r->value, sizeof(r->value), "%s", field);
        if (!strcmp(r->op, "SET_PERMS"))
            parse_permissions(r);
    }
    fclose(f);
    return count;
}

static void carry_out(struct xs_handle *xs, struct request *r)
{
    bool ok;

    if (!strcmp(r->op, "WRITE"))
        ok = xs_write(xs, XBT_NULL, r->path, r->value, strlen(r->value));
    else if (!strcmp(r->op, "MKDIR"))
        ok = xs_mkdir(xs, XBT_NULL, r->path);
    else
        ok = xs_set_permissions(xs, XBT_NULL, r->path, r->permissions, r->permission_count);
    if (!ok)
        fail(r->path);
}

static void single(struct xs_handle *xs, bool write, unsigned int count)
{
    unsigned int i, length;
    double start = now_us();

    for (i = 0; i < count; i++) {
        if (write)
            xs_write(xs, XBT_NULL, "/bench/single", "value", 5);
        else
            free(xs_read(xs, XBT_NULL, "/bench/single", &length));
    }
    printf("%.2f\n", (now_us() - start) / count);
}

static void create(struct xs_handle *xs, struct request *requests, unsigned int count, unsigned int rounds)
{
    unsigned int round, i;
    double start;

    for (round = 0; round < rounds; round++) {
        start = now_us();
        for (i = 0; i < count; i++)
            carry_out(xs, &requests[i]);
        printf("%.1f ", now_us() - start);
        xs_rm(xs, XBT_NULL, "/bench/create");
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    static struct request requests[MOST_REQUESTS];
    struct xs_handle *xs = xs_open(0);
    unsigned int number, count;
    char order[32];

    if (argc != 2) {
        fprintf(stderr, "usage: witness FILE\n");
        return 2;
    }
    if (!xs)
        fail("xs_open");
    count = load(argv[1], requests);
    xs_write(xs, XBT_NULL, "/bench/single", "value", 5);
    while (scanf("%31s %u", order, &number) == 2) {
        if (!strcmp(order, "create"))
            create(xs, requests, count, number);
        else
            single(xs, !strcmp(order, "write"), number);
        fflush(stdout);
    }
    xs_close(xs);
    return 0;
}
