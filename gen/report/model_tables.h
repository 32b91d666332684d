/* SPDX-License-Identifier: Apache-2.0 */
/* What a model holds as HTML tables. */
#ifndef SOSIE_GEN_REPORT_MODEL_TABLES_H
#define SOSIE_GEN_REPORT_MODEL_TABLES_H

#include "gen/report/model_sample.h"

void model_table_services(const struct model_sample *sample, FILE *out);
void model_table_patterns(const struct model_sample *sample, FILE *out);
void model_table_pairs(const struct model_sample *sample, FILE *out);
void model_table_hosts(const struct host_set *hosts, FILE *out);
void model_table_automata(const struct automaton_bank *bank, FILE *out);

#endif
