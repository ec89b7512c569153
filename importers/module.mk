# SPDX-License-Identifier: Apache-2.0
IMPORTERS_SOURCES := $(addprefix importers/, \
    advertisement.c \
    advertisement_terms.c \
    payload.c \
    raptor.c \
    rdfxml.c \
    registry.c \
    source.c \
    turtle.c \
    turtle_grammar.c \
    turtle_input.c \
    turtle_lexer.c \
    turtle_reader.c \
    xml.c)
