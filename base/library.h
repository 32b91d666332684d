/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared libraries that are loaded when first needed, for those that few runs need and that cost
 * every start: libxgboost and liblinear, whose BLAS starts threads that spin, take 13 of the 17 ms
 * that the program would take to say its version.
 */
#ifndef SOSIE_BASE_LIBRARY_H
#define SOSIE_BASE_LIBRARY_H

#include <stddef.h>

#include "base/err.h"

struct library_function {
	const char *name;
	void *address; /* where to put it: of a pointer to a function of the right type */
};

/*
 * Loads the first of the files (NULL ends the names; a bare soname is looked for where the linker
 * looks) and finds functions in it. It stays loaded until the process ends, so loading it again is
 * cheap and pointers stay valid. package: what brings it, for the error. -ENOENT: no such library;
 * -ENOSYS: it has no such function, another version's. Safe in several threads at once.
 */
int library_load(const char *const *names, const char *package,
		 const struct library_function *functions, size_t n_functions, struct err *err);

#endif
