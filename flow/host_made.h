/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Made-up addresses by number, so that a model's text holds no address at all: "inside-17" is
 * number 17 of the block that local hosts get, "mdns" a group that everybody knows. Any address in
 * those blocks has such a form, and it gives the same address back.
 */
#ifndef SOSIE_FLOW_HOST_MADE_H
#define SOSIE_FLOW_HOST_MADE_H

#include "base/addr.h"

enum { HOST_MADE_TEXT_BYTES = 64 };

/* False when the address is in no block and no known group: it has no such form. */
bool host_made_format(const struct ip_addr *addr, char ret_text[HOST_MADE_TEXT_BYTES]);
/* 0, or -EINVAL: no block or group of that name, or a number that does not fit it. */
int host_made_parse(const char *text, struct ip_addr *ret_addr);

#endif
