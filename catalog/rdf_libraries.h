/* SPDX-License-Identifier: Apache-2.0 */
/* raptor and rasqal, loaded when the first world is taken (raptor_world.h).
 *
 * They bring some thirty other libraries along (libxml2, libxslt, libcurl, ICU, GnuTLS,
 * Kerberos
 * ...), which takes a process longer to load than to open a catalog and match. What needs them
 * is few: reading RDF, and SPARQL that the engine native does not do. So no program links them:
 * here the names of their functions stand for the members of a table.
 *
 * Everything that uses raptor or rasqal includes this. A function that is not in the lists
 * does not link. Threads: the table is filled before ic_raptor_world_take returns, and does not
 * change again. */
#ifndef IC_RDF_LIBRARIES_H
#define IC_RDF_LIBRARIES_H

/* rasqal.h includes raptor2.h. */
#include <rasqal.h>

#include "status.h"

#define IC_RAPTOR_FUNCTIONS(X)                                                                 \
    X(raptor_alloc_memory)                                                                     \
    X(raptor_free_memory)                                                                      \
    X(raptor_free_parser)                                                                      \
    X(raptor_free_sequence)                                                                    \
    X(raptor_free_uri)                                                                         \
    X(raptor_namespace_get_prefix)                                                             \
    X(raptor_namespace_get_uri)                                                                \
    X(raptor_new_parser)                                                                       \
    X(raptor_new_sequence)                                                                     \
    X(raptor_new_uri)                                                                          \
    X(raptor_new_world_internal)                                                               \
    X(raptor_parser_parse_abort)                                                               \
    X(raptor_parser_parse_chunk)                                                               \
    X(raptor_parser_parse_start)                                                               \
    X(raptor_parser_set_namespace_handler)                                                     \
    X(raptor_parser_set_option)                                                                \
    X(raptor_parser_set_statement_handler)                                                     \
    X(raptor_sequence_get_at)                                                                  \
    X(raptor_sequence_pop)                                                                     \
    X(raptor_sequence_push)                                                                    \
    X(raptor_sequence_size)                                                                    \
    X(raptor_uri_as_counted_string)                                                            \
    X(raptor_uri_as_string)                                                                    \
    X(raptor_uri_copy)                                                                         \
    X(raptor_world_open)                                                                       \
    X(raptor_world_set_flag)                                                                   \
    X(raptor_world_set_generate_bnodeid_handler)                                               \
    X(raptor_world_set_log_handler)

#define IC_RASQAL_FUNCTIONS(X)                                                                 \
    X(rasqal_alloc_memory)                                                                     \
    X(rasqal_expression_evaluate2)                                                             \
    X(rasqal_expression_visit)                                                                 \
    X(rasqal_free_data_graph)                                                                  \
    X(rasqal_free_evaluation_context)                                                          \
    X(rasqal_free_expression)                                                                  \
    X(rasqal_free_literal)                                                                     \
    X(rasqal_free_memory)                                                                      \
    X(rasqal_free_query)                                                                       \
    X(rasqal_free_query_results)                                                               \
    X(rasqal_free_world)                                                                       \
    X(rasqal_free_xsd_date)                                                                    \
    X(rasqal_free_xsd_datetime)                                                                \
    X(rasqal_graph_pattern_get_filter_expression)                                              \
    X(rasqal_graph_pattern_get_operator)                                                       \
    X(rasqal_graph_pattern_get_origin)                                                         \
    X(rasqal_graph_pattern_get_service)                                                        \
    X(rasqal_graph_pattern_get_sub_graph_pattern)                                              \
    X(rasqal_graph_pattern_get_triple)                                                         \
    X(rasqal_graph_pattern_get_variable)                                                       \
    X(rasqal_graph_pattern_operator_as_string)                                                 \
    X(rasqal_literal_as_string)                                                                \
    X(rasqal_literal_as_variable)                                                              \
    X(rasqal_literal_compare)                                                                  \
    X(rasqal_literal_get_rdf_term_type)                                                        \
    X(rasqal_literal_value)                                                                    \
    X(rasqal_new_0op_expression)                                                               \
    X(rasqal_new_1op_expression)                                                               \
    X(rasqal_new_2op_expression)                                                               \
    X(rasqal_new_3op_expression)                                                               \
    X(rasqal_new_boolean_literal)                                                              \
    X(rasqal_new_data_graph_from_uri)                                                          \
    X(rasqal_new_decimal_literal)                                                              \
    X(rasqal_new_evaluation_context)                                                           \
    X(rasqal_new_expression_from_expression)                                                   \
    X(rasqal_new_function_expression)                                                          \
    X(rasqal_new_literal_expression)                                                           \
    X(rasqal_new_literal_from_literal)                                                         \
    X(rasqal_new_query)                                                                        \
    X(rasqal_new_set_expression)                                                               \
    X(rasqal_new_simple_literal)                                                               \
    X(rasqal_new_string_literal)                                                               \
    X(rasqal_new_uri_literal)                                                                  \
    X(rasqal_new_world)                                                                        \
    X(rasqal_new_xsd_date)                                                                     \
    X(rasqal_new_xsd_datetime)                                                                 \
    X(rasqal_query_add_data_graph)                                                             \
    X(rasqal_query_execute)                                                                    \
    X(rasqal_query_get_bound_variable_sequence)                                                \
    X(rasqal_query_get_construct_triple)                                                       \
    X(rasqal_query_get_construct_triples_sequence)                                             \
    X(rasqal_query_get_data_graph)                                                             \
    X(rasqal_query_get_data_graph_sequence)                                                    \
    X(rasqal_query_get_describe_sequence)                                                      \
    X(rasqal_query_get_distinct)                                                               \
    X(rasqal_query_get_group_conditions_sequence)                                              \
    X(rasqal_query_get_having_conditions_sequence)                                             \
    X(rasqal_query_get_limit)                                                                  \
    X(rasqal_query_get_offset)                                                                 \
    X(rasqal_query_get_order_conditions_sequence)                                              \
    X(rasqal_query_get_query_graph_pattern)                                                    \
    X(rasqal_query_get_triple_sequence)                                                        \
    X(rasqal_query_get_wildcard)                                                               \
    X(rasqal_query_prepare)                                                                    \
    X(rasqal_query_results_finished)                                                           \
    X(rasqal_query_results_get_binding_value)                                                  \
    X(rasqal_query_results_get_boolean)                                                        \
    X(rasqal_query_results_next)                                                               \
    X(rasqal_query_set_distinct)                                                               \
    X(rasqal_query_set_feature)                                                                \
    X(rasqal_query_set_limit)                                                                  \
    X(rasqal_query_set_offset)                                                                 \
    X(rasqal_set_triples_source_factory)                                                       \
    X(rasqal_variable_set_value)                                                               \
    X(rasqal_world_open)                                                                       \
    X(rasqal_world_set_log_handler)                                                            \
    X(rasqal_world_set_raptor)                                                                 \
    X(rasqal_world_set_warning_level)                                                          \
    X(rasqal_xsd_decimal_is_zero)

struct ic_rdf_libraries {
#define IC_MEMBER(name) __typeof__(name) *name;
    IC_RAPTOR_FUNCTIONS(IC_MEMBER) IC_RASQAL_FUNCTIONS(IC_MEMBER)
#undef IC_MEMBER
};
extern struct ic_rdf_libraries ic_rdf_libraries;

/* Fills the table, once. IC_IO: a library is missing, or not the version that this was built
 * for. The caller sees to it that no other thread is in here. */
enum ic_status ic_rdf_libraries_load(struct ic_error *error);

#ifndef IC_RDF_LIBRARIES_TABLE /* rdf_libraries.c itself */
#define raptor_alloc_memory ic_rdf_libraries.raptor_alloc_memory
#define raptor_free_memory ic_rdf_libraries.raptor_free_memory
#define raptor_free_parser ic_rdf_libraries.raptor_free_parser
#define raptor_free_sequence ic_rdf_libraries.raptor_free_sequence
#define raptor_free_uri ic_rdf_libraries.raptor_free_uri
#define raptor_namespace_get_prefix ic_rdf_libraries.raptor_namespace_get_prefix
#define raptor_namespace_get_uri ic_rdf_libraries.raptor_namespace_get_uri
#define raptor_new_parser ic_rdf_libraries.raptor_new_parser
#define raptor_new_sequence ic_rdf_libraries.raptor_new_sequence
#define raptor_new_uri ic_rdf_libraries.raptor_new_uri
#define raptor_new_world_internal ic_rdf_libraries.raptor_new_world_internal
#define raptor_parser_parse_abort ic_rdf_libraries.raptor_parser_parse_abort
#define raptor_parser_parse_chunk ic_rdf_libraries.raptor_parser_parse_chunk
#define raptor_parser_parse_start ic_rdf_libraries.raptor_parser_parse_start
#define raptor_parser_set_namespace_handler ic_rdf_libraries.raptor_parser_set_namespace_handler
#define raptor_parser_set_option ic_rdf_libraries.raptor_parser_set_option
#define raptor_parser_set_statement_handler ic_rdf_libraries.raptor_parser_set_statement_handler
#define raptor_sequence_get_at ic_rdf_libraries.raptor_sequence_get_at
#define raptor_sequence_pop ic_rdf_libraries.raptor_sequence_pop
#define raptor_sequence_push ic_rdf_libraries.raptor_sequence_push
#define raptor_sequence_size ic_rdf_libraries.raptor_sequence_size
#define raptor_uri_as_counted_string ic_rdf_libraries.raptor_uri_as_counted_string
#define raptor_uri_as_string ic_rdf_libraries.raptor_uri_as_string
#define raptor_uri_copy ic_rdf_libraries.raptor_uri_copy
#define raptor_world_open ic_rdf_libraries.raptor_world_open
#define raptor_world_set_flag ic_rdf_libraries.raptor_world_set_flag
#define raptor_world_set_generate_bnodeid_handler                                              \
    ic_rdf_libraries.raptor_world_set_generate_bnodeid_handler
#define raptor_world_set_log_handler ic_rdf_libraries.raptor_world_set_log_handler
#define rasqal_alloc_memory ic_rdf_libraries.rasqal_alloc_memory
#define rasqal_expression_evaluate2 ic_rdf_libraries.rasqal_expression_evaluate2
#define rasqal_expression_visit ic_rdf_libraries.rasqal_expression_visit
#define rasqal_free_data_graph ic_rdf_libraries.rasqal_free_data_graph
#define rasqal_free_evaluation_context ic_rdf_libraries.rasqal_free_evaluation_context
#define rasqal_free_expression ic_rdf_libraries.rasqal_free_expression
#define rasqal_free_literal ic_rdf_libraries.rasqal_free_literal
#define rasqal_free_memory ic_rdf_libraries.rasqal_free_memory
#define rasqal_free_query ic_rdf_libraries.rasqal_free_query
#define rasqal_free_query_results ic_rdf_libraries.rasqal_free_query_results
#define rasqal_free_world ic_rdf_libraries.rasqal_free_world
#define rasqal_free_xsd_date ic_rdf_libraries.rasqal_free_xsd_date
#define rasqal_free_xsd_datetime ic_rdf_libraries.rasqal_free_xsd_datetime
#define rasqal_graph_pattern_get_filter_expression                                             \
    ic_rdf_libraries.rasqal_graph_pattern_get_filter_expression
#define rasqal_graph_pattern_get_operator ic_rdf_libraries.rasqal_graph_pattern_get_operator
#define rasqal_graph_pattern_get_origin ic_rdf_libraries.rasqal_graph_pattern_get_origin
#define rasqal_graph_pattern_get_service ic_rdf_libraries.rasqal_graph_pattern_get_service
#define rasqal_graph_pattern_get_sub_graph_pattern                                             \
    ic_rdf_libraries.rasqal_graph_pattern_get_sub_graph_pattern
#define rasqal_graph_pattern_get_triple ic_rdf_libraries.rasqal_graph_pattern_get_triple
#define rasqal_graph_pattern_get_variable ic_rdf_libraries.rasqal_graph_pattern_get_variable
#define rasqal_graph_pattern_operator_as_string                                                \
    ic_rdf_libraries.rasqal_graph_pattern_operator_as_string
#define rasqal_literal_as_string ic_rdf_libraries.rasqal_literal_as_string
#define rasqal_literal_as_variable ic_rdf_libraries.rasqal_literal_as_variable
#define rasqal_literal_compare ic_rdf_libraries.rasqal_literal_compare
#define rasqal_literal_get_rdf_term_type ic_rdf_libraries.rasqal_literal_get_rdf_term_type
#define rasqal_literal_value ic_rdf_libraries.rasqal_literal_value
#define rasqal_new_0op_expression ic_rdf_libraries.rasqal_new_0op_expression
#define rasqal_new_1op_expression ic_rdf_libraries.rasqal_new_1op_expression
#define rasqal_new_2op_expression ic_rdf_libraries.rasqal_new_2op_expression
#define rasqal_new_3op_expression ic_rdf_libraries.rasqal_new_3op_expression
#define rasqal_new_boolean_literal ic_rdf_libraries.rasqal_new_boolean_literal
#define rasqal_new_data_graph_from_uri ic_rdf_libraries.rasqal_new_data_graph_from_uri
#define rasqal_new_decimal_literal ic_rdf_libraries.rasqal_new_decimal_literal
#define rasqal_new_evaluation_context ic_rdf_libraries.rasqal_new_evaluation_context
#define rasqal_new_expression_from_expression                                                  \
    ic_rdf_libraries.rasqal_new_expression_from_expression
#define rasqal_new_function_expression ic_rdf_libraries.rasqal_new_function_expression
#define rasqal_new_literal_expression ic_rdf_libraries.rasqal_new_literal_expression
#define rasqal_new_literal_from_literal ic_rdf_libraries.rasqal_new_literal_from_literal
#define rasqal_new_query ic_rdf_libraries.rasqal_new_query
#define rasqal_new_set_expression ic_rdf_libraries.rasqal_new_set_expression
#define rasqal_new_simple_literal ic_rdf_libraries.rasqal_new_simple_literal
#define rasqal_new_string_literal ic_rdf_libraries.rasqal_new_string_literal
#define rasqal_new_uri_literal ic_rdf_libraries.rasqal_new_uri_literal
#define rasqal_new_world ic_rdf_libraries.rasqal_new_world
#define rasqal_new_xsd_date ic_rdf_libraries.rasqal_new_xsd_date
#define rasqal_new_xsd_datetime ic_rdf_libraries.rasqal_new_xsd_datetime
#define rasqal_query_add_data_graph ic_rdf_libraries.rasqal_query_add_data_graph
#define rasqal_query_execute ic_rdf_libraries.rasqal_query_execute
#define rasqal_query_get_bound_variable_sequence                                               \
    ic_rdf_libraries.rasqal_query_get_bound_variable_sequence
#define rasqal_query_get_construct_triple ic_rdf_libraries.rasqal_query_get_construct_triple
#define rasqal_query_get_construct_triples_sequence                                            \
    ic_rdf_libraries.rasqal_query_get_construct_triples_sequence
#define rasqal_query_get_data_graph ic_rdf_libraries.rasqal_query_get_data_graph
#define rasqal_query_get_data_graph_sequence                                                   \
    ic_rdf_libraries.rasqal_query_get_data_graph_sequence
#define rasqal_query_get_describe_sequence ic_rdf_libraries.rasqal_query_get_describe_sequence
#define rasqal_query_get_distinct ic_rdf_libraries.rasqal_query_get_distinct
#define rasqal_query_get_group_conditions_sequence                                             \
    ic_rdf_libraries.rasqal_query_get_group_conditions_sequence
#define rasqal_query_get_having_conditions_sequence                                            \
    ic_rdf_libraries.rasqal_query_get_having_conditions_sequence
#define rasqal_query_get_limit ic_rdf_libraries.rasqal_query_get_limit
#define rasqal_query_get_offset ic_rdf_libraries.rasqal_query_get_offset
#define rasqal_query_get_order_conditions_sequence                                             \
    ic_rdf_libraries.rasqal_query_get_order_conditions_sequence
#define rasqal_query_get_query_graph_pattern                                                   \
    ic_rdf_libraries.rasqal_query_get_query_graph_pattern
#define rasqal_query_get_triple_sequence ic_rdf_libraries.rasqal_query_get_triple_sequence
#define rasqal_query_get_wildcard ic_rdf_libraries.rasqal_query_get_wildcard
#define rasqal_query_prepare ic_rdf_libraries.rasqal_query_prepare
#define rasqal_query_results_finished ic_rdf_libraries.rasqal_query_results_finished
#define rasqal_query_results_get_binding_value                                                 \
    ic_rdf_libraries.rasqal_query_results_get_binding_value
#define rasqal_query_results_get_boolean ic_rdf_libraries.rasqal_query_results_get_boolean
#define rasqal_query_results_next ic_rdf_libraries.rasqal_query_results_next
#define rasqal_query_set_distinct ic_rdf_libraries.rasqal_query_set_distinct
#define rasqal_query_set_feature ic_rdf_libraries.rasqal_query_set_feature
#define rasqal_query_set_limit ic_rdf_libraries.rasqal_query_set_limit
#define rasqal_query_set_offset ic_rdf_libraries.rasqal_query_set_offset
#define rasqal_set_triples_source_factory ic_rdf_libraries.rasqal_set_triples_source_factory
#define rasqal_variable_set_value ic_rdf_libraries.rasqal_variable_set_value
#define rasqal_world_open ic_rdf_libraries.rasqal_world_open
#define rasqal_world_set_log_handler ic_rdf_libraries.rasqal_world_set_log_handler
#define rasqal_world_set_raptor ic_rdf_libraries.rasqal_world_set_raptor
#define rasqal_world_set_warning_level ic_rdf_libraries.rasqal_world_set_warning_level
#define rasqal_xsd_decimal_is_zero ic_rdf_libraries.rasqal_xsd_decimal_is_zero
#endif

#endif
