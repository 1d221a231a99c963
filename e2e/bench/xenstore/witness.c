/*
 * The yardstick of the xenstore benchmark: the same requests by libxenstore, which sends one and waits for its answer.
 *
 *   witness single READS       reads and writes one node so often; prints the microseconds of a read and of a write
 *   witness create ROUNDS FILE sends FILE's requests so often; prints the microseconds of each round, one a line
 *
 * FILE has a request a line: OP <tab> PATH <tab> VALUE (for SET_PERMS: letter and domid, comma between).
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

int main(int argc, char **argv)
{
    static struct request requests[MOST_REQUESTS];
    struct xs_handle *xs = xs_open(0);
    unsigned int rounds = argc > 2 ? atoi(argv[2]) : 0, round, count, i, length;
    double start;

    if (!xs)
        fail("xs_open");
    if (argc == 3 && !strcmp(argv[1], "single")) {
        xs_write(xs, XBT_NULL, "/bench/single", "value", 5);
        start = now_us();
        for (round = 0; round < rounds; round++)
            free(xs_read(xs, XBT_NULL, "/bench/single", &length));
        printf("%.2f ", (now_us() - start) / rounds);
        start = now_us();
        for (round = 0; round < rounds; round++)
            xs_write(xs, XBT_NULL, "/bench/single", "value", 5);
        printf("%.2f\n", (now_us() - start) / rounds);
    } else if (argc == 4 && !strcmp(argv[1], "create")) {
        count = load(argv[3], requests);
        for (round = 0; round < rounds; round++) {
            start = now_us();
            for (i = 0; i < count; i++)
                carry_out(xs, &requests[i]);
            printf("%.1f\n", now_us() - start);
            xs_rm(xs, XBT_NULL, "/bench/create");
        }
    } else {
        fprintf(stderr, "usage: witness single READS | witness create ROUNDS FILE\n");
        return 2;
    }
    xs_close(xs);
    return 0;
}
