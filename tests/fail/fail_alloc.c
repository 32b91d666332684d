/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into a program, makes its n-th allocation after main() began fail, as if memory were
 * full:
 *
 *	FAIL_AT=n           the n-th from 1 on; absent or 0: none
 *	FAIL_ONWARD=1       that one and all after it
 *	FAIL_COUNT=FILE     where the number of allocations goes at exit
 *
 * Allocations whose caller is libconfig neither count nor fail: version 1.5 does not check them and
 * writes through the null pointer, which nothing in this program can prevent. What it calls that
 * allocates is strdup() alone (by its older name where old headers built it): replaced too.
 *
 * Needs glibc, which exports its allocator under names of its own for this.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int main_fn(int argc, char **argv, char **environment);
typedef int start_fn(main_fn *program, int argc, char **argv, void (*init)(void),
		     void (*fini)(void), void (*rtld_fini)(void), void *stack_end);

void *__libc_malloc(size_t n_bytes);
void *__libc_calloc(size_t n, size_t n_bytes);
void *__libc_realloc(void *old, size_t n_bytes);
void *__libc_memalign(size_t alignment, size_t n_bytes);
char *__strdup(const char *text);
start_fn __libc_start_main;

/* One process, one experiment: this is its state. */
static main_fn *real_main;
static atomic_bool armed;
static atomic_ullong n_calls;
static unsigned long long fail_at;
static bool onward;
static uintptr_t exempt_begin, exempt_end;

static int find_libconfig(struct dl_phdr_info *info, size_t size, void *context)
{
	(void)size;
	(void)context;
	if (strstr(info->dlpi_name, "libconfig.so") == NULL)
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_LOAD && (p->p_flags & PF_X) != 0) {
			exempt_begin = info->dlpi_addr + p->p_vaddr;
			exempt_end = exempt_begin + p->p_memsz;
		}
	}
	return 1;
}

static void write_count(void)
{
	const char *path = getenv("FAIL_COUNT");
	char text[32];
	int fd, n;

	atomic_store(&armed, false);
	if (path == NULL)
		return;
	n = snprintf(text, sizeof(text), "%llu\n", (unsigned long long)atomic_load(&n_calls));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, text, (size_t)n) != n)
		_exit(99);
	close(fd);
}

static int armed_main(int argc, char **argv, char **environment)
{
	const char *at = getenv("FAIL_AT");

	dl_iterate_phdr(find_libconfig, NULL);
	atexit(write_count);
	fail_at = at != NULL ? strtoull(at, NULL, 10) : 0;
	onward = getenv("FAIL_ONWARD") != NULL;
	atomic_store(&armed, true);
	return real_main(argc, argv, environment);
}

int __libc_start_main(main_fn *program, int argc, char **argv, void (*init)(void),
		      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
	void *symbol = dlsym(RTLD_NEXT, "__libc_start_main");
	start_fn *real;

	memcpy(&real, &symbol, sizeof(real));
	real_main = program;
	return real(armed_main, argc, argv, init, fini, rtld_fini, stack_end);
}

static bool fails(const void *caller)
{
	unsigned long long n;

	if (!atomic_load_explicit(&armed, memory_order_relaxed) ||
	    ((uintptr_t)caller >= exempt_begin && (uintptr_t)caller < exempt_end))
		return false;
	n = atomic_fetch_add_explicit(&n_calls, 1, memory_order_relaxed) + 1;
	if (fail_at == 0 || n < fail_at || (n > fail_at && !onward))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t n_bytes)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(n_bytes);
}

void *calloc(size_t n, size_t n_bytes)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, n_bytes);
}

void *realloc(void *old, size_t n_bytes)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, n_bytes);
}

void *aligned_alloc(size_t alignment, size_t n_bytes)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, n_bytes);
}

int posix_memalign(void **ret_memory, size_t alignment, size_t n_bytes)
{
	void *memory =
		fails(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, n_bytes);

	if (memory == NULL)
		return ENOMEM;
	*ret_memory = memory;
	return 0;
}

static char *duplicate(const char *text)
{
	const size_t n = strlen(text) + 1;
	char *copy = __libc_malloc(n);

	return copy != NULL ? memcpy(copy, text, n) : NULL;
}

char *strdup(const char *text)
{
	return fails(__builtin_return_address(0)) ? NULL : duplicate(text);
}

char *__strdup(const char *text)
{
	return fails(__builtin_return_address(0)) ? NULL : duplicate(text);
}
