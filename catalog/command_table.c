/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands: the one description of the command line. */
#include "command_run.h"

#define JSON_OPTION                                                                            \
    {                                                                                          \
        "json", NULL, "print JSON", false                                                      \
    }
#define VIEW_OPTIONS                                                                           \
    {"as", "JID", "see what this asker may see", false},                                       \
    {                                                                                          \
        "at", "TIME", "see what was live at this time (ISO 8601)", false                       \
    }
#define END                                                                                    \
    {                                                                                          \
        NULL, NULL, NULL, false                                                                \
    }

const struct ic_command_option ic_command_globals[] = {
    {"db", "DIR", "the catalog (else $INTERCLOUD_DB, else ./catalog.db)", false},
    {"ontology", "DIR", "use the Turtle files in DIR as the ontology, for this process", false},
    {"version", NULL, "print the version", false},
    {"help", NULL, "this text; after a command, its own", false},
    END};

static const struct ic_command_option import_options[] = {
    {"format", "F", "read as this format; else the content decides", false},
    {"formats", NULL, "list the formats and do nothing else", false},
    {"cloud", "NAME", "the cloud's name, for a document that names none", false},
    {"owner", "JID", "publish as this owner; else as the administrator", false},
    {"graph", "IRI", "put the statements into this plain graph instead", false},
    {"lease", "DURATION", "end the advertisements after this time, as PT1H or P7D", false},
    {"dry-run", NULL, "check everything, change nothing", false},
    {"strict", NULL, "take warnings as errors", false},
    {"restore", NULL, "restore what 'export' wrote into an empty catalog", false},
    JSON_OPTION,
    END};

static const struct ic_command_option match_options[] = {
    {"request", "FILE", "read the request from an XML file", false},
    {"limit", "N", "print at most N clouds, and say how many there are", false},
    {"offers", NULL, "print the offers that match as well", false},
    {"explain", NULL, "print the SPARQL query the request means, do not run it", false},
    {"why-not", "[CLOUD]", "say which constraints fail (not in this version)", false},
    {"who-would-match", "FILE", "say which requests would match (not in this version)", false},
    VIEW_OPTIONS,
    {"provenance", NULL, "say who stated what (not in this version)", false},
    {"shuffle", "SEED", "print in an order drawn from SEED (not in this version)", false},
    {"format", "FORMAT", "text, xml (the paper's form) or json", false},
    {"json", NULL, "the same as --format json", false},
    END};

static const struct ic_command_option sparql_options[] = {
    {"file", "F", "read the query from this file", false},
    {"results", "FORMAT", "table, json, xml, csv, tsv; turtle, ntriples, nquads", false},
    {"json", NULL, "the same as --results json", false},
    {"data", "FILE", "query this file, not the catalog", true},
    {"graph", "IRI=FILE", "query this file as a named graph, not the catalog", true},
    {"empty", NULL, "query an empty dataset, or only --data and --graph", false},
    {"base", "IRI", "the base of relative IRIs", false},
    {"update", NULL, "take the text as an update (not in this version)", false},
    {"check", NULL, "only parse the query", false},
    {"check-update", NULL, "only parse the update (not in this version)", false},
    {"explain", NULL, "print how it would be run (not in this version)", false},
    {"timeout", "S", "give up after S seconds", false},
    {"memory", "BYTES", "give up when its results take more memory; 64M, say", false},
    {"engine", "ENGINE", "native or rasqal", false},
    VIEW_OPTIONS,
    END};

static const struct ic_command_option convert_options[] = {
    {"from", "F", "read as this format; else the content decides", false},
    {"to", "F", "write turtle, ntriples, nquads or rdfxml; else turtle or nquads", false},
    {"base", "IRI", "the base of relative IRIs; else the file's own", false},
    JSON_OPTION,
    END};

static const struct ic_command_option show_options[] = {
    {"stated", NULL, "exactly what the owner wrote", false}, JSON_OPTION, END};

static const struct ic_command_option export_options[] = {
    {"format", "F", "nquads, the one format with graph names", false}, JSON_OPTION, END};

static const struct ic_command_option json_options[] = {JSON_OPTION, END};

enum {
    READ = IC_COMMAND_CATALOG | IC_COMMAND_READ_ONLY,
    CREATE = IC_COMMAND_CATALOG | IC_COMMAND_CREATES,
    FILES = IC_COMMAND_READ_ONLY
};

const struct ic_command ic_commands[] = {
    {"import", "FILE...", "Publish what files state; '-' is standard input", import_options, 0,
     IC_COMMAND_OPERANDS_ANY, CREATE, ic_import_needs, ic_check_import, ic_run_import},
    {"match", "REQUEST...", "Say which clouds satisfy a request", match_options, 0,
     IC_COMMAND_OPERANDS_ANY, READ, NULL, ic_check_match, ic_run_match},
    {"sparql", "[QUERY]", "Run a SPARQL query on the catalog, or on files", sparql_options, 0,
     1, READ, ic_sparql_needs, ic_check_sparql, ic_run_sparql},
    {"convert", "FILE", "Write a file in another format", convert_options, 1, 1, FILES, NULL,
     ic_check_convert, ic_run_convert},
    {"list", NULL, "List the advertisements", json_options, 0, 0, READ, NULL, NULL,
     ic_run_list},
    {"show", "CLOUD", "Print what a cloud states, as it is understood", show_options, 1, 1,
     READ, NULL, NULL, ic_run_show},
    {"export", NULL, "Write the whole catalog, for 'import --restore'", export_options, 0, 0,
     READ, NULL, ic_check_export, ic_run_export},
    {"withdraw", "CLOUD", "End a cloud's advertisement", json_options, 1, 1, IC_COMMAND_CATALOG,
     NULL, NULL, ic_run_withdraw},
    {"stats", NULL, "Print counts and sizes", json_options, 0, 0, READ, NULL, NULL,
     ic_run_stats},
    {"verify", NULL, "Check that the catalog's files are sound", json_options, 0, 0, READ, NULL,
     NULL, ic_run_verify},
    {"backup", "DIR", "Copy the catalog to a new directory", json_options, 1, 1,
     IC_COMMAND_CATALOG, NULL, NULL, ic_run_backup},
    {"ontology load", "DIR", "Check the Turtle files in DIR and make them the ontology",
     json_options, 1, 1, CREATE, NULL, NULL, ic_run_ontology_load},
    {"ontology check", "DIR", "Check the Turtle files in DIR as an ontology", json_options, 1,
     1, FILES, NULL, NULL, ic_run_ontology_check},
    {"ontology show", "[ATTRIBUTE]", "List the attributes, or tell all about one", json_options,
     0, 1, READ, NULL, NULL, ic_run_ontology_show},
    {NULL, NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL}};
