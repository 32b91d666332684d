/* SPDX-License-Identifier: Apache-2.0 */
#include "base/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

int library_load(const char *const *names, const char *package,
		 const struct library_function *functions, size_t n_functions, struct err *err)
{
	void *handle = NULL;
	int r = 0;

	for (size_t i = 0; handle == NULL && names[i] != NULL; i++)
		handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (handle == NULL)
		return err_set(err, -ENOENT, "cannot load %s (package %s): %s", names[0], package,
			       dlerror());
	for (size_t i = 0; r == 0 && i < n_functions; i++) {
		void *found = dlsym(handle, functions[i].name);

		if (found == NULL)
			r = err_set(err, -ENOSYS, "%s has no %s: another version than %s", names[0],
				    functions[i].name, package);
		/* dlsym(3): POSIX has pointers to functions fit into a void *. */
		memcpy(functions[i].address, &found, sizeof(found));
	}
	dlclose(handle); /* RTLD_NODELETE: gives back what was counted, not the library */
	return r;
}
