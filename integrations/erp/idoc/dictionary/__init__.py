"""Field lists: where the fields of a flat segment lie. Plain data, read from files of two shapes."""

from integrations.erp.idoc.dictionary.lists import Dictionary, Place, standard_dictionary

__all__ = ["Dictionary", "Place", "standard_dictionary"]
