/* SPDX-License-Identifier: Apache-2.0 */
/* What services that talk in lines say. Names are of RFC 2606, addresses of RFC 5737. */
#include <stddef.h>

#include "packet/payload_lines.h"
#include "packet/payload_makers.h"

#define LINES(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

/* First n lines are said once. */
#define SAYS(n, ...)                                                                               \
	{                                                                                          \
		.lines = LINES(__VA_ARGS__), .n_first = (n)                                        \
	}

#define STREAM_OF(id, text_name, client, server, text_end, text_pad, is_line, n_least, n_segment)  \
	static const struct lines_spec id##_spec = {                                               \
		.side = { client, server },                                                        \
		.end = text_end,                                                                   \
		.pad = text_pad,                                                                   \
		.one_line = is_line,                                                               \
		.least = n_least,                                                                  \
		.segment_least = n_segment,                                                        \
	};                                                                                         \
	const struct payload_ops payload_##id##_ops = { .name = text_name,                         \
							.context = &id##_spec,                     \
							.fit = payload_lines_fit,                  \
							.fill = payload_lines_fill }

#define DATAGRAMS_OF(id, text_name, client, server, text_end, text_pad, n_least)                   \
	static const struct lines_spec id##_spec = {                                               \
		.side = { client, server },                                                        \
		.end = text_end,                                                                   \
		.pad = text_pad,                                                                   \
		.one_line = true,                                                                  \
		.least = n_least,                                                                  \
	};                                                                                         \
	const struct payload_ops payload_##id##_ops = { .name = text_name,                         \
							.context = &id##_spec,                     \
							.fit = payload_lines_datagram_fit,         \
							.fill = payload_lines_datagram_fill }

STREAM_OF(text, "text", SAYS(0, "hello"), SAYS(0, "hello"), "\r\n", " ", false, 1, 1);

STREAM_OF(smtp, "smtp",
	  SAYS(1, "EHLO client.example.net", "MAIL FROM:<alice@example.net>",
	       "RCPT TO:<bob@example.org>", "NOOP", "RSET"),
	  SAYS(2, "220 mail.example.net ESMTP", "250-mail.example.net\r\n250", "250 2.1.0 Ok",
	       "250 2.1.5 Ok", "250 2.0.0 Ok"),
	  "\r\n", " ", true, 1, 1);

STREAM_OF(ftp, "ftp", SAYS(2, "USER alice", "PASS", "SYST", "CWD /pub", "STAT", "NOOP"),
	  SAYS(3, "220 ftp.example.net ready", "331 Please specify the password.",
	       "230 Login successful.", "215 UNIX Type: L8", "250 Directory ok.",
	       "211 End of status"),
	  "\r\n", " ", true, 1, 1);

STREAM_OF(imap, "imap", SAYS(2, "a1 CAPABILITY", "a2 SELECT INBOX", "a3 NOOP", "a4 CHECK"),
	  SAYS(2, "* OK [CAPABILITY IMAP4rev1] ready", "a1 OK done", "* 3 EXISTS", "a3 OK done"),
	  "\r\n", " ", true, 1, 1);

STREAM_OF(pop3, "pop3", SAYS(2, "USER alice", "PASS", "STAT", "NOOP"),
	  SAYS(3, "+OK POP3 ready", "+OK", "+OK Logged in.", "+OK 3 1200"), "\r\n", " ", true, 1,
	  1);

STREAM_OF(nntp, "nntp", SAYS(1, "MODE READER", "GROUP comp.lang.c", "STAT"),
	  SAYS(1, "200 news.example.net ready", "211 10 1 10 comp.lang.c", "223 1"), "\r\n", " ",
	  true, 1, 1);

STREAM_OF(irc, "irc", SAYS(1, "NICK alice", "PRIVMSG #office :"),
	  SAYS(1, "NOTICE alice :", "PRIVMSG alice :"), "\r\n", "", true, 1, 12);

STREAM_OF(telnet, "telnet", SAYS(0, "ls", "cat notes"), SAYS(0, "$", "login:"), "\r\n", " ", false,
	  1, 1);

STREAM_OF(rtsp, "rtsp",
	  SAYS(0, "OPTIONS rtsp://camera.example.net/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent:"),
	  SAYS(0, "RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE, PLAY\r\nServer:"),
	  "\r\n\r\n", " ", true, 110, 44);

STREAM_OF(sip_tcp, "sip-tcp",
	  SAYS(0, "OPTIONS sip:bob@example.net SIP/2.0\r\nCall-ID: 1@example.net\r\nCSeq: 1 "
		  "OPTIONS\r\nContent-Length: 0\r\nSubject:"),
	  SAYS(0, "SIP/2.0 200 OK\r\nCall-ID: 1@example.net\r\nCSeq: 1 OPTIONS\r\n"
		  "Content-Length: 0\r\nSubject:"),
	  "\r\n\r\n", " ", true, 190, 160);

DATAGRAMS_OF(sip, "sip",
	     SAYS(0, "OPTIONS sip:bob@example.net SIP/2.0\r\nVia: SIP/2.0/UDP "
		     "host-1.example.net\r\nFrom: <sip:alice@example.net>;tag=1\r\nTo: "
		     "<sip:bob@example.net>\r\nCall-ID: 1@example.net\r\nCSeq: 1 OPTIONS\r\n"
		     "Content-Length: 0\r\nSubject:"),
	     SAYS(0, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP host-1.example.net\r\nFrom: "
		     "<sip:alice@example.net>;tag=1\r\nTo: <sip:bob@example.net>;tag=2\r\n"
		     "Call-ID: 1@example.net\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n"
		     "Subject:"),
	     "\r\n\r\n", " ", 240);

DATAGRAMS_OF(syslog, "syslog", SAYS(0, "<134>app[100]:"), SAYS(0, "<134>app[200]:"), "", " ", 6);

/* A search has four short headers; what is longer and not answered is a device's announcement (UPnP
 * Device Architecture 1.1, sections 1.2.2 and 1.3.2). */
static const struct lines_spec ssdp_spec = {
	.side = { SAYS(0, "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "
			  "\"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\nUSER-AGENT:"),
		  SAYS(0, "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\nST: "
			  "upnp:rootdevice\r\nSERVER:") },
	.end = "\r\n\r\n",
	.pad = " ",
	.one_line = true,
	.least = 44,
	.announcement = "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: "
			"max-age=1800\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nSERVER:",
	.announcement_least = 200,
};
const struct payload_ops payload_ssdp_ops = { .name = "ssdp",
					      .context = &ssdp_spec,
					      .fit = payload_lines_datagram_fit,
					      .fill = payload_lines_datagram_fill };

STREAM_OF(xmpp, "xmpp", SAYS(0, "<message>"), SAYS(0, "<message>"), "</message>", "", true, 1, 30);

STREAM_OF(memcached, "memcached", SAYS(0, "get session:1", "get session:2"),
	  SAYS(0, "END", "STORED"), "\r\n", " ", true, 1, 1);

STREAM_OF(ident, "ident", SAYS(0, "6193, 23"), SAYS(0, "6193, 23 : USERID : UNIX :"), "\r\n", " ",
	  true, 1, 1);

STREAM_OF(redis, "redis", SAYS(0, "PING", "ECHO"), SAYS(0, "+PONG", "+OK"), "\r\n", " ", true, 1,
	  1);
