/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/capture_link.h"

#include <pcap/pcap.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "packet/capture.h"

int capture_link_type(uint32_t file_link_type)
{
	switch (file_link_type) {
	case LINKTYPE_NULL:
	case LINKTYPE_ETHERNET:
	case LINKTYPE_RAW:
	case LINKTYPE_LOOP:
	case LINKTYPE_LINUX_SLL:
	case LINKTYPE_IPV4:
	case LINKTYPE_IPV6:
	case LINKTYPE_LINUX_SLL2:
		return (int)file_link_type;
	case 12:
	case 14:
		return LINKTYPE_RAW;
	default:
		return -1;
	}
}

/*
 * libpcap names its own DLT_ numbers, which differ from those in files for some types, and does the
 * translation only while it opens a file: so it gets one, of a header and no packets.
 */
static int dlt_of(uint32_t file_link_type)
{
	CLEANUP(fclosep) FILE *file = NULL;
	char errbuf[PCAP_ERRBUF_SIZE];
	uint8_t header[24] = { 0 };
	pcap_t *pcap;
	int dlt;

	le32_put(header, 0xa1b2c3d4);
	le16_put(header + 4, 2);
	le16_put(header + 6, 4);
	le32_put(header + 16, 65535);
	le32_put(header + 20, file_link_type);
	file = fmemopen(header, sizeof(header), "r");
	if (file == NULL)
		return -1;
	pcap = pcap_fopen_offline(file, errbuf);
	if (pcap == NULL)
		return -1;
	take(&file); /* pcap_close() closes it */
	dlt = pcap_datalink(pcap);
	pcap_close(pcap);
	return dlt;
}

const char *capture_link_text(uint32_t file_link_type, char ret_text[CAPTURE_LINK_TEXT_BYTES])
{
	int dlt = dlt_of(file_link_type);
	const char *name = dlt >= 0 ? pcap_datalink_val_to_name(dlt) : NULL;
	const char *description = dlt >= 0 ? pcap_datalink_val_to_description(dlt) : NULL;

	if (name == NULL)
		snprintf(ret_text, CAPTURE_LINK_TEXT_BYTES, "link type %u (no name known)",
			 file_link_type);
	else
		snprintf(ret_text, CAPTURE_LINK_TEXT_BYTES, "link type %u (%s: %s)", file_link_type,
			 name, description != NULL ? description : "no description");
	return ret_text;
}
