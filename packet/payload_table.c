/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/payload_makers.h"

#include <stddef.h>

static const struct payload_ops *const makers[] = {
	&payload_opaque_ops,
	NULL,
};

const struct payload_ops *const *payload_all(void)
{
	return makers;
}

const struct payload_ops *payload_choose(const struct flow_record *record)
{
	(void)record;
	return &payload_opaque_ops;
}
