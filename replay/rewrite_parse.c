/* SPDX-License-Identifier: Apache-2.0 */
/* The rewriter's options as a command line has them. */
#include "replay/rewrite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse_number(const char *text, long min, long max, long *ret_value)
{
	char *end;

	errno = 0;
	*ret_value = strtol(text, &end, 10);
	return errno != 0 || end == text || *end != '\0' || *ret_value < min || *ret_value > max
		       ? -EINVAL
		       : 0;
}

/* "src=02:..", "dst=02:.."; before it "2:" for the second interface. */
int rewrite_parse_mac(const char *text, struct rewrite_options *o, struct err *err)
{
	const char *value = text;
	struct rewrite_macs *macs = &o->macs[0];

	if (strncmp(value, "2:", 2) == 0) {
		macs = &o->macs[1];
		value += 2;
	}
	if (strncmp(value, "src=", 4) == 0) {
		macs->has_src = true;
		return mac_parse(value + 4, macs->src, err);
	}
	if (strncmp(value, "dst=", 4) == 0) {
		macs->has_dst = true;
		return mac_parse(value + 4, macs->dst, err);
	}
	return err_set(err, -EINVAL, "mac '%s': src=MAC or dst=MAC, with 2: in front for -I", text);
}

int rewrite_parse_vlan(const char *text, struct rewrite_options *o, struct err *err)
{
	const char *colon = strchr(text, ':');
	long id = 0;

	if (strcmp(text, "del") == 0)
		o->vlan = REWRITE_VLAN_DEL;
	else if (strncmp(text, "add:", 4) == 0)
		o->vlan = REWRITE_VLAN_ADD;
	else if (strncmp(text, "set:", 4) == 0)
		o->vlan = REWRITE_VLAN_SET;
	else
		return err_set(err, -EINVAL, "vlan '%s': add:ID, set:ID or del", text);
	if (o->vlan != REWRITE_VLAN_DEL && parse_number(colon + 1, 0, 4095, &id) < 0)
		return err_set(err, -EINVAL, "vlan '%s': an ID is 0 to 4095", text);
	o->vlan_id = (uint16_t)id;
	return 0;
}

/* "10.1.0.0/16=10.2.0.0/16"; a lone address is its own prefix. */
int rewrite_parse_ip_map(const char *text, struct rewrite_options *o, struct err *err)
{
	struct rewrite_map map;
	const char *equals = strchr(text, '=');
	char from[IP_TEXT_BYTES];
	int r;

	if (o->n_maps == REWRITE_MAX_MAPS)
		return err_set(err, -E2BIG, "more than %d address maps", REWRITE_MAX_MAPS);
	if (equals == NULL || equals - text >= (long)sizeof(from))
		return err_set(err, -EINVAL, "address map '%s': OLD/BITS=NEW/BITS was expected",
			       text);
	memcpy(from, text, (size_t)(equals - text));
	from[equals - text] = '\0';
	r = ip_prefix_parse(from, &map.from, err);
	if (r == 0)
		r = ip_prefix_parse(equals + 1, &map.to, err);
	if (r < 0)
		return r;
	if (map.from.addr.version != map.to.addr.version || map.from.n_bits != map.to.n_bits)
		return err_set(err, -EINVAL,
			       "address map '%s': both sides need the same IP version and length",
			       text);
	o->maps[o->n_maps++] = map;
	return 0;
}

/* "80=8080" or "5000-5009=6000". */
int rewrite_parse_port_map(const char *text, struct rewrite_options *o, struct err *err)
{
	char copy[64];
	char *equals, *dash;
	long first, last, to;

	if (o->n_ports == REWRITE_MAX_MAPS)
		return err_set(err, -E2BIG, "more than %d port maps", REWRITE_MAX_MAPS);
	snprintf(copy, sizeof(copy), "%s", text);
	equals = strchr(copy, '=');
	if (equals == NULL)
		return err_set(err, -EINVAL, "port map '%s': OLD=NEW or FIRST-LAST=NEW", text);
	*equals = '\0';
	dash = strchr(copy, '-');
	if (dash != NULL)
		*dash = '\0';
	if (parse_number(copy, 0, 65535, &first) < 0 ||
	    parse_number(dash != NULL ? dash + 1 : copy, first, 65535, &last) < 0 ||
	    parse_number(equals + 1, 0, 65535 - (last - first), &to) < 0)
		return err_set(err, -EINVAL, "port map '%s': ports are 0 to 65535, first to last",
			       text);
	o->ports[o->n_ports++] =
		(struct rewrite_ports) { (uint16_t)first, (uint16_t)last, (uint16_t)to };
	return 0;
}

/* "64", "+3", "-1". */
int rewrite_parse_ttl(const char *text, struct rewrite_options *o, struct err *err)
{
	bool relative = text[0] == '+' || text[0] == '-';
	long value;

	if (parse_number(text, relative ? -255 : 1, 255, &value) < 0)
		return err_set(err, -EINVAL, "ttl '%s': 1 to 255, or +N or -N", text);
	o->ttl = relative ? REWRITE_TTL_ADD : REWRITE_TTL_SET;
	o->ttl_value = (int)value;
	return 0;
}
