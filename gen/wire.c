/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int wire_interface(const char *text, char name[WIRE_NAME_BYTES], struct sink_options *port,
		   struct err *err)
{
	char *at;

	if (snprintf(name, WIRE_NAME_BYTES, "%s", text) >= WIRE_NAME_BYTES)
		return err_set(err, -EINVAL, "interface: '%.40s...' is too long", text);
	at = strchr(name, '@');
	if (at != NULL)
		*at++ = '\0';
	if (name[0] == '\0' || (at != NULL && *at == '\0'))
		return err_set(err, -EINVAL, "interface: '%s' is not IFACE or IFACE@NETNS", text);
	port->interface = name;
	port->netns = at;
	return 0;
}

static bool ends_in(const char *text, const char *end)
{
	const size_t n = strlen(text), n_end = strlen(end);

	return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

static int wire_file(const char *path, const struct sink_ops **ret_sink, struct sink_options *port,
		     struct err *err)
{
	if (path == NULL || path[0] == '\0')
		return err_set(err, -EINVAL, "sink pcap:FILE: the file's name is missing");
	*ret_sink = sink_named("file");
	port->path = path;
	port->capture.nanoseconds = true;
	port->capture.format = ends_in(path, ".pcapng") ? CAPTURE_PCAPNG : CAPTURE_PCAP;
	return 0;
}

int wire_sink(const char *text, const struct sink_ops **ret_sink, struct sink_options *port,
	      struct err *err)
{
	const char *colon = strchr(text, ':');
	int n = colon != NULL ? (int)(colon - text) : (int)strlen(text);
	char kind[32];

	snprintf(kind, sizeof(kind), "%.*s", n, text);
	if (strcmp(kind, "pcap") == 0)
		return wire_file(colon != NULL ? colon + 1 : NULL, ret_sink, port, err);
	*ret_sink = sink_named(kind);
	if (*ret_sink == NULL && strcmp(kind, "dpdk") == 0)
		return err_set(err, -EINVAL,
			       "this sosie was built without DPDK (packages libdpdk-dev, "
			       "libbpf-dev, libxdp-dev)");
	if (*ret_sink == NULL || strcmp(kind, "file") == 0 ||
	    (colon != NULL && !(*ret_sink)->takes_arguments))
		return err_set(err, -EINVAL,
			       "no sink '%s': af_packet, dpdk[:ARGUMENTS], pcap:FILE, null, digest",
			       text);
	port->arguments = colon != NULL ? colon + 1 : NULL;
	return 0;
}
