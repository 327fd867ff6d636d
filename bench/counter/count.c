// Counts allocations and copies of a dynamically linked program, in the file $COUNT_FILE: four numbers of 64 bits, which
// `drive` reads while the program runs. LD_PRELOAD loads it. It needs glibc.
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ALLOCATIONS, ALLOCATED, COPIES, COPIED, COUNTS };

static _Atomic uint64_t before_start[COUNTS];
static _Atomic uint64_t *counts = before_start;

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("COUNT_FILE");
    int file = path ? open(path, O_RDWR | O_CREAT, 0600) : -1;
    if (file < 0 || ftruncate(file, sizeof before_start) < 0) return;
    void *shared = mmap(NULL, sizeof before_start, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared != MAP_FAILED) counts = shared;
    close(file);
}

static void count(int number, size_t size) {
    atomic_fetch_add_explicit(&counts[number], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&counts[number + 1], size, memory_order_relaxed);
}

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

void *malloc(size_t size) {
    count(ALLOCATIONS, size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(ALLOCATIONS, number * size);
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    count(ALLOCATIONS, size);
    return __libc_realloc(old, size);
}

static void copy(void *to, const void *from, size_t size) { __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size)::"memory"); }

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    count(COPIES, size);
    copy(to, from, size);
    return to;
}

void *memmove(void *to, const void *from, size_t size) {
    count(COPIES, size);
    if ((uintptr_t)to - (uintptr_t)from >= size)
        copy(to, from, size);
    else
        for (unsigned char *bytes = to; size-- > 0;) bytes[size] = ((const unsigned char *)from)[size];
    return to;
}
