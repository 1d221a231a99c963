/* What the contract tests call: one function for each thing that a foreign call can do. */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool negate(bool value) { return !value; }
uint8_t echo_u8(uint8_t v) { return v; }
int16_t echo_i16(int16_t v) { return v; }
uint16_t echo_u16(uint16_t v) { return v; }
int echo_int(int v) { return v; }
uint32_t echo_u32(uint32_t v) { return v; }
int64_t echo_i64(int64_t v) { return v; }
uint64_t echo_u64(uint64_t v) { return v; }
long echo_long(long v) { return v; }
unsigned long echo_ulong(unsigned long v) { return v; }
size_t echo_size(size_t v) { return v; }
void *echo_pointer(void *v) { return v; }

/* More arguments than there are registers for them, of every width. */
uint64_t mix(uint8_t a, int b, uint64_t c, bool d, int16_t e, uint32_t f, uint64_t g, uint8_t h, int64_t i, uint16_t j)
{
    return a + (uint64_t)b * 3 + c * 5 + (d ? 7 : 0) + (uint64_t)e * 11 + f * 13u + g * 17 + h * 19u + (uint64_t)i * 23 + j * 29u;
}

size_t length_of(const char *text) { return text ? strlen(text) : (size_t)-1; }
const char *word_for(int n) { return n == 0 ? NULL : n == 1 ? "one" : "gr\xc3\xb6\xc3\x9f" "er"; }

int counter;
void bump(void) { counter++; }
int counted(void) { return counter; }

int fail_with(int number) { errno = number; return -1; }
int fail_later(int number, unsigned int ms) { usleep(ms * 1000); errno = number; return -1; }

int out_parameters(uint32_t *small, uint64_t *large) { *small = 0xdeadbeef; *large = 0xfedcba9876543210u; return 0; }

struct point { uint8_t tag; uint64_t x; uint32_t y; };
int shift_point(struct point *p, int by) { p->x += by; p->y -= by; p->tag++; return sizeof *p; }

uint32_t sum(const uint8_t *bytes, size_t length) { uint32_t s = 0; while (length--) s += *bytes++; return s; }
uint32_t sum_slowly(const uint8_t *bytes, size_t length, unsigned int ms) { usleep(ms * 1000); return sum(bytes, length); }

static int running, most;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int nap(unsigned int ms)
{
    pthread_mutex_lock(&lock);
    if (++running > most) most = running;
    pthread_mutex_unlock(&lock);
    usleep(ms * 1000);
    pthread_mutex_lock(&lock);
    running--;
    pthread_mutex_unlock(&lock);
    return 0;
}
int most_at_once(void) { int m = most; most = 0; return m; }

int call_back(int (*fn)(int, uint64_t, const char *, uint32_t, bool, void *), int n)
{
    return fn(n, 1ull << 63, "said", 0xfffffffeu, true, (void *)0xffff800000000001ull) + 1;
}

/* The shape of xentoollog's logger: a struct of function pointers, one of them with a va_list. */
struct logger {
    void (*vmessage)(struct logger *, int level, int errnoval, const char *context, const char *format, va_list al);
    void (*progress)(struct logger *, const char *context, const char *doing, int percent, unsigned long done, unsigned long total);
    void (*destroy)(struct logger *);
};
static void logger_message(struct logger *lg, int level, int errnoval, const char *format, ...)
{
    va_list al;
    va_start(al, format);
    lg->vmessage(lg, level, errnoval, "xc", format, al);
    va_end(al);
}
int build_something(struct logger *lg, const char *what)
{
    logger_message(lg, 7, -1, "building %s, step %d of %lu", what, 1, 2ul);
    lg->progress(lg, "xc", "building", 50, 1, 2);
    logger_message(lg, 9, ENOMEM, "panic: %s has no %s", what, "memory");
    lg->destroy(lg);
    errno = ENOMEM;
    return -1;
}
