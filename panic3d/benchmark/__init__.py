"""Suites, protocols, metrics, results and reports: how good a reconstruction is."""
