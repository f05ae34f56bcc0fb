"""Whether nothing comes though something should: by how often customers usually begin to write.

`rates` learns that from the counts of days, `judgement` says how surprising a silence is; both are
pure. `counts` reads what they are told, `confirmation` asks Instagram whether something came of
which we were not told, `quiet` says it, and `watch` puts it together: watch.tend() for a worker,
watch.look() for whoever raises an alarm.
"""
