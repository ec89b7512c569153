/* SPDX-License-Identifier: Apache-2.0 */
/* An ontology with one of everything. */
#ifndef IC_TESTS_ONTOLOGY_SMALL_H
#define IC_TESTS_ONTOLOGY_SMALL_H

#include "tests/unit/ontology_support.h"

/* One property a line: */
/* clang-format off */
static const char small[] =
    "<" IC_NS_PAYLOAD "> a owl:Ontology ; owl:versionInfo \"1.2\" .\n"
    "<http://a.example/> a owl:Ontology ; owl:versionInfo \"9\" .\n"
    SCHEME
    "x:t a skos:ConceptScheme ; rdfs:label \"T\"@en, \"Te\"@de .\n"
    "x:FTP a skos:Concept ; skos:inScheme x:s ; skos:prefLabel \"File Transfer\"@en, "
        "\"Übertragung\"@de ; skos:altLabel \"Straße\", \"Ａ１\" ; skos:notation \"ftp-1\" .\n"
    "x:FTPS a skos:Concept ; skos:inScheme x:s ; skos:prefLabel \"S\" ; "
        "skos:broader x:FTP .\n"
    "x:FTPSv2 a skos:Concept ; skos:inScheme x:s, x:t ; skos:prefLabel \"S2\" .\n"
    "x:FTPS skos:narrower x:FTPSv2 .\n"
    "x:other a skos:Concept ; skos:topConceptOf x:t ; skos:prefLabel \"File Transfer\" .\n"
    "x:t skos:hasTopConcept x:top . x:top a skos:Concept ; skos:prefLabel \"top\" .\n"
    "unit:GigaBYTE a qudt:Unit ; rdfs:label \"Gigabyte\" ; skos:notation \"GB\" ; "
        "skos:altLabel \"GByte\" ; qudt:hasQuantityKind x:data .\n"
    PROPERTY("size", "rdfs:range xsd:decimal ; ic:match ic:AtLeast ; ic:unit unit:GigaBYTE ; "
                     "ic:worst 0.50 ; ic:best 1e3 ; ic:appliesTo ic:Offer")
    PROPERTY("diskSize", "rdfs:range xsd:double ; ic:match ic:AtLeast ; "
                         "ic:unit unit:GigaBYTE ; rdfs:subPropertyOf :size")
    PROPERTY("volume", "rdfs:range xsd:decimal ; ic:match ic:AtLeast ; "
                       "ic:unit unit:GigaBYTE ; owl:equivalentProperty :diskSize")
    PROPERTY("copies", "rdfs:range xsd:nonNegativeInteger ; ic:match ic:AtLeast")
    PROPERTY("level", "rdfs:range xsd:byte ; ic:match ic:AtMost ; ic:unit unit:DECIBEL")
    PROPERTY("way", "ic:scheme x:s ; rdfs:range skos:Concept ; ic:match ic:Within ; "
                    "ic:appliesTo ic:Cloud, ic:Offer")
    PROPERTY("name", "rdfs:range xsd:string ; ic:match ic:OneOf ; ic:appliesTo ic:Cloud")
    PROPERTY("on", "rdfs:range xsd:boolean ; ic:match ic:Equal")
    PROPERTY("day", "rdfs:range xsd:date ; ic:match ic:AtLeast")
    PROPERTY("at", "rdfs:range xsd:dateTime ; ic:match ic:AtMost")
    PROPERTY("page", "rdfs:range xsd:anyURI ; ic:match ic:Equal")
    PROPERTY("part", "rdfs:range :Part ; ic:match ic:Equal")
    "x:price a owl:DatatypeProperty ; rdfs:label \"Preis\"@de, \"price\"@en, \"prix\"@fr ; "
        "rdfs:comment \"c\" ; rdfs:range xsd:decimal ; ic:match ic:AtMost .\n"
    "<urn:y:cost> a owl:DatatypeProperty ; rdfs:label \"cost\" ; rdfs:comment \"c\" ; "
        "rdfs:range xsd:decimal ; ic:match ic:AtMost ; rdfs:subPropertyOf x:unknown .\n"
    "ic:match a owl:AnnotationProperty, rdf:Property .\n"
    ":Disk rdfs:subClassOf :Part . :Part owl:equivalentClass x:Piece . "
    "x:Piece rdfs:subClassOf x:Thing, [ a owl:Restriction ] .\n";
/* clang-format on */

static int open_small(void **state)
{
    *state = built(small);
    return *state ? 0 : 1;
}

static int close_small(void **state)
{
    ic_ontology_release(*state);
    return 0;
}

#endif
