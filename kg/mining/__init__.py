"""What the notes of a home show when all are looked at together: clusters, rules and topics over time."""

from kg.mining.clusters import CentralConcept, Cluster, Clustering, cluster_notes
from kg.mining.collection import Collection, MinedNote, read_collection
from kg.mining.maps import cluster_page
from kg.mining.periods import Unit, check_day
from kg.mining.rules import MinedRules, Rule, RuleSettings, mine_rules
from kg.mining.topics import Span, Topic, TopicTable, topics_by_cluster, topics_by_concept

__all__ = [
    "CentralConcept",
    "Cluster",
    "Clustering",
    "Collection",
    "MinedNote",
    "MinedRules",
    "Rule",
    "RuleSettings",
    "Span",
    "Topic",
    "TopicTable",
    "Unit",
    "check_day",
    "cluster_notes",
    "cluster_page",
    "mine_rules",
    "read_collection",
    "topics_by_cluster",
    "topics_by_concept",
]
