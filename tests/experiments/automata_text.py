# SPDX-License-Identifier: Apache-2.0
def page(noise, hdfs, mean):
    return ""
