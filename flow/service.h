/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Service names by port, from a table of our own so that every machine says the same (/etc/services
 * differs).
 */
#ifndef SOSIE_FLOW_SERVICE_H
#define SOSIE_FLOW_SERVICE_H

#include <stdint.h>

/*
 * By dst_port, else by src_port, for TCP and UDP; by type for ICMP ("ping", "unreachable", "nd"
 * ...); by number for others ("igmp", "gre", "esp" ...). "-" when not known. The text is static.
 */
const char *service_name(uint8_t proto, uint16_t src_port, uint16_t dst_port);

/* The usual port of a service and its protocol, for plans that name services; 0, or -1 for an
 * unknown name. */
int service_port(const char *name, uint8_t *ret_proto, uint16_t *ret_port);

/* "tcp", "udp", "icmp", "icmp6", or the number in decimal. */
enum { PROTO_TEXT_BYTES = 8 };
const char *proto_format(uint8_t proto, char ret_text[PROTO_TEXT_BYTES]);
int proto_parse(const char *text, uint8_t *ret_proto); /* also upper case, padded */

#endif
