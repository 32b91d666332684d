/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/registry.h"

#include <string.h>

#include "config.h"

static const struct sink_ops *const registry[] = {
	&sink_file, &sink_null, &sink_digest, &sink_af_packet,
#if HAVE_DPDK
	&sink_dpdk,
#endif
	NULL,
};

const struct sink_ops *sink_named(const char *name)
{
	for (size_t i = 0; registry[i] != NULL; i++) {
		if (strcmp(registry[i]->name, name) == 0)
			return registry[i];
	}
	return NULL;
}

const struct sink_ops *const *sinks(void)
{
	return registry;
}
