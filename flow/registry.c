/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/registry.h"

#include <stddef.h>
#include <string.h>

static const struct flow_model_ops *const models[] = {
	&flow_model_chronicle,
	&flow_model_independent,
	&flow_model_sequence,
	NULL,
};

const struct flow_model_ops *const *flow_models(void)
{
	return models;
}

const struct flow_model_ops *flow_model_named(const char *name)
{
	for (size_t i = 0; models[i] != NULL; i++)
		if (strcmp(models[i]->name, name) == 0)
			return models[i];
	return NULL;
}
