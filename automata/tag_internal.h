/* SPDX-License-Identifier: Apache-2.0 */
/* The steps that the parts of TAG's graph share. */
#ifndef SOSIE_AUTOMATA_TAG_INTERNAL_H
#define SOSIE_AUTOMATA_TAG_INTERNAL_H

#include "automata/tag_graph.h"

int tag_state_new(struct tag_graph *graph, uint32_t *ret_state);
int tag_edge_new(struct tag_graph *graph, uint32_t src, uint32_t dst, uint32_t symbol,
		 uint32_t *ret_edge);
/* Puts the edge among its state's, behind those with its symbol; takes it out. */
void tag_edge_link_out(struct tag_graph *graph, uint32_t edge);
void tag_edge_unlink_out(struct tag_graph *graph, uint32_t edge);
/* Appends a visit. */
void tag_edge_visit(struct tag_graph *graph, uint32_t edge, uint32_t event);

#endif
