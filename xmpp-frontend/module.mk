# SPDX-License-Identifier: Apache-2.0
FRONTEND_SOURCES := $(addprefix xmpp-frontend/, \
    adhoc.c \
    adhoc_answer.c \
    adhoc_call.c \
    adhoc_commands.c \
    adhoc_match.c \
    adhoc_names.c \
    adhoc_publish.c \
    buffer.c \
    component.c \
    component_stream.c \
    disco.c \
    exchange_config.c \
    gateway_answer.c \
    gateway_client.c \
    gateway_command.c \
    gateway_config.c \
    gateway_login.c \
    gateway_payload.c \
    gateway_stream.c \
    gateway_xml.c \
    log.c \
    loop.c \
    reload.c \
    roles.c \
    schemas.c \
    secret.c \
    service.c \
    sessions.c \
    stanza.c \
    stanza_parse.c \
    stream.c \
    tcp.c \
    xml.c \
    xml_build.c)
