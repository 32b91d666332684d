/* SPDX-License-Identifier: Apache-2.0 */
/* The families of flow models; their names are found through flow_model_named(). */
#ifndef SOSIE_FLOW_REGISTRY_H
#define SOSIE_FLOW_REGISTRY_H

#include "flow/model.h"

extern const struct flow_model_ops flow_model_chronicle;
extern const struct flow_model_ops flow_model_independent;
extern const struct flow_model_ops flow_model_sequence;

#endif
