/* SPDX-License-Identifier: Apache-2.0 */
/* Builds without libndpi. */
#include "packet/content.h"

#include <errno.h>
#include <stdio.h>

#include "config.h"

#if !HAVE_NDPI

int content_new(struct content **ret_content, struct err *err)
{
	(void)ret_content;
	return err_set(err, -ENOTSUP,
		       "this build cannot name services by content: it was made without libndpi "
		       "(Debian: libndpi-dev; then configure with -Dndpi=enabled)");
}

void content_freep(struct content **content)
{
	*content = NULL;
}

int content_flow_new(struct content *content, struct content_flow **ret_flow, struct err *err)
{
	(void)content;
	(void)ret_flow;
	return err_set(err, -ENOTSUP, "no libndpi");
}

void content_flow_free(struct content_flow *flow)
{
	(void)flow;
}

bool content_packet(struct content *content, struct content_flow *flow,
		    const struct packet_view *view, int64_t time_ns)
{
	(void)content;
	(void)flow;
	(void)view;
	(void)time_ns;
	return false;
}

void content_name(struct content *content, struct content_flow *flow, const char *by_port,
		  char *ret_name, size_t n_name)
{
	(void)content;
	(void)flow;
	snprintf(ret_name, n_name, "%s", by_port);
}

#endif
